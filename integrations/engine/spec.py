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


class Place(StrEnum):
    PATH = "path"
    QUERY = "query"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter of an operation, one setting of a connection, one option of a recipe.

    `key` is the vendor's own name. `reference` names one of the connector's references whose rows the
    operator picks from. `fills` names the account setting that the hub puts in by itself ("location_id"):
    such a field is never mapped.
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
    secret: bool = False

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


Command = Read | Write | Wait
Script = Generator[Read | Write, Outcome, Any]
Sweep = Generator[Read | Page, Outcome | None, None]


# --- an app ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A write whose outcome is unknown: what its look-up has to go by."""

    values: Mapping[str, Any]
    mark: str
    claimed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How a write of this kind is kept from happening twice.

    `target` is a JMESPath over the call's values: the identity written to, at most one open effect each.
    `mark_field` is the field that carries our mark (a line is added to what the operator mapped).
    `look_up` is a script of reads (named in `operations`) that returns the record found, or None. It may look
    no earlier than `visible_after_s` seconds after the call could last have landed.
    """

    kind: ProofKind
    target: str = ""
    mark_field: str = ""
    look_up: Callable[[Attempt], Script] | None = None
    operations: tuple[str, ...] = ()
    visible_after_s: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One API call. `result` is a JMESPath from the answer to the record, `record_id` from record to id.

    `body_key` is the outer key some APIs wrap their body in; `body_list` sends the body as a list of one;
    `empty_body` sends a body even where nothing fills it and the method would need none.
    A create whose answer is a success without `record_id` has an unknown outcome; "" where there is no id.
    `operation_id`, `version`, `deprecated` and `source` are facts for the catalogue.
    """

    key: str
    title: str
    method: str
    path: str
    kind: Kind
    fields: tuple[Field, ...] = ()
    scopes: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    encoding: str = "json"
    body_key: str = ""
    body_list: bool = False
    empty_body: bool = False
    success: tuple[int, ...] = (200,)
    result: str = "@"
    record_id: str = "id"
    proof: Proof | None = None
    deadline_s: float = 20.0
    signed: bool = True
    sample: Any = None
    operation_id: str = ""
    version: str = ""
    deprecated: bool = False
    source: str = ""

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
    """A small script over several operations, used like one operation. `sample` shows what it returns."""

    key: str
    title: str
    run: Callable[[Mapping[str, Any], Situation], Script]
    fields: tuple[Field, ...] = ()
    operations: tuple[str, ...] = ()
    writes: bool = False
    sample: Any = None


class TriggerKind(StrEnum):
    WEBHOOK = "webhook"
    POLL = "poll"
    REQUEST = "request"
    SCHEDULE = "schedule"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Where a sweep starts: rows changed at or after `moment` (None: from the beginning)."""

    moment: datetime | None
    settings: Mapping[str, Any]


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
    last one. `reread` is the operation (one path field) that reads one row again, for what vanishes silently.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One authorised account, as calls need it. `secrets` never leaves the transport; `auth` names the Auth.

    `name` is the connection's name for sentences; `settings` holds what the connector's settings fields say
    (for GHL `location_id`, for Accredible `region`).
    """

    connector: str
    environment: str
    name: str
    base_url: str
    auth: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
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
    """The app's limits, whose they are (`scope`), and how its headers are read."""

    limits: tuple[Limit, ...]
    scope: Callable[[Account], str]
    read: Callable[[Mapping[str, str]], Sequence[Reading]] = lambda headers: ()
    throttled_wait_s: float = 10.0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """One way to sign in. `secrets` are the fields a person types; OAuth has `oauth2` instead."""

    key: str
    title: str
    sign: Callable[[Mapping[str, str]], Mapping[str, str]]
    secrets: tuple[Field, ...] = ()
    oauth2: OAuth2 | None = None
    setup: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token endpoint answered. `settings` are facts for the connection (location, company)."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    scopes: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """The authorisation-code dance of one vendor.

    `read_grant` turns the token answer into a Grant or raises (an unusable kind of token).
    `read_refusal` turns a refused exchange or refresh into an error of the tree.
    `account_key` names the setting that tells whose token it is.
    """

    authorize_url: str
    token_path: str
    read_grant: Callable[[Mapping[str, Any]], Grant]
    read_refusal: Callable[[Answer], HubError]
    account_key: str
    extra_authorize: tuple[tuple[str, str], ...] = ()
    extra_token: tuple[tuple[str, str], ...] = ()
    refresh_ahead_s: int = 600
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Rows the operator picks from (calendars, users): read by `operation`, labelled by JMESPath."""

    key: str
    title: str
    operation: str
    rows: str
    id: str = "id"
    label: str = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """The call that proves a connection works. `say` puts its answer into words, `learn` takes settings."""

    operation: str
    say: Callable[[Any], str]
    learn: Callable[[Any], Mapping[str, Any]] = lambda answer: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One app: how to sign in, what can be asked of it, what it tells, what it allows.

    `hosts` maps the choice in setting `host_setting` to a base address; without that setting the key is "".
    `probe_hosts` says that a verify may try every host to find the one that takes the key.
    `refusal` turns an unsuccessful answer into an error of the tree.
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
    settings: tuple[Field, ...] = ()
    host_setting: str = ""
    probe_hosts: bool = False

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
class Step:
    """One step of a workflow.

    `role` says which of the workflow's connections it talks to; `operation` names an operation (read, write)
    or a procedure. `when` is a JMESPath that must be true; `for_each` one that gives a list, `item_key` one
    into an item that stays the same from run to run. `link` is the name under which the written record is
    remembered; `ends_link` names the link that this write brings to its end. On a Conflict the journey goes
    back to step `again_from`, at most `again_max` times.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSpec:
    """A whole workflow as values: what a version freezes, what a draft is compiled to.

    `roles`: role -> connector slug. `trigger_settings` and `options` are the operator's choices.
    """

    title: str
    roles: Mapping[str, str]
    trigger_role: str
    trigger: str
    steps: tuple[Step, ...]
    trigger_settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    recipe: str = ""

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
