"""What an app tells of its own coming and going: it was let into an account, or put out of it.

A notice may come before the sign-in that it belongs to is done: it waits, and is looked into again when that
account's (or the wide account's) grant is stored. One that is older than the tokens at hand says nothing of
them. Tokens are kept in any case.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet

from integrations import catalog, queue
from integrations.engine import spec
from integrations.engine.errors import CredentialRefused
from integrations.engine.spec import Installation
from integrations.models import (
    USABLE,
    Connection,
    ConnectionState,
    Notice,
    NoticeState,
    SubAccount,
    SubAccountState,
)
from integrations.services import standing, sub_accounts
from integrations.services.accounts import connector_of
from integrations.services.exchange import exchange_of
from integrations.services.oauth_apps import app_id_of, oauth2_of

PAGES_AT_ONCE = 3
WAITS = "The app was installed in an account that is not connected yet; this waits for its sign-in."


def installation_of(notice: Notice) -> Installation | None:
    """What the notice tells of the app's coming or going; None: it tells of something else."""
    hooks = catalog.connector(notice.connector).webhooks
    if hooks is None or hooks.installs is None:
        return None
    told = spec.Notice(
        type=notice.type,
        payload=notice.payload,
        id=notice.key,
        account=notice.account,
        record=notice.record,
        at=notice.said_at,
    )
    return hooks.installs(told)


def heard(notice: Notice, now: datetime) -> bool:
    """Look into a notice; whether it was of this kind. Its state is then settled and saved. No HTTP."""
    told = installation_of(notice)
    if told is None:
        return False
    with transaction.atomic():
        if not told.account:
            _settle(notice, NoticeState.IGNORED, "It does not say which account it is about.")
        elif told.removed:
            _removed(notice, told)
        else:
            _installed(notice, told, now)
    return True


def met(connection: Connection, now: datetime) -> int:
    """A grant was stored: what waited for this account, or for one under it, is looked into again."""
    rows = Notice.objects.filter(
        connector=connection.connector, environment=connection.environment, state=NoticeState.WAITING
    )
    again = rows.filter(account=connection.account).update(
        state=NoticeState.NEW, due_at=now, connection=connection
    )
    if exchange_of(connection) is not None:
        under = [row.pk for row in rows if _is_under(row, connection)]
        again += rows.filter(pk__in=under).update(state=NoticeState.NEW, due_at=now, connection=connection)
    return again


def _is_under(notice: Notice, wide: Connection) -> bool:
    told = installation_of(notice)
    return told is not None and told.within == wide.account and _same_app(wide, told)


def _same_app(connection: Connection, told: Installation) -> bool:
    return not told.app or app_id_of(connection) == told.app


def _of_account(notice: Notice, account: str, audience: str, told: Installation) -> list[Connection]:
    """The connections by this app to an account of that kind. Keys are not the app's, and go on."""
    rows: QuerySet[Connection] = Connection.objects.filter(
        connector=notice.connector, environment=notice.environment, account=account
    )
    return [
        row
        for row in rows.exclude(state=ConnectionState.DISCONNECTED).select_related("parent", "token")
        if oauth2_of(row) is not None
        and (kind := connector_of(row).audience(row.settings)) is not None
        and kind.key == audience
        and _same_app(row, told)
    ]


# --- let in ---------------------------------------------------------------------------------------


def _installed(notice: Notice, told: Installation, now: datetime) -> None:
    found = _of_account(notice, told.account, told.audience, told)
    for connection in found:
        _is_back(connection)
    above = [wide for wide in _wide(notice, told) if _note_under(wide, told, now)]
    if not found and not above:
        for wide in _perhaps(notice, told):
            queue.list_accounts(wide.pk)
        _settle(notice, NoticeState.WAITING, WAITS)
        return
    notice.connection = next(iter([*found, *above]))
    _settle(notice, NoticeState.HEARD, "")


def _is_back(connection: Connection) -> None:
    """Installed again after it was put out: only a sign-in (or the wide token) gives tokens for it."""
    if connection.state == ConnectionState.NEEDS_RECONNECT and connection.parent is None:
        connection.state_reason = (
            f"{connector_of(connection).title} says that the app was installed there again; sign in again, "
            "so that the hub gets tokens for it."
        )
        connection.save(update_fields=["state_reason"])


def _wide(notice: Notice, told: Installation) -> list[Connection]:
    """The wide connections that the account is under: as told, or as their list has shown."""
    if told.within:
        return [row for row in _all_wide(notice, told) if row.account == told.within]
    known = notice.connection
    return [known] if known is not None and exchange_of(known) is not None else []


def _perhaps(notice: Notice, told: Installation) -> list[Connection]:
    """Where a notice does not tell under which it is, the lists of these are looked at again."""
    wide = _all_wide(notice, told)
    return [row for row in wide if not told.within and told.audience == _narrow(row)]


def _narrow(wide: Connection) -> str:
    exchange = exchange_of(wide)
    return exchange.narrow if exchange else ""


