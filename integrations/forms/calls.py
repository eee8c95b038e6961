"""A call that no catalogue has, and how a step looks first for what it would create."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from integrations.engine.errors import HubError
from integrations.engine.fitting import needed
from integrations.engine.free_calls import METHODS, FreeCall, check, is_free, read_key
from integrations.engine.spec import Connector, Finding, Kind, Operation, Step
from integrations.forms.steps import text_field
from integrations.models import Connection

CHANGES, REPEATABLE, READS = "changes", "repeatable", "reads"
DOES = (
    (CHANGES, "It changes something. If its answer is lost, a person decides whether it happened"),
    (REPEATABLE, "It changes something, and made twice it is as if made once: it may be repeated"),
    (READS, "It only reads, whatever its method"),
)
LEAVE = ("", "Leave it as it is: create only if absent")


class FreeCallForm(forms.Form):
    """Method, path, and what a repeat would do; `call` is what they come to."""

    def __init__(
        self, data: Any, *, connections: Iterable[Connection] = (), step: Step | None = None
    ) -> None:
        super().__init__(data)
        was = read_key(step.operation) if step else FreeCall(method="GET", path="")
        rows = [(str(row.pk), row.name) for row in connections]
        over = {
            "connection": forms.ChoiceField(
                label="Over", choices=rows, widget=UnfoldAdminSelectWidget, help_text="It signs the call."
            )
        }
        self.fields = {
            **({} if step else over),
            "method": forms.ChoiceField(
                label="Method",
                choices=[(method, method) for method in METHODS],
                initial=was.method,
                widget=UnfoldAdminSelectWidget,
            ),
            "path": text_field(
                "Path",
                was.path,
                "What follows the connection’s address, such as /v1/things/{id}. What stands in braces is "
                "filled in on the next page, like parameters, headers and the body.",
                180,
                required=True,
            ),
            "does": forms.ChoiceField(
                label="What it does",
                choices=DOES,
                initial=READS if was.reads else REPEATABLE if was.repeatable else CHANGES,
                widget=UnfoldAdminSelectWidget,
                help_text="A GET only reads anyhow. In doubt take the first: then nothing is done twice.",
            ),
            "form": forms.ChoiceField(
                label="The body is sent as",
                choices=(("", "JSON"), ("form", "A form (name=value)")),
                required=False,
                initial="form" if was.form else "",
                widget=UnfoldAdminSelectWidget,
            ),
            "id": text_field(
                "Where its answer has the record’s id",
                was.id,
                "Such as id or data.id; needed only if later runs are to find the record again.",
                80,
            ),
        }

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        method, does = given.get("method", "GET"), given.get("does", CHANGES)
        self.call = FreeCall(
            method=method,
            path=given.get("path", "").strip(),
            reads=does == READS and method != "GET",
            repeatable=does == REPEATABLE and method != "GET",
            form=bool(given.get("form")) and method != "GET",
            id=given.get("id", "").strip(),
        )
        try:
            check(self.call)
        except HubError as error:
            self.add_error("path" if "path" in given else None, error.sentence)
        return given


class FindingForm(forms.Form):
    """By which field a step looks first, with which read, and what becomes of what is there."""

    def __init__(self, data: Any, *, connector: Connector, create: Operation, was: Finding | None) -> None:
        super().__init__(data)
        resource = create.key.rpartition(".")[0]
        reads, changes = _of(connector, resource, Kind.READ), _of(connector, resource, Kind.UPDATE)
        keys = [field.key for field in create.fields if not field.fills and not field.spread]
        usual_by = next((key for key in ("email", "external_id", "name") if key in keys), "")
        look = was.operation if was else _usual_look(reads, resource, usual_by)
        update = was.update if was else _usual(changes, resource, ("update", "put", "patch"))
        self.fields = {
            "by": text_field(
                "Looks for the record by",
                was.by if was else usual_by or ("body.email" if is_free(create.key) else ""),
                f"The field whose value tells the record from others: {', '.join(keys[:12])}."
                if keys
                else "The field whose value tells the record from others, such as body.email.",
                100,
                required=True,
            ),
            "look": _choice("With this list or search", reads, look, required=True),
            "own_look": text_field(
                "… or with a call of your own",
                look if is_free(look) else "",
                "Such as http GET /v1/contacts; it goes before the choice above.",
                200,
            ),
            "filter": text_field(
                "Its parameter that takes the value",
                was.filter if was else "",
                "Such as query or email (of a call of your own: query.email). Empty: the one named alike.",
                100,
            ),
            "update": _choice("What is there is changed with", changes, update, empty=LEAVE),
            "own_update": text_field(
                "… or with a call of your own",
                update if is_free(update) else "",
                "Such as http PUT /v1/contacts/{id} repeatable.",
                200,
            ),
            "rows": text_field(
                "Where the answer has its rows",
                was.rows if was else "",
                "Such as data.contacts. Empty: it is the list, or holds but one.",
            ),
            "at": text_field(
                "Where a row has the value",
                was.at if was else "",
                "Such as properties.email. Empty: under the same name.",
            ),
            "id": text_field("Where a row has its id", was.id if was else "id", required=True),
            "visible_after_s": forms.IntegerField(
                label="Seconds until a new record is found",
                min_value=0,
                max_value=3600,
                initial=was.visible_after_s if was else 60,
                widget=UnfoldAdminIntegerFieldWidget,
                help_text="How far the app’s search may lag behind. In doubt rather too long: it is waited "
                "for only where a create may have happened already.",
            ),
        }
        self._was = was

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        own_look, own_update = given.get("own_look", "").strip(), given.get("own_update", "").strip()
        update = own_update or given.get("update", "")
        was = self._was
        self.finding = Finding(
            operation=own_look or given.get("look", ""),
            by=given.get("by", "").strip(),
            filter=given.get("filter", "").strip(),
            rows=given.get("rows", "").strip(),
            at=given.get("at", "").strip(),
            id=given.get("id", "").strip(),
            update=update,
            update_id=was.update_id if was and was.update == update else "",
            visible_after_s=given.get("visible_after_s", 60),
        )
        if not self.finding.operation:
            self.add_error("look", "Choose the list or search that finds the record.")
        return given


def creating(connector: Connector) -> list[tuple[str, Any]]:
    """The calls that make a record, as a select groups them."""
    return _grouped([o for o in connector.operations.values() if o.kind is Kind.CREATE and not o.queued])


def _of(connector: Connector, resource: str, kind: Kind) -> list[Operation]:
    """The app's operations of that kind, those of the same resource first."""
    found = [o for o in connector.operations.values() if o.kind is kind and not o.queued]
    return sorted(found, key=lambda o: (o.key.rpartition(".")[0] != resource, o.key))


def _usual(found: list[Operation], resource: str, names: tuple[str, ...]) -> str:
    keys = {operation.key for operation in found}
    return next((f"{resource}.{name}" for name in names if f"{resource}.{name}" in keys), "")


def _usual_look(reads: list[Operation], resource: str, by: str) -> str:
    """The read of the same resource that can be asked by that field, else by one value."""
    here = [o for o in reads if o.key.rpartition(".")[0] == resource and by]
    asked = [o.key for o in here if any(field.key == by and not field.fills for field in o.fields)]
    return next(iter(asked), "") or _usual(
        [o for o in here if len(needed(o.fields)) <= 1], resource, ("search", "list", "lookup")
    )


def _grouped(found: list[Operation]) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for operation in found:
        name = operation.key.rpartition(".")[0].replace("_", " ").capitalize()
        groups.setdefault(name, []).append((operation.key, operation.title))
    return list(groups.items())


def _choice(
    label: str,
    found: list[Operation],
    initial: str,
    *,
    required: bool = False,
    empty: tuple[str, str] = ("", "–"),
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[empty, *_grouped(found)],
        initial="" if is_free(initial) else initial,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
