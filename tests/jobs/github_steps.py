"""The steps of an approved Case at the stand-in for GitHub: their names, their writes, and what there is of each."""

from agent.domain.actions import OutboxState
from tests.fakes.github import Hub
from tests.fakes.github.house import Tracked

ISSUES = "/repos/{owner}/{repo}/issues"
OF_ISSUE = f"{ISSUES}/{{issue_number}}"
COMMENTS, LABELS = f"{OF_ISSUE}/comments", f"{OF_ISSUE}/labels"
ASSIGNEES = f"{OF_ISSUE}/assignees"
GRAPHQL = "/graphql"
CREATE, REPLY, LABEL, ASSIGN = "create_issue", "reply", "label_issue bug", "assign_issue dev-1"
BOARD, TYPE = "board_issue", "type_issue"

FAILED, UNKNOWN, PENDING, SENT = (
    OutboxState.FAILED,
    OutboxState.UNKNOWN,
    OutboxState.PENDING,
    OutboxState.SENT,
)


def transfer(at: Tracked) -> None:
    at.here.transfer(at.here.issues[1], at.hub.repository("example/other"))


def writes(hub: Hub, step: str) -> int:
    """Count the writes of one step that reached the server, answered or not."""
    wanted = {
        CREATE: ("POST", ISSUES, ""),
        REPLY: ("POST", COMMENTS, ""),
        LABEL: ("POST", LABELS, "bug"),
        ASSIGN: ("POST", ASSIGNEES, ""),
        TYPE: ("PATCH", OF_ISSUE, ""),
        BOARD: ("POST", GRAPHQL, "addProjectV2ItemById"),
    }[step]
    return sum(
        (call.method, call.template) == wanted[:2] and wanted[2] in str(call.body) for call in hub.writes
    )


def effects(at: Tracked, step: str) -> int:
    """Count what there is of a step in the end, wherever the Issue is now."""
    found = [each for here in at.hub.repositories.values() for each in here.issues.values()]
    return {
        CREATE: len(found),
        REPLY: sum(len(each.comments) for each in found),
        LABEL: sum("bug" in each.labels for each in found),
        ASSIGN: sum("dev-1" in each.assignees for each in found),
        TYPE: sum(each.type == "Bug" for each in found),
        BOARD: len(at.board.items),
    }[step]


def failed(at: Tracked) -> list[str]:
    """Name what failed; the fields of a board wait for as long as the Issue is not on it."""
    return [name for name, step in at.steps().items() if step.state is FAILED]


def states(at: Tracked) -> set[OutboxState]:
    return {step.state for step in at.steps().values()}


def bodies(at: Tracked) -> list[str]:
    found = [each for here in at.hub.repositories.values() for each in here.issues.values()]
    return [each.body for each in found] + [said.body for each in found for said in each.comments]
