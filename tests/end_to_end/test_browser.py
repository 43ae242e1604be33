"""A person at the inbox, in a real Chromium, with everything behind it real and in another process.

Every test takes Cases of the demo that no other has taken, so that their order does not matter.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect

from agent.domain.actions import ActionKind
from agent.domain.cases import Case
from agent.domain.views import CaseView, Row
from agent.wording.cases import no_source
from tests.builders import HELP, ONE, TWO
from tests.end_to_end.browser import needs_chromium, watched
from tests.end_to_end.conftest import Demo
from tests.end_to_end.running import Serving, serving, until

pytestmark = [*needs_chromium, pytest.mark.processes]

#: The page of a Case that is being sent looks again by itself, each 3 seconds.
SOON = 15_000
APPROVE = "button.go[value=approve]"
MINE = "We saw it here too and are on it. Written by hand, word for word."


@pytest.fixture(scope="module")
def run(demo: Demo, folder: Path) -> Iterator[Serving]:
    with serving(demo.copied_to(folder)) as found:
        yield found


@pytest.fixture(scope="module")
def most_urgent(run: Serving) -> Case:
    return run.place.desk().inbox()[0].case


@pytest.fixture(scope="module")
def taken(most_urgent: Case) -> set[str]:
    return {most_urgent.id}


@pytest.fixture
def a_case(run: Serving, taken: set[str]) -> CaseView:
    """Return an ordinary Case that nobody has taken, and whose reply can go out as it is."""
    desk = run.place.desk()
    for row in desk.inbox():
        view = desk.case(row.case.id)
        if row.case.id not in taken and row.case.priority == "P2" and _goes_out_as_it_is(view):
            taken.add(row.case.id)
            return view
    raise AssertionError("the demo has no more Cases like that")


def _goes_out_as_it_is(view: CaseView) -> bool:
    proposal = view.proposal
    if proposal is None or proposal.draft is None or any(step.blocked for step in proposal.plan):
        return False
    replies = any(step.kind is ActionKind.REPLY for step in proposal.plan)
    return replies and not no_source(proposal.draft.claims, proposal.draft.text)


@contextmanager
def signed_in(
    browser: Browser, run: Serving, who: str = ONE, *, refusals: tuple[int, ...] = ()
) -> Iterator[Page]:
    """Open the printed link in a window of its own, and say who one is."""
    with watched(browser, run.address, refusals=refusals) as page:
        page.goto(run.link)
        page.get_by_role("link", name="Who are you?").click()
        page.get_by_label("Your name").select_option(who)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("link", name=f"@{who}")).to_be_visible()
        yield page


def in_the_inbox(run: Serving, words: str) -> Row:
    """Wait until a Case of these words waits for a person."""

    def found() -> list[Row]:
        return [row for row in run.place.desk().inbox() if words in f"{row.case.title} {row.first_words}"]

    return until(found, f"{words!r} waits for a person")[0]


def test_from_the_link_to_the_receipt_with_a_corrected_field_and_an_edited_reply(
    chromium: Browser, run: Serving, most_urgent: Case
) -> None:
    case_id, other = most_urgent.id, "P1"
    assert most_urgent.priority == "P0"
    with signed_in(chromium, run) as page:
        page.locator(".row a.t").first.click()
        page.wait_for_url(f"**/cases/{case_id}")
        page.get_by_label("Priority", exact=True).select_option(other)
        page.get_by_label("Reply text").fill(MINE)
        page.locator(APPROVE).click()
        # What is no outage is answered in other words, and they are on the screen before they leave.
        page.wait_for_url(f"**/cases/{case_id}?reopened=*")
        expect(page.get_by_text("Your correction changed what goes out.")).to_be_visible(timeout=SOON)
        assert run.place.replies(case_id) == []
        expect(page.get_by_label("Priority", exact=True)).to_have_value(other)
        expect(page.get_by_label("Reply text")).to_have_value(MINE)
        page.locator(APPROVE).click()
        page.wait_for_url(f"**/cases/*?done={case_id}")
        see_the_receipts(page, case_id, MINE, ONE)
        expect(page.locator(".judge .plain", has_text="P1 High")).to_be_visible()
    assert run.place.replies(case_id) == [MINE]


def see_the_receipts(page: Page, case_id: str, text: str, who: str) -> None:
    """Follow the link to the Case that was answered, and wait until all of it is done."""
    page.get_by_role("link", name=f"Look at {case_id}").click()
    expect(page.get_by_text("Done.")).to_contain_text(f"@{who} approved r", timeout=SOON)
    receipts = page.locator(".rec li")
    expect(receipts.filter(has_text="Reply").get_by_label("done")).to_be_visible()
    expect(receipts.locator("time")).to_have_count(receipts.count())
    expect(page.locator("section#reply .sent-text")).to_have_text(text)
    expect(page.locator("textarea")).to_have_count(0)


def test_a_correction_that_changes_no_step_goes_out_with_the_approval(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:
    case_id, other = a_case.case.id, "P3"
    with signed_in(chromium, run) as page:
        page.goto(f"/cases/{case_id}")
        page.get_by_label("Priority", exact=True).select_option(other)
        page.get_by_label("Reply text").fill(MINE)
        page.locator(APPROVE).click()
        page.wait_for_url(f"**/cases/*?done={case_id}")
        see_the_receipts(page, case_id, MINE, ONE)
        expect(page.locator(".hist").last).to_contain_text(f"corrected priority to {other}")
        page.goto("/answered")
        row = page.locator(".row").filter(has=page.locator(f"a[href='/cases/{case_id}']"))
        expect(row.locator(".prio")).to_have_text(other)
    assert run.place.replies(case_id) == [MINE]


def test_with_the_keyboard_alone(chromium: Browser, run: Serving, a_case: CaseView) -> None:
    case_id = a_case.case.id
    with signed_in(chromium, run) as page:
        # The page's own order: the inbox may have moved on since.
        shown = page.locator(".row a.t").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        for _ in range(shown.index(f"/cases/{case_id}") + 2):
            page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cases/{case_id}")
        page.keyboard.press("a")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/cases/*?done={case_id}")
        until(lambda: run.place.replies(case_id), "the reply is in the outbox")
    assert len(run.place.replies(case_id)) == 1


def test_of_two_who_approve_the_second_is_told_who_was_first_and_keeps_the_text(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:
    case_id = a_case.case.id
    with (
        signed_in(chromium, run, ONE) as first,
        signed_in(chromium, run, TWO, refusals=(409,)) as second,
    ):
        first.goto(f"/cases/{case_id}")
        second.goto(f"/cases/{case_id}")
        second.get_by_label("Reply text").fill(MINE)
        first.locator(APPROVE).click()
        first.wait_for_url(f"**/cases/*?done={case_id}")
        second.locator(APPROVE).click()
        told = second.get_by_role("alert")
        expect(told).to_contain_text(re.compile(rf"@{ONE} approved r\d+ at .*, before you\."))
        expect(told).to_contain_text("Nothing of yours was sent.")
        assert second.evaluate("document.activeElement.id") == "banner"
        expect(second.get_by_label("Your text, kept")).to_have_value(MINE)
        expect(second.locator(APPROVE)).to_have_count(0)
        told.get_by_role("link", name="See what was sent").click()
        expect(second.get_by_text("Done.")).to_contain_text(f"@{ONE} approved", timeout=SOON)
    assert len(run.place.replies(case_id)) == 1
    assert MINE not in run.place.replies(case_id)


def test_a_click_on_an_older_revision_is_refused_and_the_text_can_be_taken_along(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:
    case, message = a_case.case, a_case.messages[-1].message
    more = {
        "id": f"more-{case.id}",
        "source": case.source,
        "author": message.author,
        "thread": message.thread or message.id,
        "text": "it happened again this morning, the same error on the second machine",
    }
    with signed_in(chromium, run, refusals=(409,)) as page:
        page.goto(f"/cases/{case.id}")
        page.get_by_label("Reply text").fill(MINE)
        assert run.place.triage("receive", "--file", "-", stdin=json.dumps(more)).returncode == 0
        until(
            lambda: (run.place.desk().case(case.id).case.open_revision or 0) > case.revision, "the next one"
        )
        page.locator(APPROVE).click()
        told = page.get_by_role("alert")
        expect(told).to_contain_text(f"This Case moved on to r{case.revision + 1}: a new Message from")
        expect(told).to_contain_text("Not sent.")
        expect(page.locator(APPROVE)).to_have_count(0)
        expect(page.get_by_label("Your text, kept")).to_have_value(MINE)
        assert run.place.replies(case.id) == []
        page.get_by_role("button", name="Keep my text").click()
        expect(page.get_by_label("Reply text")).to_have_value(MINE)
        page.locator(APPROVE).click()
        page.wait_for_url(f"**/*?done={case.id}")
    assert until(lambda: run.place.replies(case.id), "the reply is in the outbox") == [MINE]


def test_a_pasted_message_is_judged_and_waits_for_a_person(chromium: Browser, run: Serving) -> None:
    words = "the duration column of the runs table sorts 9s above 10m"
    with signed_in(chromium, run) as page:
        page.get_by_role("link", name="Paste a message").click()
        page.get_by_label("Where it was written").select_option(HELP)
        page.get_by_label("Who wrote it").fill("user-pasted")
        page.get_by_label("What they wrote").fill(words)
        page.get_by_role("button", name="Take it in").click()
        expect(page.get_by_text("Received; it is judged now.")).to_be_visible()
        in_the_inbox(run, "duration column")
        page.goto("/search?q=duration column")
        page.get_by_role("link", name=words).click()
        expect(page.locator(".said")).to_contain_text(words)
        expect(page.locator(".judge")).to_contain_text("r1")
        expect(page.get_by_label("Reply text")).not_to_be_empty()
        expect(page.locator(APPROVE)).to_be_visible()


def test_a_rejection_has_its_reason_and_sends_nothing(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:
    case_id = a_case.case.id
    with signed_in(chromium, run) as page:
        page.goto(f"/cases/{case_id}")
        page.keyboard.press("r")
        expect(page.get_by_text("Nothing is sent. Why?")).to_be_visible()
        page.get_by_role("button", name="The reply is wrong").click()
        expect(page.get_by_text(f"{case_id} is rejected; nothing was sent.")).to_be_visible()
        page.get_by_role("link", name=f"Look at {case_id}").click()
        expect(
            page.get_by_text(re.compile(rf"@{ONE} rejected r\d+ at .*: the reply is wrong"))
        ).to_be_visible()
    assert run.place.replies(case_id) == []


def test_an_acknowledgement_leaves_the_reply_to_be_written_and_what_was_typed_stays(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:  # S5
    case_id = a_case.case.id
    with signed_in(chromium, run) as page:
        page.goto(f"/cases/{case_id}")
        page.get_by_label("Reply text").fill(MINE)
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_text("The acknowledgement goes out")).to_be_visible()
        expect(page.get_by_label("Reply text")).to_have_value(MINE)
        expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        said = until(lambda: run.place.replies(case_id), "the acknowledgement is in the outbox")
        assert MINE not in said
        page.locator(APPROVE).click()
        page.wait_for_url(f"**/cases/*?done={case_id}")
        see_the_receipts(page, case_id, MINE, ONE)
        expect(page.get_by_role("heading", name="Acknowledgement")).to_be_visible()
    assert len(run.place.replies(case_id)) == 2


def test_a_case_is_handed_over_with_the_keyboard_and_a_question_without_a_place_is_kept(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:  # T26
    case_id = a_case.case.id
    with signed_in(chromium, run, refusals=(409,)) as page:
        page.goto(f"/cases/{case_id}")
        page.keyboard.press("q")
        page.keyboard.type("Is this the same as before?")
        page.get_by_role("button", name="Ask the team", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("There is no place to ask in")
        expect(page.get_by_label("Your question")).to_have_value("Is this the same as before?")
        page.goto(f"/cases/{case_id}")
        page.keyboard.press("h")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text(re.compile(r"has this Case now\."))).to_be_visible()
    assert run.place.desk().case(case_id).case.owner != a_case.case.owner
    assert run.place.replies(case_id) == []


def test_a_colleagues_answer_withdraws_the_reply_and_the_case_is_let_go(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:  # T20
    case, message = a_case.case, a_case.messages[-1].message
    answer = {
        "id": f"colleague-{case.id}",
        "source": case.source,
        "author": TWO,
        "thread": message.thread or message.id,
        "text": "this is fixed on main, the next build has it",
    }
    with signed_in(chromium, run) as page:
        assert run.place.triage("receive", "--file", "-", stdin=json.dumps(answer)).returncode == 0
        until(lambda: run.place.desk().case(case.id).case.withdrawn_by, "the reply is withdrawn")
        page.goto(f"/cases/{case.id}")
        expect(page.get_by_text("This reply is withdrawn.")).to_be_visible()
        expect(page.locator(APPROVE)).to_have_count(0)
        page.get_by_role("button", name="Mark as waiting on them").click()
        expect(page.get_by_text("This Case waits on them now.")).to_be_visible()
        page.goto("/answered")
        expect(page.locator(f"a[href='/cases/{case.id}']")).to_be_visible()
    assert run.place.replies(case.id) == []


def test_what_was_screened_out_comes_back_and_is_judged(chromium: Browser, run: Serving) -> None:
    case_id = run.place.desk().dropped()[-1].case.id
    with signed_in(chromium, run) as page:
        page.goto("/dropped")
        page.locator(f"a[href='/cases/{case_id}']").click()
        expect(page.get_by_text("Screened out:")).to_be_visible()
        page.get_by_role("button", name="Restore").click()
        expect(page.locator(".judge")).to_be_visible(timeout=SOON)
        expect(page.get_by_text("Screened out:")).to_have_count(0)
        page.goto("/dropped")
        expect(page.locator(f"a[href='/cases/{case_id}']")).to_have_count(0)
    assert case_id in {row.case.id for row in run.place.desk().inbox()}


def test_none_of_these_takes_the_proposed_duplicate_away(
    chromium: Browser, run: Serving, taken: set[str]
) -> None:
    desk = run.place.desk()
    views = (desk.case(row.case.id) for row in desk.inbox() if row.case.id not in taken)
    known = next(view for view in views if _is_known(view))
    taken.add(known.case.id)
    with signed_in(chromium, run) as page:
        page.goto(f"/cases/{known.case.id}")
        page.get_by_label("None of these").check()
        page.get_by_role("button", name="Save corrections", exact=True).click()
        expect(page.get_by_text(re.compile("Your corrections are saved"))).to_be_visible(timeout=SOON)
        expect(page.get_by_label(re.compile("None of these|Nothing close"))).to_be_checked(timeout=SOON)
    after = desk.case(known.case.id)
    assert after.proposal is not None
    assert after.proposal.revision == known.case.revision + 1
    assert after.proposal.duplicate is None or after.proposal.duplicate.verdict != "duplicate"


def _is_known(view: CaseView) -> bool:
    duplicate = view.proposal.duplicate if view.proposal else None
    return duplicate is not None and duplicate.verdict == "duplicate" and bool(view.proposal.type.is_bug)


def test_without_scripts_a_person_says_who_they_are_on_the_form_and_sends(
    chromium: Browser, run: Serving, a_case: CaseView
) -> None:
    case_id = a_case.case.id
    with watched(chromium, run.address, scripts=False) as page:
        page.goto(run.link)
        page.locator(f".row a[href='/cases/{case_id}']").click()
        page.get_by_label("Reply text").fill(MINE)
        page.get_by_label("You are").select_option(TWO)
        page.locator(APPROVE).click()
        see_the_receipts(page, case_id, MINE, TWO)
        expect(page.get_by_role("link", name=f"@{TWO}")).to_be_visible()
    assert run.place.replies(case_id) == [MINE]
