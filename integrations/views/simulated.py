"""/sandbox/<app>/...: the simulated apps over HTTP, as an outside client would call the real ones.

No session and no sign-in of ours: a simulated app asks for its own keys, as the real one does.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.sandbox.http import serve
from integrations.services.clients import sandbox


@csrf_exempt
def simulated(request: HttpRequest, app: str, path: str) -> HttpResponse:
    if not settings.HUB_SANDBOX_ENABLED or app not in sandbox().apps():
        raise Http404
    headers = {name: value for name, value in request.headers.items() if name.lower() != "cookie"}
    served = serve(
        sandbox(),
        app,
        method=request.method or "GET",
        url=request.build_absolute_uri(),
        headers=headers,
        body=request.body,
    )
    response = HttpResponse(served.body, status=served.status)
    for name, value in served.headers:
        response[name] = value
    if served.is_page:
        response["Content-Security-Policy"] = _policy()
    return response


def _policy() -> str:
    """The app's own page: its style stands in its tags, and its form leads back to the hub."""
    hub = urlsplit(settings.HUB_BASE_URL)
    return (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {hub.scheme}://{hub.netloc}"
    )
