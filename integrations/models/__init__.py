"""What is remembered.

Team 1--* Membership, Connection, Workflow, Event, Run, AuditEntry, Stop, Alert, 1--0..1 AlertSettings
Connection 1--* Credential, Connection, SubAccount, 1--1 OAuthToken, 1--0..1 SelfTest, Stock
Workflow 1--* Binding, FieldMapping, WorkflowVersion, Cursor 1--* SeenRow, Reconcile 1--* Finding
Workflow 1--* Drill, Backfill
Connection 1--* SourceWatch 1--* SourceHour: how much comes when
Notice 1--* Event 1--* Run 1--* StepRun, ApiCall, Effect, Delivery
Plan: what a run would write, kept until it is applied
LookupTable 1--* LookupRow: what versions freeze
RecordLink: the record at the source and the record that a run made of it
Budget, Heartbeat, SlotHold, Tally: shared by all processes
"""

from integrations.models.alerts import Alert, AlertKind, AlertLevel, AlertSettings
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
from integrations.models.drills import Drill, DrillState
from integrations.models.effects import OPEN, Effect, EffectState, RecordLink, SlotHold
from integrations.models.events import Event, EventSource, Notice, NoticeState, Tally
from integrations.models.plans import Plan, PlanKind, PlanState
from integrations.models.reconciles import (
    DRIFTS,
    Finding,
    FindingKind,
    FindingState,
    Reconcile,
    ReconcileState,
)
from integrations.models.rhythms import SourceHour, SourceWatch
from integrations.models.runs import (
    FINISHED,
    UNFINISHED,
    ApiCall,
    ReplayBatch,
    Run,
    RunMode,
    RunState,
    StepRun,
)
from integrations.models.selftests import SelfTest, Stock
from integrations.models.stops import Stop
from integrations.models.sync import Budget, Cursor, Heartbeat, SeenRow
from integrations.models.tables import LookupRow, LookupTable
from integrations.models.teams import AuditEntry, Membership, Role, Team
from integrations.models.workflows import (
    Binding,
    Clock,
    FieldMapping,
    Workflow,
    WorkflowState,
    WorkflowVersion,
)

__all__ = [
    "DRIFTS",
    "FINISHED",
    "OPEN",
    "UNFINISHED",
    "USABLE",
    "Alert",
    "AlertKind",
    "AlertLevel",
    "AlertSettings",
    "ApiCall",
    "AuditEntry",
    "Backfill",
    "BackfillState",
    "Binding",
    "Budget",
    "Clock",
    "Connection",
    "ConnectionState",
    "Credential",
    "Cursor",
    "Delivery",
    "DeliveryState",
    "Drill",
    "DrillState",
    "Effect",
    "EffectState",
    "Environment",
    "Event",
    "EventSource",
    "FieldMapping",
    "Finding",
    "FindingKind",
    "FindingState",
    "Heartbeat",
    "LookupRow",
    "LookupTable",
    "Membership",
    "Notice",
    "NoticeState",
    "OAuthToken",
    "Plan",
    "PlanKind",
    "PlanState",
    "Reconcile",
    "ReconcileState",
    "RecordLink",
    "ReplayBatch",
    "Role",
    "Run",
    "RunMode",
    "RunState",
    "SeenRow",
    "SelfTest",
    "SlotHold",
    "SourceHour",
    "SourceWatch",
    "StepRun",
    "Stock",
    "Stop",
    "SubAccount",
    "SubAccountState",
    "Tally",
    "Team",
    "Workflow",
    "WorkflowState",
    "WorkflowVersion",
]
