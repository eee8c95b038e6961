"""The rows as they are, for administrators; day-to-day work has pages of its own."""

from integrations.admin import connections, happenings, people, workflows

__all__ = ["connections", "happenings", "people", "workflows"]
