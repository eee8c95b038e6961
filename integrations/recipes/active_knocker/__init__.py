"""Recipes with Active Knocker, door-to-door canvassing."""

from __future__ import annotations

from integrations.recipes.active_knocker import availability, groups, leads, teams

RECIPES = (leads.BRIDGED, leads.POLLED, availability.RECIPE, groups.RECIPE, teams.RECIPE)
