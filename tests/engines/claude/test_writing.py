"""Replies and Issues: from the records given, in the customer's language, calling nobody."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.domain.assessments import Assessment, Candidate, CaseType, Effort, Matched
from agent.domain.issues import Issue
from agent.domain.messages import TEAM, Visibility
from agent.domain.reports import Answer, Brief, Intent, Report
from agent.engines.claude.engine import ClaudeEngine
from agent.errors import EngineFailed
from tests.fakes.asks import ScriptedAsks, described

Build = Callable[..., Report]
PUBLIC = Visibility.parse("public")


def brief(report: Report, intent: Intent = Intent.NEW_BUG, **changes: object) -> Brief:
    given: dict[str, object] = {
        "intent": intent,
        "type": CaseType.QUICK_FIX,
        "destination": report.source,
        "destination_name": "#help",
        "visibility": PUBLIC,
        "report": report,
        **changes,
    }
    return Brief(**given)  # type: ignore[arg-type]


def drafted(reply: str, *claims: tuple[str, str], translation: str = "") -> dict[str, object]:
    told = [{"text": text, "record": record} for text, record in claims]
    return {"reply": reply, "translation": translation, "claims": told}


def read(**changes: object) -> Assessment:
    types = {kind: float(kind is CaseType.QUICK_FIX) for kind in CaseType}
    return replace(
        Assessment(types=types, priorities={}, effort=Effort(low=1, high=2, sure=False)),
        **changes,  # type: ignore[arg-type]
    )


def test_a_claim_names_the_record_it_rests_on(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build, pair: Callable[..., tuple[Candidate, Issue]]
) -> None:  # T14
    issue = pair(7, "Sync stops", url="https://tracker.test/7?a=1&b=2")[1]
    asks.script["draft"] = drafted(
        "Thanks. It matches #7. Please add a +1.", ("It matches #7.", "issue"), ("made up", "report")
    )
    made = claude.draft(brief(report("It stops"), Intent.KNOWN, issue=issue))
    assert [(each.text, each.source, each.url) for each in made.claims] == [
        ("It matches #7.", "#7", issue.url)
    ]
    sent = asks.questions[0].sent.user
    assert 'link="https://tracker.test/7?a=1&b=2"' in sent
    assert "Kind of reply: known" in sent
    assert (made.made.engine, made.template, made.translation) == ("claude", "draft/known", "")


def test_a_record_that_was_not_shown_carries_no_claim(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:
    asks.script["draft"] = drafted("It matches #7.", ("It matches #7.", "issue"))
    with pytest.raises(EngineFailed, match="issue: no such record was shown"):
        claude.draft(brief(report("It stops")))


def test_a_reply_of_promises_alone_is_told_to_be_none(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # A14
    asks.script["draft"] = drafted("We will fix it in the next release. {issue.url}")
    with pytest.raises(EngineFailed, match="nothing but promises"):
        claude.draft(brief(report("It stops"), files_issue=True))


def test_a_reply_in_their_language_has_a_translation_for_the_person(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:
    told = brief(report("Es stürzt ab"), language="de")
    asks.script["draft"] = drafted("Danke für die Meldung.")
    with pytest.raises(EngineFailed, match="translation: is empty"):
        claude.draft(told)
    asks.script["draft"] = drafted("Danke für die Meldung.", translation="Thanks for the report.")
    made = claude.draft(told)
    assert (made.text, made.translation) == ("Danke für die Meldung.", "Thanks for the report.")
    assert "Language: de" in asks.questions[-1].sent.user


def test_the_new_issues_link_is_there_once_where_one_is_filed_and_nowhere_else(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # T13
    asks.script["draft"] = drafted("Filed as {issue.url}", ("Filed as {issue.url}", "new_issue"))
    made = claude.draft(brief(report("It stops"), files_issue=True))
    assert made.text == "Filed as {issue.url}"
    assert made.claims[0].url == "{issue.url}"
    asks.script["draft"] = drafted("Filed as {issue.url}")
    assert claude.draft(brief(report("It stops"))).text == "Filed as issue.url"
    asks.script["draft"] = drafted("Filed.")
    with pytest.raises(EngineFailed, match="exactly once"):
        claude.draft(brief(report("It stops"), files_issue=True))


def test_what_is_missing_is_asked_at_once_and_what_was_asked_is_named(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:
    asks.script["draft"] = drafted("Which version?")
    told = replace(report("It stops"), asked=("the operating system",))
    claude.draft(brief(told, Intent.ASK, missing=("the version", "the steps that lead to it")))
    sent = asks.questions[0].sent.user
    assert "missing: the version and the steps that lead to it" in sent
    assert "Asked before: the operating system" in sent


def test_the_teams_own_answer_is_cited(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # A15
    answer = Answer(id="A-2", question="How?", answer="Run mill users.")
    asks.script["draft"] = drafted("Run mill users.", ("Run mill users.", "answer"))
    made = claude.draft(brief(report("How?"), Intent.ANSWER, answer=answer))
    assert made.claims[0].source == "answer A-2"
    assert "Run mill users." in asks.questions[0].sent.user


def test_a_security_reply_is_written_without_the_report(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # A9
    asks.script["draft"] = drafted("Thank you for telling us.")
    claude.draft(brief(report("The login can be bypassed with a null byte"), Intent.SECURITY))
    assert "null byte" not in asks.questions[0].sent.user


def test_a_reply_for_a_less_private_place_is_not_given_the_report(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # N4
    asks.script["draft"] = drafted("Thanks.")
    inside = replace(report("Falcon launches on Friday", "Falcon"), visibility=TEAM)
    claude.draft(brief(inside))
    assert "Falcon" not in asks.questions[0].sent.user
    assert "may not read the report" in asks.questions[0].sent.user


def test_an_issue_has_the_teams_layout_and_evidence_from_the_report_alone(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # A4
    asks.script["issue"] = described(
        title="Sync stops @everyone at night",
        evidence=["panic: no route", "panic: made up"],
        impact=["work stands still"],
        steps=["run it"],
    )
    told = brief(report("It stops.\npanic: no route"), files_issue=True, reporters=3)
    made = claude.describe(told, read(version="2.4.1"))
    assert made.title == "Sync stops everyone at night"
    assert "### Evidence\n    panic: no route\n" in made.body
    assert "made up" not in made.body
    assert "### Steps\n1. run it" in made.body
    assert "2.4.1" in made.body
    assert made.note.startswith("One more report")
    assert made.made.engine == "claude"


def test_a_note_is_the_templates_and_asks_nobody(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:  # T14
    made = claude.describe(brief(report("It stops on nordkai"), Intent.KNOWN), read())
    assert asks.names() == []
    assert "nordkai" not in made.note
    assert made.made.engine == ""


def test_where_claude_does_not_answer_no_text_is_made(
    claude: ClaudeEngine, asks: ScriptedAsks, report: Build
) -> None:
    told = report("It stops")
    for ask in (
        lambda: claude.assess(told, Matched()),
        lambda: claude.draft(brief(told)),
        lambda: claude.describe(brief(told, files_issue=True), read()),
    ):
        with pytest.raises(EngineFailed, match="overloaded"):
            ask()
