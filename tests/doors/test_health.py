"""What a supervisor and Prometheus ask: who may, what is told, and what a process says that cannot do its part."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import cast

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from agent.desk import Desk
from agent.domain.cases import VerdictKind
from agent.domain.figures import Check
from agent.doors.health.app import Health, build_health
from agent.doors.web.app import build_app
from agent.house import House
from tests.builders import MONDAY, ONE, World, message, world

TOKEN, LINK = "what prometheus knows", "the-token-of-the-link"
HERE = ("127.0.0.1", 40_000)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as opened:
        yield opened


def with_token(desk: Desk) -> Desk:
    """Return the desk with TRIAGE_METRICS_TOKEN in its environment."""
    given = desk.settings
    external = {**given.external, "TRIAGE_METRICS_TOKEN": True}
    desk.settings = replace(given, external=external, _secrets={"TRIAGE_METRICS_TOKEN": TOKEN})
    return desk


def asking(
    here: World, *, house: House | None = None, is_local: bool = True, client: tuple[str, int] = HERE
) -> TestClient:
    app = build_health(with_token(here.house.desk), house, is_local=is_local)
    return TestClient(app, base_url="http://127.0.0.1:9100", client=client)


def told(text: str) -> dict[str, float]:
    """Return the samples without labels, as Prometheus' own parser reads them."""
    families = text_string_to_metric_families(text)
    return {each.name: each.value for family in families for each in family.samples if not each.labels}


def test_the_figures_are_read_by_prometheus_own_parser(here: World) -> None:
    here.house.desk.receive([message(id=f"m-{at}", author=f"user-{at}") for at in range(3)])
    here.house.drain()
    here.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
    here.house.drain()
    here.clock.pass_by(minutes=10)
    found = told(asking(here).get("/metrics").text)
    assert found["triage_received_total"] == found["triage_handled_total"] == 3
    assert (found["triage_waiting"], found["triage_waiting_seconds"]) == (2, 600)
    assert found["triage_send_seconds_count"] > 0
    assert found["process_resident_memory_bytes"] > 0


def test_no_figure_names_anybody_or_quotes_anything(here: World) -> None:
    planted = "Zanzibar quarterly numbers"
    here.house.desk.receive([message(planted, author="user-4821", title=planted)])
    here.house.drain()
    text = asking(here).get("/metrics").text
    assert "triage_received_total 1.0" in text
    for word in ("Zanzibar", "user-4821", "C-HELP", ONE):
        assert word not in text


def test_a_program_of_this_machine_reads_the_figures_without_a_token(here: World) -> None:
    assert asking(here).get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"host": "triage.example.com"},
        {"authorization": "Bearer wrong"} | {"x-real-ip": "203.0.113.9"},
    ],
)
def test_what_comes_by_a_proxy_or_another_name_needs_the_token(here: World, asked: dict[str, str]) -> None:
    browser = asking(here)
    refused = browser.get("/metrics", headers=asked)
    assert refused.status_code == 401
    assert "TRIAGE_METRICS_TOKEN" in refused.text
    assert "triage_" not in refused.text.replace("TRIAGE_METRICS_TOKEN", "")
    assert browser.get("/metrics", headers=asked | {"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_where_others_reach_the_port_nobody_reads_the_figures_without_the_token(here: World) -> None:
    for client in (HERE, ("203.0.113.9", 40_000)):
        browser = asking(here, is_local=False, client=client)
        assert browser.get("/metrics").status_code == 401
        assert browser.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        assert browser.get("/healthz").text == "ok\n"


def test_beside_the_pages_the_links_token_opens_the_figures_too(here: World) -> None:
    app = build_app(with_token(here.house.desk), token=LINK, person=ONE)
    browser = TestClient(app, base_url="http://127.0.0.1", client=("203.0.113.9", 40_000))
    assert browser.get("/metrics").status_code == 401
    for token in (LINK, TOKEN):
        assert browser.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code == 200


def test_doors_are_ready_when_the_store_is_and_say_that_nobody_works(here: World) -> None:
    ready = asking(here).get("/readyz")
    assert (ready.status_code, ready.text) == (
        200,
        "store ok\nqueue ok: nobody works it: what comes in is kept and waits\n",
    )


def test_a_worker_is_ready_once_its_index_is_loaded(here: World) -> None:
    browser = asking(here, house=here.house)
    before = browser.get("/readyz")
    assert before.status_code == 503
    assert "index failed: it is being loaded" in before.text
    here.house.is_loaded = True
    assert browser.get("/readyz").status_code == 200


def test_a_process_beside_a_newer_version_is_not_ready(here: World) -> None:
    with here.house.store.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    answer = asking(here).get("/readyz")
    assert answer.status_code == 503
    assert "store failed: its tables are those of another version" in answer.text


@pytest.mark.parametrize("each_database", ["postgresql"], indirect=True)
def test_a_store_that_does_not_answer_is_told_and_the_process_lives(
    each_database: None, tmp_path: Path
) -> None:
    with world(tmp_path) as here:
        browser, address = asking(here), here.house.store.db.url
        here.house.store.close()
        with connections(address, allowed=False):
            answer = browser.get("/readyz")
            assert (answer.status_code, answer.text) == (503, "store failed: it does not answer\n")
            assert browser.get("/healthz").status_code == 200
        assert browser.get("/readyz").status_code == 200


@contextmanager
def connections(address: sa.URL, *, allowed: bool) -> Iterator[None]:
    """Have the server let nobody into the database, and then again."""
    server = sa.create_engine(address.set(database="postgres"))
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        for each in (allowed, not allowed):
            admin.exec_driver_sql(f'ALTER DATABASE "{address.database}" ALLOW_CONNECTIONS {each}')
            if each is allowed:
                yield
    server.dispose()


def test_what_is_told_of_a_store_holds_no_address(here: World) -> None:
    here.house.store.close()
    text = asking(here).get("/readyz").text
    assert not re.search(r"sqlite|postgresql|/", text)


def test_ages_are_seconds_since_and_none_is_nought(here: World) -> None:
    assert told(asking(here).get("/metrics").text)["triage_backlog_seconds"] == 0
    here.house.desk.receive([message(sent_at=MONDAY)])
    here.clock.pass_by(minutes=3)
    assert told(asking(here).get("/metrics").text)["triage_backlog_seconds"] == 180


class Hanging:
    """A desk whose store takes every question and answers none until it goes on."""

    def __init__(self) -> None:
        self.goes_on = Event()

    def checks(self) -> list[Check]:
        self.goes_on.wait(20)
        return []

    def figures(self) -> None:
        self.goes_on.wait(20)


def test_a_store_that_hangs_is_told_in_time_and_takes_no_thread_from_anybody() -> None:
    desk = Hanging()
    health = Health(desk=cast(Desk, desk), house=None, tokens=[], is_local=True, patience=0.05)
    app = Starlette(routes=health.routes())
    with TestClient(app, base_url="http://127.0.0.1:9100", client=HERE) as asks:
        for _ in range(50):  # as often as there are threads, and more
            answer = asks.get("/readyz")
            assert (answer.status_code, answer.text) == (503, "store failed: it does not answer\n")
        assert asks.get("/metrics").status_code == 503
        assert asks.get("/healthz").text == "ok\n"
        desk.goes_on.set()
