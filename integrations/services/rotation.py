"""All stored secrets, written anew under the newest key."""

from __future__ import annotations

from django.db import transaction

from integrations.models import Credential, OAuthToken


def rotate() -> int:
    """Re-encrypt every stored secret under the newest key; how many rows that were.

    Rows are locked where the database can, so that a token refreshed meanwhile is not put back.
    """
    with transaction.atomic():
        credentials = list(Credential.objects.select_for_update())
        for credential in credentials:
            credential.save(update_fields=["value"])
        tokens = list(OAuthToken.objects.select_for_update())
        for token in tokens:
            token.save(update_fields=["access_token", "refresh_token"])
    return len(credentials) + len(tokens)
