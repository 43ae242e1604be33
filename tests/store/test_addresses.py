"""The address of a store has a password in it: no error tells it."""

import pytest

from agent.errors import Misuse, Unavailable
from agent.store.database import Store


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@127.0.0.1:1/d", "postgresql://127.0.0.1:1/d?password=hunter2"]
)
def test_a_password_is_in_no_error(url: str) -> None:
    with pytest.raises(Unavailable, match="does not open") as told:
        Store(url)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql//u:hunter2@host",
        "postgresql://u:hunter2@host:port/d",
        "postgresql://u:an@hunter2@127.0.0.1:1/d",  # an @ that is not spelled %40 ends a password
    ],
)
def test_an_address_that_cannot_be_read_is_told_without_it(url: str) -> None:
    with pytest.raises(Misuse, match="cannot be read") as told:
        Store(url)
    assert "hunter2" not in str(told.value)
    assert told.value.__cause__ is None
