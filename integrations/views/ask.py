"""/ask/<key>/: a live workflow answers, in JSON, while somebody waits. Who knows the address may ask.

No session and no sign-in. What is wrong with the question is said in one sentence; a page of another site may
read the answer where `HUB_ASK_ORIGINS` names that site.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from integrations.engine.errors import Throttled, WrongUse
from integrations.services import asking, rates

LARGEST = 16 * 1024
METHODS = "GET, POST, OPTIONS"


class NoQuestion(Exception):
    """The body cannot be read at all; the status, and a sentence."""


@csrf_exempt
@never_cache
def ask(request: HttpRequest, key: str) -> HttpResponse:
    answer = _answer(request, key)
    answer["X-Robots-Tag"] = "noindex"
    return _readable_elsewhere(request, answer)


def _answer(request: HttpRequest, key: str) -> HttpResponse:
    if request.method == "OPTIONS":
        return HttpResponse(status=204)
    if request.method not in ("GET", "POST"):
        answer = _say(405, "Ask by GET with a query, or by POST with JSON.")
        answer["Allow"] = METHODS
        return answer
    workflow = asking.at(key)
    if workflow is None:
        return _say(404, "Nothing answers at this address (any more).")
    if left_s := rates.wait_s(f"ask:{key}", settings.HUB_ASKS_PER_MIN):
        return _say(429, "This address is asked too often; ask again in a minute.", left_s)
    try:
        asked = asking.asked(workflow)
    except WrongUse:
        return _say(503, "This address does not answer at the moment; ask again later.", 300)
    try:
        given = asking.question(asked.trigger, *_given(request))
    except NoQuestion as no:
        return _say(*no.args)
    except WrongUse as error:
        return _say(422, error.sentence)
    try:
        told = asking.told(asking.ask(asked, given))
    except Throttled as error:
        return _say(503, error.sentence, 1)
    return JsonResponse(told.document, status=told.status, safe=False)


def _given(request: HttpRequest) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """The texts of a query or form, and the values of a JSON body. Raises NoQuestion."""
    if request.method == "GET":
        return request.GET.dict(), {}
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {**request.GET.dict(), **request.POST.dict()}, {}
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise NoQuestion(413, f"A question has at most {LARGEST // 1024} KB.")
    try:
        values = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise NoQuestion(400, "The body is no JSON; send an object such as {}.") from None
    if not isinstance(values, dict):
        raise NoQuestion(400, "The body has to be one JSON object, such as {}.")
    return request.GET.dict(), values


def _say(status: int, sentence: str, after_s: int = 0) -> HttpResponse:
    answer = JsonResponse({"status": status, "message": sentence}, status=status)
    if after_s:
        answer["Retry-After"] = str(after_s)
    return answer


def _readable_elsewhere(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """What another site's page may read (CORS); nothing is sent along that would tell who asks."""
    origin = request.headers.get("Origin", "")
    answer["Vary"] = "Origin"
    if origin and (origin in settings.HUB_ASK_ORIGINS or "*" in settings.HUB_ASK_ORIGINS):
        answer["Access-Control-Allow-Origin"] = origin
        answer["Access-Control-Allow-Methods"] = METHODS
        answer["Access-Control-Allow-Headers"] = "Content-Type"
        answer["Access-Control-Expose-Headers"] = "Retry-After"
        answer["Access-Control-Max-Age"] = "600"
    return answer
