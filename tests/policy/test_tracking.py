"""What an Issue gets beside its words: the team's rule and nothing else (T2, T16, S9, A6, A12)."""

from agent.domain.actions import ActionKind
from agent.policy.tracking import Board, Change, TrackerRule, changes

FIELDS = {"type": "complex", "priority": "P1", "status": "Prioritized", "area": "cli", "assignee": "one"}
RULE = TrackerRule(
    type_labels={"complex": "bug"},
    priority_labels={"P1": "High", "P2": "medium"},
    has_area_labels=True,
    issue_types={"complex": "Bug"},
    logins={"one": "dev-one"},
    board=Board(id="o/1", priority_field="Priority", status_field="State", priorities={"P1": "High"}),
)


def said(found: tuple[Change, ...]) -> list[str]:
    return [
        " ".join([each.kind, *(v for k, v in each.fields.items() if k not in ("of", "board"))])
        for each in found
    ]


def test_every_change_is_a_step_of_its_own_in_order() -> None:
    assert said(tuple(changes(FIELDS, RULE))) == [
        "label_issue bug",
        "label_issue High",
        "label_issue area/cli",
        "type_issue Bug",
        "assign_issue dev-one",
        "board_issue",
        "field_issue Priority High",
        "field_issue State Prioritized",
    ]


def test_what_the_rule_does_not_name_is_not_done() -> None:
    assert tuple(changes(FIELDS, TrackerRule())) == ()
    other = {"type": "question", "priority": "P3", "assignee": "two"}
    assert said(tuple(changes(other, RULE))) == ["board_issue"]


def test_a_label_that_is_there_is_not_set_again_and_a_wrong_priority_comes_off() -> None:
    found = tuple(changes(FIELDS, RULE, labels=("Bug", "MEDIUM", "docs")))
    assert said(found)[:3] == ["label_issue High", "label_issue area/cli", "unlabel_issue MEDIUM"]


def test_an_estimate_is_what_a_person_typed() -> None:
    (only,) = changes({"estimate": "2 days"}, TrackerRule())
    assert (only.kind, only.body) == (ActionKind.ESTIMATE_ISSUE, "Estimate: 2 days")
