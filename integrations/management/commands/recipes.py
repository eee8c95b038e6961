"""The ready workflows."""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import Recipe
from integrations.management.base import Answer, HubCommand
from integrations.recipes import ALL
from integrations.services import scopes


class Command(HubCommand):
    help = "Every ready workflow: what it does, with which apps, and what it needs."

    def answer(self, options: dict[str, Any]) -> Answer:
        found = [_document(recipe) for recipe in ALL.values()]
        lines = []
        for recipe, document in zip(ALL.values(), found, strict=True):
            lines += [
                recipe.key,
                f"  {recipe.title} ({recipe.capability.value}; {', '.join(document['apps'])})",
                f"  {recipe.summary}",
            ]
        return Answer(document=found, lines=lines)


def _document(recipe: Recipe) -> dict[str, Any]:
    apps = sorted(set(recipe.workflow.roles.values()))
    return {
        "key": recipe.key,
        "title": recipe.title,
        "summary": recipe.summary,
        "apps": apps,
        "pattern": recipe.pattern,
        "capability": recipe.capability.value,
        "scopes": {app: sorted(scopes.of_workflow(recipe.workflow, app)) for app in apps},
        "options": [field.key for field in recipe.options],
    }
