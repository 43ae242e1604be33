"""Which fields a person may set, and to what (A6)."""

import pytest

from agent.domain.assessments import CaseType
from agent.policy.corrections import check


def faults(corrections: dict[str, str], kind: CaseType = CaseType.COMPLEX) -> tuple[str, ...]:
    return check(corrections, kind, ("logs",), {"o/r#1"}.__contains__)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "feature"),
        ("priority", "P0"),
        ("status", "Backlog"),
        ("area", "logs"),
        ("area", "none"),
        ("duplicate", "o/r#1"),
        ("duplicate", "none"),
    ],
)
def test_allowed_values_are_fine(field: str, value: str) -> None:
    assert faults({field: value}) == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "bug"),
        ("priority", "P4"),
        ("priority", "p1"),
        ("status", "Done"),
        ("area", "web"),
        ("duplicate", "o/r#2"),
        ("owner", "me"),
    ],
)
def test_anything_else_is_named_with_its_field(field: str, value: str) -> None:
    (fault,) = faults({field: value})
    assert fault.startswith(f"{field}: ")


def test_a_feature_cannot_be_prioritized() -> None:  # A6
    assert faults({"status": "Prioritized"}, CaseType.FEATURE) == ("status: a feature is always Backlog",)
    assert faults({"type": "feature", "status": "Prioritized"})
    assert faults({"type": "complex", "status": "Prioritized"}, CaseType.FEATURE) == ()


def test_all_faults_come_at_once() -> None:
    assert len(faults({"type": "bug", "priority": "P9", "owner": "me"})) == 3
