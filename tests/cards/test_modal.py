"""The modal: what is typed is read against the store, and nothing of it is lost."""

from dataclasses import replace

import pytest

from agent.cards import modal as modals
from agent.cards.filled import About, Filled, choice, read, typed_reply
from agent.cards.home import home
from agent.cards.modal import modal, moved_on, unchecked
from agent.domain.actions import ActionKind, PlannedAction, Removal
from agent.domain.made import Call, Tokens
from agent.domain.proposals import Claim, Proposal
from agent.domain.views import EngineHealth
from agent.wording.forms import fingerprint
from tests.cards.reading import boxes, submitted
from tests.cards.test_card import SEEN, security
from tests.fakes import views as fake
from tests.fakes.desk import furnished
from tests.fakes.slack.blocks import view_faults

ABOUT = About("C-204", 2, "C1", "1700000000.000100")
FILES = PlannedAction(
    kind=ActionKind.CREATE_ISSUE,
    destination=fake.PROJECT,
    visibility=fake.PUBLIC,
    title="Worker stops",
    body="What happened",
)


def filing(text: str = fake.REPLY) -> Proposal:
    return replace(fake.proposal(), draft=fake.draft(text), plan=(fake.plan()[0], FILES))


def test_a_changed_reply_a_field_and_an_unticked_step_are_read_as_such() -> None:  # T2 N6
    view = fake.view(proposal=filing())
    opened = modal(view, SEEN, ABOUT)
    typed = {"reply:1": "Shorter.", "priority": "P2", "issue_title": "Watcher stops"}
    values = submitted(opened, **typed)
    values["plan:0"]["plan:0"]["selected_options"] = [{"value": "0"}]
    filled = read(values, view)
    assert filled.reply == "Shorter."
    assert filled.corrections == {"priority": "P2"}
    assert filled.issue_title == "Watcher stops"
    assert filled.issue_body is None
    assert filled.left_out == (1,)


def test_an_issue_that_was_searched_for_wins_over_the_candidates() -> None:
    view = fake.view()
    filled = read(submitted(modal(view, SEEN, ABOUT), another=f"{fake.PROJECT}#388"), view)
    assert filled.corrections == {"duplicate": f"{fake.PROJECT}#388"}


def test_a_long_reply_is_edited_in_parts_that_are_cut_at_a_paragraph_and_joined_again() -> None:
    text = "\n\n".join(f"Paragraph {n}." + " Some words." * 20 for n in range(40))
    view = fake.view(proposal=filing(text))
    opened = modal(view, SEEN, ABOUT)
    shown = boxes(opened, "reply")
    assert len(shown) > 3
    assert all(each.startswith("Paragraph") for each in shown)
    said = read(submitted(opened, **{"reply:2": "Changed."}), view).reply
    assert said is not None
    assert said == f"{shown[0]}\n\nChanged.\n\n" + text[text.index(shown[2]) :]
    assert read(submitted(opened), view).reply is None


def test_what_has_no_room_in_a_modal_stays_as_it_is() -> None:
    text = "word " * 40_000
    view = fake.view(proposal=filing(text))
    opened = modal(view, SEEN, ABOUT)
    said = read(submitted(opened, **{"reply:1": "Changed."}), view).reply
    assert said is not None
    assert said.startswith("Changed.")
    assert said.endswith(text[-100:].rstrip())
    assert "stay as they are" in str(opened)


def test_a_modal_on_an_older_revision_shows_both_texts() -> None:
    now = fake.view(case=fake.case(revision=3, open_revision=3), proposal=replace(filing(), revision=3))
    shown = moved_on(now, SEEN, replace(ABOUT, revision=3), "The thread moved on.", "Mine, typed before")
    assert view_faults(shown) == []
    assert boxes(shown, "reply") == ["Mine, typed before"]
    assert "Thanks for the log line" in str(shown["blocks"][:4])
    assert About.parse(shown["private_metadata"]).revision == 3
    assert typed_reply(submitted(shown)) == "Mine, typed before"


def test_ids_stay_from_one_drawing_to_the_next_so_that_typed_text_survives() -> None:
    def ids(view: dict[str, object]) -> list[str]:
        return [block["block_id"] for block in view["blocks"] if "block_id" in block]  # type: ignore[attr-defined]

    first = modal(fake.view(), SEEN, ABOUT)
    later = fake.view(
        case=fake.case(revision=3, open_revision=3), proposal=replace(fake.proposal(), revision=3)
    )
    assert ids(first) == ids(moved_on(later, SEEN, ABOUT, "The thread moved on.", fake.REPLY))


def test_a_blocked_step_is_named_and_cannot_be_ticked() -> None:
    blocked = replace(fake.plan()[1], blocked="it would show a customer's words in public")
    view = fake.view(proposal=replace(fake.proposal(), plan=(fake.plan()[0], blocked)))
    opened = modal(view, SEEN, ABOUT)
    assert "Stays out" in str(opened)
    assert read(submitted(opened), view).left_out == (1,)


@pytest.mark.parametrize("carried", ["", "{}", "[]", "null", '{"c": "C-1"}'])
def test_metadata_that_is_not_ours_is_refused(carried: str) -> None:
    with pytest.raises(ValueError, match="no private_metadata of ours"):
        About.parse(carried)


def test_one_question_is_answered_by_one_choice() -> None:
    asked = modals.radios("snooze", "Snooze C-204", ABOUT, "Until when?", {"hour": "For an hour"}, "Snooze")
    assert view_faults(asked) == []
    assert choice({"choice": {"choice": {"selected_option": {"value": "hour"}}}}) == "hour"
    worded = modals.asking("ask", "Ask about C-204", ABOUT, "Your question", "hint", "Ask the team")
    assert view_faults(worded) == []


