"""Making a workflow of a recipe, and its choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from integrations import catalog
from integrations.engine.errors import HubError
from integrations.engine.spec import Field, Recipe, Trigger, WorkflowSpec
from integrations.forms.declared import Choices, capitalised, form_field, values_of
from integrations.forms.tables import PairTable
from integrations.models import Connection, ConnectionState, Team
from integrations.services import picklists


class BindingsForm(forms.Form):
    """Which of the team's connections plays which role."""

    def __init__(
        self, data: Any, *, team: Team, spec: WorkflowSpec, bound: Mapping[str, Connection] | None = None
    ) -> None:
        super().__init__(data)
        self.spec, self._rows = spec, {}
        for role, slug in spec.roles.items():
            rows = Connection.objects.of(team).filter(connector=slug)
            rows = rows.exclude(state=ConnectionState.DISCONNECTED)
            self._rows[role] = {str(row.pk): row for row in rows}
            self.fields[f"role_{role}"] = _connection_field(slug, self._rows[role], (bound or {}).get(role))

    @property
    def bindings(self) -> dict[str, Connection]:
        return {role: self._rows[role][self.cleaned_data[f"role_{role}"]] for role in self.spec.roles}

    @property
    def roles_without_connection(self) -> list[str]:
        """The apps that no connection of the team belongs to."""
        return [self.spec.roles[role] for role, rows in self._rows.items() if not rows]


def _connection_field(slug: str, rows: Mapping[str, Connection], now: Connection | None) -> forms.Field:
    title = catalog.connector(slug).title
    choices = [(pk, f"{row.name} ({row.get_environment_display().lower()})") for pk, row in rows.items()]
    chosen = str(now.pk) if now else ""
    if not chosen and len(choices) == 1:
        chosen = choices[0][0]
    if chosen not in rows:
        choices = [("", "–"), *choices]
    return forms.ChoiceField(label=title, choices=choices, initial=chosen, widget=UnfoldAdminSelectWidget)


class NewWorkflowForm(BindingsForm):
    def __init__(self, data: Any, *, team: Team, recipe: Recipe) -> None:
        super().__init__(data, team=team, spec=recipe.workflow)
        name = forms.CharField(
            label="Name", max_length=120, initial=recipe.title, widget=UnfoldAdminTextInputWidget
        )
        self.fields = {"name": name, **self.fields}


class WorkflowSettingsForm(BindingsForm):
    """Connections, the recipe's options, and what the trigger listens to.

    Pick lists are read from the apps; where one cannot be read, its field takes the id as text and says why.
    """

    def __init__(
        self,
        data: Any,
        *,
        team: Team,
        spec: WorkflowSpec,
        bound: Mapping[str, Connection],
        options: tuple[Field, ...],
        trigger: Trigger,
        interval_min: int,
    ) -> None:
        super().__init__(data, team=team, spec=spec, bound=bound)
        self.options, self.trigger = options, trigger
        for field in options:
            if any(field.table):
                self.fields[f"option_{field.key}"] = _table(field, bound, spec.options.get(field.key))
                continue
            role, _, reference = field.reference.partition(".")
            self.fields[f"option_{field.key}"] = _picked(
                field, bound.get(role), reference, spec.options.get(field.key)
            )
        for field in trigger.choices:
            self.fields[f"trigger_{field.key}"] = _picked(
                field, bound.get(spec.trigger_role), field.reference, spec.trigger_settings.get(field.key)
            )
        self.fields["interval_min"] = forms.IntegerField(
            label="Minutes between two looks",
            min_value=1,
            max_value=1440,
            initial=interval_min,
            widget=UnfoldAdminIntegerFieldWidget,
        )

    @property
    def option_values(self) -> dict[str, Any]:
        return values_of(self, self.options, "option_")

    @property
    def trigger_values(self) -> dict[str, Any]:
        found = values_of(self, self.trigger.choices, "trigger_")
        return {key: value for key, value in found.items() if value not in (None, "", [])}

    def group(self, prefix: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(prefix)]


def _picked(field: Field, connection: Connection | None, reference: str, value: Any) -> forms.Field:
    picks, note = _picks(connection, reference) if reference else (None, "")
    made = form_field(field, picks=picks, initial=value, note=note, optional=True)
    if field.required:  # a draft may be saved without it; it is asked for before going live
        made.label = f"{made.label} (needed to go live)"
    return made


def _table(field: Field, bound: Mapping[str, Connection], value: Any) -> forms.Field:
    sides, notes = [], []
    for name in field.table:
        role, _, reference = name.partition(".")
        rows, note = _rows(bound.get(role), reference) if name else (None, "")
        sides.append(rows)
        notes += [note] if note else []
    return PairTable(
        sides=(sides[0], sides[1]),
        label=capitalised(field.title),
        help_text=" ".join([field.help, "One pair a line, with “=” between.", *dict.fromkeys(notes)]),
        required=False,
        initial=field.default if value is None else value,
    )


def _rows(connection: Connection | None, reference: str) -> tuple[list[picklists.Pick] | None, str]:
    if connection is None:
        return None, "Choose a connection first; then names are known here."
    try:
        return picklists.rows(connection, reference), ""
    except HubError as error:
        return None, f"A list could not be read, so enter ids. {error.sentence}"


def _picks(connection: Connection | None, reference: str) -> tuple[Choices | None, str]:
    if connection is None:
        return None, "Choose a connection first; then there is a list to pick from."
    try:
        return picklists.picks(connection, reference), ""
    except HubError as error:
        return None, f"The list could not be read, so enter the id. {error.sentence}"
