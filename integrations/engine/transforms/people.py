"""Transforms for people: names, e-mail addresses, phone numbers."""

from __future__ import annotations

from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from integrations.engine.errors import WrongUse
from integrations.engine.spec import Field, FieldType
from integrations.engine.transforms.base import (
    OTHERWISE,
    Args,
    Example,
    Transform,
    TransformFailed,
    ZoneContext,
    as_text,
    shown,
)


def split_name(value: Any, args: Args, where: ZoneContext) -> dict[str, str]:
    words = as_text(value).split()
    return {"first": " ".join(words[:-1] or words), "last": words[-1] if len(words) > 1 else ""}


def email(value: Any, args: Args, where: ZoneContext) -> str:
    return readable_email(as_text(value)).lower()


def readable_email(text: str) -> str:
    """The address, normalised. Looks at its form only: no DNS. Raises TransformFailed.

    Domains ending in `.test` pass, so that the sandbox may have people of its own.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise TransformFailed(f"{shown(text)} is not an e-mail address: {error}") from None
    if "." not in found.domain:
        raise TransformFailed(f"{shown(text)} is not an e-mail address: its domain has no dot.")
    return found.normalized


def phone_e164(value: Any, args: Args, where: ZoneContext) -> str:
    text = as_text(value).strip()
    country = str(args.get("country") or "").upper() or None
    if country and country not in phonenumbers.SUPPORTED_REGIONS:
        raise WrongUse(f"“{country}” is not a country; write its two letters, such as US, GB or DE.")
    try:
        found = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not country:
            raise TransformFailed(
                f"{shown(text)} does not begin with + and a country code; set `country`."
            ) from None
        raise TransformFailed(f"{shown(text)} is not a phone number.") from None
    # Possible, not valid: number ranges are handed out faster than anybody updates tables of them.
    if phonenumbers.is_possible_number_with_reason(found) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise TransformFailed(f"{shown(text)} has too few or too many digits for a phone number.")
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))


TRANSFORMS = (
    Transform(
        name="split_name",
        title="Split a name",
        help="Gives first and last, cut at the last blank; a single word is the first name. Then pick one.",
        run=split_name,
        takes=FieldType.TEXT,
        gives=FieldType.OBJECT,
        example=Example("Ada King Lovelace", {"first": "Ada King", "last": "Lovelace"}),
    ),
    Transform(
        name="email",
        title="E-mail address",
        help="Checks the form of the address and writes it in small letters. Does not ask whether it exists.",
        run=email,
        takes=FieldType.TEXT,
        gives=FieldType.EMAIL,
        params=(OTHERWISE,),
        example=Example(" Ada@Example.COM ", "ada@example.com"),
    ),
    Transform(
        name="phone_e164",
        title="Phone number, international",
        help=(
            "Writes a phone number as + and digits (E.164). Checks that it has the right number of digits, "
            "not that it rings; an extension is dropped."
        ),
        run=phone_e164,
        takes=FieldType.TEXT,
        gives=FieldType.PHONE,
        params=(
            Field(
                key="country",
                label="Country",
                help="Two letters, for numbers written without + and a country code.",
            ),
            OTHERWISE,
        ),
        example=Example("(202) 555-0143", "+12025550143", {"country": "US"}),
    ),
)
