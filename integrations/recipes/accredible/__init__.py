"""Recipes between Accredible and GoHighLevel."""

from __future__ import annotations

from integrations.recipes.accredible import expiring, groups, groups_back, issued, showed, times

RECIPES = (
    *issued.RECIPES,
    *times.RECIPES,
    *groups.RECIPES,
    *groups_back.RECIPES,
    *expiring.RECIPES,
    *showed.RECIPES,
)
