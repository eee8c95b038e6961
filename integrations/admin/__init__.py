"""The rows as they are, for administrators; day-to-day work has pages of its own."""

from integrations.admin import alerts, connections, happenings, people, workflows

__all__ = ["alerts", "connections", "happenings", "people", "workflows"]
