"""Versions as people write them (N3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.policy.versions import Version, has_fix, is_at_least, read_version

versions = st.builds(
    Version,
    st.lists(st.integers(0, 12), min_size=1, max_size=4).map(tuple),
    st.integers(0, 10),
    st.integers(0, 3),
)


@pytest.mark.parametrize(
    ("reported", "fixed_in", "has"),
    [
        ("1.8.2", "1.8.2", True),
        ("v1.8.3", "1.8.2", True),
        ("1.8.10", "1.8.9", True),
        ("1.8.1", "1.8.2", False),
        ("ferry 1.8.1 (linux)", "v1.8.2", False),
        ("1.8.2-rc1", "1.8.2", False),
        ("1.8.2-rc2", "1.8.2-rc1", True),
        ("1.8.2+build5", "1.8.2", True),
        ("1.8", "1.8.0", True),
        ("1.8", "1.8.2", None),  # any 1.8.x
        ("1.9", "1.8.2", True),
        ("2", "1.8.2", True),
        ("Windows 10, 1.8.1", "1.8.2", False),
        ("the newest", "1.8.2", None),
        (None, "1.8.2", None),
        ("1.8.2", None, None),
        ("0.12-pre", "0.12", False),
        ("0.13.0-nightly", "0.12", True),
    ],
)
def test_whether_the_reporter_has_the_fix(
    reported: str | None, fixed_in: str | None, has: bool | None
) -> None:
    assert has_fix(reported, fixed_in) is has


@given(versions, versions)
def test_of_two_versions_one_is_at_least_the_other(one: Version, other: Version) -> None:
    assert is_at_least(one, one)
    assert is_at_least(one, other) or is_at_least(other, one)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    read_version(text)
