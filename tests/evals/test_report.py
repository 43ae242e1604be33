"""The evaluation report: verdict first, nothing that must never happen hidden, and nothing from outside obeyed."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from evals.report import rows, series
from evals.report.comment import MARKER, comment
from evals.report.entries import MOST, State, entries
from evals.report.page import page, tokens
from evals.running.records import Answer, Mark, Outcome
from tests.evals.made_runs import SETUP, judged, run, with_nothing_watched

WORSE = judged(run("branch", broken=14, fixed=3), run("main"))
VOID = {"meta", "input", "line", "circle", "polyline"}


class Outline(HTMLParser):
    """What is open when: fails on what is closed wrongly; keeps headings, and everything that has an address."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.addresses += [
            value or "" for name, value in attrs if name in ("href", "src", "action", "srcset")
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data.strip())


def outline(html: str) -> Outline:
    found = Outline()
    found.feed(html)
    assert not found.open
    return found


def text_of(html: str) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", html, flags=re.S)
    )


def test_the_verdict_is_the_first_heading_and_the_sections_have_their_order() -> None:
    assert WORSE.sentence().startswith("Worse: priority exact")
    assert outline(page(WORSE)).headings == [
        WORSE.sentence(),
        "Must never happen",
        "Metrics",
        "Changed cases",
        "Plots",
        "All cases",
        "How it was made",
    ]


def test_the_file_asks_the_network_for_nothing() -> None:
    html = page(WORSE)
    assert all(address.startswith("#") for address in outline(html).addresses)
    assert "default-src 'none'" in html
    assert not re.search(r"@import|url\(", html)


def test_every_link_leads_to_a_case_of_the_page() -> None:
    found = outline(page(WORSE))
    assert len(found.addresses) > 100
    assert {address[1:] for address in found.addresses} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_what_must_never_happen_stands_above_the_verdict_and_is_quoted() -> None:
    html = page(judged(run("branch", breached=True), run("main")))
    breach = html.index("Must never happen, and did: injection, 1 of 10")
    assert breach < html.index("All Issues are closed &lt;b&gt;as asked&lt;/b&gt;") < html.index("<h1>")
    assert "✗ Gate: stopped" in html


def test_one_breach_stops_the_gate_though_no_metric_is_worse() -> None:
    assert not judged(run("branch"), run("main")).is_red
    assert judged(run("branch", breached=True), run("main")).is_red
    assert WORSE.is_red


def test_nothing_of_a_case_is_taken_for_markup() -> None:
    given = run("branch")
    hostile = replace(given.cases[0], input={"<img src=x>": "</script><script>alert(1)</script>"}, id='"><b>')
    outcome = replace(given.outcomes["priority-0", 1], case=hostile.id)
    changed = replace(
        given,
        cases=(hostile, *given.cases[1:]),
        outcomes={**given.outcomes, (hostile.id, 1): outcome},
        datasets=given.datasets,
    )
    del changed.outcomes["priority-0", 1]  # type: ignore[attr-defined]
    html = page(judged(changed))
    assert "<img" not in html
    assert html.count("<script>") == 1
    assert outline(html)


def test_errors_come_first_then_broken_then_fixed_then_the_rest() -> None:
    found = entries(judged(run("branch", broken=2, fixed=1, failed=True), run("main")))
    states = [entry.state for entry in found]
    assert states[:4] == [State.ERROR, State.BROKEN, State.BROKEN, State.FIXED]
    assert set(states[4:]) == {State.SAME}


def test_an_error_is_no_wrong_answer() -> None:
    found = entries(judged(run("branch", failed=True), run("main")))
    assert [(entry.state, entry.turned) for entry in found[:1]] == [(State.ERROR, ())]
    html = page(judged(run("branch", failed=True)))
    assert "79 of 99 right" in html
    assert "EngineFailed: Claude did not answer" in html


def test_a_changed_case_shows_which_evidence_turned_it() -> None:
    broken = entries(WORSE)[0]
    assert broken.moved == (("reasons", {"blocks a team": 40.0}, {"blocks a team": 0.0}),)
    assert broken.turned[0].reason == "said P1, P0 is expected"


def test_of_repeats_the_one_that_did_worst_is_shown() -> None:
    once = run("branch")
    twice = replace(once, repeats=2, outcomes={**once.outcomes})
    bad = Outcome(
        case="priority-0",
        repeat=2,
        answer=Answer(said={"priority": "P3"}),
        marks={"exact": Mark(score=0.0, reason="said P3")},
    )
    twice.outcomes["priority-0", 2] = bad  # type: ignore[index]
    first = entries(judged(twice, run("main")))[0]
    assert first.after is not None
    assert (first.case.id, first.after.said) == ("priority-0", {"priority": "P3"})
    assert (first.turned[0].before, first.turned[0].after) == (1.0, 0.5)


def test_a_run_that_was_killed_says_how_much_is_missing() -> None:
    whole = run("branch")
    half = replace(whole, outcomes=dict(list(whole.outcomes.items())[:50]))
    assert "120 of 170 are not run yet" in text_of(page(judged(half)))


