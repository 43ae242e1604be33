"""The log: a line an event, with its Case and its job, and never a word that a user wrote."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from agent.domain.cases import VerdictKind
from agent.doors import logs
from agent.errors import EngineFailed, Failure, Rejected, Unavailable
from tests.builders import ONE, World, message, world

PLANTED = "Zanzibar quarterly numbers"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Give the root logger and structlog back as they were."""
    root = logging.getLogger()
    handlers, level, ours = root.handlers[:], root.level, [logging.getLogger(each) for each in logs.OURS]
    levels = [each.level for each in ours]
    yield
    for handler in [each for each in root.handlers if each not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    for each, before in zip(ours, levels, strict=True):
        each.setLevel(before)
    structlog.reset_defaults()


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def worked(here: World, times: int = 1) -> None:
    """Have a Message that holds the planted words go as far as it comes."""
    here.house.desk.receive([message(f"{PLANTED} are wrong", title=PLANTED, author="user-4821")])
    for _ in range(times):
        here.house.drain()
        here.clock.pass_by(hours=1)


def test_each_job_is_a_line_with_its_case_its_kind_and_its_seconds(tmp_path: Path) -> None:
    log = tmp_path / "log"
    logs.to_file(log, as_json=True)
    with world(tmp_path / "home") as here:
        worked(here)
        here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        here.house.drain()
    done = [line for line in lines(log) if line["event"] == "job done"]
    assert {(line["job"], line.get("case")) for line in done} >= {("triage", "C-1"), ("send", "C-1")}
    assert [line["key"] for line in done if line["job"] == "intake"] == ["slack:C-HELP/m-1"]
    for line in done:
        assert {"time", "level", "logger", "event"} <= set(line)
        assert isinstance(line["seconds"], float)
    sent = [line for line in lines(log) if line["event"] == "call ended"]
    assert {(line["case"], line["job"], line["how"]) for line in sent} == {("C-1", "send", "receipt")}


@pytest.mark.parametrize("as_json", [True, False])
def test_no_line_has_the_words_of_a_user_whatever_goes_wrong(tmp_path: Path, as_json: bool) -> None:
    log = tmp_path / "log"
    logs.to_file(log, as_json=as_json)

    def quoting(report: object, *_more: object) -> None:
        try:
            raise KeyError(f"inner: {report}")
        except KeyError as error:
            raise ValueError(f"cannot read {report}") from error

    with world(tmp_path / "home") as here:
        here.engine.assess = quoting  # type: ignore[method-assign,assignment]
        worked(here, times=6)
        assert here.house.desk.case("C-1").case.trouble
    logging.getLogger("slack_bolt.App").warning("Unhandled request (%s)", PLANTED)
    logging.getLogger("uvicorn.error").error(f"Exception in {PLANTED}")
    logging.getLogger("httpx").info("HTTP Request: POST %s", PLANTED)
    text = log.read_text()
    assert "job failed" in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "test_logs.py:" in text
    assert text.count("a library warned") == 2
    for word in (*PLANTED.split(), "are wrong", "user-4821"):
        assert word not in text


def test_what_our_own_errors_say_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    logs.to_file(log, as_json=True)
    with world(tmp_path / "home") as here:
        here.engine.assess = away  # type: ignore[method-assign,assignment]
        worked(here)
    (failed,) = [line for line in lines(log) if line["event"] == "job failed"]
    assert (failed["error"], failed["said"]) == ("Unavailable", "The model does not answer.")
    assert (failed["job"], failed["case"], failed["attempt"]) == ("triage", "C-1", 1)


@pytest.mark.parametrize(
    "error",
    [
        Rejected(f"GitHub answered 422: {PLANTED} is too long."),
        EngineFailed(Failure.WRONG_SHAPE, f"the quote {PLANTED} stands nowhere"),
        EngineFailed(Failure.BAD_REQUEST, f"messages.0: {PLANTED}"),
    ],
)
def test_what_repeats_a_destination_or_an_answer_is_kept_by_its_kind_alone(
    tmp_path: Path, error: Exception
) -> None:
    log = tmp_path / "log"
    logs.to_file(log, as_json=True)
    structlog.get_logger("queue").error("job failed", exc_info=error)
    assert PLANTED not in log.read_text()
    assert lines(log)[0]["error"] == type(error).__name__


def away(*_given: object) -> None:
    raise Unavailable("The model does not answer.")


def test_text_is_one_line_an_event_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    logs.to_file(log, as_json=False)
    structlog.get_logger("house").error("a round failed", exc_info=ValueError("one\ntwo"))
    (line,) = log.read_text().splitlines()
    assert " error house a round failed error='ValueError'" in line


def test_json_goes_to_stderr_where_it_is_collected(capsys: pytest.CaptureFixture[str]) -> None:
    logs.to_stderr()
    structlog.get_logger("house").info("job done", seconds=0.1)
    assert json.loads(capsys.readouterr().err)["seconds"] == 0.1
