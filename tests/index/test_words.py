"""FTS5 terms: chosen by what they tell, stemmed as the table is, safe whatever the text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.issues import Issue
from agent.index.words import TERMS, Stems, Words, chosen, counted, phrases
from agent.ports import Query
from tests.fakes.records import ShelfRecords

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXTS = [
    ("crash in parse_config", "segfault when the file is empty"),
    ("dark mode", "please add a dark theme"),
    ("parse config slowly", "reading takes minutes"),
]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Words]:
    db = sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('words') / 'store.db'}")
    issues = [
        Issue(id=f"a/b#{at}", title=title, body=body, created_at=NOON.replace(hour=1))
        for at, (title, body) in enumerate(TEXTS)
    ]
    ShelfRecords(db).put(*issues)
    yield Words(db)
    db.dispose()


def asked(title: str, text: str = "") -> Query:
    return Query(project="a/b", title=title, text=text, before=NOON)


def ids(words: Words, title: str, text: str = "") -> list[str]:
    return [name for name, _ in words.search(asked(title, text), 10)]


def test_an_identifier_with_underscores_is_one_term(words: Words) -> None:
    assert ids(words, "parse_config") == ["a/b#0"]


def test_other_forms_of_a_word_find_it(words: Words) -> None:
    assert ids(words, "crashes, crashing") == ["a/b#0"]


def test_scores_are_higher_for_closer_and_sorted(words: Words) -> None:
    scores = [score for _, score in words.search(asked("dark mode config", "theme"), 10)]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 2


def test_operators_are_words_here(words: Words) -> None:
    assert ids(words, "dark NOT mode") == ["a/b#1"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(), text=st.text())
def test_no_text_breaks_the_search(words: Words, title: str, text: str) -> None:
    for name, score in words.search(asked(title, text), 10):
        assert name.startswith("a/b#")
        assert score > 0


def test_the_rarest_terms_are_chosen_and_the_commonest_dropped() -> None:
    counts = counted("", " ".join(f"w{at}" for at in range(200)))
    stems = {word: word for word in counts}
    documents = {f"w{at}": at + 1 for at in range(200)}
    assert set(chosen(counts, stems, documents, 400)) == {f"w{at}" for at in range(TERMS)}


def test_words_of_one_stem_are_asked_once() -> None:
    counts = counted("crash", "crashes crashing")
    stems = dict.fromkeys(counts, "crash")
    assert chosen(counts, stems, {"crash": 1}, 10) == ["crash"]


def test_stems_are_what_the_tables_own_tokenizer_makes() -> None:
    stems = Stems("\"porter unicode61 tokenchars '_'\"")
    assert stems.of(["crashing", "parse_config", "Größe", "_"]) == {
        "crashing": "crash",
        "parse_config": "parse_config",
        "Größe": "groß",
        "_": "_",
    }


def test_megabytes_of_text_are_read_in_part(words: Words) -> None:
    assert ids(words, "dark", "filler words " * 400_000) == ["a/b#1"]


def test_a_name_of_several_words_is_asked_for_as_one() -> None:
    text = "std::io::read_line fails in parser/lexer.rs since 1.2.3, see Foo.bar() and plain words"
    assert phrases(text) == ["std io read_line", "lexer rs", "foo bar", "1 2 3"]
    assert phrases("nothing of that kind") == []
