"""Words are planted, followed through everything that is made of them, and looked for after they should be gone.

The looking is in the bytes of the home's files, not in what queries return.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from agent.domain.assessments import Assessment, Compared, Factor, FactorKind, Likeness, Matched, Quote
from agent.domain.cases import CaseState, RejectReason, VerdictKind
from agent.domain.messages import Named
from agent.domain.proposals import Draft
from agent.domain.reports import Brief, Report
from agent.domain.views import Fate
from agent.doors.web.app import build_app
from agent.errors import NotFound, Refused
from agent.policy.removal import ON_REQUEST
from agent.store import arrivals, issues, messages, people, removing
from agent.store.messages import CHANGED_AT
from agent.store.tables import (
    cases,
    contacts,
    events,
    findings,
    outbox,
    reporters,
    verdicts,
)
from agent.store.tables import messages as message_rows
from tests.builders import HELP, MONDAY, ONE, PROJECT, World, issue, message, settings_in, world
from tests.cards.test_card import drawn, text
from tests.fakes.engine import ScriptedEngine

each_database = pytest.mark.usefixtures("each_database")
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


def test_words_are_in_many_places_and_after_their_days_in_none(tmp_path: Path) -> None:
    with house(tmp_path) as at:
        answered(at)
        at.clock.pass_by(days=DAYS - 1)
        at.house.drain()
        assert "quokkaphone" in surfaces_of(at)
        at.clock.pass_by(days=2)
        at.house.drain()
        page = surfaces_of(at)
        assert "Removed after 90 days" in page
        assert not [word for word in WORDS if word in page.lower()]
        assert at.house.desk.case("C-1").case.removed == "removed after 90 days"
        at.house.store.leave_no_trace()
    filed = found_in(tmp_path).pop("triage.db", set())
    assert filed <= set(WORDS)
    with house(tmp_path) as at, at.house.store.read() as tx:
        held = {name for name, text in _texts(tx) if any(word in text.lower() for word in WORDS)}
    assert held <= {"issues.title", "issues.body", "notes.body"}, "what was filed is the tracker's"
    assert "outbox.jsonl" not in found_in(tmp_path)


def _texts(tx: sa.Connection) -> Iterator[tuple[str, str]]:
    from agent.store.tables import metadata

    for table in metadata.tables.values():
        for row in tx.execute(sa.select(table)).mappings():
            for name, value in row.items():
                yield f"{table.name}.{name}", str(value)


@each_database
def test_who_did_what_and_when_stays_with_a_hash_of_each_message(tmp_path: Path) -> None:
    with house(tmp_path) as at:
        answered(at)
        with at.house.store.read() as tx:
            before = {
                table: tx.scalar(sa.select(sa.func.count()).select_from(table))
                for table in (verdicts, outbox)
            }
            told = [
                (row.at, row.what, row.who) for row in tx.execute(sa.select(events).order_by(events.c.seq))
            ]
        at.clock.pass_by(days=DAYS + 1)
        at.house.drain()
        with at.house.store.read() as tx:
            after = {table: tx.scalar(sa.select(sa.func.count()).select_from(table)) for table in before}
            still = [
                (row.at, row.what, row.who) for row in tx.execute(sa.select(events).order_by(events.c.seq))
            ]
            digests = list(tx.scalars(sa.select(message_rows.c.digest)))
            assert tx.scalar(sa.select(sa.func.count()).select_from(findings)) == 0
        assert after == before
        assert still[: len(told)] == told
        assert [len(each) for each in digests] == [64, 64]
        view = at.house.desk.case("C-1")
        assert view.verdict is not None
        assert (view.verdict.person, view.verdict.kind) == (ONE, VerdictKind.EDIT)
        assert view.proposal is not None
        assert view.proposal.provenance.engine == "scripted"
        assert all(step.receipt for step in view.steps)


@each_database
def test_a_case_that_waits_for_somebody_keeps_its_words(tmp_path: Path) -> None:
    with house(tmp_path) as at:
        for number in range(1, 6):
            at.house.desk.receive(
                [message("the quokkaphone hangs", id=f"m-{number}", author=f"user-{number}")]
            )
        at.house.drain()
        desk = at.house.desk
        desk.snooze("C-2", at.clock() + timedelta(days=200), ONE)
        desk.decide("C-3", 1, VerdictKind.REJECT, ONE, reason=RejectReason.JUDGEMENT)  # is ours to answer
        desk.decide("C-4", 1, VerdictKind.APPROVE, ONE)
        desk.pause(None, ONE)  # what was approved has not left
        desk.decide("C-5", 1, VerdictKind.REJECT, ONE, reason=RejectReason.NOISE)
        at.clock.pass_by(days=DAYS + 1)
        at.house.retaining.once()
        removed = {f"C-{n}": desk.case(f"C-{n}").case.removed for n in range(1, 6)}
        assert removed == {**dict.fromkeys(("C-1", "C-2", "C-3", "C-4"), ""), "C-5": "removed after 90 days"}


def test_without_the_key_words_are_kept_for_ever(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        answered(at)
        at.clock.pass_by(days=9999)
        at.house.drain()
        assert at.house.desk.case("C-1").case.removed == ""


def test_it_looks_once_a_day_and_goes_on_where_a_batch_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent.jobs import retaining

    monkeypatch.setattr(retaining, "BATCH", 2)
    with house(tmp_path) as at:
        for number in range(1, 6):
            at.house.desk.receive([message("thanks!", id=f"m-{number}", author=f"user-{number}")])
        at.house.drain()
        at.clock.pass_by(days=DAYS + 1)
        assert [at.house.retaining.once() for _ in range(4)] == [2, 2, 1, 0]
        at.clock.pass_by(days=1)
        assert at.house.retaining.once() == 0


def test_what_was_removed_does_not_come_back_by_being_delivered_again(tmp_path: Path) -> None:
    with house(tmp_path) as at:
        answered(at)
        at.clock.pass_by(days=DAYS + 1)
        at.house.drain()
        again = message("the quokkaphone is narwhalic on Sunday", author=THEM, title="quokkaphone")
        assert at.house.desk.receive([again])[0].fate is Fate.SAME
        at.house.drain()
        assert at.house.desk.case("C-1").messages[0].message.text == ""


def test_an_edit_at_the_place_after_that_is_new_words(tmp_path: Path) -> None:
    with house(tmp_path) as at, at.house.store.write() as tx:
        seq, _ = messages.receive(tx, message("one"), MONDAY, {CHANGED_AT: "2026-03-02T10:00:00"})
        removing.of_messages(tx, [seq], "removed after 90 days")
        earlier = {CHANGED_AT: "2026-03-02T10:00:00"}
        assert messages.receive(tx, message("one"), MONDAY, earlier)[1] is Fate.SAME
        later = {CHANGED_AT: "2026-09-02T10:00:00"}
        assert messages.receive(tx, message("two"), MONDAY, later)[1] is Fate.CHANGED
        assert messages.by_seq(tx, seq).text == "two"
        removing.of_messages(tx, [seq], ON_REQUEST)
        newest = {CHANGED_AT: "2027-09-02T10:00:00"}
        assert messages.receive(tx, message("three"), MONDAY, newest)[1] is Fate.SAME, "asked for is for good"


def test_a_case_whose_words_are_gone_goes_on_when_somebody_writes_again(tmp_path: Path) -> None:
    with house(tmp_path) as at:
        answered(at)
        at.clock.pass_by(days=DAYS + 1)
        at.house.drain()
        at.house.desk.receive([message("it is back", id="m-3", author=THEM, thread="m-1")])
        at.house.drain()
        view = at.house.desk.case("C-1")
        assert view.case.removed == ""
        assert view.case.open_revision == view.case.revision
        assert view.proposal is not None
        assert "it is back" in (view.proposal.draft.text if view.proposal.draft else "")
        assert [said.removed for said in view.messages] == ["removed after 90 days"] * 2 + [""]
        surfaces_of(at)


@each_database
def test_a_message_of_two_cases_goes_with_the_last_of_them(tmp_path: Path) -> None:
    from agent.store import cases as case_store

    with house(tmp_path) as at:
        answered(at)
        with at.house.store.write() as tx:
            first, second = (row.seq for row in messages.of_case(tx, 1))
            other = case_store.open_case(
                tx,
                seq=first,
                source=HELP,
                project=PROJECT,
                title="quokkaphone",
                author=THEM,
                opened_at=MONDAY,
                last_message_at=MONDAY,
                first_due_at=MONDAY,
                state=CaseState.WAITING_ON_US,
            )
            removing.of_case(tx, 1, "removed after 90 days", MONDAY)
            assert "quokkaphone" in messages.by_seq(tx, first).text
            assert messages.by_seq(tx, second).text == ""
            removing.of_case(tx, other, "removed after 90 days", MONDAY)
            assert messages.by_seq(tx, first).text == ""


#: Columns of text by whether somebody's words or name can be in them. A new one has to be said, and seen to.
TAKEN_OUT = {
    *(
        "messages.author",
        "messages.title",
        "messages.text",
        "messages.extra",
        "messages.trouble",
        "messages.dropped_reason",
    ),
    *(
        "earlier_texts.title",
        "earlier_texts.text",
        "contacts.name",
        "people.id",
        "people.name",
        "people.origin",
    ),
    *(
        "cases.title",
        "cases.author",
        "cases.because",
        "cases.trouble",
        "cases.withdrawn_by",
        "cases.corrected",
        "cases.dropped_reason",
        "turns.who",
    ),
    *("issues.title", "issues.body", "issues.author", "issues.extra", "notes.body", "reporters.author"),
    "shadows.payload",
    *("findings.found", "proposals.payload", "verdicts.payload", "outbox.payload", "outbox.trouble"),
    *("events.who", "events.text"),
}
#: Ids and links of places, kinds and states, keys, hashes, names of the team's, configured values, sentences of ours.
NO_WORDS = {
    *("marks.name", "marks.value", "sources.id", "sources.paused_by", "messages.source", "messages.id"),
    *(
        "messages.thread",
        "messages.visibility",
        "messages.removed",
        "messages.digest",
    ),
    *("deliveries.id", "deliveries.digest", "deliveries.event", "deliveries.source", "deliveries.ignored"),
    *("turns.source", "turns.message", "turns.kind", "readings.source", "readings.stream", "readings.etag"),
    *("readings.trouble", "places.source", "contacts.source", "cases.source", "cases.project", "cases.state"),
    *("cases.owner", "cases.priority", "cases.removed"),
    *("issues.id", "issues.project", "issues.state", "issues.labels", "issues.url", "issues.visibility"),
    *("issues.duplicate_of", "issues.fixed_in", "issues.content", "syncs.project", "syncs.etag"),
    *("syncs.counted_to", "syncs.releases_etag", "sync_seen.project", "sync_seen.issue"),
    *("sync_releases.project", "sync_releases.tag", "notes.key", "notes.issue", "reporters.issue"),
    "shadows.prompts",
    *("reporters.source", "vectors.embedder", "vectors.content", "findings.step", "proposals.type"),
    *("proposals.priority", "proposals.engine", "proposals.model", "proposals.prompt", "proposals.embedder"),
    *("proposals.policy", "shown.person", "verdicts.kind", "verdicts.person", "outbox.key", "outbox.kind"),
    *("outbox.source", "outbox.state", "outbox.claimed_by", "outbox.receipt", "events.what", "calls.case"),
    *("calls.source", "calls.prompt", "calls.prompt_hash", "calls.model", "calls.outcome"),
    *("surfaces.surface", "surfaces.place", "surfaces.drawn_digest", "surfaces.trouble"),
    *("jobs.kind", "jobs.key", "jobs.payload", "jobs.owner", "jobs.trouble"),
}


def test_of_every_column_it_is_known_whether_words_can_be_in_it() -> None:
    from agent.store.tables import metadata

    texts = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, (sa.String, sa.JSON))
    }
    assert texts == TAKEN_OUT | NO_WORDS
    assert not TAKEN_OUT & NO_WORDS


# -- on request


def furnished(at: World) -> None:
    """Let them write, file, report and be named; somebody else writes, too, and they write in that thread."""
    answered(at)
    desk = at.house.desk
    desk.receive([message("the console is white", id="m-8", author="user-8")])
    at.house.drain()
    desk.receive([message("narwhalic here as well", id="m-9", author=THEM, thread="m-8")])
    desk.receive([message(f"as {THEM} says, it is slow", id="m-10", author="user-10")])
    desk.receive([message("thanks!", id="m-11", author=THEM, thread="m-8")])
    at.house.drain()
    with at.house.store.write() as tx:
        theirs = issue(7, "the wombatite breaks", author=THEM, body="quokkaphone")
        issues.upsert(tx, [theirs, issue(8, "another", author="user-8")])
        issues.report(tx, theirs.id, HELP, THEM, 1, at.clock())
        arrivals.add_turn(tx, _closed_by_them(), at.clock())
        people.keep(tx, "slack:U7", Named(name="somebody else"), at.clock())


def _closed_by_them():  # type: ignore[no-untyped-def]
    from agent.domain.arrivals import Turn, TurnKind

    return Turn(kind=TurnKind.CLOSED, source=HELP, message="m-1", at=MONDAY, who=THEM)


@each_database
def test_a_contact_is_forgotten_in_every_file_of_the_home(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        furnished(at)
        at.house.take_in()
        kept = tmp_path / "evals" / "datasets" / "ours.jsonl"
        kept.parent.mkdir(parents=True)
        kept.write_text('{"case": "C-1", "text": "quokkaphone"}\n{"case": "C-77", "text": "other"}\n')
        before = found_in(tmp_path, (THEM, *WORDS))
        assert {"outbox.jsonl", "ours.jsonl"} <= set(before)
        done = at.house.desk.forget(THEM, ONE)
        assert done.traces.cases == ("C-1",)
        assert done.traces.beside == ("C-2",)
        assert done.lines >= 1
        assert done.cases_kept == 1
        at.house.drain()
        assert not any(THEM in line for line in _lines_of_others(at, but="m-10"))
        with at.house.store.read() as tx:
            held = {
                name: text
                for name, text in _texts(tx)
                if any(each in text.lower() for each in (THEM, *WORDS))
            }
        assert set(held) <= {"messages.text", "cases.title", "proposals.payload", "findings.found"}
        assert all(f"as {THEM} says" in text for text in held.values()), "others' words are theirs"
    left = found_in(tmp_path, WORDS)
    assert left == {}, left


def _lines_of_others(at: World, but: str) -> list[str]:
    with at.house.store.read() as tx:
        return list(tx.scalars(sa.select(message_rows.c.author).where(message_rows.c.id != but)))


@each_database
def test_what_is_counted_and_decided_stays_under_an_alias(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        furnished(at)
        with at.house.store.read() as tx:
            reported = issues.reporters_of(tx, [f"{PROJECT}#7"])
        done = at.house.desk.forget(THEM, ONE)
        alias = done.traces.alias
        assert re.fullmatch(r"removed-\d+", alias)
        with at.house.store.read() as tx:
            assert issues.reporters_of(tx, [f"{PROJECT}#7"]) == reported
            assert tx.scalar(sa.select(cases.c.author).where(cases.c.number == 1)) == alias
            assert THEM not in set(tx.scalars(sa.select(contacts.c.name)))
            assert alias in set(tx.scalars(sa.select(reporters.c.author)))
            told = tx.execute(sa.select(events).where(events.c.what == "forgotten")).one()
        assert (told.who, told.case) == (ONE, None)
        assert THEM not in told.text
        verdict = at.house.desk.case("C-1").verdict
        assert verdict is not None
        assert verdict.person == ONE


@each_database
def test_the_index_finds_their_issue_by_its_words_no_more(tmp_path: Path) -> None:
    from agent.ports import Query

    asked = Query(project=PROJECT, title="wombatite", text="quokkaphone", before=MONDAY + timedelta(days=1))
    with house(tmp_path, days=None) as at:
        furnished(at)
        index = at.house.ports.index
        assert f"{PROJECT}#7" in [each.issue_id for each in index.search(asked).candidates]
        at.house.desk.forget(THEM, ONE)
        assert f"{PROJECT}#7" not in [each.issue_id for each in index.search(asked).candidates]


@each_database
def test_a_case_of_somebody_else_is_judged_again_without_their_words(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        furnished(at)
        before = at.house.desk.case("C-2")
        assert before.proposal is not None
        assert "narwhalic" in str(before.proposal)
        at.house.desk.forget(THEM, ONE)
        at.house.drain()
        after = at.house.desk.case("C-2")
        assert after.case.open_revision == before.case.revision + 1
        assert after.proposal is not None
        assert "narwhalic" not in str(after)
        assert "white" in str(after.proposal)


@each_database
def test_a_case_of_theirs_that_waited_waits_no_more_and_judging_brings_nothing_back(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        at.house.desk.receive([message("the quokkaphone hangs", author=THEM)])
        at.house.drain()
        assert at.house.desk.inbox()
        at.house.desk.forget(THEM, ONE)
        at.house.journey.travel(1, 1)  # a job of before, that is worked again
        at.house.sweep.lost()
        at.house.drain()
        assert not at.house.desk.inbox()
        assert at.house.desk.case("C-1").case.state is CaseState.TRIAGED_OUT
    assert found_in(tmp_path, ("quokkaphone",)) == {}


def test_nothing_is_removed_while_something_is_about_to_leave(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        at.house.desk.receive([message("the quokkaphone hangs", author=THEM)])
        at.house.drain()
        at.house.desk.pause(None, ONE)
        at.house.desk.decide("C-1", 1, VerdictKind.APPROVE, ONE)
        with pytest.raises(Refused, match="C-1 is about to leave"):
            at.house.desk.forget(THEM, ONE)
        assert "quokkaphone" in str(at.house.desk.case("C-1"))
        at.house.desk.undo("C-1", ONE)
        at.house.drain()
        at.house.desk.forget(THEM, ONE)


@each_database
def test_somebody_who_never_wrote_is_not_found_and_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        with pytest.raises(NotFound):
            at.house.desk.forget("nobody-here", ONE)
        with at.house.store.write() as tx:
            for id in ("U-70", "U-71"):
                people.keep(tx, id, Named(name="sam"), MONDAY)
        at.house.desk.receive(
            [message("hello there, it hangs", author="U-70"), message("me too", id="m-2", author="U-71")]
        )
        at.house.drain()
        with pytest.raises(Refused, match="U-70, U-71"):
            at.house.desk.traces("sam")
        found = at.house.desk.traces("u-70")
        assert (found.names, found.cases) == (("U-70",), ("C-1",))
        at.house.desk.forget("U-70", ONE)
        with at.house.store.read() as tx:
            assert set(people.of(tx, ["U-70", "U-71"])) == {"U-71"}


def test_forgetting_twice_finds_nobody_the_second_time(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        answered(at)
        at.house.desk.forget(THEM, ONE)
        with pytest.raises(NotFound):
            at.house.desk.forget(THEM, ONE)
        at.house.desk.receive(
            [message("the quokkaphone is narwhalic on Sunday", author=THEM, title="quokkaphone")]
        )
        at.house.drain()
        assert found_in(tmp_path, ("quokkaphone",)) == {}, "reading the place again brings nothing back"


def test_the_card_of_a_case_without_words_can_be_drawn(tmp_path: Path) -> None:
    with house(tmp_path, days=None) as at:
        answered(at)
        at.house.desk.forget(THEM, ONE)
        shown = text(drawn(at.house.desk.case("C-1")))
        assert "Removed on request" in shown
        assert not [word for word in WORDS if word in shown]
