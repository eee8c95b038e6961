"""What a person does inside the simulated GHL, by what it is about."""

from __future__ import annotations

from dataclasses import replace

from integrations.sandbox.ghl import (
    calendar_actions,
    contact_actions,
    examples,
    installs,
    other_actions,
    private_tokens,
)

ACTIONS = (
    *contact_actions.ACTIONS,
    *calendar_actions.ACTIONS,
    *other_actions.ACTIONS,
    *examples.ACTIONS,
    *(
        replace(action, about="The app and its keys")
        for action in (*installs.ACTIONS, *private_tokens.ACTIONS)
    ),
)
