"""What goes wrong between an approval and GitHub: nothing is posted twice, nothing is silently skipped.

`pytest -n 0 -s tests/jobs/test_github_faults.py` ends with the table: fault, writes that the server saw of
the step, what there is of it in the end, and the state of the Case after the fault and after its way out.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.domain.actions import Action, OutboxState, Outcome, Receipt
from agent.domain.cases import VerdictKind
from agent.domain.messages import TrackerKind
from agent.ports import Tracker
from tests.builders import ONE, PROJECT, message
from tests.fakes.github import Hub
from tests.fakes.github.faults import (
    BAD_GATEWAY,
    BAD_GATEWAY_AFTER_WRITE,
    DROPPED,
    DROPPED_AFTER_WRITE,
    UNAUTHORIZED,
    Fault,
    primary_limit,
    secondary_limit,
)
from tests.fakes.github.house import SOURCE, Tracked, tracked

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

Change = Callable[[Tracked], object]


@dataclass(frozen=True)
class Trouble:
    """A fault at one step: what it is, how the step stands then, and how often it was written in all."""

    what: str
    step: str
    then: OutboxState
    writes: int
    said: str = ""
    fault: tuple[str, str, Fault] | None = None
    skip: int = 0  #: requests of the kind that go well before
    change: Change = lambda at: None
    way_out: str = "nobody does anything"
    repair: Change = lambda at: None
    is_issue: bool = False  #: the report is an Issue of GitHub itself
    wait: float = 3.0


def _transfer(at: Tracked) -> None:
    at.here.transfer(at.here.issues[1], at.hub.repository("example/other"))


def _lock(at: Tracked) -> None:
    at.here.roles["dev-1"] = "triage"
    at.here.edit(at.here.issues[1], locked=True)


def _unlock(at: Tracked) -> None:
    at.here.edit(at.here.issues[1], locked=False)


def _at(template: str, fault: Fault) -> tuple[str, str, Fault]:
    return "POST", template, fault


RETRY = "a person tries it again"
TROUBLES = [
    Trouble("502, nothing written", CREATE, UNKNOWN, 2, "502", _at(ISSUES, BAD_GATEWAY), way_out=RETRY),
    Trouble("502 after the write", CREATE, SENT, 1, fault=_at(ISSUES, BAD_GATEWAY_AFTER_WRITE)),
    Trouble("line dropped after the write", CREATE, SENT, 1, fault=_at(ISSUES, DROPPED_AFTER_WRITE)),
    Trouble(
        "line dropped before the write", CREATE, UNKNOWN, 2, "broke", _at(ISSUES, DROPPED), way_out=RETRY
    ),
    Trouble(
        "line dropped after the comment",
        REPLY,
        SENT,
        1,
        fault=_at(COMMENTS, DROPPED_AFTER_WRITE),
        is_issue=True,
    ),
    Trouble("line dropped after the label", LABEL, SENT, 1, fault=_at(LABELS, DROPPED_AFTER_WRITE)),
    Trouble(
        "line dropped after the board took it",
        BOARD,
        SENT,
        1,
        fault=_at(GRAPHQL, DROPPED_AFTER_WRITE),
        skip=4,
    ),
    Trouble(
        "403 secondary limit, retry-after 40 s",
        CREATE,
        PENDING,
        2,
        "wait 40 s",
        _at(ISSUES, secondary_limit(40)),
        way_out="40 s later",
        repair=lambda at: at.wait(seconds=41),
    ),
    Trouble(
        "403 primary limit, renewed in 90 s",
        ASSIGN,
        PENDING,
        2,
        "GitHub asks to wait",
        _at(ASSIGNEES, primary_limit(90)),
        way_out="92 s later",
        repair=lambda at: at.wait(seconds=92),
    ),
    Trouble("401 in the middle", LABEL, FAILED, 2, "401", _at(LABELS, UNAUTHORIZED), way_out=RETRY),
    Trouble(
        "the label vanished",
        LABEL,
        FAILED,
        1,
        "'bug' is not in example/millrace",
        change=lambda at: at.here.remove_label("bug"),
        way_out=f"the label is made, {RETRY}",
        repair=lambda at: at.here.label("bug"),
    ),
    Trouble(
        "the issue type is gone",
        TYPE,
        FAILED,
        2,
        "422",
        change=lambda at: at.hub.issue_types.clear(),
        way_out=f"the type is made, {RETRY}",
        repair=lambda at: at.hub.issue_types.update(Bug=9),
    ),
    Trouble(
        "the person may not be assigned",
        ASSIGN,
        FAILED,
        2,
        "did not assign dev-1",
        change=lambda at: (
            at.here.roles.clear() or at.here.roles.update({"dev-2": "write"}) or _as(at, "dev-2")
        ),
        way_out=f"access is given, {RETRY}",
        repair=lambda at: at.here.roles.update({"dev-1": "write"}),
    ),
    Trouble(
        "transferred between approval and Action",
        REPLY,
        FAILED,
        1,
        "example/millrace#1 was moved to example/other#1",
        change=_transfer,
        is_issue=True,
    ),
    Trouble(
        "locked between approval and Action",
        REPLY,
        FAILED,
        2,
        "issue is locked",
        change=_lock,
        way_out=f"unlocked, {RETRY}",
        repair=_unlock,
        is_issue=True,
    ),
    Trouble(
        "deleted between approval and Action",
        REPLY,
        FAILED,
        1,
        "410",
        change=lambda at: at.here.delete(at.here.issues[1]),
        is_issue=True,
    ),
]


def _as(at: Tracked, login: str) -> None:
    """Let the token be somebody else's."""
    for token in at.hub.tokens:
        at.hub.tokens[token] = login


