from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.actions import ActionKind, PlannedAction, Removal
from agent.domain.assessments import CaseType, DuplicateVerdict
from agent.domain.messages import Level, Visibility
from agent.domain.proposals import Claim, Duplicate, Reason
from agent.policy.hidden import Hidden, HiddenKind
from agent.wording import cases as wording
from agent.wording import names, texts, times, vetted
from tests.fakes import views as fake

BERLIN = ZoneInfo("Europe/Berlin")
NOW = fake.NOW


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.999, "very likely, 99%"),
        (0.9, "very likely, 90%"),
        (0.89, "likely, 89%"),
        (0.66, "likely, 66%"),
        (0.65, "unsure, 65%"),
        (0.34, "unsure, 34%"),
        (0.33, "unlikely, 33%"),
        (0.1, "unlikely, 10%"),
        (0.09, ""),
    ],
)
def test_a_probability_comes_with_its_word(probability: float, words: str) -> None:
    assert wording.chance(probability) == words


@given(st.floats(0, 1))
def test_nothing_is_certain(probability: float) -> None:
    assert 0 <= wording.whole_percent(probability) <= 99


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ({"minutes": 50}, "50 min left"),
        ({"minutes": -3}, "3 min late"),
        ({"hours": 1, "minutes": 28}, "1 h 28 min left"),
        ({"hours": 5, "minutes": 10}, "5 h left"),
        ({"seconds": 20}, "due now"),
        ({"days": 1}, "tomorrow"),
        ({"days": 5}, "Mon"),
        ({"days": 40}, "28 Dec"),
        ({"days": -2}, "2 days late"),
    ],
)
def test_time_left_is_said_as_a_distance(lengths: dict[str, int], words: str) -> None:
    assert times.left(NOW + timedelta(**lengths), NOW, BERLIN) == words


def test_clock_times_are_in_the_readers_zone_and_name_the_day_unless_it_is_today() -> None:
    at = datetime(2026, 11, 18, 9, 32, 10, tzinfo=UTC)
    assert times.clock(at, NOW, BERLIN) == "10:32"
    assert times.clock(at, NOW, BERLIN, seconds=True) == "10:32:10"
    assert times.clock(at + timedelta(days=5), NOW, BERLIN) == "Mon 10:32"
    assert times.clock(at.replace(year=2024), NOW, BERLIN) == "18 Nov 2024 10:32"


def test_a_clock_that_runs_ahead_reads_as_just_now() -> None:
    assert times.ago(NOW + timedelta(hours=3), NOW) == "just now"
    assert times.ago(NOW - timedelta(minutes=10), NOW) == "10 min ago"
    assert times.ago(NOW - timedelta(hours=2, minutes=50), NOW) == "2 h ago"


def test_a_row_says_what_it_is_and_how_likely() -> None:
    assert wording.summary(fake.proposal()) == ("Known as #412", "91%")
    assert wording.summary_detail(fake.proposal()) == "Quick fix · reply, note on #412, note on #9"


def test_a_related_issue_is_a_question_and_a_far_one_is_none() -> None:
    def headline(probability: float) -> str:
        related = Duplicate(
            issue_id="o/r#199", probability=probability, verdict=DuplicateVerdict.RELATED, reason=""
        )
        return wording.duplicate_headline(related, kind=CaseType.COMPLEX, reply=None)

    assert headline(0.41) == "Unsure: is it #199?"
    assert headline(0.2) == ""


@pytest.mark.parametrize(
    ("template", "words"),
    [("fixed", "Fixed: #412"), ("replies/regression.md", "Regression of #412"), ("known", "Known as #412")],
)
def test_the_headline_follows_what_the_reply_is_for(template: str, words: str) -> None:  # N3
    proposal = fake.proposal(draft=replace(fake.draft(), template=template))
    assert wording.summary(proposal)[0] == words


def test_a_new_issue_names_the_closest_candidate_where_it_is_shown() -> None:
    new = PlannedAction(
        kind=ActionKind.CREATE_ISSUE, destination="o/r", visibility=Visibility(Level.PUBLIC), title="It hangs"
    )
    proposal = fake.proposal(duplicate=None, plan=(new,))
    assert wording.summary(proposal) == ("New Issue", "closest #412, 91%")
    assert wording.plan_line(new) == "File a new Issue: It hangs"