def shown_home(**changes: object) -> str:
    drawn = home(replace(furnished().home_of("first-engineer"), **changes), SEEN)  # type: ignore[arg-type]
    assert view_faults(drawn) == []
    return str(drawn)


def test_a_home_shows_the_shift_what_was_read_and_the_same_list_as_the_inbox() -> None:  # S13 T1
    said = shown_home()
    order = [
        "Your shift until Mon 10:42",
        "5 of 5 sources read",
        "5 wait for you",
        "C-206",
        "Promised 1",
        "Snoozed 1",
    ]
    assert [said.find(each) for each in order] == sorted(said.find(each) for each in order)
    assert -1 not in [said.find(each) for each in order]


def test_a_home_of_one_who_is_not_on_shift_says_who_is() -> None:
    second = fake.SETTINGS.team.people[1]
    assert "holds the shift until Mon 10:42, yours from Mon 10:42" in shown_home(person=second)


def test_an_empty_home_is_not_silent_about_what_was_not_read() -> None:  # N10
    lines = fake.lines()
    unread = replace(lines[0], trouble="the key was refused", last_read_at=None)
    nothing = replace(furnished().counts(), inbox=0)
    said = shown_home(inbox=(), counts=nothing, sources=(unread, *lines[1:]))
    assert f"Nothing waits from {len(lines) - 1} of {len(lines)} sources" in said
    assert "was not read: the key was refused" in said


def test_a_long_list_is_counted_and_linked() -> None:
    row = fake.row(fake.view())
    assert "<https://triage.example.com|and 4 more in the inbox>" in shown_home(inbox=(row,) * 19)


def test_a_security_case_is_on_the_list_without_its_words() -> None:  # A9
    said = shown_home(inbox=(fake.row(security()),), waiting=(), snoozed=())
    assert "Security report" in said
    assert "upgrading" not in said


def flagged() -> Claim:
    return Claim(text="Run mill watch --force.", lacks=("--force",))


def test_a_modal_that_is_drawn_anew_keeps_all_that_was_said_in_it() -> None:
    view = fake.view(proposal=filing())
    long = "\n\n".join(f"Paragraph {n}." + " Some words." * 20 for n in range(30))
    said = Filled(
        reply=f"Run mill watch --force.\n\n{long}",
        issue_title="Watcher stops",
        issue_body=f"{long}\nand more",
        corrections={"priority": "P3", "duplicate": f"{fake.PROJECT}#77"},
        left_out=(1,),
        kept=frozenset({fingerprint("Run mill watch --force.")}),
    )
    anew = unchecked(view, SEEN, ABOUT, said, (flagged(),), "Not sent yet.")
    assert view_faults(anew) == []
    assert "In no source: --force" in str(anew)
    carried = About.parse(anew["private_metadata"])
    assert read(submitted(anew), view, carried.ends) == said


def test_a_typed_text_that_is_longer_than_the_reply_is_read_to_its_end() -> None:
    view = fake.view(
        case=fake.case(revision=3, open_revision=3), proposal=replace(filing("Short."), revision=3)
    )
    mine = "\n\n".join(f"Mine {n}." + " Some words." * 20 for n in range(30))
    shown = moved_on(view, SEEN, replace(ABOUT, revision=3), "The thread moved on.", mine)
    assert len(boxes(shown, "reply")) > 2
    assert read(submitted(shown), view, About.parse(shown["private_metadata"]).ends).reply == mine


def test_a_typed_text_that_no_modal_holds_is_shown_to_be_copied() -> None:
    shown = moved_on(fake.view(), SEEN, ABOUT, "The thread moved on.", "同" * 40_000)
    assert view_faults(shown) == []
    assert "longer than a modal holds" in str(shown["blocks"][0])
    assert "submit" not in shown


def test_a_modal_shows_the_translation_what_is_hidden_what_was_taken_out_and_what_made_it() -> None:
    promise = Removal(kind="promise", was="It will be fixed by Friday.", now="")
    plan = (replace(fake.plan()[0], removed=(promise,)), FILES)
    german = replace(fake.draft("Danke."), translation="Thanks. " * 2000)
    proposal = replace(fake.proposal(), plan=plan, draft=german)
    opened = modal(
        fake.view(proposal=proposal, messages=(fake.said("It stops <!-- ignore -->"),)), SEEN, ABOUT
    )
    assert view_faults(opened) == []
    said = str(opened)
    assert "In English, for you: as it was proposed" in said
    assert "more characters <https://triage.example.com/cases/C-204|in the inbox>" in said
    assert "Hidden in the message: a comment, “ignore”" in said
    assert "Taken out: promise, “It will be fixed by Friday.”" in said
    assert "C-204 r2 · embedded, prompts 3f9a12c, policy 77c01be" in said


def test_a_home_says_when_claude_does_not_answer_and_when_it_does_it_is_quiet() -> None:
    call = Call(
        at=fake.ago(minutes=3),
        case="C-1",
        source="",
        prompt="assess",
        prompt_hash="0",
        model="claude-haiku-5-5",
        tokens=Tokens(),
        microdollars=0,
        seconds=1.0,
        outcome="overloaded",
    )
    down = EngineHealth(spent=0, cap=5_000_000, last=call)
    told = "⚠ Claude did not answer at 10:39: overloaded; the embedded engine answers"
    assert told in shown_home(engine=down)
    assert "Claude" not in shown_home(engine=replace(down, last=replace(call, outcome="answered")))
    assert "Claude is off until midnight UTC" in shown_home(engine=replace(down, spent=5_000_000))
