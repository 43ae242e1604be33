"""The pages over a desk that is furnished, for every file about them."""

import pytest
from starlette.testclient import TestClient

from tests.doors.web import browser
from tests.fakes.desk import FakeDesk, furnished


@pytest.fixture
def desk() -> FakeDesk:
    return furnished()


@pytest.fixture
def client(desk: FakeDesk) -> TestClient:
    return browser(desk)