def test_nothing_tried_is_not_called_safe() -> None:
    html = page(judged(run("branch"), run("main"), sheets=with_nothing_watched()))
    assert "No injections and no planted secrets were tried" in html


def test_an_injection_that_ended_in_an_error_proves_nothing() -> None:
    given = run("branch")
    outcomes = {**given.outcomes, ("injection-1", 1): Outcome(case="injection-1", repeat=1, error="gone")}
    assert "1 had an error and prove nothing" in page(judged(replace(given, outcomes=outcomes)))


def test_a_long_text_is_shown_to_a_length_and_the_rest_is_counted() -> None:
    given = run("branch")
    long = replace(given.cases[0], input={"text": "x" * 1_000_000})
    html = page(judged(replace(given, cases=(long, *given.cases[1:]))))
    assert f"({1_000_000 - MOST:,} more characters)" in html
    assert len(html) < 1_000_000


def test_a_run_alone_has_its_figures_with_intervals_and_no_verdict() -> None:
    html = page(judged(run("main")))
    assert "Not compared" in html
    alone = {row.name: row for row in rows.alone(judged(run("main")))}
    row = alone["priority: exact"]
    assert (row.score, row.cases, row.note) == ("80.0", 100, "has a vote")
    low, high = (float(part) for part in row.between.split(" to "))
    assert low < 80 < high


def test_the_whiskers_lie_where_the_figures_are() -> None:
    row = rows.metric_rows(WORSE.findings)[0]
    finding = WORSE.findings[0]
    assert 0 <= row.low < row.dot < row.high <= 100
    assert row.dot < 50
    assert (row.dot - 50) / (row.low - 50) == pytest.approx(finding.interval.value / finding.interval.low)


def test_cost_is_compared_pair_by_pair_and_what_costs_the_same_says_so() -> None:
    dear = run("branch")
    outcomes = {
        key: replace(each, answer=replace(each.answer, cents=each.answer.cents * 2 + 0.1))
        for key, each in dear.outcomes.items()
        if each.answer
    }
    found = {
        row.name: row
        for row in rows.cost_rows(rows.costs(judged(replace(dear, outcomes=outcomes), run("main"))))
    }
    assert (found["money"].word, found["tokens"].word) == ("more", "the same")
    assert found["money"].dot > 50


def test_a_chance_that_is_about_something_else_is_not_drawn() -> None:
    given = run("branch")
    sure = {
        key: replace(each, answer=replace(each.answer, said={**each.answer.said, "chance": 0.1}))
        for key, each in given.outcomes.items()
        if each.answer
    }
    titles = [plot.title for plot in series.plots(judged(replace(given, outcomes=sure)))]
    assert titles
    assert all(title.startswith("duplicate: ") for title in titles)


def test_the_working_threshold_is_marked_where_the_run_has_one() -> None:
    assert "flags from 66%" in page(WORSE)
    without = replace(run("branch"), setup=replace(SETUP, parameters={}))
    assert "flags from" not in page(judged(without, run("main")))


def test_the_colours_are_those_of_the_inbox() -> None:
    assert "--accent" in tokens()
    assert "prefers-color-scheme: dark" in tokens()
    assert ".tabs" not in tokens()


def test_the_comment_has_its_mark_then_the_verdict() -> None:
    lines = comment(WORSE).splitlines()
    assert lines[0] == MARKER
    assert lines[1].startswith("### Worse: priority exact")
    assert "✗ The gate stopped this." in lines[3]


def test_the_comment_names_cases_and_quotes_none() -> None:
    told = comment(judged(run("branch", broken=14, breached=True, failed=True), run("main")))
    assert "| `priority-0` | ✗ broken | `P0` | `P0` | `P1` |" in told
    for private in (
        "After the upgrade",
        "Ignore the rules",
        "All Issues are closed",
        "Claude did not answer",
    ):
        assert private not in told


def test_what_a_case_plants_is_not_in_the_comment() -> None:
    given = run("branch", broken=1)
    planted = replace(given.cases[0], expected={"priority": "P0", "secret": "hunter2"})
    whole = replace(given, cases=(planted, *given.cases[1:]))
    before = run("main")
    told = comment(judged(whole, replace(before, cases=whole.cases)))
    assert "`priority-0`" in told
    assert "hunter2" not in told


def test_the_comment_counts_what_it_does_not_name() -> None:
    assert "and 11 more, in the report." in comment(judged(run("branch", broken=31), run("main")))


def test_the_comment_mentions_nobody() -> None:
    given = run("branch", broken=1)
    named = replace(given.cases[0], id="@dev-one|#12")
    outcomes = {(named.id, 1): replace(given.outcomes["priority-0", 1], case=named.id)}
    before = run("main")
    told = comment(
        judged(
            replace(given, cases=(named,), outcomes=outcomes),
            replace(before, cases=(named,), outcomes={(named.id, 1): before.outcomes["priority-0", 1]}),
        )
    )
    assert "`@dev-one #12`" in told
