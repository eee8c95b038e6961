"""What somebody should know of, and whom the hub tells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.forms.alerts import AlertSettingsForm
from integrations.management.base import Answer, HubCommand, columns
from integrations.models import Alert, AlertSettings, Team
from integrations.services import alert_channels, alerts, audit, named

NOTHING = "none"


class Command(HubCommand):
    help = "Open alerts, the worst first. With --set, --test: whom a team's alerts are told, and trying it."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--team", help="one team only; needed for --set and --test where there are several"
        )
        parser.add_argument("--all", action="store_true", help="those that are over, too")
        parser.add_argument("--look", action="store_true", help="look now, and tell whom it concerns")
        parser.add_argument("--check", action="store_true", help="exit 1 when any alert is open")
        parser.add_argument("--test", action="store_true", help="send a message that means nothing")
        parser.add_argument("--set", action="store_true", help="change whom the team's alerts are told")
        parser.add_argument("--mails", help="addresses, by commas; “none”: no e-mails; “”: all operators")
        parser.add_argument("--over", help="the connection to send signed events over; “none”: none")
        parser.add_argument("--least", help="from this level: info, warning or critical")
        parser.add_argument("--again", type=int, help="tell again after so many hours")

    def answer(self, options: dict[str, Any]) -> Answer:
        if options["set"]:
            return _changed(_team(options["team"]), options)
        if options["test"]:
            said = alerts.send_test(_team(options["team"]))
            return Answer(document={"said": said}, lines=[said])
        if options["look"]:
            alerts.look(datetime.now(UTC))
        rows = Alert.objects.select_related("team")
        rows = rows.of(_team(options["team"])) if options["team"] else rows
        found = list(rows) if options["all"] else alerts.worst_first(rows.filter(resolved_at=None))
        failed = f"{len(found)} alerts." if options["check"] and any(not r.resolved_at for r in found) else ""
        return Answer(
            document=[alert_channels.as_data(row) for row in found],
            lines=columns([HEAD, *(_line(row) for row in found)]) if found else ["Nothing is wrong."],
            failed=failed,
        )


HEAD = ("number", "level", "team", "since", "over", "what")


def _line(row: Alert) -> tuple[object, ...]:
    over = f"{row.resolved_at:%Y-%m-%d %H:%M}" if row.resolved_at else "–"
    return row.pk, row.level, row.team.name, f"{row.first_at:%Y-%m-%d %H:%M}", over, row.sentence


def _team(name: str | None) -> Team:
    """The team of that name; the only one, where none is named."""
    rows = Team.objects.filter(name=name) if name else Team.objects.all()[:2]
    if len(rows) == 1:
        return rows[0]
    if name:
        raise WrongUse(did_you_mean(name, list(Team.objects.values_list("name", flat=True)), "team"))
    raise WrongUse("Name the team with --team.")


def _changed(team: Team, options: dict[str, Any]) -> Answer:
    """Through the form of the page, with what was not named as it is."""
    own = alerts.settings_of(team)
    form = AlertSettingsForm({**_as_it_is(own), **_given(options)}, own=own)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        raise WrongUse(f"{field}: {errors[0]}")
    form.save()
    audit.note(team, None, "alerts.settings_changed", team)
    said = alert_channels.by_mail(own)
    over = own.connection.name if own.connection else None
    return Answer(document={"team": team.name, "by_mail": said, "over": over}, lines=[said])


def _as_it_is(own: AlertSettings) -> dict[str, Any]:
    return {
        "by_mail": own.by_mail,
        "mails": ",".join(own.mails),
        "connection": own.connection_id,
        "least": own.least,
        "again_h": own.again_h,
    }


def _given(options: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if options["mails"] is not None:
        found = {"by_mail": options["mails"] != NOTHING}
        found |= {"mails": options["mails"]} if found["by_mail"] else {}
    if options["over"] is not None:
        found["connection"] = None if options["over"] == NOTHING else named.connection(options["over"]).pk
    return found | {
        key: options[name] for name, key in (("least", "least"), ("again", "again_h")) if options[name]
    }
