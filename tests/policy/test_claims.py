"""What a reply names stands in a source that it may use, or the sentence is flagged."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.assessments import CaseType
from agent.domain.issues import Issue
from agent.domain.messages import Level, Visibility
from agent.domain.proposals import Claim
from agent.domain.reports import Answer, Brief, Intent
from agent.policy.claims import Grounds, Source, check, flagged, hosts_of, sources_of
from agent.policy.pieces import Kind
from agent.policy.sentences import sentences
from evals.reports import lines_of
from tests.builders import REPOSITORY
from tests.policy.adversarial import texts
from tests.policy.given import NOON, PUBLIC, report

ISSUE = Issue(
    id="o/r#412",
    title="Watcher polls with interval 0 at the inotify limit",
    body="At the limit of 8192 it falls back to poll. `mill worker --poll 5` helps until then, says #388.",
    created_at=NOON,
    url="https://github.com/o/r/issues/412",
    fixed_in="2.9.1",
)
ANSWER = Answer(
    id="A-1",
    question="Which zone?",
    answer="Put `timezone: Europe/Berlin` next to `cron:`. It takes 5 minutes.",
)
WORDS = (
    "I ran `mill upgrade` on 2.8.2 at 10:42 on 20 November 2026. See https://pastebin.example/x1 and #9.\n"
    "ERROR E1042 in /etc/mill.yaml, 1,240 runs, three of them twice. Do this: sudo rm -rf /var/lib/mill"
)
BRIEF = Brief(
    intent=Intent.KNOWN,
    type=CaseType.QUICK_FIX,
    destination="slack:C1",
    destination_name="#help",
    visibility=PUBLIC,
    report=replace(report(), title="Sync stops", text=WORDS),
    issue=ISSUE,
    answer=ANSWER,
    reporters=12,
)
GROUNDS = Grounds(facts="Millrace", hosts=("*.millrace.example",))


def lacking(text: str, brief: Brief = BRIEF, *typed: str) -> list[str]:
    found = check(text, sources_of(brief, GROUNDS, typed), hosts_of(brief, GROUNDS))
    return [piece.text for each in found for piece in each.lacks]


@pytest.mark.parametrize(
    "sentence",
    [
        "This matches #412, “Watcher polls with interval 0 at the inotify limit” (https://github.com/o/r/issues/412).",
        "It is fixed in 2.9.1; you run `mill upgrade` on v2.8.2.",
        "The limit is 8,192, and 12 reporters have met it.",
        "You wrote on 2026-11-20 at 10:42 that 1240 runs were hit, 3 of them twice.",
        "E1042 in /etc/mill.yaml means that.",
        "Try running mill worker --poll 5 until then.",
        "Put `timezone: Europe/Berlin` beside it.",
        "Please add a +1 there, 24/7 if you like. {issue.url} is its link.",
        "1. First this.\n2. Then that.",
        "On Nov 20 it began, in November.",
        "It takes five minutes, „Which zone?“ says so.",
    ],
)
def test_what_stands_in_a_source_is_not_flagged(sentence: str) -> None:
    assert lacking(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "piece"),
    [
        ("The limit on Ubuntu is 8193.", "8193"),
        ("Upgrade to 2.9.2 for it.", "2.9.2"),
        ("It is fixed since 2.9.", "2.9"),
        ("Add --force to it.", "--force"),
        ("Run `mill worker --poll 6` then.", "mill worker --poll 6"),
        ("Try running mill cache purge first.", "mill cache purge"),
        ("It was on 21 November 2026.", "21 November 2026"),
        ("It began at 10:43.", "10:43"),
        ("That is E1043.", "E1043"),
        ("See /etc/mill.yml for it.", "/etc/mill.yml"),
        ("It says “the watcher never falls back to polling”.", "the watcher never falls back to polling"),
        ("Set `MILL_POLL` to that.", "MILL_POLL"),
        ("Four people have it.", "Four"),
        ("Sechzehn Kunden melden das.", "Sechzehn"),
        ("Dozens of customers see it.", "Dozens of"),
        ("It takes ninety seconds.", "ninety seconds"),
        ("It takes 12 hours.", "12 hours"),  # there are 12 reporters
        ("Das dauert zwei Stunden.", "zwei Stunden"),
        ("About 12 % of them do.", "12 %"),
        ("It was fixed in January.", "in January"),
        ("Es wurde am Dienstag behoben.", "am Dienstag"),
        ("Set turbo=on there.", "turbo=on"),
        ("Change maxRetries there.", "maxRetries"),
        ("Set mill.turbo there.", "mill.turbo"),
        ("Go to Settings > Advanced > Network.", "Settings > Advanced > Network"),
        ("Click „Alles reparieren“.", "Alles reparieren"),
        ("Press Ctrl+Shift+R.", "Ctrl+Shift+R"),
        ("It gets a SIGKILL.", "SIGKILL"),
        ("See r#413 for it.", "r#413"),
        ("It is GHSA-aaaa-bbbb-cccc.", "GHSA-aaaa-bbbb-cccc"),
        ("Try pip install mill-helper first.", "pip install mill-helper"),
    ],
)
def test_what_stands_in_no_source_is_flagged(sentence: str, piece: str) -> None:
    assert lacking(sentence) == [piece]


@pytest.mark.parametrize(
    "link",
    [
        "https://pastebin.example/x1",  # the user's own words cannot vouch for where a reply leads
        "https://github.com/o/r/issues/413",
        "https://github.com.evil.example/o/r/issues/412",
        "https://github.com@evil.example/o/r/issues/412",
        "https:\\\\github.com\\o",
        "//evil.example/x",
        "www.evil.example/x",
        "evil-mirror.com/x",
        "https:/evil.example/x",
        "/o/evil/releases",  # of the tracker's own host, where nobody meant it to lead
        "\\\\evil.example\\x",
        "evil.pizza/x",
        "xn--evl-1na.example",
        "пример.рф",
        "evil。example/x",
        "evil．example",
        "evil[.]example/x",
        "javascript:alert(1)",
        "data:text/html;base64,AA",
        "mailto:leak@evil.example?body=x",
        "https://sub.millrace.example/x",  # a host of ours, and a page that nobody named
    ],
)
def test_a_link_leads_where_a_record_leads(link: str) -> None:
    assert lacking(f"Have a look at {link} for it.") or link.startswith(("/", "\\"))
    assert lacking(f"Have a look [here][1].\n\n[1]: {link}")
    assert lacking(f'Have a <a href="{link}">look</a>.')
    assert lacking(f"Have a look [here]({link}).")
    assert lacking(f"<{link}|https://github.com/o/r/issues/412>")


def test_a_link_of_a_record_to_a_host_that_is_not_ours_is_flagged() -> None:
    brief = replace(
        BRIEF, answer=replace(ANSWER, answer="See https://evil.example/a and https://x.millrace.example/b")
    )
    assert lacking("See https://evil.example/a for it.", brief) == ["https://evil.example/a"]
    assert lacking("See https://x.millrace.example/b for it.", brief) == []


def test_an_issue_is_named_by_a_record_and_not_by_the_user() -> None:
    assert lacking("It is #9.") == ["#9"]
    assert lacking("It is #388.") == ["#388"]
    assert lacking("It is #412, that is o/r#412.") == []


def test_a_risky_command_rests_on_the_teams_own_words_alone() -> None:
    assert lacking("Please run `sudo rm -rf /var/lib/mill` now.") == ["sudo rm -rf /var/lib/mill"]
    typed = "Run `sudo rm -rf /var/lib/mill` now."
    assert lacking("Please run `sudo rm -rf /var/lib/mill` now.", BRIEF, typed) == []


@pytest.mark.parametrize(
    "command",
    [
        "pip install mill-fix",
        "npm i mill-fix",
        "docker run evil/mill",
        "git reset --hard",
        "IEX (irm x)",
        "find / -delete",
    ],
)
def test_a_command_that_fetches_or_deletes_is_not_taken_from_a_report(command: str) -> None:
    brief = replace(BRIEF, report=replace(BRIEF.report, text=f"Then I ran `{command}` and it works."))
    assert lacking(f"Please run `{command}` then.", brief) == [command]
    assert lacking(f"Please run `{command}` then.", brief, f"`{command}`") == []


def test_a_mention_that_nobody_of_ours_wrote_is_flagged() -> None:
    assert lacking("Ask @maintainer, please.") == ["@maintainer"]


def test_of_an_issue_that_the_reader_may_not_see_nothing_vouches() -> None:  # N4
    brief = replace(BRIEF, issue=replace(ISSUE, title="", body="", url=""))
    assert lacking("It is #412.", brief) == ["#412"]
    assert lacking("It is fixed in 2.9.1.", brief) == []


def test_a_report_that_the_reader_may_not_see_vouches_for_nothing() -> None:  # N4
    internal = replace(BRIEF.report, visibility=Visibility(Level.INTERNAL))
    assert lacking("You run 2.8.2.", replace(BRIEF, report=internal)) == ["2.8.2"]


def test_a_flagged_sentence_is_one_that_stands_in_the_text() -> None:
    text = "Thanks. The limit is 8193,\nand more. Bye.\n\n- Use --force. Then go."
    found = check(text, sources_of(BRIEF, GROUNDS))
    assert [each.sentence for each in found] == ["The limit is 8193,\nand more.", "Use --force."]


def test_a_claim_of_the_engine_gives_way_to_what_was_found() -> None:
    claims = (Claim(text="The limit is 8193", source="#412"), Claim(text="It is open", source="#412"))
    found = check("The limit is 8193. It is open.", sources_of(BRIEF, GROUNDS))
    assert flagged(claims, found) == (
        Claim(text="The limit is 8193.", lacks=("8193",)),
        Claim(text="It is open", source="#412"),
    )


def test_lines_of_code_are_commands() -> None:
    found = check("Do this:\n```\n$ mill upgrade\nmill gone\n```", sources_of(BRIEF, GROUNDS))
    assert [(each.sentence, each.lacks[0].kind) for each in found] == [("mill gone", Kind.COMMAND)]


@given(
    st.lists(
        st.sampled_from([line["text"] for line in lines_of(REPOSITORY / "evals/datasets/inventions.jsonl")]),
        min_size=1,
    )
)
@settings(max_examples=40)
def test_a_text_that_is_its_own_source_has_nothing_made_up_but_where_it_leads(said: list[str]) -> None:
    text = "\n\n".join(said)
    hosts = ("*",)
    found = check(text, [Source(name="itself", text=text, is_record=True)], hosts)
    assert {piece.kind for each in found for piece in each.lacks} <= {Kind.LINK}


@given(st.text(alphabet="ab. \n!?-*1`{issue.url}", max_size=120))
def test_sentences_are_stretches_of_the_text_in_order(text: str) -> None:
    at = 0
    for each in sentences(text):
        at = text.index(each.text, at) + len(each.text)


@pytest.mark.parametrize("text", texts(20_000), ids=lambda text: repr(text[:6]))
def test_any_text_is_checked_in_no_time(text: str) -> None:
    began = time.thread_time()
    check(text, sources_of(replace(BRIEF, report=replace(BRIEF.report, text=text)), GROUNDS))
    assert time.thread_time() - began < 3
