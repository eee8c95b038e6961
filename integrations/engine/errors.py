"""Everything that can go wrong, sorted by what to do next.

    HubError                      a sentence for the operator, a kind for the machine
    ├── TryAgain                  the same call may succeed later
    │   ├── Throttled             the app said "too many requests"
    │   ├── VendorTrouble         the app failed (5xx) before doing anything we asked of a read
    │   ├── Overdue               the time that somebody waits for an answer is over
    │   └── Unreachable           nothing was sent: no connection could be made
    ├── OutcomeUnknown            it may have happened: look before repeating
    ├── Parked                    the connection stops until a person, or the vendor, acts
    │   ├── CredentialRefused     token or key is wrong, revoked or expired: reconnect
    │   ├── ScopeMissing          the token may not do this: authorise again with the scope named
    │   ├── WrongTenant           right kind of token, other account
    │   └── AccountSuspended      the account is paused at the vendor; the token stays good
    ├── StopRun                   this run cannot go on as it is
    │   ├── Refused               the app read the call and said no
    │   ├── NotFound              the record is not there (any more)
    │   ├── Conflict              the world moved since we looked: looking again may help
    │   ├── Duplicate             the record exists already; `record_id` says which
    │   ├── MappingFailed         a required value is missing or cannot be read
    │   └── ContractBroken        our own mistake about the app: never retried, never a reason to refresh
    ├── ItemsFailed               the run went on, and some items of a list failed
    ├── BadSignature              what came in was not sent by the app it names
    └── WrongUse                  the person's input needs changing; the sentence says how
        └── FieldsMissing         what came in lacks `fields`

No sentence holds a token, a key or a body.
"""

from __future__ import annotations

import difflib

MOST_NAMED = 25


class HubError(Exception):
    """An error with a `sentence` for the operator and a `kind` for the machine."""

    kind = "error"

    def __init__(self, sentence: str, *, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class TryAgain(HubError):
    kind = "try_again"

    def __init__(self, sentence: str, *, detail: str = "", after_s: float | None = None) -> None:
        super().__init__(sentence, detail=detail)
        self.after_s = after_s


class Throttled(TryAgain):
    kind = "throttled"


class VendorTrouble(TryAgain):
    kind = "vendor_trouble"


class Overdue(TryAgain):
    kind = "overdue"


class Unreachable(TryAgain):
    kind = "unreachable"


class OutcomeUnknown(HubError):
    kind = "outcome_unknown"


class Parked(HubError):
    kind = "parked"


class CredentialRefused(Parked):
    kind = "credential_refused"


class ScopeMissing(Parked):
    kind = "scope_missing"


class WrongTenant(Parked):
    kind = "wrong_tenant"


class AccountSuspended(Parked):
    kind = "account_suspended"


class StopRun(HubError):
    kind = "stopped"


class Refused(StopRun):
    kind = "refused"


class NotFound(StopRun):
    kind = "not_found"


class Conflict(StopRun):
    kind = "conflict"


class Duplicate(StopRun):
    kind = "duplicate"

    def __init__(self, sentence: str, *, record_id: str, detail: str = "") -> None:
        super().__init__(sentence, detail=detail)
        self.record_id = record_id


class MappingFailed(StopRun):
    kind = "mapping_failed"


class ContractBroken(StopRun):
    kind = "contract_broken"


class ItemsFailed(HubError):
    kind = "items_failed"


class BadSignature(HubError):
    kind = "bad_signature"


class WrongUse(HubError):
    kind = "wrong_use"


class FieldsMissing(WrongUse):
    kind = "fields_missing"

    def __init__(self, sentence: str, *, fields: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.fields = fields


def did_you_mean(wrong: str, known: list[str], what: str) -> str:
    """Answer a wrong name with the right ones; of very many, with those nearest to it."""
    shown, more = sorted(known), 0
    if len(known) > MOST_NAMED:
        shown = sorted(difflib.get_close_matches(wrong, known, MOST_NAMED, 0.4) or shown[:MOST_NAMED])
        more = len(known) - len(shown)
    listed = ", ".join(shown) + (f", and {more} more" if more else "")
    if not listed:
        return f"There is no {what} “{wrong}”, nor any other."
    return f"There is no {what} “{wrong}”; choose one of: {listed}."
