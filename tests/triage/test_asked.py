"""What a reply asked that left is not asked again, whichever engine reads the next Message."""

from dataclasses import replace
from pathlib import Path

from agent.domain.assessments import Assessment, CaseType, Matched
from agent.domain.cases import VerdictKind
from agent.domain.reports import Report
from tests.builders import ONE, World, message, world
from tests.fakes.engine import ScriptedEngine

VERSION, LOG = "the version", "the exact error message or log lines"


class Asking(ScriptedEngine):
    """Finds the same things missing in every report, and keeps the reports."""

    def __init__(self) -> None:
        super().__init__(kind=CaseType.COMPLEX)
        self.reports: list[Report] = []
        self.lacks = (VERSION, LOG)

    def assess(self, report: Report, matched: Matched) -> Assessment:
        self.reports.append(report)
        return replace(super().assess(report, matched), missing=self.lacks)


def receive(here: World, *texts: str) -> None:
    for text in texts:
        here.clock.pass_by(minutes=1)
        number = len(here.engine.reports) + 1  # type: ignore[attr-defined]
        here.house.desk.receive([message(text, id=f"m-{number}", thread="m-1", sent_at=here.clock())])
        here.house.drain()


def test_what_was_asked_and_left_is_not_asked_again(tmp_path: Path) -> None:  # A4
    engine = Asking()
    with world(tmp_path / "home", engine) as here:
        receive(here, "It stops at night, every night")
        assert engine.briefs[-1].missing == (VERSION, LOG)
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
        assert len(here.sent()) == 1
        engine.lacks = (VERSION, LOG, "the operating system")
        receive(here, "And now it stops by day as well")
        assert engine.reports[-1].asked == (VERSION, LOG)
        assert engine.briefs[-1].missing == ("the operating system",)


def test_what_was_proposed_and_never_left_is_asked_still(tmp_path: Path) -> None:
    engine = Asking()
    with world(tmp_path / "home", engine) as here:
        receive(here, "It stops at night, every night", "And now it stops by day as well")
        assert engine.reports[-1].asked == ()
        assert engine.briefs[-1].missing == (VERSION, LOG)


def test_a_report_knows_where_its_messages_begin(tmp_path: Path) -> None:
    engine = Asking()
    with world(tmp_path / "home", engine) as here:
        receive(here, "It stops at night, every night", "And now it stops\n\nby day as well")
    assert engine.reports[-1].messages == (
        "It stops at night, every night",
        "And now it stops\n\nby day as well",
    )
    assert engine.reports[0].messages == ("It stops at night, every night",)