def test_a_reason_has_its_sign_its_finding_and_its_quote_or_record() -> None:
    quoted, _, recorded, against = fake.proposal().reasons
    assert wording.reason_line(quoted) == "+ blocks a team: “The whole team is blocked, 6 people”"
    assert wording.reason_line(recorded) == "+ reported often: 12 reporters of #412"
    assert wording.reason_line(against) == "− no data loss: “Nothing is lost”"
    assert wording.reason_line(Reason(raises=True, finding="severe", points=1)) == "+ severe"


def test_what_goes_out_names_how_much_and_what_is_to_check() -> None:
    assert wording.goes_out(fake.plan(), 1) == "2 messages go out, 1 note stays here. 1 sentence to check."
    assert wording.goes_out(fake.plan()[:1]) == "1 message goes out."
    assert wording.goes_out(()) == "Nothing goes out."
    assert wording.approve_label(()) == "Approve"
    assert wording.approve_label(fake.plan()) == "Approve & send"


def filed(kind: ActionKind, **fields: str) -> PlannedAction:
    to = f"{fake.PROJECT}#new"
    return PlannedAction(
        kind=kind, destination=to, visibility=fake.PUBLIC, title="It hangs", body="2 days", fields=fields
    )


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (filed(ActionKind.LABEL_ISSUE, label="bug"), "Label bug on the new Issue"),
        (filed(ActionKind.UNLABEL_ISSUE, label="bug"), "Take the label bug off the new Issue"),
        (filed(ActionKind.TYPE_ISSUE, type="Bug"), "Issue type Bug on the new Issue"),
        (filed(ActionKind.ASSIGN_ISSUE, login="dev-1"), "Assign the new Issue to dev-1"),
        (filed(ActionKind.BOARD_ISSUE, board="o/1"), "Put the new Issue on the board o/1"),
        (
            filed(ActionKind.FIELD_ISSUE, field="Priority", value="High"),
            "Priority High on the board, for the new Issue",
        ),
        (filed(ActionKind.ESTIMATE_ISSUE), "Estimate on the new Issue: 2 days"),
        (filed(ActionKind.OPEN_ADVISORY), "Open a private advisory: It hangs"),
        (
            replace(filed(ActionKind.CLOSE_DUPLICATE, known="o/r#4"), destination="o/r#9"),
            "Close #9 as a duplicate of #4",
        ),
    ],
)
def test_every_step_says_what_it_does_and_has_a_name(step: PlannedAction, words: str) -> None:
    assert wording.plan_line(step) == words
    assert names.STEPS[step.kind]


def test_what_is_changed_on_an_issue_is_counted_apart() -> None:
    plan = (*fake.plan(), filed(ActionKind.LABEL_ISSUE, label="bug"), filed(ActionKind.BOARD_ISSUE))
    assert wording.goes_out(plan) == "2 messages go out, 2 changes to the Issue, 1 note stays here."
    detail = wording.summary_detail(replace(fake.proposal(), plan=plan))
    assert detail == "Quick fix · reply, note on #412, note on #9, 2 changes to it"


@pytest.mark.parametrize(
    ("visibility", "words"),
    [
        ("public", "public"),
        ("customer:acme", "acme only"),
        ("customer", "the writer only"),
        ("internal", "stays here"),
        ("restricted", "those who handle it"),
    ],
)
def test_every_text_says_who_can_read_it(visibility: str, words: str) -> None:  # N4
    assert wording.audience(Visibility.parse(visibility)) == words


def test_what_was_taken_out_is_counted_by_kind() -> None:  # A2
    assert wording.removed_words(fake.plan()[1]) == "1 path was taken out"
    twice = replace(fake.plan()[1], removed=fake.plan()[1].removed * 2)
    assert wording.removed_words(twice) == "2 paths were taken out"


def test_a_sentence_without_a_source_is_flagged_while_it_stands_in_the_text() -> None:
    claims = fake.draft().claims
    assert [claim.text for claim in wording.no_source(claims, fake.REPLY)] == [fake.UNSOURCED]
    assert wording.no_source(claims, "something else") == ()
    assert vetted.flag_line(claims[0]) == "No source for “The limit on Ubuntu is 8192.”"


