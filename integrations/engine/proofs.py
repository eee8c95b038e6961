"""What keeps a write from happening twice, in words."""

from __future__ import annotations

from integrations.engine.spec import Kind, Operation, ProofKind

SAID = {
    ProofKind.IDEMPOTENT: "sending it twice does no harm",
    ProofKind.MARKED: "carries the hub's mark, so it can be found again",
    ProofKind.NATURAL_KEY: "can be found again by what makes it unique",
    ProofKind.NONE: "cannot be found again by the hub: a person decides in doubt",
}
DELIVERED = (
    "stored with the run and sent apart from it, again for hours until the other side takes it; every try "
    "carries the same id, by which the other side tells a repeat"
)


def said(operation: Operation) -> str:
    """What follows the call's name and a colon; "" for a read."""
    if operation.kind is Kind.READ:
        return ""
    if operation.queued:
        return DELIVERED
    return SAID[operation.proof.kind if operation.proof else ProofKind.NONE]
