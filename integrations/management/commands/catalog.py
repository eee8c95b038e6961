"""What the apps offer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations import catalog
from integrations.management.base import Answer, HubCommand, columns


class Command(HubCommand):
    help = "Every action and trigger of every app, or of one."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connector", metavar="APP", help=f"one of: {', '.join(catalog.CONNECTORS)}")

    def answer(self, options: dict[str, Any]) -> Answer:
        found = catalog.entries(options["connector"])
        slugs = dict.fromkeys(entry["connector"] for entry in found)
        return Answer(document=found, lines=[line for slug in slugs for line in _told(slug, found)])


def _told(slug: str, entries: list[dict[str, Any]]) -> list[str]:
    """One app: how much it offers, then everything by name, a blank line between two resources."""
    mine = [entry for entry in entries if entry["connector"] == slug]
    actions = [entry for entry in mine if entry["kind"] == "action"]
    triggers = [entry for entry in mine if entry["kind"] == "trigger"]
    title = catalog.connector(slug).title
    lines = [f"{title} ({slug}): actions {len(actions)}, triggers {len(triggers)}", ""]
    for what, part in (("Actions", actions), ("Triggers", triggers)):
        lines += [what, *_table(part), ""] if part else []
    return lines


def _table(entries: list[dict[str, Any]]) -> list[str]:
    ordered = sorted(entries, key=lambda entry: entry["key"])
    rows = [(f"  {entry['key']}", _titled(entry), _scopes(entry), _call(entry)) for entry in ordered]
    lines: list[str] = []
    resource = ""
    for entry, line in zip(ordered, columns(rows), strict=True):
        now = entry["key"].partition(".")[0]
        lines += ["", line] if resource and entry["kind"] == "action" and now != resource else [line]
        resource = now
    return lines


def _titled(entry: dict[str, Any]) -> str:
    return f"{entry['title']} (deprecated)" if entry["deprecated"] else str(entry["title"])


def _call(entry: dict[str, Any]) -> str:
    """How an action is called, or what a trigger hears of."""
    if entry["kind"] == "trigger":
        return " ".join(entry["hears"])
    return f"{entry['method']:<6} {entry['path']}"


def _scopes(entry: dict[str, Any]) -> str:
    return " ".join((*entry["scopes"], *entry["scopes_override"]))
