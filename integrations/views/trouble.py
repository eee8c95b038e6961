"""A database that cannot be used is not our mistake: it is said on the page, in one sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from integrations.services.trouble import database_sentence

log = logging.getLogger(__name__)

RETRY_S = 10


class DatabaseTrouble:
    """Middleware: 503 and what to do, in place of a page that says that something broke."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DatabaseError):
            return None
        sentence = database_sentence(exception)
        log.error("%s %s: %s", request.method, request.path, sentence)
        # Without the request: what fills in our pages asks the database too.
        page = render_to_string("503.html", {"sentence": sentence})
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_S)})
