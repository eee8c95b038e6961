"""Recipes that join GoHighLevel's contacts and Credly's badges."""

from __future__ import annotations

from integrations.recipes.credly.contacts import IN_BULK, KEPT_RIGHT
from integrations.recipes.credly.evidence import BADGE_TO_CONTACT, TAGS_TO_BADGES
from integrations.recipes.credly.status import STATUS_TO_BADGE
from integrations.recipes.credly.tasks import BADGE_TO_TASK, TASK_TO_BADGE

RECIPES = (
    KEPT_RIGHT,
    BADGE_TO_TASK,
    TASK_TO_BADGE,
    TAGS_TO_BADGES,
    BADGE_TO_CONTACT,
    STATUS_TO_BADGE,
    IN_BULK,
)
