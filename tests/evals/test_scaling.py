"""What the measuring of scale adds up, and where it writes it. The processes themselves are not started here."""

import time
from itertools import islice
from pathlib import Path

import pytest

from agent.settings import from_process
from evals.scaling import corpus, floor, page, throughput
from scripts.docs import between


def test_a_part_inside_another_is_not_counted_to_both() -> None:
    ticks = iter(range(100))
    watch = floor.Watch(lambda: float(next(ticks)))
    watch.begin()
    with watch.part("search"), watch.part("embedding"):
        pass
    watch.end()
    assert {name: spent[1] for name, spent in watch.spent.items()} == {
        "the rest": 2.0,
        "search": 2.0,
        "embedding": 1.0,
    }


def test_the_ratio_is_of_the_whole_to_what_cannot_be_avoided() -> None:
    alone = {
        "embedding": (0.2, 0.2),
        "commits": (0.1, 0.0),
        "checkpoints": (0.1, 0.1),
        floor.EACH_STEP: (0.3, 0.3),
    }
    found = floor.Found(10, {"embedding": (0.2, 0.2), "the rest": (0.4, 0.4)}, alone, 4.2)
    rows = list(found.rows())
    assert "| **the whole** | 60.0 | 60.0 | |" in rows
    assert "| **the unavoidable** | 40.0 | 30.0 | |" in rows
    assert "| **ratio** | 1.50 | 2.00 | |" in rows
    assert "| alone: 4.2 durable commits | 10.0 | 0.0 | |" in rows


def test_a_row_of_throughput_says_whose_cpu_it_was() -> None:
    pace = throughput.Pace(cases=100, wall=20.0, workers=6.0, database=2.0, intake=1.0)
    assert pace.row("here") == "| here | 5.0 | 90 | 60 + 20 + 10 |"


def test_what_was_measured_stands_in_its_block_with_the_day_and_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "scaling.md"
    here.write_text("before\n<!-- intake: by a command -->\nold\n<!-- /intake -->\nafter\n")
    page.write("intake", "python -m evals.scaling intake", ["| a | b |"], here)
    written = here.read_text()
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert "old" not in written
    assert "`python -m evals.scaling intake`" in written
    assert "| a | b |" in written


def test_every_part_has_its_block_in_the_document() -> None:
    from evals.scaling.__main__ import PARTS

    text = page.PAGE.read_text()
    for part in PARTS:
        assert between(text, part, "here it is") != text
    sizing = page.OPERATE.read_text()
    assert between(sizing, "sizing", "here it is") != sizing


@pytest.mark.data
def test_messages_never_repeat() -> None:
    data = from_process().data
    if not (data / "duplicates").is_dir():
        pytest.skip("no real reports: set TRIAGE_DATA")
    given = list(islice(corpus.messages(data), 4_000))
    assert len({each.id for each in given}) == len({(each.title, each.text) for each in given}) == 4_000
    assert all(each.sent_at.timestamp() <= time.time() for each in given)
