"""What a start by hand, or a form, asks for."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from integrations.engine.spec import Field
from integrations.forms.declared import form_field, values_of

ONCE = "once"


class StartForm(forms.Form):
    """What a start asks for. `once` is the visit's own, so that a form sent twice starts one run."""

    def __init__(self, data: Any, fields: tuple[Field, ...]) -> None:
        super().__init__(data)
        self.asked = fields
        self.fields = {field.key: form_field(field) for field in fields}
        self.fields[ONCE] = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    @property
    def values(self) -> dict[str, Any]:
        return values_of(self, self.asked)
