"""Ready workflows, found by themselves: what a module lists in RECIPES, here or in HUB_APPS_DIR."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from integrations.engine.additions import additions
from integrations.engine.errors import WrongUse, did_you_mean
from integrations.engine.spec import Recipe

__path__.extend(additions("recipes"))


def _find() -> dict[str, Recipe]:
    found = {}
    for module in pkgutil.iter_modules(__path__):
        recipes = getattr(importlib.import_module(f"{__name__}.{module.name}"), "RECIPES", ())
        found.update({recipe.key: recipe for recipe in recipes})
    return found


ALL: Mapping[str, Recipe] = _find()


def recipe(key: str) -> Recipe:
    try:
        return ALL[key]
    except KeyError:
        raise WrongUse(did_you_mean(key, list(ALL), "recipe")) from None
