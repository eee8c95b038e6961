"""A link to the page on which somebody picks a time and is booked."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from integrations.management.base import Answer, HubCommand, pairs, positive
from integrations.services import named, slot_links


class Command(HubCommand):
    help = "Print a booking link of a live workflow, for anybody or for one person."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number")
        parser.add_argument("--days", type=positive, default=slot_links.DAYS, help="it ends after so many")
        for key in slot_links.PERSON:
            parser.add_argument(f"--{key.replace('_', '-')}", default="", help="of whom the link is for")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="what is asked, such as calendar_id=… or time_zone=Europe/Berlin",
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        url = slot_links.make(
            named.workflow(options["workflow"]),
            days=options["days"],
            question=pairs(options["set"]),
            person={key: options[key] for key in slot_links.PERSON},
        )
        return Answer(document={"url": url, "days": options["days"]}, lines=[url])