def _all_wide(notice: Notice, told: Installation) -> list[Connection]:
    rows = Connection.objects.filter(
        connector=notice.connector, environment=notice.environment, state__in=USABLE
    )
    return [row for row in rows if exchange_of(row) is not None and _same_app(row, told)]


def _note_under(wide: Connection, told: Installation, now: datetime) -> SubAccount:
    """It can be chosen from now on; it is connected by itself where that was wanted, or was so before."""
    row, _ = SubAccount.objects.update_or_create(parent=wide, account=told.account, defaults={"seen_at": now})
    exchange = exchange_of(wide)
    follow = exchange is not None and bool(wide.settings.get(exchange.follow_setting))
    was = row.connection is not None and not row.connection.usable
    if was or (follow and row.state == SubAccountState.LISTED):
        sub_accounts.queue_one(row, now)
    return row


# --- put out --------------------------------------------------------------------------------------


def _removed(notice: Notice, told: Installation) -> None:
    found = _of_account(notice, told.account, told.audience, told)
    _nothing_waits_any_more(notice, told)
    _forget_choice(notice, told)
    stopped = [connection for connection in found if _stop(connection, notice)]
    if not found:
        _settle(notice, NoticeState.IGNORED, "No connection of this hub is to that account.")
        return
    notice.connection = found[0]
    older = "" if stopped else "It is older than the tokens at hand, so it says nothing of them."
    _settle(notice, NoticeState.HEARD, older)


def _stop(connection: Connection, notice: Notice) -> bool:
    """The connection, and all under it, wait for a person. False: tokens were given after this was said."""
    if notice.said_at is not None and _signed_in_since(connection, notice.said_at):
        return False
    connector = connector_of(connection)
    audience = connector.audience(connection.settings)
    what = audience.title if audience else "account"
    when = f" ({notice.said_at:%Y-%m-%d %H:%M} UTC)" if notice.said_at else ""
    said = f"{connector.title} says that the app was uninstalled from this {what}{when}"
    under = f"the app was uninstalled from {connection.name}, which this one is under{when}"
    standing.trouble(
        connection, CredentialRefused(f"{said}. Install it there again, and sign in here again.")
    )
    for child in connection.children.exclude(state=ConnectionState.DISCONNECTED):
        standing.trouble(
            child, CredentialRefused(f"{connector.title} says that {under}. Connect {connection.name} again.")
        )
    return True


def _signed_in_since(connection: Connection, moment: datetime) -> bool:
    token = getattr(connection, "token", None)
    return token is not None and token.issued_at > moment


def _forget_choice(notice: Notice, told: Installation) -> None:
    """An account without the app cannot be connected; one that is stays in the list, with its reason."""
    rows = SubAccount.objects.filter(
        parent__connector=notice.connector,
        parent__environment=notice.environment,
        account=told.account,
        connection=None,
    )
    gone = [row.pk for row in rows.select_related("parent") if _same_app(row.parent, told)]
    SubAccount.objects.filter(pk__in=gone).delete()


def _nothing_waits_any_more(notice: Notice, told: Installation) -> None:
    waiting = Notice.objects.filter(
        connector=notice.connector,
        environment=notice.environment,
        account=told.account,
        state=NoticeState.WAITING,
    )
    older = [row.pk for row in waiting.exclude(pk=notice.pk) if installation_of(row) is not None]
    Notice.objects.filter(pk__in=older).update(
        state=NoticeState.IGNORED, problem="The app was uninstalled again before anybody had signed in."
    )


def _settle(notice: Notice, state: NoticeState, problem: str) -> None:
    notice.state, notice.problem, notice.due_at = state, problem, None
    notice.lease_owner, notice.lease_until = "", None
    notice.save(update_fields=["state", "problem", "due_at", "connection", "lease_owner", "lease_until"])


# --- the vendor's list ----------------------------------------------------------------------------


def look(wide: Connection, *, pages: int = sub_accounts.MOST_PAGES) -> sub_accounts.Looked:
    """List what is under a wide connection, and what waited for it. Makes HTTP calls; raises their errors.

    A notice of an account that was gained later does not always tell under which: the list does.
    """
    looked = sub_accounts.look(wide, pages=pages)
    rows = Notice.objects.filter(
        connector=wide.connector, environment=wide.environment, state=NoticeState.WAITING
    )
    listed = rows.filter(account__in=SubAccount.objects.filter(parent=wide).values("account"))
    told = [row.pk for row in listed if installation_of(row) is not None]
    Notice.objects.filter(pk__in=told).update(
        state=NoticeState.NEW, due_at=datetime.now(UTC), connection=wide
    )
    return looked


def look_soon(wide: Connection) -> sub_accounts.Looked:
    """The first of the list now, the rest by a worker."""
    looked = look(wide, pages=PAGES_AT_ONCE)
    if not looked.complete:
        queue.list_accounts(wide.pk)
    return looked
