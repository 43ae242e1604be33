"""The two-hour rule (S6) and who is proposed (T2, A5, S7)."""

from agent.domain.assessments import CaseType, Effort
from agent.policy.effort import EffortRule, belongs_on_board, board_reason, split
from agent.policy.routing import Area, area_of, assignee

RULE = EffortRule(quick_hours=2, half_day_hours=4)
WATCHING = Area(
    id="watching", name="File watching", words=("watch", "inotify limit"), people=("dev-2", "dev-3")
)
LOGS = Area(id="logs", name="Logs", words=("log", "log pane"), people=("holder",))


def effort(low: float, high: float, *, sure: bool = True) -> Effort:
    return Effort(low=low, high=high, sure=sure)


def test_two_hours_are_the_holders_and_more_is_the_boards() -> None:  # S6
    assert not belongs_on_board(effort(2, 2), RULE)
    assert belongs_on_board(effort(2, 2.5), RULE)
    assert board_reason(effort(2, 4), RULE) == "2 to 4 h of work, more than 2 h"
    assert board_reason(effort(1, 1, sure=False), RULE) == "unsure, 1 h of work, within 2 h"


def test_under_half_a_day_for_somebody_else_goes_to_the_board() -> None:  # S6
    assert belongs_on_board(effort(1, 2), RULE, for_somebody_else=True)
    assert (
        board_reason(effort(1, 2), RULE, for_somebody_else=True) == "under 4 h of work, but for somebody else"
    )


def test_a_sure_estimate_splits_bugs_and_an_unsure_one_leaves_what_was_read() -> None:
    assert split(CaseType.COMPLEX, effort(0.5, 1), RULE) is CaseType.QUICK_FIX
    assert split(CaseType.QUICK_FIX, effort(3, 6), RULE) is CaseType.COMPLEX
    assert split(CaseType.QUICK_FIX, effort(1, 8, sure=False), RULE) is CaseType.QUICK_FIX
    assert split(CaseType.FEATURE, effort(0.5, 1), RULE) is CaseType.FEATURE


def test_an_area_is_found_by_its_words_and_quoted() -> None:
    text = "Nothing happens: INOTIFY\nlimit reached, see the log"
    found = area_of(text, [LOGS, WATCHING])
    assert found is not None
    area, quote = found
    assert area is WATCHING
    assert text[quote.start : quote.end] == quote.text == "INOTIFY\nlimit"


def test_parts_of_words_and_repetition_do_not_count() -> None:
    assert area_of("catalogue of stopwatches", [LOGS, WATCHING]) is None
    found = area_of("log log log log, and the inotify limit", [LOGS, WATCHING])
    assert found is not None
    assert found[0] is WATCHING


def test_board_work_goes_to_who_knows_the_area_and_not_to_the_holder() -> None:  # T2
    assert assignee(WATCHING, "holder", for_board=True).person == "dev-2"
    passed = assignee(WATCHING, "dev-2", for_board=True)
    assert (passed.person, passed.reason) == ("dev-3", "knows File watching; dev-2 holds the rotation")


def test_who_is_at_work_and_has_less_open_is_preferred() -> None:
    away = assignee(WATCHING, "holder", for_board=True, available={"dev-3"})
    assert (away.person, away.reason) == ("dev-3", "knows File watching; dev-2 is not at work now")
    busy = assignee(WATCHING, "holder", for_board=True, load={"dev-2": 3})
    assert (busy.person, busy.reason) == ("dev-3", "knows File watching; dev-2 has 3 open, dev-3 0")
    assert assignee(WATCHING, "holder", for_board=True, available=set()).person == "dev-2"


def test_the_holder_does_what_is_quick_or_has_no_owner() -> None:  # S7
    assert assignee(WATCHING, "holder", for_board=False).person == "holder"
    assert "no area found" in assignee(None, "holder", for_board=True).reason
    assert assignee(LOGS, "holder", for_board=True).reason == "holder knows Logs"
    nobody = Area(id="x", name="X", words=("x",))
    assert (
        assignee(nobody, "holder", for_board=True).reason
        == "holder holds the rotation, and nobody is named for X"
    )