def test_a_security_report_keeps_its_words_off_every_list() -> None:  # A9
    view = fake.view(proposal=fake.proposal(draft=replace(fake.draft(), template="security")))
    row = fake.row(view)
    assert wording.title(row.case, row.proposal) == "Security report"
    assert "inotify" not in wording.row_words(row)
    assert wording.summary(row.proposal) == ("Private path", "")


def test_silence_is_never_green() -> None:  # N10
    read = fake.lines()
    stale = [replace(read[0], last_read_at=NOW - timedelta(days=2)), *read[1:]]
    assert wording.health(read, NOW, BERLIN) == "5 of 5 sources read, last at 10:41"
    assert wording.health(stale, NOW, BERLIN).startswith("4 of 5 sources read")
    assert wording.today(read) == "45 messages today: 35 handled, 10 dropped, 0 failed"


def test_the_heading_counts_what_waits_and_what_is_late() -> None:
    rows = [fake.row(fake.view(), due_at=NOW + timedelta(minutes=minutes)) for minutes in (-1, 5, 30, 400)]
    assert wording.waits(0) == "Nothing waits"
    assert wording.waits(1) == "1 waits for you"
    assert wording.lateness(rows, NOW, BERLIN) == "1 is late, 2 are due within the hour"


def test_effort_that_is_a_guess_is_said_to_be_one() -> None:
    assert wording.effort(fake.assessment()) == "Unsure, 1 to 3 h"
    assert wording.type_chance(fake.assessment(), CaseType.QUICK_FIX) == "72%, or Complex 21%"


def test_corrections_are_named() -> None:
    assert wording.changes({"type": "feature", "duplicate": "none"}) == "type Feature and known as nothing"


def test_a_quote_is_cut_at_a_word() -> None:
    words = texts.quoted("The whole team is blocked and " * 10)
    assert len(words) <= texts.QUOTE_LENGTH + 2
    assert words.endswith(("team…”", "is…”", "whole…”", "blocked…”", "The…”", "and…”"))


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u200d", "\x00\x00", "\u202e"])
def test_what_cannot_be_seen_is_said_to_be_so(text: str) -> None:
    assert texts.is_blank(text)
    assert wording.title(fake.case(title=text)) == wording.NO_WORDS


ANY = st.text(st.characters(codec=None), max_size=400)


@given(ANY, st.integers(2, 200))
def test_any_text_becomes_one_line_that_fits_and_can_be_encoded(text: str, length: int) -> None:
    line = texts.cut(text, length)
    assert len(line) <= length
    assert "\n" not in line
    assert "\x00" not in line
    line.encode()


@given(ANY)
def test_making_a_text_visible_twice_changes_nothing_more(text: str) -> None:
    once = texts.visible(text)
    assert texts.visible(once) == once
    assert len(once) == len(text)


def test_what_is_hidden_is_said_in_a_line() -> None:
    found = (Hidden(HiddenKind.COMMENT, "ignore all"), Hidden(HiddenKind.CHARACTERS, count=1_200))
    assert vetted.hidden_summary(()) == ""
    assert vetted.hidden_summary(found[:1]) == "Hidden in the message: a comment, “ignore all”"
    assert vetted.hidden_summary(found) == "Hidden in the message: a comment, “ignore all”, and 1 more"
    assert vetted.hidden_line(found[1]) == "1,200 invisible characters"


def test_what_was_taken_out_and_what_is_lacking_is_named() -> None:
    step = replace(
        fake.plan()[1], removed=(*fake.plan()[1].removed, Removal(kind="promise", was="Soon.", now=""))
    )
    assert vetted.taken_out_lines(step) == ("promise, “Soon.”",)
    assert wording.removed_words(step) == "1 path and 1 promise were taken out"
    claim = Claim(text="x", lacks=("8192", "--force", "v3", "#9", "#10"))
    assert vetted.lacks_words(claim) == "8192, --force, v3 and 2 more"
    assert vetted.lacks_words(Claim(text="x")) == ""
