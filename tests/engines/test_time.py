"""No report takes long to judge: what is read of it is capped, and no text is slower than another."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.domain.assessments import Candidate, CaseType, FactorKind, Matched
from agent.domain.issues import Issue
from agent.domain.reports import Brief, Intent, Report
from agent.engines.cues import factors
from agent.engines.description import EVIDENCE_LINES, LINE_CHARACTERS, MOST_STEPS, issue_inputs
from agent.engines.embedded import EmbeddedEngine
from agent.engines.reading import HEAD_CHARACTERS, TAIL_CHARACTERS, lines, sentences
from tests.policy.adversarial import PIECES

Build = Callable[..., Report]
ODD = (*PIECES[::7], "_", "not crash ", "if it crashes ", "```\n", "> ", ".", "\n", "(", "a")


def judged(engine: EmbeddedEngine, report: Report) -> float:
    """Return the seconds that all that the engine does with a report and an Issue like it takes."""
    issue = Issue(
        id="example/ferry#4",
        title=report.title[:200],
        body=report.text,
        created_at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    began = time.thread_time()
    engine.compare(report, [(Candidate(issue.id, 0.03, 5.0, 0.9, 0.9), issue)])
    found = engine.assess(report, Matched())
    brief = Brief(
        intent=Intent.KNOWN, type=CaseType.COMPLEX, destination=report.source, destination_name="#help",
        visibility=report.visibility, report=report, issue=issue,
    )  # fmt: skip
    engine.draft(brief)
    engine.describe(brief, found)
    return time.thread_time() - began


@pytest.mark.parametrize("piece", dict.fromkeys(ODD))
def test_a_hundred_thousand_characters_are_judged_in_under_two_seconds(
    engine: EmbeddedEngine, report: Build, piece: str
) -> None:
    text = (piece * 100_000)[:100_000]
    assert judged(engine, report(text, text)) < 2


def test_five_megabytes_are_judged_in_under_two_seconds(engine: EmbeddedEngine, report: Build) -> None:
    text = "It crashes on 1.8.2.\n" + "2026-11-20 10:00:00 ERROR watch: no event (interval=0)\n" * 90_000
    assert judged(engine, report(text)) < 2


def test_a_long_report_is_read_at_both_ends_with_exact_quotes(engine: EmbeddedEngine, report: Build) -> None:
    made = report(
        "Sync stopped.\n" + "a b c d\n" * 400_000 + "\nThe whole team is blocked. The inotify limit is hit."
    )
    found = engine.assess(made, Matched())
    quotes = {factor.kind: factor.quote for factor in found.factors}
    blocked = quotes[FactorKind.BLOCKED]
    assert blocked is not None
    assert blocked.start > HEAD_CHARACTERS
    assert found.area_quote is not None
    for quote in (blocked, found.area_quote):
        assert made.words[quote.start : quote.end] == quote.text


def test_no_more_is_read_than_the_two_ends() -> None:
    words = "We wait. " * 100_000
    assert sum(len(each.text) for each in sentences(words)) <= HEAD_CHARACTERS + TAIL_CHARACTERS
    spans = lines(words)
    assert [span.start for span in spans[1:]] == [span.end for span in spans[:-1]]
    assert spans[-1].end == len(words)


def test_a_match_that_counts_is_found_after_some_that_do_not() -> None:
    kinds = {factor.kind for factor in factors("If it crashes. " * 50 + "Now it crashes.")}
    assert FactorKind.CRASH in kinds


def test_the_issue_holds_no_more_than_a_person_reads(engine: EmbeddedEngine, report: Build) -> None:  # A4
    made = report("It crashes.\n" + "1. do it\n" * 90 + "```\n" + f"panic: {'x' * 900}\n" * 60 + "```")
    inputs = issue_inputs(made, engine.assess(made, Matched()), 1)
    evidence, steps = inputs["evidence"], inputs["steps"]
    assert isinstance(evidence, tuple)
    assert isinstance(steps, tuple)
    assert len(evidence) <= EVIDENCE_LINES
    assert max(map(len, evidence)) <= LINE_CHARACTERS + 1
    assert 0 < len(steps) <= MOST_STEPS
