"""The Accredible calls the hub makes, as its official OpenAPI (25.08.0) and first-party clients have them."""

from __future__ import annotations

from integrations.connectors.accredible import credentials, evidence, groups
from integrations.connectors.accredible.words import SOURCE
from integrations.engine.spec import Kind, Operation

DETAILS = Operation(
    key="issuer.details",
    title="Read the issuer",
    method="GET",
    path="/v1/issuer/details",
    kind=Kind.READ,
    result="issuer",
    sample={"issuer": {"id": 1, "name": "Riverside Academy", "certificate_left": 100, "language": "en"}},
    source=SOURCE,
)

OPERATIONS = {
    operation.key: operation
    for operation in (DETAILS, *credentials.OPERATIONS, *evidence.OPERATIONS, *groups.OPERATIONS)
}
