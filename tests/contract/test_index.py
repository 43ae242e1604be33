"""What every Index promises. The rig fixture names the implementations that are held to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from agent.domain.issues import Issue
from agent.errors import IndexMismatch
from agent.index.chroma import ChromaShelf, embedded_client
from agent.index.exact import ExactShelf
from agent.index.hybrid import HybridIndex
from agent.index.meaning import Shelf, embedded, recipe
from agent.index.words import Words, WordSearch
from agent.index.words_postgres import PostgresWords
from agent.policy.texts import content_hash, embedded_text
from agent.ports import Embedder, Index, Query
from agent.store import issues as stored
from agent.store.database import Store
from agent.store.records import StoreRecords
from tests.databases import address
from tests.fakes.embedder import HashedWords
from tests.fakes.records import ShelfRecords

if TYPE_CHECKING:
    from agent.ports import Vector

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=30)


@dataclass
class Rig:
    """Records, an embedder that counts, and how to open an Index on them (again)."""

    records: ShelfRecords | PostgresRecords
    embedder: HashedWords
    open: Callable[[Embedder], Index]


class PostgresRecords(StoreRecords):
    """The store's own records; `put` is how a test changes them."""

    def put(self, *issues: Issue) -> None:
        with self.store.write() as tx:
            stored.upsert(tx, issues)


