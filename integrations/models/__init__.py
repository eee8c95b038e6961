"""What is remembered.

Team 1--* Membership, Connection, Workflow, Event, Run, AuditEntry
Connection 1--* Credential, Connection, SubAccount, 1--1 OAuthToken
Workflow 1--* Binding, FieldMapping, WorkflowVersion, Backfill, Cursor 1--* SeenRow
Notice 1--* Event 1--* Run 1--* StepRun, ApiCall, Effect, Delivery
RecordLink: the record at the source and the record that a run made of it
Budget, Heartbeat, SlotHold, Tally: shared by all processes
"""

from integrations.models.backfills import Backfill, BackfillState
from integrations.models.connections import (
    USABLE,
    Connection,
    ConnectionState,
    Credential,
    Environment,
    OAuthToken,
    SubAccount,
    SubAccountState,
)
from integrations.models.deliveries import Delivery, DeliveryState
from integrations.models.effects import OPEN, Effect, EffectState, RecordLink, SlotHold
from integrations.models.events import Event, EventSource, Notice, NoticeState, Tally
from integrations.models.runs import FINISHED, UNFINISHED, ApiCall, Run, RunMode, RunState, StepRun
from integrations.models.sync import Budget, Cursor, Heartbeat, SeenRow
from integrations.models.teams import AuditEntry, Membership, Role, Team
from integrations.models.workflows import Binding, FieldMapping, Workflow, WorkflowState, WorkflowVersion

__all__ = [
    "FINISHED",
    "OPEN",
    "UNFINISHED",
    "USABLE",
    "ApiCall",
    "AuditEntry",
    "Backfill",
    "BackfillState",
    "Binding",
    "Budget",
    "Connection",
    "ConnectionState",
    "Credential",
    "Cursor",
    "Delivery",
    "DeliveryState",
    "Effect",
    "EffectState",
    "Environment",
    "Event",
    "EventSource",
    "FieldMapping",
    "Heartbeat",
    "Membership",
    "Notice",
    "NoticeState",
    "OAuthToken",
    "RecordLink",
    "Role",
    "Run",
    "RunMode",
    "RunState",
    "SeenRow",
    "SlotHold",
    "StepRun",
    "SubAccount",
    "SubAccountState",
    "Tally",
    "Team",
    "Workflow",
    "WorkflowState",
    "WorkflowVersion",
]
