"""The final order: what speaks for a candidate being the same problem, and what against it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from agent.domain.issues import Issue
from agent.index.meaning import Near
from agent.index.rerank import FEATURES, features, reranker
from agent.ports import Query

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FORM = "### What happened\n\n{}\n\n### Expected behaviour\n\nit works\n\n### Environment\n\nferry daemon, default config"


def issue(number: int, title: str, body: str = "") -> Issue:
    return Issue(
        id=f"example/ferry#{number}", title=title, body=body, created_at=NOON - timedelta(days=900 - number)
    )


def asked(title: str, text: str = "") -> Query:
    return Query(project="example/ferry", title=title, text=text, before=NOON)


def column(query: Query, issues: list[Issue], name: str, **near: float) -> list[float]:
    found = {each.id: Near(near.get("meaning", 0.5), 0.4) for each in issues}
    table = features(query, issues, {issues[0].id: 9.0}, found)
    assert table.shape == (len(issues), len(FEATURES))
    return [float(each) for each in table[:, list(FEATURES).index(name)]]


def test_the_same_words_weigh_more_than_other_words() -> None:
    same, other = issue(1, "Watcher stops at the inotify limit"), issue(2, "Wrong colour of the tray icon")
    query = asked("the watcher stopped at inotify limits")
    shared, apart = column(query, [same, other], "shared")
    assert shared > 0.8 > apart
    assert column(query, [same, other], "title_shared")[0] > 0.8


def test_words_that_every_candidate_holds_weigh_nothing() -> None:
    issues = [
        issue(n, f"Problem {n}", FORM.format(word)) for n, word in enumerate(["tray", "proxy", "quota"], 1)
    ]
    assert max(column(asked("", FORM.format("keyboard layout")), issues, "shared")) < 0.2


def test_only_what_was_closed_when_the_report_came_in_is_closed() -> None:
    before = replace(issue(1, "one"), closed_at=NOON - timedelta(days=10))
    after = replace(issue(2, "two"), closed_at=NOON + timedelta(seconds=1))
    assert column(asked("three"), [before, after, issue(3, "four")], "closed") == [1.0, 0.0, 0.0]
    days = column(asked("three"), [before, after], "days_closed")
    assert days[0] > 0 == days[1]


def test_an_open_issue_comes_before_a_closed_one_that_is_just_as_near() -> None:
    opened, closed = (
        issue(1, "sync stops"),
        replace(issue(2, "sync stops"), closed_at=NOON - timedelta(days=90)),
    )
    near = {each.id: Near(0.7, 0.6) for each in (opened, closed)}
    words = {opened.id: 8.0, closed.id: 8.0}
    first, second = reranker().scores(features(asked("sync stops"), [opened, closed], words, near))
    assert first > second


def test_the_nearest_in_every_respect_is_the_likeliest() -> None:
    issues = [issue(1, "sync stops at the inotify limit"), issue(2, "tray icon"), issue(3, "login loops")]
    near = {each.id: Near(cosine, cosine) for each, cosine in zip(issues, (0.8, 0.2, 0.1), strict=True)}
    scores = reranker().scores(
        features(asked("sync stops at inotify limit"), issues, {issues[0].id: 9.0}, near)
    )
    assert scores[0] == max(scores)
    assert np.isfinite(scores).all()


def test_no_candidates_make_an_empty_table() -> None:
    table = features(asked("anything"), [], {}, {})
    assert table.shape == (0, len(FEATURES))
    assert reranker().scores(table) == []


def test_every_weight_has_its_sign_for_a_reason() -> None:
    weights = dict(zip(FEATURES, reranker().weights, strict=True))
    assert all(weights[name] > 0 for name in ("meaning", "title_meaning", "words_rank", "shared"))
    assert weights["closed"] < 0 > weights["days_closed"]
