"""Procedures around badges: find an earner's, see what rules ask for, issue one, replace one.

Credly refuses a second badge of a template for the same earner with 422 unless the template allows it, in
words that are not documented: so after any 422 the badge is looked for, and where it is there the work was
done already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.credly import proofs
from integrations.connectors.credly.operations import EVIDENCE, TEMPLATE_FIELD, TOLD
from integrations.connectors.credly.rows import BADGE, badge_row, stands, written
from integrations.engine.errors import MappingFailed, Refused
from integrations.engine.spec import (
    Course,
    Field,
    FieldType,
    JsonObject,
    Procedure,
    Situation,
    Write,
)

LINK = re.compile(r"https?://[^\s<>\"')\]]+")
ONE_WORD = Field(
    key="one_word",
    label="A name of one word",
    choices=(
        ("repeat", "stands as first and last name"),
        ("dash", "has a dash for its last name"),
        ("ask", "is an error, so that somebody completes the contact"),
    ),
    default="repeat",
    help="Credly wants a first and a last name.",
)
EARNER = (
    Field(key="issuer_earner_id", label="Your own id of the earner", help="The GoHighLevel contact's id."),
    Field(key="recipient_email", label="Earner's e-mail", type=FieldType.EMAIL),
)


def find(values: Mapping[str, Any], situation: Situation) -> Course:
    """An earner's badges, newest first. `email_differs`: they were issued to another address than this."""
    email = str(values.get("recipient_email") or "").lower()
    rows = yield from proofs.of_earner(values.get("issuer_earner_id"), email, values.get("badge_template_id"))
    badges = [badge_row(row) for row in rows]
    latest = next((row for row in badges if stands(row)), badges[0] if badges else None)
    addressed = {str(row["recipient_email"] or "").lower() for row in badges if stands(row)}
    return {
        "badges": badges,
        "latest": latest,
        "count": len(badges),
        "email_differs": bool(email and addressed and email not in addressed),
    }


def weigh(values: Mapping[str, Any], situation: Situation) -> Course:
    """What rules ask for: which templates to issue, and what to do with badges that no rule asks for any
    more.

    Only badges that carry this earner's own id may be replaced or revoked; one found by e-mail alone was
    issued by somebody else, and only keeps a second from being issued.
    """
    rules = _rules(values.get("rules"))
    words = [_folded(word) for word in _words(values.get("words"), str(values.get("field") or ""))]
    hits = (_inside if values.get("inside") else _same)(words)
    wanted = list(dict.fromkeys(template for word, template in rules if hits(word)))
    looked = yield from find(
        {key: values.get(key) for key in ("issuer_earner_id", "recipient_email")}, situation
    )
    standing = [row for row in looked["badges"] if stands(row)]
    issue = [template for template in wanted if not any(_is_of(row, template) for row in standing)]
    ruled = {template for _, template in rules}
    surplus = [
        row
        for row in standing
        if row["issuer_earner_id"]
        and row["issuer_earner_id"] == values.get("issuer_earner_id")
        and any(_is_of(row, template) for template in ruled)
        and not any(_is_of(row, template) for template in wanted)
    ]
    replace = []
    if values.get("surplus") == "replace":
        replace = [
            {"badge_id": row["id"], "badge_template_id": template}
            for row, template in zip(surplus, issue, strict=False)
        ]
        issue, surplus = issue[len(replace) :], surplus[len(replace) :]
    return {
        "issue": [{"badge_template_id": template} for template in issue],
        "replace": replace,
        "revoke": surplus,
        "latest": looked["latest"],
        "email_differs": looked["email_differs"],
    }


def _rules(value: Any) -> list[tuple[str, str]]:
    """Pairs of word and template out of a text (`student = 66c1…; alumni = 77d2…`) or an object."""
    if isinstance(value, Mapping):
        pairs = [(str(word), str(template)) for word, template in value.items()]
    else:
        lines = [line for line in re.split(r"[;\n]", str(value or "")) if line.strip()]
        pairs = []
        for line in lines:
            word, equals, template = line.rpartition("=")
            if not equals or not word.strip() or not template.strip():
                raise MappingFailed(f"The rule “{line.strip()[:60]}” has to read “word = badge template id”.")
            pairs.append((word, template))
    return [(_folded(word), template.strip()) for word, template in pairs]


def _words(value: Any, field: str = "") -> list[str]:
    """Texts; of rows of an account's own fields ({id, value}) the values, of one field where it is named."""
    rows = value if isinstance(value, list) else [value]
    if field:
        rows = [row.get("value") for row in rows if isinstance(row, Mapping) and row.get("id") == field]
    return [str(row) for row in rows if row not in (None, "") and not isinstance(row, Mapping)]


def _same(words: list[str]) -> Callable[[str], bool]:
    return lambda rule: rule in words


def _inside(words: list[str]) -> Callable[[str], bool]:
    return lambda rule: any(rule in word for word in words)


def _folded(word: str) -> str:
    return word.strip().casefold()


def _is_of(row: JsonObject, template: str) -> bool:
    return template in (row["badge_template_id"], row["badge_template_name"])


def issue(values: Mapping[str, Any], situation: Situation) -> Course:
    """Issue one, unless the earner has it already; the badge, either way, and `already` says which."""
    body = {key: value for key, value in values.items() if key in _SENT and value not in (None, "", [])}
    body |= _names(values)
    body["recipient_email"] = str(values["recipient_email"]).strip().lower()
    body["issued_at"] = written(_moment(values.get("issued_at")) or situation.now)
    if expires := _moment(values.get("expires_at")):
        body["expires_at"] = written(expires)
    if evidence := _evidence(values):
        body["evidence"] = evidence
    standing = None if values.get("again") else (yield from proofs.holding(body))
    if standing is not None:
        return {**badge_row(standing), "already": True}
    try:
        made = yield Write("badges.issue", body)
        if made.error is not None:
            raise made.error
    except Refused:
        standing = yield from proofs.holding(body)
        if standing is None:
            raise
        return {**badge_row(standing), "already": True}
    return {**badge_row(made.value or {}), "already": False}


