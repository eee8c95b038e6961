"""What there is under a wide connection: listed, chosen to be connected, and how far that has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from integrations import queue
from integrations.engine.errors import WrongUse
from integrations.engine.spec import Listed
from integrations.models import (
    USABLE,
    Connection,
    ConnectionState,
    OAuthToken,
    SubAccount,
    SubAccountState,
)
from integrations.services import audit, direct
from integrations.services.exchange import wide
from integrations.services.oauth_apps import app_id_of

MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found. `complete`: it came to the end of the vendor's list."""

    found: int
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the accounts that were chosen have come."""

    listed: int
    queued: int
    connected: int
    failed: int
    next_at: datetime | None

    @property
    def going_on(self) -> bool:
        return self.queued > 0


# --- listing --------------------------------------------------------------------------------------


def look(parent: Connection, *, pages: int = MOST_PAGES) -> Looked:
    """Read the vendor's list, at most so many pages of it, and note what is there. Makes HTTP calls.

    The list is in no order, and may change meanwhile: a page that brings nothing new is the end as well.
    Raises what a page could not be read for; what was read before it is kept.
    """
    exchange, app, began = wide(parent), app_id_of(parent), datetime.now(UTC)
    follow = exchange.follow_setting
    seen: set[str] = set()
    skip = 0
    for _ in range(pages):
        values = exchange.page_values(parent.settings, app, skip)
        outcome = direct.read_patiently(parent, exchange.listing, values, purpose="list of accounts")
        if outcome.error is not None:
            raise outcome.error
        rows = exchange.rows(outcome.value)
        new = [row for row in rows if row.account not in seen]
        seen |= {row.account for row in new}
        _note(parent, [row for row in new if row.installed], follow=bool(parent.settings.get(follow)))
        skip += len(rows)
        if len(rows) < exchange.page or not new:
            _forget_older(parent, began)
            return Looked(len(seen), complete=True)
    return Looked(len(seen), complete=False)


def _note(parent: Connection, rows: Sequence[Listed], *, follow: bool) -> None:
    """`follow`: what was not known before is to be connected by itself."""
    now = datetime.now(UTC)
    named = SubAccount.objects.filter(parent=parent, account__in=[row.account for row in rows])
    known = set(named.values_list("account", flat=True))
    made = [
        SubAccount(
            parent=parent, account=row.account, name=row.name[:200], detail=row.detail[:300], seen_at=now
        )
        for row in rows
    ]
    SubAccount.objects.bulk_create(
        made,
        update_conflicts=True,
        unique_fields=("parent", "account"),
        update_fields=("name", "detail", "seen_at"),
    )
    if follow:
        _queue(named.exclude(account__in=known), now, None)


def _forget_older(parent: Connection, began: datetime) -> None:
    """What a whole look did not bring, and nobody has chosen, is not there any more."""
    states = (SubAccountState.LISTED, SubAccountState.FAILED)
    gone = SubAccount.objects.filter(parent=parent, state__in=states, connection=None)
    gone.filter(Q(seen_at=None) | Q(seen_at__lt=began)).delete()


# --- choosing -------------------------------------------------------------------------------------


def open_to_choice(parent: Connection) -> QuerySet[SubAccount]:
    """Those that can be chosen: not connected yet, or whose connection has stopped."""
    working = Q(connection__isnull=False, connection__state__in=(*USABLE, ConnectionState.SUSPENDED))
    rows = SubAccount.objects.filter(parent=parent).exclude(state=SubAccountState.QUEUED)
    return rows.exclude(working)


def choose(
    parent: Connection, accounts: Iterable[str] | None, *, actor: User | None = None, new: bool = False
) -> int:
    """Let these be connected (None: all there are), one after the other by a worker; how many are queued.

    `new`: an account that no look has brought may be named too. Raises WrongUse for one that is not known.
    """
    wide(parent)
    with transaction.atomic():
        rows = open_to_choice(parent)
        if accounts is not None:
            wanted = {account.strip() for account in accounts} - {""}
            _check_known(parent, wanted, new=new)
            rows = rows.filter(account__in=wanted)
        queued = _queue(rows, datetime.now(UTC), actor)
        audit.note(parent.team, actor, "connection.accounts_chosen", parent, accounts=queued)
    return queued


def _check_known(parent: Connection, wanted: set[str], *, new: bool) -> None:
    known = SubAccount.objects.filter(parent=parent, account__in=wanted).values_list("account", flat=True)
    strange = sorted(wanted - set(known))
    if strange and not new:
        raise WrongUse(f"{parent.name} has no account {strange[0]} in its list; look again, then choose.")
    SubAccount.objects.bulk_create([SubAccount(parent=parent, account=account) for account in strange])


def _queue(rows: QuerySet[SubAccount], now: datetime, actor: User | None) -> int:
    queued = rows.update(
        state=SubAccountState.QUEUED, due_at=now, attempts=0, problem="", settled_at=None, asked_by=actor
    )
    if queued:
        queue.install()
    return queued


def cancel(parent: Connection, *, actor: User | None = None) -> int:
    """Take back what is queued and not under way; how many they were."""
    now = datetime.now(UTC)
    with transaction.atomic():
        waiting = SubAccount.objects.filter(parent=parent, state=SubAccountState.QUEUED)
        waiting = waiting.filter(Q(lease_until=None) | Q(lease_until__lte=now))
        back = waiting.exclude(connection=None).update(state=SubAccountState.CONNECTED, due_at=None)
        back += waiting.filter(connection=None).update(state=SubAccountState.LISTED, due_at=None)
        audit.note(parent.team, actor, "connection.accounts_cancelled", parent, accounts=back)
    return back


def works_again(parent: Connection, now: datetime) -> int:
    """The wide connection is good again: those under it that had stopped for want of it get tokens anew."""
    stopped = parent.children.filter(state__in=(ConnectionState.NEW, ConnectionState.NEEDS_RECONNECT))
    for child in stopped.exclude(account=""):
        SubAccount.objects.update_or_create(
            parent=parent,
            account=child.account,
            defaults={"connection": child},
            create_defaults={"connection": child, "name": child.name},
        )
    rows = SubAccount.objects.filter(parent=parent, connection__in=stopped)
    return _queue(rows.exclude(state=SubAccountState.QUEUED), now, None)


def queue_one(row: SubAccount, now: datetime) -> None:
    """Let one be connected without anybody having chosen it."""
    _queue(SubAccount.objects.filter(pk=row.pk).exclude(state=SubAccountState.QUEUED), now, None)


# --- how far --------------------------------------------------------------------------------------


def progress(parent: Connection) -> Progress:
    rows = SubAccount.objects.filter(parent=parent).order_by()
    count = dict(rows.values_list("state").annotate(n=Count("id")))
    first = rows.filter(state=SubAccountState.QUEUED).order_by("due_at").first()
    return Progress(
        listed=count.get(SubAccountState.LISTED, 0),
        queued=count.get(SubAccountState.QUEUED, 0),
        connected=count.get(SubAccountState.CONNECTED, 0),
        failed=count.get(SubAccountState.FAILED, 0),
        next_at=first.due_at if first else None,
    )


def first_end(parent: Connection) -> datetime | None:
    """When the first token under it ends that only it can replace."""
    rows = OAuthToken.objects.filter(connection__parent=parent, refresh_token="").order_by("expires_at")
    return rows.values_list("expires_at", flat=True).first()


def matching(parent: Connection, words: str) -> QuerySet[SubAccount]:
    """Those whose name, address or id has these words in it."""
    rows = SubAccount.objects.filter(parent=parent).select_related("connection")
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(detail__icontains=word) | Q(account__icontains=word))
    return rows
