"""What each member of a closed set is called, on every surface. Words alone, no functions."""

from agent.domain.actions import ActionKind, NoticeKind, OutboxState
from agent.domain.assessments import CaseType
from agent.domain.cases import CaseState, RejectReason, VerdictKind
from agent.domain.proposals import Priority

TYPES = {
    CaseType.QUICK_FIX: "Quick fix",
    CaseType.COMPLEX: "Complex",
    CaseType.FEATURE: "Feature",
    CaseType.QUESTION: "Question",
    CaseType.BUSINESS: "Business",
    CaseType.NOISE: "Noise",
}
PRIORITIES = {
    Priority.P0: "P0 Urgent",
    Priority.P1: "P1 High",
    Priority.P2: "P2 Medium",
    Priority.P3: "P3 Low",
}
STATES = {
    CaseState.NEW: "New",
    CaseState.WAITING_ON_US: "Waits for us",
    CaseState.WAITING_ON_THEM: "Waits for them",
    CaseState.SNOOZED: "Snoozed",
    CaseState.TRIAGED_OUT: "Triaged out",
    CaseState.SOLVED: "Solved",
}
REJECTS = {
    RejectReason.JUDGEMENT: "Type or priority is wrong",
    RejectReason.DUPLICATE: "The duplicate is wrong",
    RejectReason.REPLY: "The reply is wrong",
    RejectReason.NOT_OURS: "Not ours",
    RejectReason.NOISE: "Noise",
}
VERDICTS = {
    VerdictKind.APPROVE: "approved",
    VerdictKind.EDIT: "approved",
    VerdictKind.REJECT: "rejected",
    VerdictKind.SNOOZE: "snoozed",
}
STEP_STATES = {
    OutboxState.PENDING: "waits",
    OutboxState.SENDING: "sending",
    OutboxState.SENT: "done",
    OutboxState.FAILED: "failed",
    OutboxState.UNKNOWN: "not known",
    OutboxState.BY_HAND: "to be copied by hand",
    OutboxState.CANCELLED: "left out",
}
SOURCE_KINDS = {
    "slack": "Slack",
    "github": "GitHub",
    "mail": "Mail",
    "social": "Social mention",
    "paste": "Pasted",
}
#: What each correctable field is called.
FIELDS = {
    "type": "Type",
    "priority": "Priority",
    "status": "Status",
    "area": "Area",
    "duplicate": "Known as",
    "estimate": "Estimate",
}
#: What the team is told, by its noun.
NOTICES = {
    NoticeKind.ALERT: "Alert to on-call",
    NoticeKind.CARD: "Card",
    NoticeKind.ASK: "Question to the team",
    NoticeKind.DAILY: "Daily line",
}
#: What a step is called by its noun: "Try the label again".
STEPS = {
    ActionKind.REPLY: "reply",
    ActionKind.CREATE_ISSUE: "Issue",
    ActionKind.NOTE_ISSUE: "note",
    ActionKind.LABEL_ISSUE: "label",
    ActionKind.UNLABEL_ISSUE: "removal of the label",
    ActionKind.TYPE_ISSUE: "Issue type",
    ActionKind.ASSIGN_ISSUE: "assignment",
    ActionKind.BOARD_ISSUE: "board",
    ActionKind.FIELD_ISSUE: "field of the board",
    ActionKind.ESTIMATE_ISSUE: "estimate",
    ActionKind.CLOSE_DUPLICATE: "closing",
    ActionKind.OPEN_ADVISORY: "advisory",
}
