"""Recipes that begin with something on an AccessAlly site."""

from __future__ import annotations

from integrations.recipes.accessally.calendars import CALENDARS
from integrations.recipes.accessally.groups import GROUPS
from integrations.recipes.accessally.slots import SLOTS

RECIPES = (CALENDARS, GROUPS, SLOTS)
