"""How a report and a candidate compare, and what is shown for it."""

from collections.abc import Callable
from datetime import UTC, datetime

from agent.domain.assessments import Candidate
from agent.domain.issues import Issue
from agent.domain.reports import Report
from agent.engines.embedded import EmbeddedEngine

Build = Callable[..., Report]


def issue(number: int, title: str, body: str = "") -> Issue:
    return Issue(
        id=f"example/ferry#{number}", title=title, body=body, created_at=datetime(2026, 1, number, tzinfo=UTC)
    )


LIMIT = issue(
    12,
    "Watcher polls with interval 0 at the inotify limit",
    "Seen on 1.8.0, Ubuntu.\n\n```\nwatch: error: inotify limit reached, falling back to poll (interval=0)\n```\n"
    "At the watch limit it falls back to poll and no event ever fires.",
)
SLEEP = issue(13, "Sync stops after the laptop sleeps", "Only on macOS, the clock jumps.")
COLOUR = issue(14, "Wrong colour of the tray icon")

FOUND = [
    (Candidate(LIMIT.id, 2.1, 21.0, 0.71, 0.42), LIMIT),
    (Candidate(SLEEP.id, -1.0, 9.0, 0.48, 0.40), SLEEP),
    (Candidate(COLOUR.id, -4.0, 0.0, 0.11, 0.05), COLOUR),
]
TEXT = (
    "after upgrading to 1.8.2 sync stopped on ubuntu. the log has one odd line:\n"
    "```\nwatch: error: inotify limit reached, falling back to poll (interval=0)\n```\nplease help"
)


def test_candidates_come_back_in_the_order_given(engine: EmbeddedEngine, report: Build) -> None:
    found = engine.compare(report(TEXT), FOUND).likenesses
    assert [each.issue_id for each in found] == [LIMIT.id, SLEEP.id, COLOUR.id]
    assert engine.compare(report(TEXT), []).likenesses == ()


def test_the_likeliest_by_the_index_is_the_likeliest_here(engine: EmbeddedEngine, report: Build) -> None:
    same, near, far = (each.probability for each in engine.compare(report(TEXT), FOUND).likenesses)
    assert same > 0.5 > near > far
    assert far < 0.1


def test_evidence_is_exact_on_both_sides(engine: EmbeddedEngine, report: Build) -> None:
    made = report(TEXT, "Sync stopped")
    likeness = engine.compare(made, FOUND).likenesses[0]
    assert likeness.theirs is not None
    assert made.words[likeness.theirs.start : likeness.theirs.end] == likeness.theirs.text
    assert "inotify limit reached" in likeness.theirs.text
    assert likeness.ours in " ".join(LIMIT.body.split()) or likeness.ours == LIMIT.title
    assert any("inotify limit reached" in each for each in likeness.same)


def test_what_differs_is_said_too(engine: EmbeddedEngine, report: Build) -> None:
    limit, sleep, _ = engine.compare(report(TEXT), FOUND).likenesses
    assert "#12 names 1.8.0; they name 1.8.2" in limit.differs
    assert "#13 is about macOS; they are on Linux" in sleep.differs
