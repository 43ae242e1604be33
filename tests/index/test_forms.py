"""Issues that are alike by their form alone are not taken for the same problem."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from agent.domain.issues import Issue
from agent.index.embedder import MiniLM
from agent.index.exact import ExactShelf
from agent.index.hybrid import HybridIndex
from agent.index.words import Words
from agent.policy.duplicates import probabilities
from agent.ports import Query
from tests.fakes.records import ShelfRecords

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHARE, RELATED, FLAGGED = 0.3, 0.34, 0.66  #: as config/priority.yaml has them
FORM = (
    "### What happened\n\n{}\n\n### What you expected\n\nThat it works.\n\n### Steps\n\n1. Start the daemon\n"
    "2. Wait for the first pass\n3. Look at the log\n\n### Environment\n\n- Version: 1.8.2\n- System: Ubuntu 24.04"
)
SUBJECTS = {
    "tray icon": "The tray icon has the wrong colour in the dark theme.",
    "proxy": "Behind the company proxy the handshake never ends.",
    "quota": "The quota shown is the one of another account.",
    "locale": "Dates are written the American way in a German locale.",
    "symlinks": "A symbolic link that points at its parent is followed for ever.",
    "memory": "After two days it holds three gigabytes.",
    "rename": "Renaming a folder uploads all that is in it again.",
    "sleep": "After the laptop slept nothing is synced until a restart.",
    "umlauts": "File names with umlauts arrive as question marks.",
    "export": "The CSV export leaves out the last row.",
    "login": "The login page asks for the second factor twice.",
    "battery": "It keeps the disk awake and empties the battery.",
}
BATCH = "Add support for {} in the converter"
KINDS = (
    "integers",
    "dates",
    "colours",
    "currencies",
    "durations",
    "coordinates",
    "hashes",
    "versions",
    "ranges",
)


@pytest.fixture
def index(tmp_path: Path, int8: MiniLM) -> Iterator[HybridIndex]:
    db = sa.create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    records = ShelfRecords(db)
    texts = [(f"Problem with {name}", FORM.format(said)) for name, said in SUBJECTS.items()]
    texts += [(BATCH.format(kind), f"The converter should know {kind}, like the others.") for kind in KINDS]
    records.put(
        *(
            Issue(id=f"acme/app#{n}", title=title, body=body, created_at=NOON + timedelta(days=n))
            for n, (title, body) in enumerate(texts, 1)
        )
    )
    yield HybridIndex(records, int8, Words(db), ExactShelf(int8.dimensions))
    db.dispose()


def asked(title: str, text: str) -> Query:
    return Query(project="acme/app", title=title, text=text, before=NOON + timedelta(days=90))


def surest(index: HybridIndex, query: Query) -> float:
    return max(probabilities([each.score for each in index.search(query).candidates], SHARE))


@pytest.mark.parametrize("subject", ["keyboard layout", "printing"])
def test_another_problem_in_the_same_form_is_none_of_them(index: HybridIndex, subject: str) -> None:
    said = {
        "keyboard layout": "The keyboard layout is lost.",
        "printing": "Nothing comes out of the printer.",
    }
    assert surest(index, asked(f"Problem with {subject}", FORM.format(said[subject]))) < RELATED


def test_one_more_of_a_batch_is_none_of_the_others(index: HybridIndex) -> None:
    query = asked(BATCH.format("fractions"), "The converter should know fractions, like the others.")
    assert surest(index, query) < FLAGGED


def test_the_same_problem_in_the_same_form_is_found_all_the_same(index: HybridIndex) -> None:
    query = asked("Umlauts are broken", FORM.format("The names of my files with umlauts come out as ???."))
    first = index.search(query).candidates[0]
    assert first.issue_id == "acme/app#9"
    other = replace(query, title="Problem with keyboards", text=FORM.format("Keys are dead."))
    assert surest(index, query) > 2 * surest(index, other)
