"""A workflow's versions: what each says that the one before did not, and the way back to one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from integrations import catalog
from integrations.engine.errors import HubError, WrongUse, did_you_mean
from integrations.engine.freeze import thaw
from integrations.engine.rewording import Change, of_steps, of_values
from integrations.engine.spec import Field, WorkflowSpec
from integrations.models import Binding, Connection, FieldMapping, Workflow, WorkflowVersion
from integrations.recipes import ALL
from integrations.services import drafts, lifecycle, linting, picklists
from integrations.services.samples import trigger_of

DRAFT = "draft"
LIVE = "live"


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says, or the draft: the whole workflow, and the connection in each role."""

    spec: WorkflowSpec
    bindings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of the history. `changes` are those since the one before it; `unread` says why there are
    none to be had."""

    version: WorkflowVersion
    first: bool
    changes: Sequence[Change] = ()
    unread: str = ""


def history(workflow: Workflow, most: int | None = None) -> list[Entry]:
    """The versions that went live, the newest first, each with its difference to the one before."""
    rows = list(_deployed(workflow).select_related("made_by")[: most + 1 if most else None])
    older: list[WorkflowVersion | None] = [*rows[1:], None]
    return [_entry(version, before) for version, before in list(zip(rows, older, strict=False))[:most]]


def _entry(version: WorkflowVersion, before: WorkflowVersion | None) -> Entry:
    if before is None:
        return Entry(version, first=True)
    try:
        return Entry(version, False, between(content(before), content(version)))
    except HubError as error:  # it was frozen by a hub that knew other words
        return Entry(version, False, (), error.sentence)


def content(version: WorkflowVersion) -> Content:
    """Raises WrongUse for one whose words this hub does not know."""
    return Content(thaw(version.spec), version.bindings)


def draft(workflow: Workflow) -> Content:
    bindings = {role: connection.pk for role, connection in drafts.bound(workflow).items()}
    return Content(drafts.compile_draft(workflow), bindings)


def named(workflow: Workflow, text: str) -> Content:
    """A version's content by its number, or “live”, or “draft”. Raises WrongUse for another word."""
    if text == DRAFT:
        return draft(workflow)
    if text == LIVE and workflow.live is not None:
        return content(workflow.live)
    return content(numbered(workflow, text.removeprefix("v")))


def numbered(workflow: Workflow, text: str) -> WorkflowVersion:
    rows: dict[str, WorkflowVersion] = {str(row.number): row for row in _deployed(workflow)}
    if text not in rows:
        raise WrongUse(did_you_mean(text, [*rows, DRAFT, LIVE], "version"))
    return rows[text]


def between(before: Content, after: Content) -> list[Change]:
    """All that differs, in words; nothing: they say the same."""
    names = dict(
        Connection.objects.filter(pk__in=[*before.bindings.values(), *after.bindings.values()]).values_list(
            "pk", "name"
        )
    )
    return [
        *of_values("Trigger", _trigger(before), _trigger(after)),
        *of_values("Connections", _connections(before, names), _connections(after, names)),
        *of_values("Choices", _options(before), _options(after)),
        *of_values("What it listens to", _settings(before), _settings(after)),
        *of_steps(before.spec, after.spec),
    ]


def unchanged(workflow: Workflow) -> bool:
    """Whether the draft says what is live."""
    return workflow.live is not None and lifecycle.is_draft_of(workflow, workflow.live)


# --- the way back ---------------------------------------------------------------------------------


def earlier(workflow: Workflow) -> WorkflowVersion:
    """The latest version before the live one that says something else. Raises WrongUse where none does."""
    live = workflow.live
    rows: list[WorkflowVersion] = list(_deployed(workflow)) if live else []
    for row in rows:
        if live and row.number < live.number and (row.spec, row.bindings) != (live.spec, live.bindings):
            return row
    raise WrongUse(f"“{workflow.name}” has no earlier version to go back to.")


def rollback(
    workflow: Workflow,
    to: WorkflowVersion | None = None,
    *,
    replace_draft: bool = False,
    actor: User | None = None,
) -> WorkflowVersion:
    """Let what an earlier version says go live again, as a new version, through the gate.

    The draft stays as it is, unless it is to be replaced too. Raises WrongUse with what stands in the way,
    and then nothing has changed.
    """
    target = to or earlier(workflow)
    wanted = content(target)
    if missing := linting.of(wanted.spec, lifecycle.bound_connections(target)).problems:
        raise WrongUse(" ".join(missing))
    with transaction.atomic():
        kept = draft(workflow)
        proof = {field: getattr(workflow, field) for field in lifecycle.PROOF}
        put(workflow, wanted)
        lifecycle.vouch(workflow)
        if unchanged(workflow):
            raise WrongUse(f"Version {target.number} says what is live already.")
        why = f"Back to version {target.number}."
        version = lifecycle.go_live(workflow, actor=actor, why=why)
        if not replace_draft:
            put(workflow, kept)
            for field, value in proof.items():
                setattr(workflow, field, value)
            workflow.save(update_fields=[*proof])
    return version


def put(workflow: Workflow, wanted: Content) -> None:
    """Make this the draft: steps, mappings, choices and connections. Inside the caller's transaction."""
    FieldMapping.objects.filter(workflow=workflow).delete()
    drafts.save_steps(workflow, wanted.spec)
    rows = Connection.objects.of(workflow.team).in_bulk(list(wanted.bindings.values()))
    if lost := [role for role, pk in wanted.bindings.items() if pk not in rows]:
        raise WrongUse(f"The connection that was “{lost[0]}” is gone; deploy a draft with another one.")
    Binding.objects.filter(workflow=workflow).delete()
    drafts.bind(workflow, {role: rows[pk] for role, pk in wanted.bindings.items()})


def _deployed(workflow: Workflow) -> Any:
    return WorkflowVersion.objects.filter(workflow=workflow, test=False).order_by("-number")


# --- in words -------------------------------------------------------------------------------------


def _trigger(content: Content) -> dict[str, Any]:
    spec = content.spec
    app = catalog.connector(spec.roles[spec.trigger_role]).title
    return {"begins with": f"{trigger_of(spec).title} ({app})"}


def _connections(content: Content, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        f"{catalog.connector(slug).title} ({role})": names.get(content.bindings.get(role, 0))
        or ("a connection that is gone" if role in content.bindings else None)
        for role, slug in content.spec.roles.items()
    }


def _options(content: Content) -> dict[str, Any]:
    recipe = ALL.get(content.spec.recipe)
    fields = {field.key: field for field in recipe.options} if recipe else {}
    return {
        fields[key].title if key in fields else key: _picked(content, fields.get(key), "", value)
        for key, value in content.spec.options.items()
    }


def _settings(content: Content) -> dict[str, Any]:
    spec = content.spec
    fields = {field.key: field for field in trigger_of(spec).choices}
    return {
        fields[key].title if key in fields else key: _picked(
            content, fields.get(key), spec.trigger_role, value
        )
        for key, value in spec.trigger_settings.items()
    }


def _picked(content: Content, field: Field | None, role: str, value: Any) -> Any:
    """What was picked from a list of the account, by the name it was last read with; else as it is."""
    if field is None or not field.reference or not isinstance(value, str | int) or value == "":
        return value
    own, _, reference = field.reference.rpartition(".")
    connection = Connection.objects.filter(pk=content.bindings.get(role or own, 0)).first()
    return picklists.known_label(connection, reference, str(value)) if connection else value
