"""/times/<link>/: a person without a sign-in sees free times, picks one, and is booked.

The link is the authority, so there is nothing that a forged form could misuse: these pages need no cookie,
and work in the small browsers of mail apps. They are for no index, and are asked no more often than a person
would.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from integrations.engine.errors import Throttled, WrongUse
from integrations.forms.times import PickForm, zones
from integrations.services import rates, slot_links, slot_pages
from integrations.services.slot_links import Visit

BOOKINGS_PER_MIN = 10
BUSY = "Many people are looking at this page; try again in a minute."


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For visitors: never kept, never indexed, not too often; a link that is no good is said in words."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, link: str = "", receipt: str = "") -> HttpResponse:
        try:
            answer = _within_limits(request, link or receipt) or view(request, link or receipt)
        except WrongUse as error:
            answer = _closed(request, error.sentence, 410)
        except Throttled:
            answer = _closed(request, BUSY, 503, 5)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return opened


def _within_limits(request: HttpRequest, link: str) -> HttpResponse | None:
    who = f"{link[-40:]} {get_adapter().get_client_ip(request)}"
    left_s = rates.wait_s(f"times:{who}", settings.HUB_ASKS_PER_MIN)
    if request.method == "POST":
        left_s = left_s or rates.wait_s(f"pick:{who}", BOOKINGS_PER_MIN)
    return _closed(request, BUSY, 429, left_s) if left_s else None


def _closed(request: HttpRequest, sentence: str, status: int, after_s: int = 0) -> HttpResponse:
    answer = render(
        request, "hub/times_closed.html", {"title": "Booking", "sentence": sentence}, status=status
    )
    if after_s:
        answer["Retry-After"] = str(after_s)
    return answer


@public
def times(request: HttpRequest, link: str) -> HttpResponse:
    visit = slot_links.read(link)
    if not slot_pages.live(visit):
        return _closed(request, "Nothing can be booked here at the moment; try again later.", 503, 300)
    if request.method == "POST":
        return _pick(request, link, visit)
    if not request.GET.get("start"):
        return _list(request, visit)
    try:
        return _details(request, visit, _form(request, visit))
    except WrongUse as error:
        return _list(request, visit, problem=error.sentence)


def _zone(request: HttpRequest, visit: Visit) -> str:
    """The visitor's choice, else what the link says; "": the calendar's own."""
    for name in (request.GET.get("zone"), request.POST.get("zone"), visit.question.get("time_zone")):
        if name in available_timezones():
            return str(name)
    return ""


def _first(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None


def _list(request: HttpRequest, visit: Visit, taken: str = "", problem: str = "") -> HttpResponse:
    offer = slot_pages.offer(visit, _zone(request, visit), _first(request), without=taken)
    known = zones()
    context = {
        "title": offer.calendar or "Booking",
        "offer": offer,
        "zones": known if offer.zone in known else [offer.zone, *known],
        "chosen": bool(_zone(request, visit)),
        "taken": taken,
        "problem": problem,
        "books": slot_pages.books(visit),
        "person": visit.person,
        "can_go_back": offer.first > slot_pages.today(offer.zone),
    }
    return render(request, "hub/times.html", context)


def _form(request: HttpRequest, visit: Visit) -> PickForm:
    start = request.GET.get("start", "")
    initial = {
        "start": start,
        "end": request.GET.get("end", ""),
        "title": request.GET.get("title", ""),
        "zone": _zone(request, visit) or "UTC",
        "once": secrets.token_urlsafe(12),
    }
    return PickForm(None, known=visit.person, initial=initial)


def _details(request: HttpRequest, visit: Visit, form: PickForm) -> HttpResponse:
    """Who comes, at the time that was picked."""
    said = {key: form[key].value() or "" for key in ("start", "end", "zone", "title")}
    start, end = slot_pages.in_zone(said["start"], said["end"], said["zone"])
    context: dict[str, Any] = {
        "title": said["title"] or "Booking",
        "form": form,
        "start": start,
        "end": end,
        "zone": said["zone"],
        "person": visit.person,
        "back": f"?{urlencode({'zone': said['zone'], 'from': start.date().isoformat()})}",
    }
    return render(request, "hub/times_details.html", context)


def _pick(request: HttpRequest, link: str, visit: Visit) -> HttpResponse:
    form = PickForm(request.POST, known=visit.person)
    try:
        if not form.is_valid():
            return _details(request, visit, form)
        said = form.cleaned_data
        run = slot_pages.pick(
            visit, said["start"], said["end"], said["zone"], form.person(visit.person), said["once"]
        )
    except WrongUse as error:
        return _list(request, visit, problem=error.sentence)
    if slot_pages.was_taken(run):
        return _list(request, visit, taken=said["start"])
    return redirect("times-booked", receipt=slot_links.receipt(run))


@public
def booked(request: HttpRequest, receipt: str) -> HttpResponse:
    run = slot_links.booked(receipt)
    context = {"title": "Your booking", "booked": slot_pages.told(run), "receipt": receipt}
    return render(request, "hub/times_booked.html", context)


@public
def invitation(request: HttpRequest, receipt: str) -> HttpResponse:
    """The booking for the visitor's own calendar."""
    answer = HttpResponse(
        slot_pages.invitation(slot_links.booked(receipt)), content_type="text/calendar; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer
