"""A workflow started blank, and the words of one step."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from integrations.engine import conditions
from integrations.engine.conditions import COMPARISONS, Comparison
from integrations.engine.errors import HubError
from integrations.engine.own_triggers import TRIGGERS
from integrations.engine.spec import Step, WorkflowSpec
from integrations.models import Connection, Team
from integrations.services import building

TAKINGS = (
    ("always", "Always"),
    ("comparison", "Only if a value compares"),
    ("otherwise", "In every other case than these steps"),
    ("expression", "Only if an expression holds"),
)


ON_FAILED = (
    ("", "Stop at the first, and end the run as failed"),
    ("go-on", "Go on with the others, and tell which failed"),
)


def _label(row: Connection) -> str:
    """Its name, with its environment where the name does not say it."""
    where = row.get_environment_display().lower()
    return row.name if f"({where})" in row.name.lower() else f"{row.name} ({where})"


class BlankForm(forms.Form):
    """A name, what begins it, and the accounts it works with (more may come with the steps)."""

    def __init__(self, data: Any, *, team: Team) -> None:
        super().__init__(data)
        told = building.triggers_of(team)
        self._rows: dict[str, Connection] = {str(row.pk): row for row, _ in told}
        labels = [(pk, _label(row)) for pk, row in self._rows.items()]
        groups = [
            (label, [(f"{row.pk}:{trigger.key}", trigger.title) for trigger in triggers])
            for (row, triggers), (_, label) in zip(told, labels, strict=True)
            if triggers
        ]
        own = [(f":{trigger.key}", trigger.title) for trigger in TRIGGERS.values()]
        groups.append(("Without an app", own))
        self.fields = {
            "name": forms.CharField(label="Name", max_length=120, widget=UnfoldAdminTextInputWidget),
            "begins": forms.ChoiceField(
                label="Begins when", choices=[("", "–"), *groups], widget=UnfoldAdminSelectWidget
            ),
            "others": forms.MultipleChoiceField(
                label="Works with",
                choices=labels,
                required=False,
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
                help_text="All in the sandbox, or all in production. More may be added with the steps.",
            ),
        }

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("begins", "").startswith(":") and not self.cleaned_data.get("others"):
            self.add_error("others", "Choose at least one account that it works with.")
        return self.cleaned_data

    @property
    def source(self) -> Connection:
        """Whose the trigger is; one without an app stands behind the first account chosen."""
        pk = self.cleaned_data["begins"].partition(":")[0]
        return self._rows[pk] if pk else self.others[0]

    @property
    def trigger(self) -> str:
        return str(self.cleaned_data["begins"].partition(":")[2])

    @property
    def others(self) -> list[Connection]:
        return [self._rows[pk] for pk in self.cleaned_data["others"]]


class StepForm(forms.Form):
    """When a step is taken, how often, and what it is called; `words` is what changes it."""

    def __init__(self, data: Any, *, spec: WorkflowSpec, step: Step) -> None:
        super().__init__(data)
        self.step = step
        place = spec.steps.index(step)
        earlier = [(one.id, one.title) for one in spec.steps[:place] if one.id.isidentifier()]
        seen, others = conditions.read(step.when), conditions.read_otherwise(step.when)
        self.fields = {
            "title": text_field("Title", step.title, required=True, most=120),
            "taking": forms.ChoiceField(
                label="Taken", choices=TAKINGS, initial=_taking(step), widget=UnfoldAdminSelectWidget
            ),
            "source": text_field(
                "Value", seen.source if seen else "", "Such as event.status or steps.find.id."
            ),
            "how": forms.ChoiceField(
                label="Compares",
                choices=COMPARISONS,
                required=False,
                initial=seen.how if seen else "is",
                widget=UnfoldAdminSelectWidget,
            ),
            "value": text_field("With", seen.value if seen else ""),
            "others": forms.MultipleChoiceField(
                label="Steps whose other case this is",
                choices=earlier,
                required=False,
                initial=others,
                widget=UnfoldAdminCheckboxSelectMultipleWidget,
            ),
            "expression": text_field("Expression", step.when, "JMESPath; it holds when it finds something."),
            "for_each": text_field(
                "Once for each of",
                step.for_each,
                "A list, such as steps.search; the one at hand is “item”, and each has its own result.",
            ),
            "item_key": text_field(
                "Key of an item", step.item_key, "What stays the same from run to run: id."
            ),
            "goes_on": forms.ChoiceField(
                label="If an item fails",
                choices=ON_FAILED,
                required=False,
                initial="go-on" if step.goes_on else "",
                widget=UnfoldAdminSelectWidget,
                help_text="Each item has its result: where it goes on, that of a failed one says “failed”.",
            ),
            "reason": text_field("What to say when it is not taken, or waits", step.reason, most=200),
            "link": text_field(
                "Remember the record as", step.link, "Later runs of the same record find it.", 40
            ),
        }

    def clean(self) -> dict[str, Any]:
        try:
            self.when = self._when()
        except HubError as error:
            self.add_error(None, error.sentence)
        return self.cleaned_data

    def _when(self) -> str:
        given = self.cleaned_data
        match given.get("taking"):
            case "comparison":
                return conditions.write(Comparison(given["source"], given["how"] or "is", given["value"]))
            case "otherwise":
                return conditions.otherwise(given.get("others", []))
            case "expression":
                return str(given["expression"]).strip()
        return ""

    @property
    def words(self) -> dict[str, str | bool]:
        plain = ("title", "for_each", "item_key", "reason", "link")
        said = {word: self.cleaned_data[word].strip() for word in plain}
        return {"when": self.when, "goes_on": self.cleaned_data["goes_on"] == "go-on", **said}


def _taking(step: Step) -> str:
    if not step.when:
        return "always"
    if conditions.read_otherwise(step.when):
        return "otherwise"
    return "comparison" if conditions.read(step.when) else "expression"


def text_field(
    label: str, initial: str, help_text: str = "", most: int = 1000, *, required: bool = False
) -> forms.CharField:
    return forms.CharField(
        label=label,
        initial=initial,
        help_text=help_text,
        max_length=most,
        required=required,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