@dataclass
class Table:
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        head = ("fault", "step", "writes", "effects", "state of the Case", "way out", "then")
        rows = [head, *self.rows]
        widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """Collect a line a fault, and print them where output is shown."""
    shown = Table()
    yield shown
    print(f"\n\n{shown}")


def _counted(at: Tracked) -> str:
    states = Counter(step.state.value for step in at.steps().values())
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items()))


def _writes(hub: Hub, step: str) -> int:
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


def _effects(at: Tracked, step: str) -> int:
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


def _begin(at: Tracked, trouble: Trouble) -> None:
    reported = {"id": f"{PROJECT}#1", "source": SOURCE, "title": "It hangs"} if trouble.is_issue else {}
    if trouble.is_issue:
        at.here.file("It hangs")
    at.world.house.desk.receive([message("it hangs", **reported)])
    at.drain()
    at.hub.clock.at = at.world.clock.at
    trouble.change(at)
    if trouble.fault:
        at.hub.fails(*trouble.fault, skip=trouble.skip)
    at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    at.drain()
    for _ in range(2):
        at.wait(seconds=3)
    if trouble.then in (SENT, UNKNOWN):
        at.look_twice()


def _way_out(at: Tracked, trouble: Trouble) -> None:
    trouble.repair(at)
    if RETRY in trouble.way_out:
        at.world.house.desk.resolve(at.steps()[trouble.step].action.key, "retry", ONE)
    for _ in range(3):
        at.wait(seconds=3)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.what)
