"""Words are planted, followed through everything that is made of them, and looked for after they should be gone.

The looking is in the bytes of the home's files, not in what queries return.
"""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.cases import CaseState, RejectReason, VerdictKind
from agent.domain.views import Fate
from agent.policy.removal import ON_REQUEST
from agent.store import messages, removing
from agent.store.messages import CHANGED_AT
from agent.store.tables import events, findings, outbox, verdicts
from agent.store.tables import messages as message_rows
from tests.builders import HELP, MONDAY, ONE, PROJECT, message
from tests.jobs.planted import DAYS, THEM, WORDS, answered, found_in, house, surfaces_of, texts_of

each_database = pytest.mark.usefixtures("each_database")


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
        held = {name for name, text in texts_of(tx) if any(word in text.lower() for word in WORDS)}
    assert held <= {"issues.title", "issues.body", "notes.body"}, "what was filed is the tracker's"
    assert "outbox.jsonl" not in found_in(tmp_path)


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
