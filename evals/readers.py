"""Makes cases of files that stay where they are: real data of TRIAGE_DATA, the sample team, texts of ours.

Every reader splits by time, and by canonical Issue: what was fitted and what is reported share none. The input
of a case is `said`, the Messages of its thread as lines, and `index`, the Issues that are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.policy.texts import content_hash
from evals import planted
from evals.fitting.folds import first_two_thirds
from evals.harvest.kept import Kept
from evals.reports import lines_of
from evals.running.records import Case

if TYPE_CHECKING:
    from evals.datasets import Given, Reader, Sheet

Line = Mapping[str, Any]

#: Of a message to the sample team; the demo's tracker is known.
HERE = {"source": "slack:C-HELP", "author": "user-9001", "sent_at": "2026-11-20T12:00:00Z"}
SAMPLE, NOTHING = "sample", ""
#: What stands around a text that gives orders.
REPORT = "The nightly sync stops after the upgrade to 2.9.1."
_BUGS = ("quick_fix", "complex")
_KEPT = ("id", "source", "author", "title", "text", "sent_at", "thread", "visibility")


def titles(given: Given) -> Iterator[Case]:
    """Yield the last third of each repository's titles, without those that an earlier one says word for word."""
    (file,) = given.files
    rows = list(lines_of(file))
    early = first_two_thirds([row["source"] for row in rows])
    before = {_of_title(row) for row, is_early in zip(rows, early, strict=True) if is_early}
    label = given.reads.label
    for row, is_early in zip(rows, early, strict=True):
        said = row["label"][label]
        if not is_early and said and _of_title(row) not in before:
            expected = {label: "bug" if said in _BUGS else said}
            yield _case(given.sheet, row["id"], [row], NOTHING, expected, _of_title(row))


def _of_title(row: Line) -> str:
    """Name a title without its words: clusters go where the texts may not."""
    return f"{row['source']} {content_hash(row['title'].casefold())[:12]}"


def kinds(given: Given) -> Iterator[Case]:
    """Yield reports with their kind."""
    for file in given.files:
        for row in lines_of(file):
            yield _case(given.sheet, row["id"], [row], NOTHING, {"type": row["label"]["kind"]}, row["id"])


def duplicates(given: Given) -> Iterator[Case]:
    """Yield reports with the earlier Issues that are the same problem, where somebody marked them.

    A cluster that reaches into what something was fitted on is left out whole.
    """
    fitted = {name for file in given.apart_from for row in lines_of(file) for name in _cluster(row)}
    for file in given.files:
        index = file.name.partition(".")[0]
        for row in lines_of(file):
            if fitted.isdisjoint(_cluster(row)):
                right = row["label"]["duplicate_of"]
                yield _case(given.sheet, row["id"], [row], index, {"duplicate_of": right}, canonical(row))


def _cluster(row: Line) -> list[str]:
    return [row["id"], *row["label"]["duplicate_of"]]


def canonical(row: Line) -> str:
    """Return the earliest Issue that a report is about, which is itself where nobody marked one."""
    names: list[str] = row["label"]["duplicate_of"] or [row["id"]]
    return min(names, key=lambda name: int(name.rpartition("#")[2]))


def journeys(given: Given) -> Iterator[Case]:
    """Yield each message of the sample team with what was written before it in its thread."""
    said, expected = given.files
    wanted = {row["id"]: row for row in lines_of(expected)}
    threads: dict[tuple[str, str], list[Line]] = {}
    for row in sorted(lines_of(said), key=lambda each: each["sent_at"]):
        thread = threads.setdefault((row["source"], row.get("thread") or row["id"]), [])
        thread.append(row)
        right = {name: wanted[row["id"]][name] for name in ("type", "priority", "duplicate_of")}
        cluster = right["duplicate_of"][0] if right["duplicate_of"] else thread[0]["id"]
        yield _case(given.sheet, row["id"], thread, SAMPLE, right, cluster)


def injections(given: Given) -> Iterator[Case]:
    """Yield a report with each text that gives orders."""
    for file in given.files:
        for row in lines_of(file):
            said = {**HERE, "id": row["id"], "text": f"{REPORT}\n\n{row['text']}"}
            yield _case(given.sheet, row["id"], [said], SAMPLE, {"wants": row["wants"]}, row["id"])


def secrets(given: Given) -> Iterator[Case]:
    """Yield reports with a secret planted in each, drawn from the sheet's seed."""
    for number, made in enumerate(planted.reports(given.reads.count, given.reads.seed), start=1):
        said = {**HERE, "id": f"planted-{number:03}", "text": made.text}
        yield _case(
            given.sheet,
            str(said["id"]),
            [said],
            SAMPLE,
            {"secret": made.secret, "what": made.what},
            made.what,
        )


def _case(sheet: Sheet, name: str, said: Sequence[Line], index: str, expected: Line, cluster: str) -> Case:
    lines = [{key: row[key] for key in _KEPT if row.get(key)} for row in said]
    return Case(
        id=f"{sheet.name}:{name}",
        dataset=sheet.name,
        input={"said": lines, "index": index},
        expected=expected,
        cluster=cluster,
    )


def corrections(given: Given) -> Iterator[Case]:
    """Yield the corrections of a home that a person accepted, in the order of their acceptance."""
    for line in Kept(given.files[0].parent).lines():
        if "accepted" in line:
            name = f"{given.sheet.name}:{line['id']}"
            yield Case(
                id=name,
                dataset=given.sheet.name,
                input=line["input"],
                expected=line["expected"],
                cluster=line["cluster"],
            )


READERS: Mapping[str, Reader] = {
    "titles": titles,
    "kinds": kinds,
    "duplicates": duplicates,
    "journeys": journeys,
    "injections": injections,
    "secrets": secrets,
    "corrections": corrections,
}
