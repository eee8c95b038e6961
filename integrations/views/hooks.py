"""/hooks/<app>/: where apps send what they have to tell. The simulated ones have an address of their own.

No session and no sign-in of ours: a delivery is known by its signature. What goes wrong in here is a 500 (a
503 where the database is away), so that the app sends it again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Incoming
from integrations.models import Environment
from integrations.services import hooks


@csrf_exempt
@never_cache
def hook(request: HttpRequest, connector: str) -> HttpResponse:
    """Never reaches a sandbox connection."""
    return _accept(request, connector, Environment.PRODUCTION)


@csrf_exempt
@never_cache
def sandbox_hook(request: HttpRequest, connector: str) -> HttpResponse:
    """Takes what this hub's own sandbox has signed, for sandbox connections, and nothing else."""
    if not settings.HUB_SANDBOX_ENABLED:
        raise Http404
    return _accept(request, connector, Environment.SANDBOX)


def _accept(request: HttpRequest, connector: str, environment: Environment) -> HttpResponse:
    try:
        app, rules = hooks.webhooks_of(connector)
    except WrongUse as error:
        return _say(404, error.sentence)
    if request.method != "POST":
        answer = _say(405, f"{app.title} sends its webhooks here by POST; there is nothing to see.")
        answer["Allow"] = "POST"
        return answer
    incoming = Incoming(
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=_body(request, rules.largest_bytes),
        received_at=datetime.now(UTC),
    )
    answered = hooks.accept(app.slug, environment, incoming)
    return _say(answered.status, answered.sentence)


def _body(request: HttpRequest, largest: int) -> bytes:
    """The bytes as they came; of what is too large, one more than it may have, which is how it is told."""
    read: bytes = request.read(largest + 1)
    return read


def _say(status: int, sentence: str) -> HttpResponse:
    return JsonResponse({"status": status, "message": sentence}, status=status)
