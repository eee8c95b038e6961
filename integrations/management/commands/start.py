"""Starting a workflow that begins by hand; the link to one that begins with a form."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.engine.typed import read
from integrations.management.base import Answer, HubCommand, pairs, positive
from integrations.services import named, starts


class Command(HubCommand):
    help = "Start a live workflow that begins by hand; with --link, print the address of its form."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE", help="what is asked for"
        )
        parser.add_argument("--link", action="store_true", help="print the link to its form")
        parser.add_argument(
            "--days", type=positive, default=starts.DAYS, help="with --link: it ends after so many"
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = named.workflow(options["workflow"])
        if options["link"]:
            url = starts.form_url(workflow, days=options["days"])
            return Answer(document={"link": url}, lines=[url])
        fields = {field.key: field for field in starts.asked(workflow)}
        typed = pairs(options["set"])
        values = {key: read(text, fields[key]) if key in fields else text for key, text in typed.items()}
        run = starts.by_hand(workflow, values)
        return Answer(document={"run": run.pk}, lines=[f"Run {run.pk} of “{workflow.name}” has begun."])
