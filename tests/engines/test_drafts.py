"""Replies are written from the brief's records, as the handbooks say."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.domain.assessments import CaseType
from agent.domain.issues import Issue
from agent.domain.messages import Visibility
from agent.domain.reports import Answer, Brief, Intent, Report
from agent.engines.embedded import EmbeddedEngine
from agent.engines.replies import harmless

Build = Callable[..., Report]

ISSUE = Issue(
    id="example/ferry#412",
    title="Watcher polls with interval 0",
    body="No event fires.\n\nAs a workaround, restarting the daemon helps.",
    created_at=datetime(2026, 1, 5, tzinfo=UTC),
    url="https://tracker.example/412",
    fixed_in="1.9.0",
)
ANSWER = Answer(id="A-17", question="How do I change the port?", answer="Set `port` in `ferry.yaml`.")
SECRET = "the Acme merger runs on host db7.internal"


@pytest.fixture
def brief(report: Build) -> Callable[..., Brief]:
    def build(intent: Intent, text: str = SECRET, **more: object) -> Brief:
        given: dict[str, object] = {
            "issue": ISSUE,
            "answer": ANSWER,
            "missing": ("the version", "the log", "the operating system"),
            "version": "1.8.2",
            "visibility": Visibility.parse("public"),
        } | more
        return Brief(
            intent=intent,
            type=CaseType.QUICK_FIX,
            destination="slack:C1",
            destination_name="#help",
            report=report(text),
            **given,  # type: ignore[arg-type]
        )

    return build


Write = Callable[..., Brief]


@pytest.mark.parametrize("intent", Intent)
def test_every_reply_is_plain_and_keeps_private_words_out(
    engine: EmbeddedEngine, brief: Write, intent: Intent
) -> None:
    draft = engine.draft(brief(intent))
    assert draft.destination == "slack:C1"
    assert draft.template == f"replies/{intent.value}"
    assert "Acme" not in draft.text
    assert not re.search(r"!|we think|oops|sorry", draft.text, re.IGNORECASE)
    assert "{" not in draft.text
    assert 20 < len(draft.text) < 900


@pytest.mark.parametrize("intent", Intent)
def test_every_claim_stands_in_the_text_and_names_its_source(
    engine: EmbeddedEngine, brief: Write, intent: Intent
) -> None:
    for claim in engine.draft(brief(intent, files_issue=True)).claims:
        assert claim.text in engine.draft(brief(intent, files_issue=True)).text
        assert claim.source


def test_a_known_problem_is_pointed_at_and_asks_for_a_plus_one(
    engine: EmbeddedEngine, brief: Write
) -> None:  # T14
    text = engine.draft(brief(Intent.KNOWN)).text
    assert "#412" in text
    assert "https://tracker.example/412" in text
    assert "+1" in text
    assert "We will write here when it is fixed" in text
    assert "the version, the log and the operating system" in text


def test_a_known_workaround_is_quoted_and_asked_to_be_confirmed(
    engine: EmbeddedEngine, brief: Write
) -> None:  # T22
    text = engine.draft(brief(Intent.KNOWN)).text
    assert (
        "“As a workaround, restarting the daemon helps.” Could you tell us whether it works for you?" in text
    )


def test_a_fix_names_its_release_and_the_version_in_use(engine: EmbeddedEngine, brief: Write) -> None:  # N3
    text = engine.draft(brief(Intent.FIXED)).text
    assert "fixed in 1.9.0" in text
    assert "You are on 1.8.2" in text
    assert "Which version do you run?" in engine.draft(brief(Intent.FIXED, version=None)).text


@pytest.mark.parametrize("intent", [Intent.FEATURE_KNOWN, Intent.FEATURE_NEW])
def test_a_wish_is_promised_nothing_and_asked_one_question(
    engine: EmbeddedEngine, brief: Write, intent: Intent
) -> None:  # A13 A14
    text = engine.draft(brief(intent)).text
    assert "discussed for a future cycle" in text
    assert "cannot promise" in text
    assert text.count("?") == 1


def test_the_link_of_an_issue_to_be_filed_stays_open(engine: EmbeddedEngine, brief: Write) -> None:  # T13
    assert "{issue.url}" in engine.draft(brief(Intent.NEW_BUG, files_issue=True)).text
    assert "{issue.url}" not in engine.draft(brief(Intent.NEW_BUG)).text


def test_all_that_is_missing_is_asked_at_once(engine: EmbeddedEngine, brief: Write) -> None:
    text = engine.draft(brief(Intent.ASK)).text
    assert all(f"- {each}" in text for each in ("the version", "the log", "the operating system"))


def test_an_answer_is_cited(engine: EmbeddedEngine, brief: Write) -> None:  # A15
    draft = engine.draft(brief(Intent.ANSWER))
    assert ANSWER.answer in draft.text
    assert draft.claims[0].source == "answer A-17"


def test_a_security_reply_reveals_nothing(engine: EmbeddedEngine, brief: Write) -> None:  # A9
    draft = engine.draft(brief(Intent.SECURITY, files_issue=True))
    assert not draft.claims
    assert not re.search(r"#\d|http|issue|vulnerab|1\.8", draft.text, re.IGNORECASE)


def test_an_issues_title_cannot_mention_or_bind(engine: EmbeddedEngine, brief: Write) -> None:
    bad = replace(ISSUE, title="@channel <!here> {issue.url} {{ 7*7 }}\n\u202eabc", body="")
    text = engine.draft(brief(Intent.KNOWN, issue=bad)).text
    assert "@channel" not in text
    assert "<!here>" not in text
    assert "{issue.url}" not in text
    assert "{{ 7*7 }}" in text
    assert "\u202e" not in text


KNOWN = [Intent.KNOWN, Intent.FIXED, Intent.REGRESSION, Intent.FEATURE_KNOWN]
HIDDEN = replace(ISSUE, title="", body="As a workaround, restarting the daemon helps.", url="")


@pytest.mark.parametrize("intent", KNOWN)
@pytest.mark.parametrize("closed", [True, False])
def test_an_issue_that_the_reader_may_not_see_is_not_named(
    engine: EmbeddedEngine, brief: Write, intent: Intent, closed: bool
) -> None:  # A2
    closed_at = datetime(2026, 2, 1, tzinfo=UTC) if closed else None
    draft = engine.draft(brief(intent, issue=replace(HIDDEN, closed_at=closed_at)))
    said = "\n".join([draft.text, *(part for each in draft.claims for part in (each.text, each.source))])
    assert not re.search(r"412|tracker\.example|Watcher|daemon|“|\+1|#|\(\)| ,| \.", said)
    assert re.search(r"a problem that we know already|on our list already", draft.text)
    for claim in draft.claims:
        assert claim.text in draft.text
        assert claim.source
        assert claim.url == ""


def test_a_plus_one_on_a_closed_issue_says_why(engine: EmbeddedEngine, brief: Write) -> None:
    shut = replace(ISSUE, closed_at=datetime(2026, 2, 1, tzinfo=UTC), fixed_in=None)
    text = engine.draft(brief(Intent.KNOWN, issue=shut)).text
    assert "It was closed before you wrote" in text
    assert "+1 there all the same: it shows that the problem is still there" in text
    assert "when it is fixed" not in text


def test_a_mention_that_never_ends_takes_no_time() -> None:
    began = time.thread_time()
    harmless("<@" * 50_000, 120)
    assert time.thread_time() - began < 1