@pytest.fixture(params=["exact", "chroma", "chroma server", "postgresql"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with records_of("postgresql" if request.param == "postgresql" else "sqlite", tmp_path) as (
        records,
        words,
    ):
        client = None
        if request.param == "chroma":
            client = embedded_client(tmp_path / "chroma")
        elif request.param == "chroma server":
            client = request.getfixturevalue("chroma_server")

        def opened(embedder: Embedder) -> Index:
            shelf: Shelf = ExactShelf(embedder.dimensions)
            if client is not None:
                shelf = ChromaShelf(client, recipe(embedder), embedder.dimensions, tmp_path.name)
            return HybridIndex(records, embedder, words, shelf)

        yield Rig(records, HashedWords(), opened)


@contextmanager
def records_of(dialect: str, folder: Path) -> Iterator[tuple[ShelfRecords | PostgresRecords, WordSearch]]:
    """Yield records, and the index of words over them."""
    if dialect == "sqlite":
        db = sa.create_engine(f"sqlite:///{folder / 'store.db'}")
        yield ShelfRecords(db), Words(db)
        db.dispose()
        return
    with address(dialect, folder) as url:
        store = Store(url)
        yield PostgresRecords(store), PostgresWords(store.db)
        store.close()


def issue(number: int, title: str, body: str = "", project: str = "acme/app", minutes: int = 0) -> Issue:
    created_at = NOON + timedelta(minutes=minutes)
    return Issue(id=f"{project}#{number}", title=title, body=body, created_at=created_at)


def asked(title: str, before: datetime = LATER, exclude: frozenset[str] = frozenset()) -> Query:
    return Query(project="acme/app", title=title, text="", before=before, exclude=exclude)


def found(index: Index, query: Query) -> list[str]:
    return [candidate.issue_id for candidate in index.search(query).candidates]


def test_the_closest_issue_comes_first(rig: Rig) -> None:
    rig.records.put(issue(1, "export to csv fails"), issue(2, "dark mode"), issue(3, "login loops"))
    assert found(rig.open(rig.embedder), asked("csv export fails with an error"))[0] == "acme/app#1"


def test_an_empty_index_gives_no_candidates(rig: Rig) -> None:
    matched = rig.open(rig.embedder).search(asked("anything"))
    assert (matched.candidates, matched.searched) == ((), 0)


def test_an_issue_never_finds_itself(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails"), issue(2, "export fails too"))
    query = asked("export fails", exclude=frozenset({"acme/app#1"}))
    assert found(rig.open(rig.embedder), query) == ["acme/app#2"]


def test_excluding_does_not_shorten_what_is_found(rig: Rig) -> None:
    rig.records.put(*(issue(number, "export fails") for number in range(60)))
    query = replace(asked("export fails", exclude=frozenset({"acme/app#3"})), limit=59)
    assert len(found(rig.open(rig.embedder), query)) == 59


def test_candidates_are_of_the_same_project(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails", project="acme/other"), issue(2, "export fails"))
    assert found(rig.open(rig.embedder), asked("export fails")) == ["acme/app#2"]


def test_candidates_were_created_before_the_moment_to_the_microsecond(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails"), issue(2, "export fails", minutes=1))
    index = rig.open(rig.embedder)
    assert found(index, asked("export fails", before=NOON)) == []
    just_after = NOON + timedelta(microseconds=1)
    assert found(index, asked("export fails", before=just_after)) == ["acme/app#1"]
    assert index.search(asked("export fails", before=just_after)).searched == 1


def test_each_candidate_stands_once_best_first_with_all_its_scores(rig: Rig) -> None:
    rig.records.put(*(issue(number, f"export fails {number}", "again and again") for number in range(30)))
    candidates = rig.open(rig.embedder).search(asked("export fails 7")).candidates
    assert len({candidate.issue_id for candidate in candidates}) == len(candidates) == 10
    scores = [candidate.score for candidate in candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(each.words > 0 and each.cosine > 0 and each.title_cosine > 0 for each in candidates)


def test_refreshing_twice_embeds_nothing_the_second_time(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails", "body"), issue(2, "dark mode", "body"))
    index = rig.open(rig.embedder)
    assert index.refresh() == 2
    rig.embedder.embedded.clear()
    assert index.refresh() == 0
    assert rig.open(rig.embedder).refresh() == 0
    assert rig.embedder.embedded == []


def test_only_what_changed_is_embedded(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails", "one"), issue(2, "dark mode", "two"))
    index = rig.open(rig.embedder)
    index.refresh()
    rig.embedder.embedded.clear()
    rig.records.put(issue(1, "export fails", "a better text"), issue(2, "dark mode", "two"))
    assert index.refresh() == 1
    assert rig.embedder.embedded == ["export fails\na better text", "export fails"]


def test_a_search_sees_an_issue_that_came_in_after_the_last_refresh(rig: Rig) -> None:
    index = rig.open(rig.embedder)
    index.refresh()
    rig.records.put(issue(1, "export fails"))
    assert found(index, asked("export fails")) == ["acme/app#1"]


def test_an_edited_issue_is_found_by_its_new_words_only(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails"))
    index = rig.open(rig.embedder)
    index.refresh()
    rig.records.put(issue(1, "printing stalls"))
    (candidate,) = index.search(asked("printing stalls")).candidates
    assert candidate.words > 0
    assert candidate.cosine == pytest.approx(1.0, abs=1e-5)


class Killed(Exception):
    pass


def test_killed_after_the_vectors_were_kept_it_resumes_without_embedding(rig: Rig) -> None:
    rig.records.put(*(issue(number, f"export {number}") for number in range(600)))
    stop_at = iter([1, 2])

    def die(done: int, total: int) -> None:
        if next(stop_at) == 2:
            raise Killed

    with pytest.raises(Killed):
        rig.open(rig.embedder).refresh(die)
    rig.records.keep_vectors(recipe(rig.embedder), _vectors_of_all(rig))
    rig.embedder.embedded.clear()
    index = rig.open(rig.embedder)
    assert index.refresh() == 0
    assert rig.embedder.embedded == []
    assert found(index, asked("export 599"))[0] == "acme/app#599"


def _vectors_of_all(rig: Rig) -> dict[str, Vector]:
    texts = [(f"export {number}", "") for number in range(600)]
    hashes = [content_hash(embedded_text(*text)) for text in texts]
    return dict(zip(hashes, embedded(rig.embedder, texts), strict=True))


def test_records_of_another_embedder_are_refused_with_the_command_that_rebuilds(rig: Rig) -> None:
    rig.records.put(issue(1, "export fails"))
    rig.open(rig.embedder).refresh()
    with pytest.raises(IndexMismatch, match="triage index --rebuild"):
        rig.open(HashedWords("another")).search(asked("export"))


@pytest.mark.parametrize(
    "text", ["", "\0", '"', "NEAR(a b)", "title:x AND *", "🔥🔥", "\u202e\u200b", "\ud800 x"]
)
def test_any_text_is_a_safe_query(rig: Rig, text: str) -> None:
    rig.records.put(issue(1, "NEAR title x a b"))
    rig.open(rig.embedder).search(replace(asked(text), text=text))


def test_words_of_many_other_projects_hide_none_of_ones_own(rig: Rig) -> None:
    """The best of all projects are looked at first; where they are others', all are."""
    said = "the window freezes on save"
    others = [
        Issue(
            id=f"other/loud#{number}",
            title=said if number < 250 else f"a report on matter {number}",
            body="",
            created_at=NOON,
        )
        for number in range(1_100)
    ]
    mine = [
        Issue(id=f"acme/app#{number}", title="freezes", body=f"{'on and on ' * 40}{number}", created_at=NOON)
        for number in (1, 2)
    ]
    rig.records.put(*others, *mine)
    index = rig.open(rig.embedder)
    index.refresh()
    found = index.search(Query(project="acme/app", title=said, text=said, before=LATER, limit=10))
    assert {each.issue_id for each in found.candidates if each.words > 0} == {"acme/app#1", "acme/app#2"}


def test_an_issue_that_is_gone_is_not_found_again(rig: Rig) -> None:
    if not isinstance(rig.records, PostgresRecords):
        pytest.skip("the shelf of the other rigs keeps nothing in memory")
    rig.records.put(Issue(id="acme/app#1", title="freezes", body="on save", created_at=NOON))
    index = rig.open(rig.embedder)
    asked = Query(project="acme/app", title="freezes", text="on save", before=LATER, limit=10)
    assert [each.issue_id for each in index.search(asked).candidates] == ["acme/app#1"]
    with rig.records.store.write() as tx:
        stored.remove(tx, "acme/app#1", None)
    assert index.search(asked).candidates == ()
