"""The simulated apps: what they hold, their faults, and what a person does in them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Field, FieldType
from integrations.management.base import Answer, HubCommand, columns, positive
from integrations.sandbox import discover, faults
from integrations.sandbox.simulation import Simulation
from integrations.services.clients import sandbox


class Command(HubCommand):
    help = "The simulated apps: dump their state, reset them, switch a fault on, act in them, set them."

    def arguments(self, parser: CommandParser) -> None:
        does = parser.add_subparsers(dest="does", metavar="dump|reset|fault|clear|act|set", required=True)
        does.add_parser("dump", help="everything they hold, tokens and keys masked")
        does.add_parser("reset", help="as on the first day; whoever is connected stays connected")
        does.add_parser("clear", help="switch all faults off")
        fault = does.add_parser("fault", help="switch a fault on; without a kind, list those that are on")
        fault.add_argument("kind", nargs="?", help=f"one of: {', '.join(faults.KINDS)}")
        fault.add_argument("--app", help=f"one of: {', '.join(discover())}")
        fault.add_argument("--match", default="", help="only requests with this in their METHOD /path")
        fault.add_argument("--count", type=positive, default=1, help="how often (1)")
        fault.add_argument("--seconds", type=float, default=0.0, help="how late, for the slow ones")
        fault.add_argument("--percent", type=positive, default=100, help="of a hundred, how many (100)")
        act = does.add_parser("act", help="do what a person does in the app; without an action, list them")
        act.add_argument("app", help="such as accredible")
        act.add_argument("action", nargs="?", help="such as issue_certificate")
        act.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="values")
        turn = does.add_parser("set", help="turn the app's knobs; without any, list them")
        turn.add_argument("app", help="such as ghl")
        turn.add_argument("values", nargs="*", metavar="SETTING=VALUE")
        for parser_of in does.choices.values():
            # Also behind the word, where people write it. No default: it would undo the one before the word.
            parser_of.add_argument("--json", action="store_true", default=argparse.SUPPRESS)

    def answer(self, options: dict[str, Any]) -> Answer:
        if not settings.HUB_SANDBOX_ENABLED:
            raise WrongUse("The sandbox is switched off; set HUB_SANDBOX_ENABLED to yes.")
        found: Answer = getattr(self, f"_{options['does']}")(options)
        return found

    def _dump(self, options: dict[str, Any]) -> Answer:
        lines = []
        for slug, app in sandbox().apps().items():
            for table in sandbox().summary(slug):
                lines += [f"{app.title}: {table['title']}", *_table(table["columns"], table["rows"]), ""]
        return Answer(document=sandbox().dump(), lines=lines)

    def _reset(self, options: dict[str, Any]) -> Answer:
        sandbox().reset()
        return Answer(document={"reset": True}, lines=["The simulated apps are as on their first day."])

    def _clear(self, options: dict[str, Any]) -> Answer:
        sandbox().clear_faults()
        return Answer(document=[], lines=["All faults are off."])

    def _fault(self, options: dict[str, Any]) -> Answer:
        if options["kind"]:
            if not options["app"]:
                raise WrongUse(f"Say which app has the fault: --app, one of {', '.join(sandbox().apps())}.")
            sandbox().set_fault(
                options["app"],
                options["kind"],
                match=options["match"],
                count=options["count"],
                seconds=options["seconds"],
                percent=options["percent"],
            )
        known = sandbox().faults()
        lines = [
            f"{fault['app']}: {faults.KINDS[fault['kind']]} ({fault['kind']}), {fault['remaining']} times"
            + (f", {fault['percent']} of a hundred" if fault["percent"] < 100 else "")
            + (f", where “{fault['match']}” is in the request" if fault["match"] else "")
            for fault in known
        ]
        return Answer(document=known, lines=lines or ["No fault is on."])

    def _act(self, options: dict[str, Any]) -> Answer:
        app = _app(options["app"])
        if not options["action"]:
            listed = [(a.key, a.title, " ".join(field.key for field in a.fields)) for a in app.actions]
            document = [{"key": key, "title": title, "fields": keys.split()} for key, title, keys in listed]
            return Answer(document=document, lines=columns([("action", "does", "fields"), *listed]))
        values = _values(app.action(options["action"]).fields, options["values"])
        made = sandbox().act(app.slug, options["action"], values)
        return Answer(document=made, lines=[f"Done: {made.get('id', options['action'])}."])

    def _set(self, options: dict[str, Any]) -> Answer:
        app = _app(options["app"])
        if options["values"]:
            sandbox().turn(app.slug, _values(app.settings, options["values"]))
        known = sandbox().settings(app.slug)
        document = {field.key: value for field, value in known}
        rows = [
            (field.key, _shown(value), ". ".join(filter(None, (field.label, field.help))))
            for field, value in known
        ]
        return Answer(document=document, lines=columns([("setting", "is", "means"), *rows]))


def _app(slug: str) -> Simulation:
    apps = sandbox().apps()
    if slug not in apps:
        raise WrongUse(did_you_mean(slug, list(apps), "simulated app"))
    return apps[slug]


def _shown(value: Any) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _values(fields: Sequence[Field], pairs: list[str]) -> dict[str, Any]:
    """FIELD=VALUE pairs, each read as the kind that its field is."""
    kinds = {field.key: field.type for field in fields}
    values: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        if not sign:
            raise WrongUse(f"“{pair}” is no FIELD=VALUE.")
        values[key] = _read(key, kinds.get(key, FieldType.TEXT), text)
    return values


def _read(key: str, kind: FieldType, text: str) -> Any:
    try:
        match kind:
            case FieldType.BOOLEAN:
                return text.lower() in ("true", "yes", "on", "1")
            case FieldType.INTEGER:
                return int(text)
            case FieldType.NUMBER:
                return float(text)
            case FieldType.LIST:
                return [part.strip() for part in text.split(",") if part.strip()]
    except ValueError:
        raise WrongUse(f"{key} needs a number, and “{text}” is none.") from None
    return text


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"  {line}" for line in columns([head, *rows])]
