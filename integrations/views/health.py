"""Is the hub fit for work? For load balancers and monitors."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from integrations.services import overview


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and a worker has been heard of lately, else 503 and why."""
    try:
        answers = overview.cluster_answers()
    except DatabaseError:
        return _text("The database does not answer.", 503)
    if not answers:
        return _text("No worker has been heard of lately; start “manage.py serve” or the cluster.", 503)
    return _text("ready", 200)


def _text(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
