"""Lookup tables: what a team translates one system's words into another's by.

    LookupTable 1--* LookupRow

Workflows do not read them while they run: what they need of a table is frozen into their version.
"""

from __future__ import annotations

from django.db import models

from integrations.models.teams import Team, TeamManager


class LookupTable(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="lookup_tables")
    name = models.CharField(max_length=80)
    changed_at = models.DateTimeField(auto_now=True)

    objects = TeamManager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("team", "name"), name="table_name_in_team"),)

    def __str__(self) -> str:
        return self.name


class LookupRow(models.Model):
    table = models.ForeignKey(LookupTable, on_delete=models.CASCADE, related_name="rows")
    key = models.CharField(max_length=200)
    value = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("table", "key")
        constraints = (models.UniqueConstraint(fields=("table", "key"), name="lookup_key_once"),)

    def __str__(self) -> str:
        return f"{self.key} → {self.value}"
