"""A small app and small workflows over it, for tests of the journey. What is answered is a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.engine.errors import Refused
from integrations.engine.execute import Finish, Issue, Start, StepStory, execute
from integrations.engine.spec import (
    Auth,
    Connector,
    Course,
    Field,
    FieldMapping,
    Hold,
    Kind,
    Limit,
    Operation,
    Outcome,
    Place,
    Procedure,
    Proof,
    ProofKind,
    Quota,
    Read,
    Script,
    Situation,
    Step,
    StepKind,
    Verify,
    Wait,
    WorkflowSpec,
    Write,
)

NOW = datetime(2027, 2, 1, 6, 0, tzinfo=UTC)


def look_then_make(values: Mapping[str, Any], situation: Situation) -> Script:
    """Reads a shelf; puts a thing there if it is empty."""
    found = yield Read("things.get", {"id": values["shelf"]})
    if found.value:
        return {"made": False, "zone": situation.settings.get("zone")}
    outcome = yield Write("things.create", {"title": "filler"})
    return {"made": True, "id": outcome.record_id}


def look_then_keep(values: Mapping[str, Any], situation: Situation) -> Course:
    """Reads a shelf, and keeps one of two times."""
    yield Read("things.get", {"id": values["shelf"]})
    outcome = yield Hold(what="k", times={"ten": 1, "eleven": 2})
    return {"kept": outcome.value}


TITLE = Field(key="title", required=True)
NOTE = Field(key="note")
APP = Connector(
    slug="shop",
    title="The Shop",
    summary="",
    hosts={"": "https://shop.example"},
    auths=(Auth(key="key", title="Key", sign=lambda secrets: {}),),
    verify=Verify(operation="things.get", say=str),
    refusal=lambda answer, operation: Refused("No."),
    quota=Quota(limits=(Limit(count=10, window_s=1.0),), scope=lambda account: ""),
    operations={
        "things.get": Operation(
            key="things.get",
            title="Read",
            method="GET",
            path="/{id}",
            kind=Kind.READ,
            fields=(Field(key="id", required=True), Field(key="tenant", fills="tenant", required=True)),
        ),
        "things.create": Operation(
            key="things.create",
            title="Make",
            method="POST",
            path="/",
            kind=Kind.CREATE,
            fields=(TITLE, NOTE),
            proof=Proof(kind=ProofKind.MARKED, mark_field="note"),
        ),
        "things.find": Operation(
            key="things.find",
            title="Find",
            method="GET",
            path="/find",
            kind=Kind.READ,
            fields=(Field(key="query", required=True),),
        ),
        "things.change": Operation(
            key="things.change",
            title="Change one",
            method="PUT",
            path="/{id}",
            kind=Kind.UPDATE,
            fields=(Field(key="id", place=Place.PATH, required=True), TITLE),
            proof=Proof(kind=ProofKind.IDEMPOTENT, target="id"),
        ),
        "things.update": Operation(
            key="things.update",
            title="Change",
            method="PUT",
            path="/",
            kind=Kind.UPDATE,
            fields=(TITLE,),
            proof=Proof(kind=ProofKind.IDEMPOTENT, target="title"),
        ),
    },
    procedures={
        "fill": Procedure(
            key="fill",
            title="Fill",
            run=look_then_make,
            fields=(Field(key="shelf", required=True),),
            operations=("things.get", "things.create"),
            writes=True,
        ),
        "keep": Procedure(
            key="keep",
            title="Keep",
            run=look_then_keep,
            fields=(Field(key="shelf", required=True),),
            operations=("things.get",),
        ),
    },
)


def read(id: str = "look", **more: Any) -> Step:
    mappings = (FieldMapping(target="id", source="event.id", required=True),)
    given = {"role": "shop", "operation": "things.get", "mappings": mappings, **more}
    return Step(id=id, title="Look", kind=StepKind.READ, **given)


def write(id: str = "make", *, source: str = "event.title", **more: Any) -> Step:
    mappings = (FieldMapping(target="title", source=source, required=True),)
    given = {"role": "shop", "operation": "things.create", "mappings": mappings, **more}
    return Step(id=id, title="Make", kind=StepKind.WRITE, **given)


def workflow(*steps: Step, **options: Any) -> WorkflowSpec:
    return WorkflowSpec(
        title="Test",
        roles={"shop": "shop"},
        trigger_role="shop",
        trigger="changed",
        steps=steps,
        options=options,
    )


def start(**more: Any) -> Start:
    event = {"id": "7", "title": "Seven", "guests": ["ann", "bob", "ann"], **more.pop("event", {})}
    trigger = {"type": "made", "id": "1", "at": NOW.isoformat(), "record": "7"}
    return Start(run_key="w1:e1:r0:live", event=event, trigger=trigger, now=NOW, **more)


Answerer = Callable[[Issue], Outcome]


def yes(issue: Issue) -> Outcome:
    """Everything is there, everything works."""
    if isinstance(issue.command, Wait):
        return Outcome(True)
    if isinstance(issue.command, Read):
        return Outcome({"id": "7", "name": "A thing"}, "7")
    return Outcome({"id": f"id of {issue.address}"}, f"id of {issue.address}")


class Drive:
    """A journey driven to its end: the issues in order, the finish, the stories."""

    def __init__(self, spec: WorkflowSpec, begun: Start | None = None, answer: Answerer = yes) -> None:
        self.issues: list[Issue] = []
        self.outcomes: dict[str, Outcome] = {}
        self.stories: list[StepStory] = []
        journey = execute(spec, begun or start(), {"shop": APP}, self.stories)
        try:
            issue = next(journey)
            while True:
                self.issues.append(issue)
                outcome = answer(issue)
                self.outcomes[str(issue.address)] = outcome
                issue = journey.send(outcome)
        except StopIteration as stop:
            self.finish: Finish = stop.value

    @property
    def addresses(self) -> list[str]:
        return [str(issue.address) for issue in self.issues]

    def told(self) -> list[tuple[str, str, str]]:
        return [(s.step.id, s.item, s.status.value) for s in self.stories]
