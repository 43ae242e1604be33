"""What goes wrong between an approval and GitHub: nothing is posted twice, nothing is silently skipped.

`pytest -n 0 -s tests/jobs/test_github_faults.py` ends with the table: fault, writes that the server saw of
the step, what there is of it in the end, and the state of the Case after the fault and after its way out.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.domain.actions import OutboxState
from agent.domain.cases import VerdictKind
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
from tests.faults_table import Table, printed
from tests.jobs.github_steps import (
    ASSIGN,
    ASSIGNEES,
    BOARD,
    COMMENTS,
    CREATE,
    FAILED,
    GRAPHQL,
    ISSUES,
    LABEL,
    LABELS,
    PENDING,
    REPLY,
    SENT,
    TYPE,
    UNKNOWN,
    bodies,
    effects,
    failed,
    states,
    transfer,
    writes,
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
        change=transfer,
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


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    yield from printed("fault", "step", "writes", "effects", "state of the Case", "way out", "then")


def _counted(at: Tracked) -> str:
    states = Counter(step.state.value for step in at.steps().values())
    return ", ".join(f"{number} {state}" for state, number in sorted(states.items()))


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
        assert is_waiting == (FAILED in states(at) or UNKNOWN in states(at)), (
            "what needs a person is in the inbox"
        )
        _way_out(at, trouble)
        heals = trouble.then is SENT or trouble.way_out != "nobody does anything"
        assert at.steps()[trouble.step].state is (SENT if heals else trouble.then), at.steps()[trouble.step]
        assert all(state in (SENT, FAILED) for state in states(at)) or BOARD in failed(at), _counted(at)
        assert not trouble.fault or trouble.fault[2].status in [call.status for call in hub.writes]
        written, found = writes(hub, trouble.step), effects(at, trouble.step)
        assert (written, found) == (trouble.writes, int(heals))
        assert len(set(bodies(at))) == len(bodies(at)), "no text stands anywhere twice"
        table.rows.append(
            (trouble.what, trouble.step, str(written), str(found), then, trouble.way_out, _counted(at))
        )
