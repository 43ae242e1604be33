"""The graph: told, never asked; rebuilt from the store when it does not answer. On both databases."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from agent.domain.assessments import Assessment, Matched
from agent.domain.cases import VerdictKind
from agent.domain.messages import Level, Visibility
from agent.domain.reports import Report
from agent.errors import Unavailable
from agent.house import House
from agent.triage.checkpoints import open_saver
from agent.triage.propose import request_of
from agent.triage.state import State
from tests.builders import ONE, REPOSITORY, World, message, world
from tests.fakes.engine import ScriptedEngine


@pytest.fixture
def here(each_database: None, tmp_path: Path) -> Iterator[World]:
    """Open a house whose state, queue and checkpoints are in one database."""
    with world(tmp_path / "home") as opened:
        yield opened


def _before_the_upgrade(house: House) -> None:
    """Give the house the graph of an earlier version, whose waiting node had another name."""
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(State)
    for name in ("screen", "match", "assess", "decide", "draft"):
        graph.add_node(name, getattr(house.nodes, name))
    graph.add_node("approval", house.nodes.review)
    steps = [START, "screen", "match", "assess", "decide", "draft", "approval", END]
    for one, next_one in pairwise(steps):
        graph.add_edge(one, next_one)
    house.journey.graph = graph.compile(checkpointer=house.saver)


def _waiting(here: World) -> None:
    here.house.desk.receive([message()])
    here.house.drain()
    assert here.house.journey.waits(1, 1)


def test_a_case_waits_at_review_and_its_thread_is_forgotten_after_the_verdict(here: World) -> None:
    _waiting(here)
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    assert not here.house.journey.waits(1, 1)
    assert _checkpoints(here) == 0


def test_cases_that_waited_at_a_node_with_another_name_still_resolve(here: World) -> None:
    today = here.house.journey.graph
    _before_the_upgrade(here.house)
    _waiting(here)
    here.house.journey.graph = today
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    assert len(here.sent()) == 1
    assert here.house.desk.counts().waiting == 0
    assert _checkpoints(here) == 0


def test_a_thread_that_was_lost_is_rebuilt_from_the_store(here: World) -> None:
    _waiting(here)
    here.house.saver.delete_thread("C-1:1")
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    assert len(here.sent()) == 1
    assert not here.house.desk.waiting()


def test_a_travelled_revision_travels_no_further(here: World) -> None:
    _waiting(here)
    asked = list(here.engine.asked)
    here.house.journey.travel(1, 1)
    assert here.engine.asked == asked
    assert here.house.journey.waits(1, 1)


def test_the_request_has_the_shape_of_agent_inbox() -> None:
    request = request_of({"case": 3, "revision": 2, "outcome": ""})
    assert set(request) == {"action_request", "config", "description"}
    assert set(request["config"]) == {"allow_ignore", "allow_respond", "allow_edit", "allow_accept"}  # type: ignore[call-overload]


def test_a_response_in_agent_inbox_asks_again(here: World) -> None:
    _waiting(here)
    from langgraph.types import Command

    config = {"configurable": {"thread_id": "C-1:1"}}
    graph = here.house.journey.graph
    waiting = graph.get_state(config).interrupts[0].id
    graph.invoke(Command(resume={waiting: [{"type": "response", "args": "why?"}]}), config)
    assert here.house.journey.waits(1, 1)


def test_a_tampered_checkpoint_runs_no_code(tmp_path: Path) -> None:
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    saver = open_saver(tmp_path / "checkpoints.db")
    permissive = JsonPlusSerializer(allowed_msgpack_modules=True)
    planted = permissive.dumps_typed(Visibility(Level.PUBLIC))
    assert isinstance(permissive.loads_typed(planted), Visibility)
    assert not isinstance(saver.serde.loads_typed(planted), Visibility)
    saver.conn.close()


def test_the_state_of_a_thread_is_ids_and_short_literals(here: World) -> None:
    _waiting(here)
    state = here.house.journey.graph.get_state({"configurable": {"thread_id": "C-1:1"}}).values
    assert state == {"case": 1, "revision": 1, "outcome": ""}


def test_langgraph_json_names_a_graph_that_builds() -> None:
    named = json.loads((REPOSITORY / "langgraph.json").read_text())["graphs"]
    assert named == {"triage": "./agent/wiring.py:graph"}


def test_a_journey_writes_one_checkpoint_where_it_waits(here: World) -> None:
    _waiting(here)
    assert _checkpoints(here) == 1


def test_a_case_that_was_killed_between_its_proposal_and_its_checkpoint_waits_and_asks_nobody_again(
    here: World,
) -> None:
    _waiting(here)
    asked = list(here.engine.asked)
    here.house.saver.delete_thread("C-1:1")
    here.house.journey.travel(1, 1)
    assert here.engine.asked == asked
    assert here.house.journey.waits(1, 1)


class Failing(ScriptedEngine):
    """Fails at its first reading."""

    def assess(self, report: Report, matched: Matched) -> Assessment:
        read = super().assess(report, matched)
        if self.asked.count("assess") == 1:
            raise Unavailable("The model is gone.")
        return read


def test_a_journey_that_failed_half_way_begins_at_its_top(tmp_path: Path) -> None:
    with world(tmp_path / "home", Failing()) as here:
        here.house.desk.receive([message()])
        here.house.drain()
        assert not here.house.journey.waits(1, 1)
        here.house.journey.travel(1, 1)
        assert here.house.journey.waits(1, 1)
        assert _checkpoints(here) == 1


def test_the_thread_of_a_revision_that_was_overtaken_is_forgotten(here: World) -> None:
    _waiting(here)
    here.house.desk.receive([message("and the log is empty", id="m-2", thread="m-1")])
    here.house.drain()
    assert here.house.journey.waits(1, 2)
    assert not here.house.journey.waits(1, 1)


def _checkpoints(here: World) -> int:
    return len(list(here.house.saver.list(None)))
