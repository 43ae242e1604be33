"""What a person changed in a reply is looked at before it leaves."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.assessments import CaseType
from agent.domain.cases import VerdictKind
from agent.domain.proposals import Draft
from agent.domain.reports import Brief
from agent.errors import Refused
from tests.builders import ONE, issue, message, world
from tests.fakes.engine import ScriptedEngine

WORDS = "sync stops after the upgrade to 2.8.2"


class Known(ScriptedEngine):
    """Answers that it is known, and promises something."""

    def __init__(self) -> None:
        super().__init__(CaseType.QUICK_FIX, likeness=lambda report, issue: 0.95)

    def draft(self, brief: Brief) -> Draft:
        text = f"Thanks. This is {brief.issue.number if brief.issue else 'new'}. The limit is 8192. We will fix it tomorrow."
        return replace(super().draft(brief), text=text, typed="")


def test_what_was_proposed_and_what_was_changed_are_both_told(tmp_path: Path) -> None:
    with world(tmp_path, Known()) as here:
        here.house.add_issues([issue(4, WORDS)])
        here.house.desk.receive([message(WORDS)])
        here.house.drain()
        desk, view = here.house.desk, here.house.desk.case("C-1")
        assert view.proposal
        assert view.proposal.draft
        assert view.proposal.draft.text == "Thanks. This is #4. The limit is 8192."
        assert [each.was for each in view.proposal.plan[0].removed] == ["We will fix it tomorrow."]

        def flags(text: str) -> list[str]:
            return [claim.text for claim in desk.unsupported("C-1", 1, text)]

        assert flags(view.proposal.draft.text) == ["The limit is 8192."]
        assert flags("Thanks. This is #4.") == []
        assert flags("Thanks. This is #4, you run 2.8.2.") == []
        assert flags("This is #5. The limit is 8192. Use --force.") == [
            "The limit is 8192.",
            "This is #5.",
            "Use --force.",
        ]
        assert flags("See https://tracker.example/4 for it.") == []
        assert flags("See https://elsewhere.example/4 for it.") == ["See https://elsewhere.example/4 for it."]


def test_a_revision_without_a_reply_has_nothing_to_check(tmp_path: Path) -> None:
    with world(tmp_path, ScriptedEngine(CaseType.NOISE)) as here:
        here.house.desk.receive([message(WORDS)])
        here.house.drain()
        assert here.house.desk.unsupported("C-1", 1, "The limit is 8192.") == ()


def test_a_reply_of_which_nothing_is_left_does_not_go_out(tmp_path: Path) -> None:
    class Promises(Known):
        def draft(self, brief: Brief) -> Draft:
            return replace(super().draft(brief), text="We will fix it tomorrow.")

    with world(tmp_path, Promises()) as here:
        here.house.desk.receive([message(WORDS)])
        here.house.drain()
        with pytest.raises(Refused, match="the reply is empty"):
            here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.desk.decide("C-1", 1, VerdictKind.EDIT, ONE, text="Thanks.")
        here.house.drain()
        assert "Thanks." in [line.get("text") for line in here.sent()]