def test_nothing_is_posted_twice_and_nothing_silently_skipped(
    trouble: Trouble, tmp_path: Path, hub: Hub, table: Table
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        _begin(at, trouble)
        hit = at.steps()[trouble.step]
        assert (hit.state, trouble.said in hit.trouble) == (trouble.then, True), hit
        then = _counted(at)
        is_waiting = [row.case.id for row in at.world.house.desk.waiting()] == ["C-1"]
        assert is_waiting == (FAILED in _states(at) or UNKNOWN in _states(at)), (
            "what needs a person is in the inbox"
        )
        _way_out(at, trouble)
        heals = trouble.then is SENT or trouble.way_out != "nobody does anything"
        assert at.steps()[trouble.step].state is (SENT if heals else trouble.then), at.steps()[trouble.step]
        assert all(state in (SENT, FAILED) for state in _states(at)) or BOARD in _failed(at), _counted(at)
        assert not trouble.fault or trouble.fault[2].status in [call.status for call in hub.writes]
        writes, effects = _writes(hub, trouble.step), _effects(at, trouble.step)
        assert (writes, effects) == (trouble.writes, int(heals))
        assert len(set(_bodies(at))) == len(_bodies(at)), "no text stands anywhere twice"
        table.rows.append(
            (trouble.what, trouble.step, str(writes), str(effects), then, trouble.way_out, _counted(at))
        )


def _failed(at: Tracked) -> list[str]:
    """Name what failed; the fields of a board wait for as long as the Issue is not on it."""
    return [name for name, step in at.steps().items() if step.state is FAILED]


def _states(at: Tracked) -> set[OutboxState]:
    return {step.state for step in at.steps().values()}


def _bodies(at: Tracked) -> list[str]:
    found = [each for here in at.hub.repositories.values() for each in here.issues.values()]
    return [each.body for each in found] + [said.body for each in found for said in each.comments]


def test_an_outage_of_hours_is_waited_for_and_then_told(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        hub.fails("POST", ISSUES, secondary_limit(60), times=99)
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        for _ in range(12):
            at.wait(seconds=61)
        assert at.steps()[CREATE].state is FAILED
        assert _writes(hub, CREATE) == 10
        assert not at.here.issues


class Dying:
    """A tracker whose process ends after its first write, before anybody hears of it."""

    listing_is_final = False

    def __init__(self, behind: Tracker) -> None:
        self.behind, self.dies = behind, True

    def carry_out(self, action: Action) -> Outcome:
        outcome = self.behind.carry_out(action)
        if self.dies:
            self.dies = False
            raise SystemExit
        return outcome

    def find(self, action: Action) -> Receipt | None:
        return self.behind.find(action)


def test_a_process_that_died_after_the_write_left_one_issue_that_is_found(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        send = at.world.house.outbox
        send.trackers = {TrackerKind.GITHUB: Dying(send.trackers[TrackerKind.GITHUB])}
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with pytest.raises(SystemExit):
            at.drain()
        assert at.steps()[CREATE].state is OutboxState.SENDING
        at.look_twice()
        at.wait(seconds=3)
        assert _states(at) == {SENT}
        assert (_writes(hub, CREATE), len(at.here.issues)) == (1, 1)


def test_what_changed_an_issue_is_found_after_it_was_moved(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.here.file("It hangs")
        at.world.house.desk.receive([message("it hangs", id=f"{PROJECT}#1", source=SOURCE, title="It hangs")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        hub.fails("POST", COMMENTS, DROPPED_AFTER_WRITE)
        hub.fails("GET", COMMENTS, BAD_GATEWAY, times=5)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        _transfer(at)
        at.look_twice()
        assert at.steps()[REPLY].state is SENT
        assert _effects(at, REPLY) == 1


def test_while_github_cannot_be_looked_at_nothing_is_written_or_given_up(tmp_path: Path, hub: Hub) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.hub.clock.at = at.world.clock.at
        hub.fails("POST", ISSUES, DROPPED_AFTER_WRITE)
        hub.fails("GET", ISSUES, BAD_GATEWAY, times=5)
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        assert at.steps()[CREATE].state is OutboxState.SENDING
        at.look_twice()
        assert at.steps()[CREATE].state is SENT
        assert _writes(hub, CREATE) == 1


def test_a_strangers_mark_and_a_mark_in_the_middle_of_a_text_count_for_nothing(
    tmp_path: Path, hub: Hub
) -> None:
    with tracked(tmp_path / "home", hub) as at:
        at.hub.clock.at = at.world.clock.at
        mark = "\n\n<!-- triage C-1:issue -->"
        at.here.file("planted", f"mine{mark}", author="user-9")
        at.here.file("planted in what we filed", f"theirs{mark}\n\n<!-- triage C-9:issue -->", author="dev-1")
        hub.fails("POST", ISSUES, DROPPED)
        at.world.house.desk.receive([message("it hangs")])
        at.drain()
        at.world.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        at.drain()
        at.look_twice()
        assert at.steps()[CREATE].state is UNKNOWN
