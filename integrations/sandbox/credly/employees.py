"""Employees of the simulated Credly (api.credly.com/docs/workforce): a product that an organization has or
has not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from integrations.engine.spec import JsonObject
from integrations.sandbox.credly.refusals import invalid, no, not_found
from integrations.sandbox.transaction import Tx

EMPLOYEES = "employees"
DETAILS = ("email", "first_name", "last_name", "external_id", "team", "department", "position_title")


def served(tx: Tx) -> None:
    if not tx.setting("workforce_enabled", True):
        raise no(403, "Workforce is not enabled for this organization")


def create(tx: Tx, given: Mapping[str, Any]) -> JsonObject:
    if "@" not in str(given.get("email") or ""):
        raise invalid("email is invalid")
    made = {"id": str(uuid.uuid4()), "state": "created", **dict.fromkeys(DETAILS)}
    return _keep(tx, made, given)


def update(tx: Tx, employee_id: str, given: Mapping[str, Any]) -> JsonObject:
    return _keep(tx, find(tx, employee_id), given)


def remove(tx: Tx, employee_id: str) -> None:
    find(tx, employee_id)
    tx.delete(EMPLOYEES, employee_id)


def invite(tx: Tx, given: Mapping[str, Any]) -> list[JsonObject]:
    invited = []
    for row in tx.all(EMPLOYEES):
        if row["state"] == "created" and row["id"] in (given.get("employee_ids") or [row["id"]]):
            invited.append({**row, "state": "pending"})
            tx.put(EMPLOYEES, row["id"], invited[-1])
    return invited


def find(tx: Tx, employee_id: str) -> JsonObject:
    found = tx.get(EMPLOYEES, employee_id)
    if found is None:
        raise not_found()
    return found


def _keep(tx: Tx, known: JsonObject, given: Mapping[str, Any]) -> JsonObject:
    unknown = set(given) - set(DETAILS)
    if unknown:
        raise invalid(f"{min(unknown)} is not a field of an employee")
    now = {**known, **given, "email": str(given.get("email") or known["email"]).lower()}
    for row in tx.all(EMPLOYEES):
        if row["id"] != now["id"] and (
            row["email"] == now["email"] or (now["external_id"] and row["external_id"] == now["external_id"])
        ):
            raise invalid("Employee has already been taken")
    tx.put(EMPLOYEES, now["id"], now)
    return now
