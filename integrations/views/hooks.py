"""/hooks/…: where apps send what they have to tell. The simulated ones have addresses of their own.

No session and no sign-in of ours: a delivery is known by its signature, or by the address that nobody else
knows. What goes wrong in here is a 500 (a 503 where the database is away), so that the app sends it again.
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
from integrations.services import doors, flood, hooks
from integrations.services.doors import Door
from integrations.services.hooks import Answered

NOBODY = "Nothing is sent here."


@csrf_exempt
@never_cache
def hook(request: HttpRequest, connector: str) -> HttpResponse:
    """Never reaches a sandbox connection."""
    return _shared(request, connector, Environment.PRODUCTION)


@csrf_exempt
@never_cache
def sandbox_hook(request: HttpRequest, connector: str) -> HttpResponse:
    """Takes what this hub's own sandbox has signed, for sandbox connections, and nothing else."""
    if not settings.HUB_SANDBOX_ENABLED:
        raise Http404
    return _shared(request, connector, Environment.SANDBOX)


@csrf_exempt
@never_cache
def own_hook(request: HttpRequest, connector: str, key: str) -> HttpResponse:
    """A connection's own address."""
    return _own(request, connector, Environment.PRODUCTION, key)


@csrf_exempt
@never_cache
def own_sandbox_hook(request: HttpRequest, connector: str, key: str) -> HttpResponse:
    if not settings.HUB_SANDBOX_ENABLED:
        raise Http404
    return _own(request, connector, Environment.SANDBOX, key)


def _shared(request: HttpRequest, connector: str, environment: Environment) -> HttpResponse:
    try:
        door = doors.shared(connector, environment)
    except WrongUse as error:
        return _say(Answered(404, error.sentence))
    return _take(request, door)


def _own(request: HttpRequest, connector: str, environment: Environment, key: str) -> HttpResponse:
    """One that nobody has is told nothing: not even whether there is such an app."""
    door = doors.own(connector, environment, key)
    if door is None:
        return _say(Answered(404, NOBODY))
    assert door.connection is not None
    wait_s = flood.wait_s(door.connection.pk, datetime.now(UTC))
    if wait_s:
        answer = _say(Answered(429, f"More than {flood.MOST} in a minute; send it again later."))
        answer["Retry-After"] = str(wait_s)
        return answer
    return _take(request, door)


def _take(request: HttpRequest, door: Door) -> HttpResponse:
    if request.method not in (methods := ("GET", "POST") if door.simple else ("POST",)):
        answer = _say(
            Answered(405, f"{door.app.title} sends its webhooks here by POST; there is nothing to see.")
        )
        answer["Allow"] = ", ".join(methods)
        return answer
    incoming = Incoming(
        headers={name.lower(): value for name, value in request.headers.items()},
        query=request.GET.dict(),
        body=_body(request, door.hooks.largest_bytes),
        received_at=datetime.now(UTC),
        sender=_sender(request),
    )
    return _say(hooks.take(door, incoming))


def _body(request: HttpRequest, largest: int) -> bytes:
    """The bytes as they came; of what is too large, one more than it may have, which is how it is told."""
    read: bytes = request.read(largest + 1)
    return read


def _sender(request: HttpRequest) -> str:
    """Who speaks to us; behind proxies of ours, who spoke to the outermost of them."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    if settings.HUB_PROXIES:
        return hops[-settings.HUB_PROXIES] if len(hops) >= settings.HUB_PROXIES else ""
    return str(request.META.get("REMOTE_ADDR", ""))


def _say(answered: Answered) -> HttpResponse:
    said = {
        "accepted": 200 <= answered.status < 300,
        "status": answered.status,
        "message": answered.sentence,
    }
    if answered.proof:
        said["self_test"] = answered.proof
    if answered.fields:
        said["fields"] = list(answered.fields)
    return JsonResponse(said, status=answered.status)
