"""What catalog_sync and catalog_check found, as lines and as one document."""

from __future__ import annotations

from typing import Any

from integrations.engine.spec import Official
from integrations.services.official import Checked


def lines(found: Checked) -> list[str]:
    """Each difference, then the workflows that use what changed."""
    return [
        *(f"- {difference.says}" for difference in found.found),
        *(
            f"Workflow {touched.workflow.pk} “{touched.workflow.name}” uses {', '.join(touched.operations)}."
            for touched in found.touched
        ),
        *([f"Which workflows use what changed is not known: {found.unknown}"] if found.unknown else []),
    ]


def deviations(official: Official) -> list[str]:
    return [
        f"Known: {', '.join(known.at)}: {known.says} ({known.evidence})." for known in official.deviations
    ]


def document(found: Checked, official: Official) -> dict[str, Any]:
    return {
        "connector": found.connector.slug,
        "calls": found.calls,
        "differences": [
            {
                "at": difference.at,
                "says": difference.says,
                "operations": [found.keys[name] for name in difference.calls],
            }
            for difference in found.found
        ],
        "workflows": [
            {
                "id": touched.workflow.pk,
                "team": touched.workflow.team.name,
                "name": touched.workflow.name,
                "operations": list(touched.operations),
            }
            for touched in found.touched
        ],
        "deviations": [
            {"at": list(known.at), "says": known.says, "evidence": known.evidence}
            for known in official.deviations
        ],
    }
