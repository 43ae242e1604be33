"""Words that a user plants, what is made of them, and where they are looked for: in the bytes of the home's files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from starlette.testclient import TestClient

from agent.domain.assessments import Assessment, Compared, Factor, FactorKind, Likeness, Matched, Quote
from agent.domain.cases import VerdictKind
from agent.domain.proposals import Draft
from agent.domain.reports import Brief, Report
from agent.doors.web.app import build_app
from agent.store.tables import metadata
from tests.builders import ONE, World, message, settings_in, world
from tests.fakes.engine import ScriptedEngine

#: A user, and words of theirs that stand nowhere else.
THEM, WORDS = "zorblax", ("quokkaphone", "narwhalic", "wombatite")
DAYS = 90


class Quoting(ScriptedEngine):
    """Quotes what it reads in everything that it makes."""

    def compare(self, report: Report, found) -> Compared:  # type: ignore[no-untyped-def,override]
        quote = Quote(report.text[:20], 0, 20)
        return Compared(
            likenesses=tuple(
                Likeness(
                    issue_id=each.id, probability=0.4, theirs=quote, ours=each.title, same=(report.text[:9],)
                )
                for _, each in found
            ),
            made=self.made,
        )

    def assess(self, report: Report, matched: Matched) -> Assessment:
        said = super().assess(report, matched)
        quote = Quote(report.text[:40], 0, 40)
        factor = Factor(kind=FactorKind.BLOCKED, quote=quote, record=report.text[:30])
        return replace(said, factors=(factor,), version=report.text[:10], missing=(report.text[:12],))

    def draft(self, brief: Brief) -> Draft:
        said = super().draft(brief)
        return replace(said, text=f"{said.text} You wrote: {brief.report.text}")


@contextmanager
def house(home: Path, days: int | None = DAYS, engine: ScriptedEngine | None = None) -> Iterator[World]:
    team = replace(settings_in(home).team, keep_words_days=days)
    with world(home, engine or Quoting(), team=team) as at:
        yield at


def answered(at: World) -> None:
    """Let somebody write, edit and write again; ask the team, change the reply, and let everything leave."""
    desk = at.house.desk
    desk.receive([message("the quokkaphone hangs on Sunday", author=THEM, title="quokkaphone")])
    at.house.drain()
    desk.receive([message("the quokkaphone is narwhalic on Sunday", author=THEM, title="quokkaphone")])
    at.house.drain()
    desk.receive([message("and wombatite, too", id="m-2", author=THEM, thread="m-1")])
    at.house.drain()
    view = desk.case("C-1", shown_to=ONE)
    assert view.proposal is not None
    draft = view.proposal.draft
    assert draft is not None
    text = f"{draft.text} So much for wombatite."
    desk.decide(
        "C-1", view.case.revision, VerdictKind.EDIT, ONE, text=text, note="narwhalic", issue_body="wombatite"
    )
    at.house.drain()
    at.clock.pass_by(seconds=5)
    at.house.drain()
    assert [line["kind"] for line in at.sent()] == ["reply"]


def found_in(home: Path, words: tuple[str, ...] = WORDS) -> dict[str, set[str]]:
    """Return which files of a home hold which words, in whatever place of them."""
    contents = {path.name: path.read_bytes().lower() for path in home.rglob("*") if path.is_file()}
    found = {name: {word for word in words if word.encode() in content} for name, content in contents.items()}
    return {name: words for name, words in found.items() if words}


def surfaces_of(at: World) -> str:
    """Return the Case as its page and the terminal's list show it; both must draw."""
    app = build_app(at.house.desk, token="t", person=ONE)
    client = TestClient(app, base_url="http://127.0.0.1")
    client.get("/?token=t")
    page = client.get("/cases/C-1")
    assert page.status_code == 200
    return page.text


def texts_of(tx: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield each column of each row with what it holds, as text."""
    for table in metadata.tables.values():
        for row in tx.execute(sa.select(table)).mappings():
            for name, value in row.items():
                yield f"{table.name}.{name}", str(value)
