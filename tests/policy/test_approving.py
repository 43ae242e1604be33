"""Who may say what leaves, and whose words are the team's own."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.domain.messages import Level, Visibility
from agent.policy.approving import may_approve
from agent.policy.colleagues import is_colleagues
from agent.policy.shifts import holder, next_shift
from tests.builders import HELP, MONDAY, message, settings_in

TEAM = Visibility(Level.INTERNAL)


@pytest.mark.parametrize("week", range(3))
def test_the_holder_and_the_next_holder_may_always_approve_and_the_third_may_not(week: int, tmp_path) -> None:  # type: ignore[no-untyped-def]  # T1
    settings = settings_in(tmp_path)
    now = datetime(2026, 3, 2 + 7 * week, 12, tzinfo=UTC)
    rotation, source = settings.rotation, settings.source(HELP)
    may = {each.id for each in settings.team.people if may_approve(each.id, source, (), rotation, now)}
    assert may == {holder(rotation, now).holder, next_shift(rotation, now).holder}
    everybody = {each.id for each in settings.team.people}
    (third,) = everybody - may
    assert may_approve(third, source, (third,), rotation, now)
    assert may_approve(third, replace(source, approvers=(third,)), (), rotation, now)
    assert not may_approve("", source, (), rotation, MONDAY)


@pytest.mark.parametrize(
    ("author", "source", "visibility", "is_ours"),
    [
        ("second-engineer", HELP, Visibility(Level.PUBLIC), True),
        ("user-1", HELP, Visibility(Level.PUBLIC), False),
        ("user-2", HELP, Visibility(Level.PUBLIC), False),
        ("somebody", "slack:C-TRIAGE-BUGS", TEAM, True),
        ("second-engineer", "github:o/r", Visibility(Level.PUBLIC), False),
    ],
)
def test_a_teammates_words_are_known_by_name_or_by_the_teams_own_place(
    author: str, source: str, visibility: Visibility, is_ours: bool
) -> None:
    said = message(author=author, source=source, visibility=visibility)
    assert is_colleagues(said, HELP, "user-1", {"second-engineer"}) is is_ours


def test_a_teammate_who_reports_is_the_one_who_asks(tmp_path) -> None:  # type: ignore[no-untyped-def]  # T15
    report = message(author="second-engineer", source="slack:C-TRIAGE-BUGS", visibility=TEAM)
    assert not is_colleagues(report, report.source, "second-engineer", settings_in(tmp_path).team.names)
