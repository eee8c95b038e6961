"""What the live API does otherwise than the official files say, as third parties measured in 2026."""

from __future__ import annotations

from tests.conformance.edits import MISSING, Closed, Patch, in_call

TEXT = {"type": "string"}

MEASURED = (
    Patch(
        file="calendars",
        why="free slots come with a traceId beside the dates",
        changes=(
            in_call(
                "GET /calendars/{calendarId}/free-slots",
                *("responses", "200", "content", "application/json", "schema", "properties"),
                before=MISSING,
                after={"traceId": TEXT},
            ),
        ),
    ),
    Patch(
        file="oauth",
        why="a location token is answered with 201",
        changes=(
            in_call(
                "POST /oauth/locationToken",
                *("responses", "201"),
                before=MISSING,
                after={
                    "description": "as measured",
                    "content": {
                        "application/json": {
                            "schema": {
                                "$ref": "#/components/schemas/GetLocationAccessTokenSuccessfulResponseDto"
                            }
                        }
                    },
                },
            ),
        ),
    ),
    *(
        Patch(file=file, why="a property that is not declared is refused with 422", changes=(Closed(),))
        for file in (
            "associations",
            "businesses",
            "calendars",
            "contacts",
            "conversations",
            "custom-fields",
            "locations",
            "objects",
            "opportunities",
            "users",
        )
    ),
)