def replace(values: Mapping[str, Any], situation: Situation) -> Course:
    """Put a badge of another template in the place of one; the old one can be had back by nobody."""
    body = {key: values[key] for key in ("badge_id", "badge_template_id")}
    body["issued_at"] = written(_moment(values.get("issued_at")) or situation.now)
    made = yield Write("badges.replace", body)
    return badge_row(made.value or {})


def _names(values: Mapping[str, Any]) -> dict[str, str]:
    first = str(values.get("issued_to_first_name") or "").strip()
    last = str(values.get("issued_to_last_name") or "").strip()
    if not (first and last):
        words = str(values.get("name") or "").split() or f"{first} {last}".split()
        first, last = " ".join(words[:-1]), words[-1] if words else ""
    if not first and not last:
        raise MappingFailed("Credly needs a first and a last name, and the contact has none.")
    if not first or not last:
        only, rule = first or last, values.get("one_word") or ONE_WORD.default
        if rule == "ask":
            raise MappingFailed(
                f"“{only}” is one word, and Credly needs a first and a last name; complete the contact."
            )
        first, last = only, only if rule == "repeat" else "-"
    return {"issued_to_first_name": first, "issued_to_last_name": last}


def _evidence(values: Mapping[str, Any]) -> list[JsonObject]:
    """What was mapped as evidence, and what stands in notes: a link, else the text where that is wanted."""
    found = [dict(row) for row in values.get("evidence") or [] if isinstance(row, Mapping)]
    for note in _words(values.get("notes")):
        text = re.sub(r"<[^>]+>", " ", note).strip()
        link = LINK.search(text)
        if link:
            found.append(
                {"type": "UrlEvidence", "value": link[0], "name": "Evidence", "description": text[:500]}
            )
        elif text and values.get("text_evidence"):
            found.append({"type": "TextEvidence", "value": text[:2000], "name": "Note"})
    return found


def _moment(value: Any) -> datetime | None:
    if value in (None, "", False):
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise MappingFailed(
            "A time for Credly cannot be read; give it as 2026-11-20T10:00:00-05:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_SENT = ("badge_template_id", "issuer_earner_id", "expires_at", *(field.key for field in TOLD))
_FOUND = {"badges": [badge_row(BADGE)], "latest": badge_row(BADGE), "count": 1, "email_differs": False}

PROCEDURES = (
    Procedure(
        key="find_badges",
        title="Find an earner's badges",
        run=find,
        fields=(*EARNER, Field(key="badge_template_id", label="Badge template", reference="templates")),
        operations=("badges.list",),
        sample=_FOUND,
    ),
    Procedure(
        key="weigh_rules",
        title="See which badges the rules ask for",
        run=weigh,
        fields=(
            *EARNER,
            Field(key="words", label="Words that the rules look for", type=FieldType.ANY),
            Field(
                key="field",
                label="Custom field whose value is the word",
                help="Its id, where the words are a contact's custom fields.",
            ),
            Field(key="inside", label="A rule's word may be part of a text", type=FieldType.BOOLEAN),
            Field(key="rules", label="Rules", type=FieldType.ANY, required=True),
            Field(
                key="surplus",
                label="A badge that no rule asks for any more",
                choices=(("keep", "stays"), ("replace", "is replaced"), ("revoke", "is revoked")),
                default="keep",
            ),
        ),
        operations=("badges.list",),
        sample={
            "issue": [{"badge_template_id": BADGE["badge_template"]["id"]}],
            "replace": [{"badge_id": BADGE["id"], "badge_template_id": BADGE["badge_template"]["id"]}],
            "revoke": [badge_row(BADGE)],
            "latest": badge_row(BADGE),
            "email_differs": False,
        },
    ),
    Procedure(
        key="issue_badge",
        title="Issue a badge, unless its earner has it",
        run=issue,
        fields=(
            Field(key="recipient_email", label="Earner's e-mail", type=FieldType.EMAIL, required=True),
            Field(key="issued_to_first_name", label="First name"),
            Field(key="issued_to_last_name", label="Last name"),
            Field(key="name", label="Whole name, where first or last is empty"),
            ONE_WORD,
            TEMPLATE_FIELD,
            EARNER[0],
            Field(key="issued_at", label="Issued at", type=FieldType.DATETIME, help="Empty: now."),
            Field(
                key="expires_at", label="Expires at", type=FieldType.ANY, help="Empty: as the template says."
            ),
            *TOLD,
            EVIDENCE,
            Field(key="notes", label="Notes to offer as evidence", type=FieldType.ANY),
            Field(
                key="text_evidence",
                label="Notes without a link become evidence too",
                type=FieldType.BOOLEAN,
                help="As TextEvidence, which public clients use and Credly's public documents do not name.",
            ),
            Field(key="again", label="Even if the earner has it already", type=FieldType.BOOLEAN),
        ),
        operations=("badges.list", "badges.issue"),
        calls=2,
        writes=True,
        sample={**badge_row(BADGE), "already": False},
    ),
    Procedure(
        key="replace_badge",
        title="Replace a badge by one of another template",
        run=replace,
        fields=(
            Field(key="badge_id", label="Badge to replace", required=True),
            TEMPLATE_FIELD,
            Field(key="issued_at", label="Issued at", type=FieldType.DATETIME, help="Empty: now."),
        ),
        operations=("badges.replace",),
        calls=1,
        writes=True,
        sample=badge_row(BADGE),
    ),
)
