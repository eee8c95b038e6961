"""What an app, and a workflow over apps, is made of: frozen values, no behaviour of their own.

A connector is data plus small functions. When general code wants to ask which app it is dealing with,
a word is missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from integrations.engine.errors import HubError, WrongUse, did_you_mean

JsonObject = dict[str, Any]


class FieldType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DATE = "date"
    EMAIL = "email"
    PHONE = "phone"
    LIST = "list"
    OBJECT = "object"
    ANY = "any"  # of whatever kind: the app takes several, or does not say


class Place(StrEnum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


class Kind(StrEnum):
    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class ProofKind(StrEnum):
    """What makes repeating a write safe."""

    IDEMPOTENT = "idempotent"  # a whole state is put: twice is once
    MARKED = "marked"  # our mark stands in the record and can be looked up
    NATURAL_KEY = "natural_key"  # a unique look-up finds the record
    NONE = "none"  # nothing does: a person decides


@dataclass(frozen=True, slots=True)
class Keyed:
    """How a list names the account's own fields: the key of the id, that of a value written, of one read."""

    id: str
    written: str
    read: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter of an operation, one setting of a connection, one option of a recipe.

    `key` is the vendor's own name. `reference` names one of the connector's references whose rows the
    operator picks from. `fills` names the account's setting or secret that the hub puts in by itself
    ("location_id"): such a field is never mapped. `name_setting` names the setting that holds the app's name
    of this field, where the operator knows it better than we. `fields` are the members of an object, or of
    each item of a list; a list of plain values says in `items` which. `keyed` says that the list holds one
    {id, value} for each of the account's own fields, named by `reference`: each may be mapped by itself, as
    `key.<id>`.
    `spread` says that an object's members are the parameters, each sent by its own name where the field has
    its place: what nobody declared can be said so.
    `table` says that an object is a table, and names the references that its keys and its values are rows of
    ("": plain text). In a setting the `format` "url" says that it holds addresses that calls go to: they are
    checked when they are saved.
    """

    key: str
    label: str = ""
    type: FieldType = FieldType.TEXT
    place: Place = Place.BODY
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    reference: str = ""
    default: Any = None
    fills: str = ""
    name_setting: str = ""
    secret: bool = False
    format: str = ""
    items: FieldType | None = None
    fields: tuple[Field, ...] = ()
    keyed: Keyed | None = None
    spread: bool = False
    table: tuple[str, str] = ("", "")

    @property
    def title(self) -> str:
        return self.label or self.key.replace("_", " ")


# --- what a journey asks for, and what it is told ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Read:
    """A call that changes nothing. `values`: field key -> value, as the operation declares them."""

    operation: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """A call that changes the outside world; made at most once."""

    operation: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    """The journey pauses: until a time, or (`until` None) until a person approves."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """No call: keep some of these times from our other flows for a while, so that no two offer or book one.

    `times` are of `what` (a calendar's id), best first, each with the seats it has left. The outcome's value
    lists the first `wanted` of them that could be kept, as they were given; with `wanted` 0 nothing is kept,
    and it lists those that other flows have left a seat of. What is kept ends after `minutes`, or with the
    run. `who` it is kept for, when that is somebody who may come back in another run ("": this run).
    """

    what: str
    times: Mapping[str, int]
    wanted: int = 1
    minutes: int = 5
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """No call: a link to the page on which somebody picks a time. The outcome's value is its address.

    `page` is the name of the workflow that answers there, `question` what is asked of it, `person` (name,
    email, phone, contact_id) who comes, as far as that is known. The link is good for `days`.
    """

    page: str
    question: Mapping[str, str] = field(default_factory=dict)
    person: Mapping[str, str] = field(default_factory=dict)
    days: int = 30


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows handed over by a sweep, while it goes on."""

    rows: Sequence[JsonObject]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a Read or Write: `value` is the record (or list) the operation's `result` picks.

    `record_id` is the record's id as text ("" where there is none). `error` is set when the app said no for
    good; what can be tried again, and what parks a connection, never reaches the journey.
    """

    value: Any = None
    record_id: str = ""
    error: HubError | None = None


Command = Read | Write | Wait | Hold | Invite
Script = Generator[Read | Write, Outcome, Any]
Course = Generator[Read | Write | Hold | Invite, Outcome, Any]
Sweep = Generator[Read | Page, Outcome | None, None]


# --- an app ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A write whose outcome is unknown: what its look-up has to go by.

    `owned` are ids of records that other writes made: a look-up without a mark passes them over.
    """

    values: Mapping[str, Any]
    mark: str
    claimed_at: datetime
    owned: frozenset[str] = frozenset()

    def may_be_ours(self, row: Mapping[str, Any]) -> bool:
        """Whether no other write is known to have made this row."""
        return str(row.get("id")) not in self.owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a write of this kind is kept from happening twice.

    `target` is a JMESPath over the call's values: the identity written to, at most one open effect each.
    `mark_field` is the field that carries our mark (a line is added to what the operator mapped; in an object
    it is a member of its own, as in "meta_data.hub").
    `look_up` is a script of reads (named in `operations`) that returns the record found, or None. It may look
    no earlier than `visible_after_s` seconds after the call could last have landed. `existing` is such a
    script from the call's values to the record that a create would update instead of making one (an upsert):
    a plan tells the one from the other by it.
    """

    kind: ProofKind
    target: str = ""
    mark_field: str = ""
    look_up: Callable[[Attempt], Script] | None = None
    existing: Callable[[Mapping[str, Any]], Script] | None = None
    operations: tuple[str, ...] = ()
    visible_after_s: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A write that was made: the `values` sent, the `record` that the app answered with, its id.

    `prior` is what stood there before; None where there was no record, or nobody knows.
    """

    values: Mapping[str, Any]
    record: Mapping[str, Any]
    record_id: str
    prior: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverse:
    """What takes a write back: the call `operation` with `values(made)`, or in a sentence why it is `never`.

    The values are {} where the write changed nothing, None where too little is known. `leaves` tells what
    stays all the same.
    """

    operation: str = ""
    values: Callable[[Made], Mapping[str, Any] | None] = lambda made: None
    leaves: str = ""
    never: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Which fields of a call say that it takes a time that flows may hold: what it is a time of, its start,
    for whom it is; `unless` names the field that says that it is booked whatever else is there."""

    what: str
    start: str
    who: str = ""
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One API call. `result` is a JMESPath from the answer to the record, `record_id` from record to id.

    `body_key` is the outer key some APIs wrap their body in; `body_list` sends the body as a list of one;
    `empty_body` sends a body even where nothing fills it and the method would need none. `encoding` is json,
    form, multipart, or none for a call that takes no body at all.
    A create whose answer is a success without `record_id` has an unknown outcome; "" where there is no id.
    `answer` declares the record's own fields. `scopes` are as the vendor declares them, `scopes_override`
    what it leaves out (evidence in `source`). `audiences` are the kinds of token it takes ("location",
    "agency"; (): not declared). `reaches_people` says that a call sends something to somebody: it is asked
    for twice. `books` says that it takes a time. `inverse` says what takes a write back; an update without
    one is taken back by itself, with what stood there before. An answer may be shown again for `offered_s`
    seconds to somebody who only asks. `path_setting` names the setting that holds the path where the operator
    knows it better than we; `address(settings, values)` gives the whole address of a call that goes to one of
    the operator's own (raises WrongUse where none is set). A write that is `queued` is not made within its
    run: it is stored with it as a delivery, sent soon, and again for hours where it failed; fields filled
    from `delivery_id` and `delivery_at` say which it is, the same in every try. `free` says that no
    catalogue has it: an operator typed it. `operation_id`, `version`, `deprecated` and `source` are facts for
    the catalogue.
    """

    key: str
    title: str
    method: str
    path: str
    kind: Kind
    fields: tuple[Field, ...] = ()
    scopes: tuple[str, ...] = ()
    scopes_override: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    path_setting: str = ""
    address: Callable[[Mapping[str, Any], Mapping[str, Any]], str] | None = None
    queued: bool = False
    reaches_people: bool = False
    books: Booking | None = None
    inverse: Inverse | None = None
    offered_s: int = 0
    answer: tuple[Field, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    encoding: str = "json"
    encoding_setting: str = ""
    body_key: str = ""
    body_list: bool = False
    empty_body: bool = False
    success: tuple[int, ...] = (200,)
    result: str = "@"
    record_id: str = "id"
    proof: Proof | None = None
    deadline_s: float = 20.0
    signed: bool = True
    free: bool = False
    sample: Any = None
    operation_id: str = ""
    version: str = ""
    deprecated: bool = False
    source: str = ""

    @property
    def resource(self) -> str:
        """What its siblings' keys begin with; "" for one that no catalogue has."""
        return "" if self.free else self.key.rpartition(".")[0]

    @property
    def realm(self) -> str:
        """Within which the identity that a write is aimed at tells records apart."""
        return self.path if self.free else self.key.split(".")[0]

    @property
    def needed_scopes(self) -> tuple[str, ...]:
        """What a token must hold for this call."""
        return tuple(dict.fromkeys((*self.scopes, *self.scopes_override)))

    @property
    def makes_unmarked(self) -> bool:
        """Whether it makes a record that only its natural key tells from others."""
        return (
            self.kind is Kind.CREATE and self.proof is not None and self.proof.kind is ProofKind.NATURAL_KEY
        )

    def field(self, key: str) -> Field:
        for candidate in self.fields:
            if candidate.key == key:
                return candidate
        raise WrongUse(did_you_mean(key, [f.key for f in self.fields], f"field of {self.key}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a procedure may know beside its values: the moment, and the account's settings."""

    now: datetime
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A small script over several operations, used like one operation. `sample` shows what it returns.

    `calls` is how many it makes as a rule (0: one of each operation).
    """

    key: str
    title: str
    run: Callable[[Mapping[str, Any], Situation], Course]
    fields: tuple[Field, ...] = ()
    operations: tuple[str, ...] = ()
    calls: int = 0
    writes: bool = False
    sample: Any = None


class TriggerKind(StrEnum):
    WEBHOOK = "webhook"
    POLL = "poll"
    REQUEST = "request"
    SCHEDULE = "schedule"
    MANUAL = "manual"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Where a sweep starts: rows changed at or after `moment` (None: from the beginning).

    `settings` are the account's, with those of the trigger over them. `now` is the moment of the look,
    `parents` are the records whose children are looked for this time.
    """

    moment: datetime | None
    settings: Mapping[str, Any]
    now: datetime | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something a changed row means. `key` makes it unique: the same happening is never told twice."""

    type: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """How an app tells us something.

    For a poll: `sweep` pages through what changed; `record_id` is a JMESPath into a row; `remember` names the
    row's keys that are kept; `happenings(before, after, now)` compares what was kept (None: never seen) with
    the row now (None: gone) and says what happened. `overlap_s` is how far a sweep reaches back before the
    last one. `reread` is the operation (one path field) that reads one row again, for what vanishes silently;
    where one call is not enough, `fetch(record, known, settings)` is the script that returns the row, or None
    when it is gone (`known`: what a notice or an earlier look told of it; `settings`: the account's). `whole`
    says that a sweep without a `Since.moment` brings every row there is, so that one it did not bring may be
    gone. `changed_at` is a JMESPath from a row to the instant of its last change: what is older than the row
    known is passed over; `made_at` is one to the instant it was made. `glimpse` says that a sweep shows rows
    only in part: one that has changed is read again before it is compared. `admits(row, settings)` tells
    whether the operator's choices take a row in, as the sweep does by asking for it. `parent` is the
    remembered key of the record that a row belongs to: a sweep is then whole for `Since.parents` alone, which
    are the records of `parents` (operations whose writes made them, triggers that brought them), in turns.
    `untold` are events that the app tells of by no webhook at all, so that a look recovers nothing with them.

    For a webhook: `hears` names the vendor's event types that feed it. With `happenings`, what was heard is
    only a hint to read the row again, and what that means is told by comparison, exactly as in a sweep; so a
    change is told once, whichever way it was noticed, and the sweep finds what no webhook told. While
    webhooks arrive, such a sweep comes every `reconcile_min` (0: as often as ever). Without `happenings` the
    notice is itself the event, under its own type; `fetch` or `reread`, where there is one, completes it.

    For a request: somebody asks and waits, and `fields` are what may be asked. The first of `events` is the
    question: a run that only reads answers it at once. `picked` names the event, if there is one, of somebody
    choosing one of the times that were answered: it is stored and run like any other, and may write.
    """

    key: str
    title: str
    kind: TriggerKind
    events: tuple[tuple[str, str], ...]
    sample: Mapping[str, JsonObject]
    fields: tuple[Field, ...] = ()
    scopes: tuple[str, ...] = ()
    record_id: str = "id"
    sweep: Callable[[Since], Sweep] | None = None
    operations: tuple[str, ...] = ()
    remember: tuple[str, ...] = ()
    happenings: Callable[[JsonObject | None, JsonObject | None, datetime], list[Happening]] | None = None
    overlap_s: int = 0
    interval_min: int = 5
    reread: str = ""
    hears: tuple[str, ...] = ()
    fetch: Callable[[str, JsonObject, Mapping[str, Any]], Script] | None = None
    whole: bool = False
    changed_at: str = ""
    made_at: str = ""
    glimpse: bool = False
    admits: Callable[[JsonObject, Mapping[str, Any]], bool] | None = None
    parent: str = ""
    parents: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    reconcile_min: int = 15
    answer: tuple[Field, ...] = ()
    picked: str = ""

    @property
    def choices(self) -> tuple[Field, ...]:
        """What the operator chooses once; the fields of a request are given anew by whoever asks."""
        return () if self.kind is TriggerKind.REQUEST else self.fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request that an app sent to the hub, as it came. Header names are in lower case.

    `sender` is the IP address it came from ("": not known).
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    received_at: datetime
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing an app told us. `type` is the vendor's own word for it.

    `id` is the vendor's id of the delivery ("": it gives none, the body's hash stands in). `account` is the
    value of the connection's account setting ("": the address tells whose it is). `app` is the vendor's id
    of the app it was sent to ("": it does not say). `record` is the id of what changed, `at` when the vendor
    says it sent or saw it.
    """

    type: str
    payload: JsonObject
    id: str = ""
    account: str = ""
    app: str = ""
    record: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The app was let into an account or, `removed`, put out of it; `audience` says what kind of account.

    `within` is the account above it (a location's agency), `app` the vendor's id of the app: "" where the
    notice does not tell.
    """

    audience: str
    account: str
    within: str = ""
    app: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """How an app's deliveries are known to be its own, and read.

    `verify(incoming, keys)` raises BadSignature. `keys` are what it needs (public keys, switches), each with
    its published default, overridable. `read(body, query)` gives the notices in a parsed body, or raises
    WrongUse. `shared` says that all accounts' deliveries come to one address, and a notice's `account` tells
    whose it is; otherwise each connection has an address of its own. What says it was sent over
    `late_after_s` ago is marked late, over `refuse_ahead_s` in the future refused. `accepted` is the status
    the app wants to hear. `types` lists every event type known. `installs` reads a notice that tells of the
    app's own coming and going (None: it tells of something else). `doubted` lists types that cannot be
    believed for a record told of before, with what they then are: as long as the record is there, and when it
    is gone.

    `signed`: False for an app that signs nothing, so that the unguessable address is all there is to know it
    by; `own(notice, settings)` raises BadSignature for a notice of another account, where a payload tells.
    `parse(body, content_type)` reads a body that is no JSON; raises WrongUse.
    `secrets` are what the hub makes for each connection's own address: `verify` finds the current one in its
    keys under the field's key, the one before it, while both hold, under `<key>_before`. `ensure` is the
    procedure that has the app send to an address (values `url`, `events`), and finds what it did before.

    `settings` are those of a connection that say how deliveries to its own address are taken. `simple` names
    the yes-or-no one that takes what is not signed, and parameters of the address as content; `senders` the
    one that lists the IP addresses they may come from. `id_header` names the header with the delivery's id,
    where the body has none. `test(secrets, now)` makes a delivery that means nothing, to try the way with.
    `snippets` are (title, code) to copy into the app; `{url}` and `{secret}` stand for the connection's own.
    """

    verify: Callable[[Incoming, Mapping[str, str]], None]
    read: Callable[[Any, Mapping[str, str]], Sequence[Notice]]
    types: tuple[str, ...]
    installs: Callable[[Notice], Installation | None] | None = None
    doubted: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    signed: bool = True
    own: Callable[[Notice, Mapping[str, Any]], None] | None = None
    parse: Callable[[bytes, str], Any] | None = None
    secrets: tuple[Field, ...] = ()
    ensure: str = ""
    settings: tuple[Field, ...] = ()
    simple: str = ""
    senders: str = ""
    id_header: str = ""
    test: Callable[[Mapping[str, str], datetime], Incoming] | None = None
    snippets: tuple[tuple[str, str], ...] = ()
    keys: tuple[Field, ...] = ()
    shared: bool = False
    accepted: int = 200
    late_after_s: int = 300
    refuse_ahead_s: int = 300
    largest_bytes: int = 1024 * 1024
    setup: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One authorised account, as calls need it. `secrets` never leaves the transport; `auth` names the Auth.

    `name` is the connection's name for sentences; `settings` holds what the connector's settings fields say
    (for GHL `location_id`, for Accredible `region`). `scopes` are those its token is known to hold (():
    not known). Over one that is `read_only` nothing is written.
    """

    connector: str
    environment: str
    name: str
    base_url: str
    auth: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    read_only: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `body` is parsed JSON, or text where it is none. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `count` calls in any `window_s` seconds.

    `at_first` is the lowest limit known for any account, obeyed until an answer's headers told the real one
    (0: there is no lower one).
    """

    count: int
    window_s: float
    at_first: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an answer's headers say of a limit: `remaining` of `limit` until `resets_in_s`."""

    window_s: float
    limit: int | None = None
    remaining: int | None = None
    resets_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The app's limits, whose they are (`scope`), and how its headers are read (with the account's settings,
    where it depends on them)."""

    limits: tuple[Limit, ...]
    scope: Callable[[Account], str]
    read: Callable[[Mapping[str, str], Mapping[str, Any]], Sequence[Reading]] = lambda headers, settings: ()
    throttled_wait_s: float = 10.0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """The vendor lets a new secret and the old one work side by side for `both_days` while it is rotated.

    `key` names the secret's field, `every_days` how old it should get at most.
    """

    key: str
    every_days: int
    both_days: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A call that makes a new secret in place of the one it is signed with; `read` finds it in the answer.

    `key` names the secret's field. `read` raises ContractBroken where the answer holds none: the shape is not
    always documented.
    """

    key: str
    operation: str
    read: Callable[[Any], str]
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda settings: {}
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """One way to sign in. `secrets` are the fields a person types; OAuth has `oauth2` beside them.

    `sign` gives headers. `sign_query(secrets, settings)` gives parameters of the address, for apps that take
    their key there; `sign_body(secrets, content, now)` headers that depend on what is sent. `settings` are
    those of a connection that only this way has. `hears` says that the app sends webhooks to accounts
    connected so. A secret ends `lasts_days` after it was entered (0: never, or nobody knows); people are
    reminded `warn_days` before. `renewal` makes the next one.
    """

    key: str
    title: str
    sign: Callable[[Mapping[str, str]], Mapping[str, str]]
    secrets: tuple[Field, ...] = ()
    settings: tuple[Field, ...] = ()
    verify: Verify | None = None
    oauth2: OAuth2 | None = None
    rotation: Rotation | None = None
    sign_query: Callable[[Mapping[str, str], Mapping[str, Any]], Mapping[str, str]] | None = None
    sign_body: Callable[[Mapping[str, str], bytes, datetime], Mapping[str, str]] | None = None
    lasts_days: int = 0
    warn_days: tuple[int, ...] = ()
    renewal: Renewal | None = None
    hears: bool = False
    setup: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token endpoint answered. `settings` are facts for the connection (location, company).

    `refresh_token` is "" where there is none.
    """

    access_token: str
    refresh_token: str
    expires_in_s: int
    scopes: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One account under a wide one, as the vendor lists it. `detail` helps to tell it from its like.

    `installed`: the app is let in there, so that a token may be had.
    """

    account: str
    name: str
    detail: str = ""
    installed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A wide token (of audience `wide`, an agency's) is exchanged for one of an account under it (`narrow`).

    `token` is the call that makes one, with the values `token_values(settings, account)`; its answer is read
    by `read_grant`. `follow_setting` names the yes-or-no setting: what is new under the wide account is
    connected by itself. `listing` reads one page of the accounts that may be had: `page_values(settings, app,
    skip)` asks for it, `rows` reads it; a page shorter than `page` is the last. Both calls go
    over the wide connection.
    """

    wide: str
    narrow: str
    token: Operation
    token_values: Callable[[Mapping[str, Any], str], Mapping[str, Any]]
    read_grant: Callable[[Mapping[str, Any]], Grant]
    listing: Operation
    page_values: Callable[[Mapping[str, Any], str, int], Mapping[str, Any]]
    rows: Callable[[Any], Sequence[Listed]]
    page: int
    follow_setting: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """The authorisation-code dance of one vendor.

    `authorize_url` is the consent page, `other_urls` what stands in its place for a choice made in the
    setting `url_setting`; `authorize_settings` maps settings of the connection to parameters of that address.
    `read_grant` turns the token answer into a Grant or raises (an unusable kind of token). `read_refusal`
    turns a refused exchange or refresh into an error of the tree. A token is refreshed `refresh_ahead_s`
    before its end, and earlier by up to `refresh_spread_s`, so that many do not come at once. `app` gives the
    vendor's id of the app for a client id.
    """

    authorize_url: str
    token_path: str
    read_grant: Callable[[Mapping[str, Any]], Grant]
    read_refusal: Callable[[Answer], HubError]
    other_urls: Mapping[str, str] = field(default_factory=dict)
    url_setting: str = ""
    authorize_settings: Mapping[str, str] = field(default_factory=dict)
    extra_authorize: tuple[tuple[str, str], ...] = ()
    extra_token: tuple[tuple[str, str], ...] = ()
    refresh_ahead_s: int = 600
    refresh_spread_s: int = 0
    app: Callable[[str], str] = lambda client_id: client_id
    exchange: Exchange | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Rows the operator picks from (calendars, users): read by `operation`, labelled by JMESPath.

    `values` are sent with that read. `pages(values)` reads page after page, where one read does not bring all
    rows. Where the rows are fields of the account's own, `type` is the JMESPath
    to the app's word for what a row holds, `types` says what each word means to us, and `choices` is the
    JMESPath to the list of values that a row allows.
    """

    key: str
    title: str
    operation: str
    rows: str
    id: str = "id"
    label: str = "name"
    values: Mapping[str, Any] = field(default_factory=dict)
    pages: Callable[[Mapping[str, Any]], Sweep] | None = None
    type: str = ""
    types: Mapping[str, FieldType] = field(default_factory=dict)
    choices: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """The call that proves a connection works. `say` puts its answer into words, `learn` takes settings.

    `values` are sent with it, by what the connection's settings say. `unless` says in a sentence why there is
    nothing to prove with these settings (""): the connection then counts as connected. `stock` names what the
    account pays for in advance, where the answer tells how much of it is `left` (None: it does not).
    """

    operation: str
    say: Callable[[Any], str]
    learn: Callable[[Any], Mapping[str, Any]] = lambda answer: {}
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda settings: {}
    unless: Callable[[Mapping[str, Any]], str] = lambda settings: ""
    stock: str = ""
    left: Callable[[Any], int | None] = lambda answer: None


# --- what public guides call it -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A field as guides call it, and what the app really has.

    `at` are the calls it is said of, each "[METHOD ]path beginning"; the longest beginning wins, and one that
    ends in $ is a whole path. `field` is the app's own field, where it has one, and `transforms` make a
    guide's value fit it. `says` tells in words why there is none, and what serves instead.
    """

    words: tuple[str, ...]
    at: tuple[str, ...]
    field: str = ""
    says: str = ""
    transforms: tuple[TransformUse, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of a chain. `takes` maps a guide's word to the field of this step that it fills.

    It is left out unless one of the words `needs` is given, and when one of the words `unless` is. `each` is
    a word that may hold several values: where it is given, `for_each` stands in the step's place.
    """

    step: Step
    takes: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    each: str = ""
    for_each: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What guides take for one call and is several: who aims at `aims` and gives one of `signs` means this.

    Steps name each other as `steps.<id>`; in a `for_each` of a Link, `{each}` stands for the word's source.
    """

    key: str
    title: str
    aims: str
    signs: tuple[str, ...]
    says: str
    links: tuple[Link, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """Where public guides to an app are wrong, and what they mean."""

    aliases: tuple[Alias, ...] = ()
    chains: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One kind of account that an app gives tokens for, by the name that operations use for it.

    `account_setting` names the setting that tells which account it is, `verify` proves its tokens (None: the
    connector's), `extra_token` goes along with every request for one.
    """

    key: str
    title: str
    plural: str
    account_setting: str
    verify: Verify | None = None
    extra_token: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Something an app's own files say that the hub does not hold: `says` what it holds instead, and why.

    `at` are calls ("POST /contacts/") or schemas ("contacts/CreateContactDto") of the table.
    """

    at: tuple[str, ...]
    says: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """The app's own OpenAPI files, and the table that is made of them.

    `files` are looked for below the directory where somebody has them; `table` is the path of the table in
    the connector; `keys` maps a call's name to our key, `deviations` is all that differs knowingly.
    """

    files: tuple[str, ...]
    table: str
    keys: Mapping[str, str]
    deviations: tuple[Deviation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAddress:
    """The app's address is the account's own: the operator types it into `setting`.

    `read(text)` makes the base address of what was typed (a path too many, no scheme), or raises WrongUse;
    private addresses are refused by general code. In the sandbox the connector's first host stands for it.
    """

    setting: str
    read: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One app: how to sign in, what can be asked of it, what it tells, what it allows.

    `hosts` maps the choice in setting `host_setting` to a base address; without that setting the key is "".
    `probe_hosts` says that a verify may try every host to find the one that takes the key.
    `account_setting` names the setting that tells which account a connection is to. Where an app has several
    kinds of account, `audiences` says which (the first is the usual one), and `audience_setting` names the
    setting that holds the connection's.
    `agenda` names the procedure that lists what stands in the account's calendars: asked with `from` and `to`
    (moments), and by its other fields for less; it returns a list of `{id, title, start, end, calendar,
    status, place, freed}`, where `freed` says that it takes no time any more.
    `refusal` turns an unsuccessful answer into an error of the tree; `failure` finds a no inside an answer of
    status 2xx (None: it is a yes).
    """

    slug: str
    title: str
    summary: str
    hosts: Mapping[str, str]
    auths: tuple[Auth, ...]
    verify: Verify
    refusal: Callable[[Answer, Operation], HubError]
    quota: Quota
    operations: Mapping[str, Operation]
    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    triggers: Mapping[str, Trigger] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)
    webhooks: Webhooks | None = None
    guide: Guide | None = None
    official: Official | None = None
    settings: tuple[Field, ...] = ()
    account_setting: str = ""
    audiences: tuple[Audience, ...] = ()
    audience_setting: str = ""
    host_setting: str = ""
    probe_hosts: bool = False
    own_address: OwnAddress | None = None
    agenda: str = ""
    failure: Callable[[Answer, Operation], HubError | None] = lambda answer, operation: None

    def operation(self, key: str) -> Operation:
        try:
            return self.operations[key]
        except KeyError:
            raise WrongUse(did_you_mean(key, list(self.operations), f"operation of {self.title}")) from None

    def procedure(self, key: str) -> Procedure:
        try:
            return self.procedures[key]
        except KeyError:
            raise WrongUse(did_you_mean(key, list(self.procedures), f"procedure of {self.title}")) from None

    def trigger(self, key: str) -> Trigger:
        try:
            return self.triggers[key]
        except KeyError:
            raise WrongUse(did_you_mean(key, list(self.triggers), f"trigger of {self.title}")) from None

    def audience(self, settings: Mapping[str, Any]) -> Audience | None:
        """What kind of account a connection with these settings is to; None where there is but one kind."""
        chosen = settings.get(self.audience_setting)
        return next((a for a in self.audiences if a.key == chosen), next(iter(self.audiences), None))

    def account(self, settings: Mapping[str, Any]) -> str:
        """Which account a connection with these settings is to; "" as long as nobody knows."""
        audience = self.audience(settings)
        key = audience.account_setting if audience else self.account_setting
        return str(settings.get(key) or "") if key else ""

    def proof(self, settings: Mapping[str, Any]) -> Verify:
        """What proves a connection with these settings."""
        audience = self.audience(settings)
        return audience.verify if audience and audience.verify else self.verify

    def auth(self, key: str) -> Auth:
        for candidate in self.auths:
            if candidate.key == key:
                return candidate
        raise WrongUse(did_you_mean(key, [a.key for a in self.auths], f"way to sign in to {self.title}"))


# --- a workflow -----------------------------------------------------------------------------------


class StepKind(StrEnum):
    READ = "read"
    WRITE = "write"
    PROCEDURE = "procedure"
    FILTER = "filter"
    APPROVE = "approve"
    WAIT = "wait"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformUse:
    """One named transform with its arguments, as an operator chose it."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMapping:
    """Source expression (JMESPath over the run's context), transforms in order, default -> target field."""

    target: str
    source: str = ""
    transforms: tuple[TransformUse, ...] = ()
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How a step that would create a record looks first whether it is there.

    `by` is the field of the create whose value is the key, `operation` the read that is asked for it in its
    parameter `filter`; both may lead into an object ("query.email"). Among its rows (`rows`: a JMESPath into
    its answer, "": that is the list) those count whose `at` is that value; `id` leads to a row's id. One that
    is there is changed by the operation `update`, whose field `update_id` takes the id; with `update` "" it
    is left as it is. The read shows a new record after `visible_after_s` seconds at the latest.
    """

    operation: str
    by: str
    filter: str
    rows: str = ""
    at: str = ""
    id: str = "id"
    update: str = ""
    update_id: str = ""
    visible_after_s: int = 60

    @property
    def sentence(self) -> str:
        """What it does, in words that follow the name of a step."""
        then = (
            f"and changes the record there with {self.update}" if self.update else "and leaves what is there"
        )
        return f"looks first by {self.by} ({self.operation}) {then}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a workflow.

    `role` says which of the workflow's connections it talks to; `operation` names an operation (read, write)
    or a procedure. `when` is a JMESPath that must be true; `for_each` one that gives a list, `item_key` one
    into an item that stays the same from run to run. `link` is the name under which the written record is
    remembered; `ends_link` names the link that this write brings to its end. On a Conflict the journey goes
    back to step `again_from`, at most `again_max` times. With `finds` a write looks first, and creates only
    what is not there. `goes_on` says that an item of `for_each` that fails does not end the run: the others
    are done, and the run tells which failed.
    """

    id: str
    title: str
    kind: StepKind
    role: str = ""
    operation: str = ""
    when: str = ""
    for_each: str = ""
    item_key: str = ""
    mappings: tuple[FieldMapping, ...] = ()
    link: str = ""
    ends_link: str = ""
    again_from: str = ""
    again_max: int = 0
    reason: str = ""
    finds: Finding | None = None
    goes_on: bool = False

    @property
    def calls(self) -> tuple[str, ...]:
        """Every operation or procedure that it names."""
        found = (self.finds.operation, self.finds.update) if self.finds else ()
        return tuple(key for key in (self.operation, *found) if key)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSpec:
    """A whole workflow as values: what a version freezes, what a draft is compiled to.

    `roles`: role -> connector slug. `trigger_settings` and `options` are the operator's choices. `tables` are
    the lookup tables that its mappings use, as they were when it was put together.
    """

    title: str
    roles: Mapping[str, str]
    trigger_role: str
    trigger: str
    steps: tuple[Step, ...]
    trigger_settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    recipe: str = ""
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def step(self, step_id: str) -> Step:
        for candidate in self.steps:
            if candidate.id == step_id:
                return candidate
        raise WrongUse(did_you_mean(step_id, [s.id for s in self.steps], "step"))


class Capability(StrEnum):
    NATIVE = "native"
    POLLED = "polled"
    BRIDGED = "bridged"
    NOT_POSSIBLE = "not possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A ready workflow, with the choices (`options`) the operator makes when the draft is made."""

    key: str
    title: str
    summary: str
    pattern: str
    capability: Capability
    workflow: WorkflowSpec
    options: tuple[Field, ...] = ()
    setup: tuple[str, ...] = ()
