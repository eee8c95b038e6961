"""A workflow put together without a screen."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import CommandParser

from integrations.engine import conditions
from integrations.engine.errors import WrongUse
from integrations.engine.free_calls import is_free
from integrations.engine.spec import Finding, Step
from integrations.management.base import Answer, HubCommand
from integrations.models import Team, Workflow
from integrations.services import building, drafts, named

WORDS = ("title", "when", "for_each", "item_key", "reason", "link")
FINDING = {
    "operation": "find",
    "by": "find_by",
    "filter": "filter",
    "update": "update",
    "update_id": "update_id",
    "rows": "rows",
    "at": "at",
    "id": "row_id",
    "visible_after_s": "shown_after",
}


class Command(HubCommand):
    help = (
        "The steps of a draft: listed, added, changed, moved, taken out; --blank starts one without a recipe."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workflow", help="name or number; the new name with --blank")
        parser.add_argument("--blank", metavar="CONNECTION", help="start blank: what begins it is heard here")
        parser.add_argument("--trigger", help="with --blank: the trigger's key, as `catalog` prints it")
        parser.add_argument(
            "--add",
            metavar="WHAT",
            help="an operation; filter, approve, wait or answer; or a call of your own: “http POST /things”"
            ", with “reads” behind it where it changes nothing, “repeatable” where twice is as good as once, "
            "“form” for a form instead of JSON, “id=data.id” where the answer has the record’s id",
        )
        parser.add_argument("--call", metavar="CALL", help="with --change: another call of your own")
        parser.add_argument("--find", metavar="OPERATION", help="look first by this list or search, and …")
        parser.add_argument("--find-by", metavar="FIELD", help="… by the value that goes into this field")
        parser.add_argument("--filter", metavar="PARAM", help="the parameter of --find that takes the value")
        parser.add_argument("--update", metavar="OPERATION", help="changes what is there; else it is left")
        parser.add_argument("--update-id", metavar="FIELD", help="the field of --update that takes the id")
        parser.add_argument("--rows", help="where --find’s answer has its rows, such as data.contacts")
        parser.add_argument("--at", help="where a row has the value, if not under the field’s name")
        parser.add_argument("--row-id", default=None, help="where a row has its id (id)")
        parser.add_argument("--shown-after", type=int, help="seconds until --find shows a new record (60)")
        parser.add_argument("--no-find", action="store_true", help="with --change: create without looking")
        parser.add_argument(
            "--on-failed-item",
            choices=("stop", "go-on"),
            help="for each of several: end the run at the first that fails, or do the others and tell",
        )
        parser.add_argument("--connection", help="with --add: the connection that the operation goes over")
        parser.add_argument("--change", metavar="STEP", help="give this step other words")
        parser.add_argument("--move", metavar="STEP", help="with --by")
        parser.add_argument("--by", type=int, default=-1, help="so many places on; negative: back")
        parser.add_argument("--remove", metavar="STEP", help="take this step out")
        parser.add_argument("--otherwise", nargs="+", metavar="STEP", help="taken when none of these was")
        for word in WORDS:
            parser.add_argument(f"--{word.replace('_', '-')}", help=f"the step's “{word}”")

    def answer(self, options: dict[str, Any]) -> Answer:
        workflow = _blank(options) if options["blank"] else named.workflow(options["workflow"])
        step = options["change"] or options["move"] or options["remove"]
        if options["add"]:
            step = _add(workflow, options)
        if options["change"]:
            _change(workflow, options)
        if options["move"]:
            building.move_step(workflow, step, options["by"])
        if options["remove"]:
            building.remove_step(workflow, step)
        elif words := _words(options):
            if not step:
                raise WrongUse("Name the step with --change.")
            building.change_step(workflow, step, words)
        return _shown(workflow)


def _blank(options: dict[str, Any]) -> Workflow:
    source = named.connection(options["blank"])
    team: Team = source.team
    return building.start_blank(
        team, name=options["workflow"], source=source, trigger=options["trigger"] or ""
    )


def _add(workflow: Workflow, options: dict[str, Any]) -> str:
    if options["connection"]:
        connection = named.connection(options["connection"])
        return building.add_call(workflow, connection, options["add"], finds=_finding(options, None)).id
    if is_free(options["add"]):
        raise WrongUse("Name the connection that the call goes over with --connection.")
    return building.add_plain(workflow, options["add"]).id


def _change(workflow: Workflow, options: dict[str, Any]) -> None:
    """What the step calls, and how it looks first; its other words are changed like those of any step."""
    if options["call"]:
        building.change_call(workflow, options["change"], options["call"])
    was = drafts.compile_draft(workflow).step(options["change"]).finds
    finds = None if options["no_find"] else _finding(options, was)
    if finds != was:
        building.change_finding(workflow, options["change"], finds)


def _finding(options: dict[str, Any], was: Finding | None) -> Finding | None:
    """How the step looks first, as the options have it; what they leave out stays."""
    given = {word: options[option] for word, option in FINDING.items() if options[option] is not None}
    if not given:
        return was
    if was is not None:
        if "update" in given and "update_id" not in given:
            given["update_id"] = ""
        return replace(was, **given)
    lacking = [
        f"--{FINDING[word].replace('_', '-')}" for word in ("operation", "by", "filter") if word not in given
    ]
    if lacking:
        raise WrongUse(f"To look first, say {', '.join(lacking)} too.")
    return Finding(**given)


def _words(options: dict[str, Any]) -> dict[str, str | bool]:
    words: dict[str, str | bool] = {word: options[word] for word in WORDS if options[word] is not None}
    if options["on_failed_item"]:
        words["goes_on"] = options["on_failed_item"] == "go-on"
    if options["otherwise"]:
        words["when"] = conditions.otherwise(options["otherwise"])
    return words


def _line(step: Step) -> str:
    told = [f"{step.id} ({step.kind.value}): {step.title}"]
    told += [f"only when {step.when}"] if step.when else []
    told += [f"for each of {step.for_each}"] if step.for_each else []
    told += ["going on beyond an item that fails"] if step.goes_on else []
    told += [step.finds.sentence] if step.finds else []
    return ", ".join(told)


def _shown(workflow: Workflow) -> Answer:
    steps = drafts.compile_draft(workflow).steps
    rows = [
        {
            "id": s.id,
            "title": s.title,
            "kind": s.kind.value,
            "operation": s.operation,
            "when": s.when,
            "for_each": s.for_each,
            "goes_on": s.goes_on,
            "finds": asdict(s.finds) if s.finds else None,
        }
        for s in steps
    ]
    lines = [f"{number}. {_line(s)}" for number, s in enumerate(steps, 1)]
    return Answer(
        document={"workflow": workflow.name, "steps": rows}, lines=lines or ["It has no steps yet."]
    )
