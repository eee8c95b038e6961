"""One call by hand as lines of text and as a document."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from integrations.engine.request import Prepared
from integrations.management.base import Answer
from integrations.management.telling import plan_json, plan_lines
from integrations.services.explore import Sent
from integrations.services.orders import Order
from integrations.services.rehearsal import Plan
from integrations.services.shown import shown_body


def request_of(order: Order, prepared: Prepared) -> Answer:
    """The request that would be sent; nothing was."""
    url = prepared.url + (f"?{urlencode(prepared.query)}" if prepared.query else "")
    body = shown_body(prepared)
    headers = dict(prepared.headers)
    document = {
        **_about(order),
        "sent": False,
        "method": prepared.operation.method,
        "url": url,
        "headers": headers,
        "body": body,
    }
    lines = [
        *order.told,
        f"{prepared.operation.method} {url}",
        *(f"{name}: {value}" for name, value in headers.items()),
        *([_pretty(body)] if body is not None else []),
        "Nothing was sent.",
    ]
    return Answer(document=document, lines=lines)


def plan_of(order: Order, plan: Plan) -> Answer:
    """What several calls would do: their reads were made."""
    document = {**_about(order), "sent": False, **plan_json("", order.key, plan)}
    failed = plan.finish.error.sentence if plan.finish and plan.finish.error else ""
    return Answer(document=document, lines=[*order.told, *plan_lines(plan)], failed=failed)


def sent_of(order: Order, sent: Sent) -> Answer:
    """What came of it."""
    last = sent.calls[-1] if sent.calls else None
    document = {
        **_about(order),
        "sent": bool(sent.calls),
        "run": sent.run.pk if sent.run else None,
        "state": sent.run.state if sent.run else "",
        "record_id": sent.record_id,
        "value": sent.value,
        "calls": [
            {"method": call.method, "url": call.url, "operation": call.operation, "status": call.status}
            for call in sent.calls
        ],
        "error": {"kind": _kind(sent), "sentence": sent.refused} if sent.refused else None,
    }
    lines = [*order.told]
    lines += [f"{call.method} {call.url}: {call.status or 'no answer'}" for call in sent.calls]
    if sent.record_id:
        lines.append(f"Record {sent.record_id}.")
    if sent.run is not None:
        lines.append(f"Run {sent.run.pk}: {sent.run.state}.")
    if sent.value is not None:
        lines.append(_pretty(sent.value))
    still = (
        f"Run {sent.run.pk} is {sent.run.state}: {sent.run.reason or 'its end is still to come.'}"
        if (sent.open and sent.run)
        else ""
    )
    return Answer(document=document, lines=lines if last or sent.run else [], failed=sent.refused or still)


def _about(order: Order) -> dict[str, Any]:
    return {
        "connection": order.connection.name,
        "operation": order.key,
        "steps": [step.operation for step in order.steps],
        "told": list(order.told),
    }


def _kind(sent: Sent) -> str:
    if sent.error is not None:
        return sent.error.kind
    return sent.run.error_kind if sent.run else ""


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
