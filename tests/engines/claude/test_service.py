"""One request, as the SDK's errors become ours: what the account's own limits and odd answers are called."""

import time
from collections.abc import Iterator

import pytest

from agent.engines.claude.service import Service
from agent.errors import EngineFailed, Failure
from tests.fakes.claude import KEY, Claude, Fault, standing
from tests.fakes.claude import faults as wrong

REQUEST = {
    "model": "claude-haiku-5-5",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
}


@pytest.fixture
def claude() -> Iterator[Claude]:
    with standing() as stands:
        yield stands


@pytest.fixture
def service(claude: Claude) -> Iterator[Service]:
    opened = Service(KEY, claude.address)
    yield opened
    opened.close()


def failure(service: Service, claude: Claude, fault: Fault) -> EngineFailed:
    claude.fails(fault)
    with pytest.raises(EngineFailed) as failed:
        service.send(REQUEST, 5)
    return failed.value


def test_the_type_of_an_error_says_more_than_its_status(service: Service, claude: Claude) -> None:
    assert failure(service, claude, Fault(400, "billing_error", "too low")).kind is Failure.NO_CREDIT
    assert failure(service, claude, Fault(503, "overloaded_error", "busy")).kind is Failure.OVERLOADED


def test_the_accounts_own_limit_is_no_credit(service: Service, claude: Claude) -> None:
    limit = Fault(429, "rate_limit_error", "limit", details={"error_code": "enforced_spend_limit_reached"})
    assert failure(service, claude, limit).kind is Failure.NO_CREDIT


def test_a_date_to_come_back_at_is_not_waited_for(service: Service, claude: Claude) -> None:
    dated = Fault(429, "rate_limit_error", "x", {"retry-after": "Sat, 21 Nov 2026 10:00:00 GMT"})
    found = failure(service, claude, dated)
    assert (found.kind, found.seconds) == (Failure.RATE_LIMITED, 0.0)


@pytest.mark.parametrize("header", ["inf", "nan", "1e300", "-5"])
def test_a_wait_beyond_all_sense_is_a_day_at_the_most(header: str, service: Service, claude: Claude) -> None:
    found = failure(service, claude, Fault(429, "rate_limit_error", "x", {"retry-after": header}))
    assert 0 <= found.seconds <= 86_400


def test_an_answer_that_drips_is_given_up_at_the_timeout(service: Service, claude: Claude) -> None:
    claude.fails(wrong.dripping(every=0.2))
    began = time.monotonic()
    with pytest.raises(EngineFailed) as failed:
        service.send(REQUEST, 1)
    assert failed.value.kind is Failure.TOO_SLOW
    assert time.monotonic() - began < 3


def test_a_status_that_nobody_knows_is_an_error_of_the_service(service: Service, claude: Claude) -> None:
    found = failure(service, claude, Fault(418, "teapot_error", "short and stout"))
    assert found.kind is Failure.BROKEN
    assert "418: short and stout" in str(found)


def test_nobody_listening_is_no_connection() -> None:
    service = Service(KEY, "http://127.0.0.1:9")
    with pytest.raises(EngineFailed) as failed:
        service.send(REQUEST, 1)
    service.close()
    assert failed.value.kind is Failure.NO_ANSWER


def test_the_key_comes_from_settings_alone(claude: Claude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    service = Service(KEY, claude.address)
    service.send(REQUEST, 5)
    service.close()
    assert claude.calls[0].asked.headers["authorization"] == f"Bearer {KEY}"
    assert "environment" not in str(claude.calls[0].asked.headers)


def test_a_check_costs_nothing(service: Service, claude: Claude) -> None:
    service.check("claude-haiku-5-5", 5)
    assert [call.path for call in claude.calls] == ["/v1/messages/count_tokens"]
