"""Promoting: which real accounts, and what is chosen there by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from integrations import catalog
from integrations.models import Connection, ConnectionState, Environment, Workflow
from integrations.services import drafts, promotion
from integrations.services.repicking import Repick

MOST_FIRST = 1_000


class PromoteForm(forms.Form):
    """Raises WrongUse for a workflow that cannot be promoted."""

    def __init__(self, data: Any, *, workflow: Workflow) -> None:
        super().__init__(data)
        self._rows: dict[str, dict[str, Connection]] = {}
        known = promotion.targets(workflow)
        target = known[0] if len(known) == 1 else None
        there = drafts.bound(target) if target else {}
        for role, slug in promotion.version_of(workflow).spec["roles"].items():
            rows = Connection.objects.of(workflow.team).filter(
                connector=slug, environment=Environment.PRODUCTION
            )
            rows = rows.exclude(state=ConnectionState.DISCONNECTED)
            self._rows[role] = {str(row.pk): row for row in rows}
            self.fields[f"role_{role}"] = _connection_field(slug, self._rows[role], there.get(role))
        self.fields["name"] = forms.CharField(
            label="Name of the workflow there",
            max_length=120,
            initial=target.name if target else promotion.NAMED.format(workflow.name),
            widget=UnfoldAdminTextInputWidget,
            help_text=_known(known),
        )
        self.fields["first_n"] = forms.IntegerField(
            label="Only the first records",
            required=False,
            min_value=1,
            max_value=MOST_FIRST,
            widget=UnfoldAdminIntegerFieldWidget,
            help_text="So many run; all others wait until you let it take all. Empty: no bound.",
        )

    @property
    def connections(self) -> dict[str, Connection]:
        return {role: rows[self.cleaned_data[f"role_{role}"]] for role, rows in self._rows.items()}

    @property
    def lacking(self) -> list[str]:
        """The apps without a real connection, by slug."""
        slugs = {role: self.fields[f"role_{role}"].label for role in self._rows}
        return [str(slugs[role]) for role, rows in self._rows.items() if not rows]


class PicksForm(forms.Form):
    """One list for each thing the workflow names, with its namesake chosen where there is one."""

    def __init__(self, data: Any, *, rows: Sequence[Repick]) -> None:
        super().__init__(data)
        for row in rows:
            choices = [(one.id, one.label or one.id) for one in row.choices]
            self.fields[_name(row.key)] = forms.ChoiceField(
                label=f"{row.title}: {row.label}",
                choices=choices if row.to else [("", "–"), *choices],
                initial=row.to,
                required=False,
                widget=UnfoldAdminSelectWidget,
                help_text=f"In: {', '.join(row.where)}.",
            )


def picks_in(data: Mapping[str, str]) -> dict[str, str]:
    """What was chosen, by the key of what it is chosen for."""
    prefix = _name("")
    return {
        name.removeprefix(prefix): value for name, value in data.items() if name.startswith(prefix) and value
    }


def _name(key: str) -> str:
    return f"pick:{key}"


def _known(known: Sequence[Workflow]) -> str:
    if not known:
        return "A workflow of its own, with links and cursors of its own."
    names = ", ".join(f"“{row.name}”" for row in known)
    return f"Promoted before to {names}: the same name gives that one a new version, another makes another."


def _connection_field(slug: str, rows: Mapping[str, Connection], now: Connection | None) -> forms.Field:
    choices = [(pk, row.name) for pk, row in rows.items()]
    chosen = str(now.pk) if now else (choices[0][0] if len(choices) == 1 else "")
    return forms.ChoiceField(
        label=catalog.connector(slug).title,
        choices=choices if chosen in rows else [("", "–"), *choices],
        initial=chosen,
        widget=UnfoldAdminSelectWidget,
    )
