"""Datasets by name: a datasheet each, and the cases that it stands for.

A sheet lies in `evals/datasets/` or in the home (`TRIAGE_HOME/evals/datasets/`, a team's own). Its cases are lines
beside it, or are made by a reader of `evals/readers.py` from files that stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from agent.errors import Misuse, NotFound
from agent.settings import example
from evals.reports import lines_of
from evals.running.records import Case

if TYPE_CHECKING:
    from agent.settings import Settings

OURS = Path(__file__).with_suffix("")
#: Where what a sheet reads comes from, by its place.
_HOW = {"data": "Set TRIAGE_DATA to where the real reports are.", "home": "Next: triage eval harvest"}


class Kind(StrEnum):
    """What is tried: each has its task in `evals/tasks.py` and its scorers."""

    TYPE = "type"
    PRIORITY = "priority"
    DUPLICATE = "duplicate"
    JOURNEY = "journey"
    DRAFT = "draft"
    INJECTION = "injection"
    SECRETS = "secrets"
    BACKTEST = "backtest"
    CORRECTIONS = "corrections"


class Reads(BaseModel):
    """Where a reader finds what it makes cases of. `at`: real data, the sample team, the home, or beside the sheet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reader: str
    at: Literal["data", "sample", "home", "here"] = "here"
    files: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()  #: what something was fitted on: no cluster may reach into it
    label: str = ""
    count: int = 0
    seed: int = 0


class Sheet(BaseModel):
    """A datasheet. `vote` is the metric that gates, "" where none does; of `must_never` one failure is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    folder: Path
    purpose: str
    kind: Kind
    source: str
    licence: str
    labelled: str
    split: str
    clusters: str
    trained_on: tuple[str, ...] = ()  #: engines that were fitted on these very cases
    vote: str = ""
    must_never: str = ""
    cases: str = ""
    reads: Reads | None = None

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Sheet:
        if bool(self.cases) == (self.reads is not None):
            raise ValueError("a sheet has either `cases` or `reads`")
        return self


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """All datasets that there are: of which folders, and where what they read lies."""

    folders: Sequence[Path]
    data: Path
    sample: Path
    home: Path  #: what evaluations keep in the team's home

    def names(self) -> list[str]:
        """Return the names of all sheets, ours first."""
        return [path.stem for folder in self.folders for path in sorted(folder.glob("*.yaml"))]

    def sheet(self, name: str) -> Sheet:
        """Return a datasheet. Raises NotFound for one that is not there, Misuse with what is wrong in it."""
        path = next((path for folder in self.folders if (path := folder / f"{name}.yaml").is_file()), None)
        if path is None:
            raise NotFound(f"No dataset {name!r}. There are: {', '.join(self.names())}")
        try:
            given = yaml.safe_load(path.read_text(encoding="utf-8"))
            return Sheet(name=name, folder=path.parent, **given)
        except (ValidationError, yaml.YAMLError, TypeError) as error:
            raise Misuse(f"{path}: {error}") from error

    def files(self, sheet: Sheet, names: Sequence[str]) -> list[Path]:
        """Return where files of a sheet are. Raises Misuse naming the first that is not there."""
        at = sheet.reads.at if sheet.reads else "here"
        places = {"data": self.data, "sample": self.sample, "home": self.home, "here": sheet.folder}
        found = [places[at] / name for name in names]
        missing = next((path for path in found if not path.is_file()), None)
        if missing:
            how = _HOW.get(at, "Bring it back.")
            raise Misuse(f"{sheet.name}: {missing} is not there, and nothing was run. {how}")
        return found

    def is_there(self, sheet: Sheet) -> bool:
        """Tell whether everything that a sheet reads is there."""
        try:
            self.files(sheet, [*sheet.reads.files, *sheet.reads.apart_from] if sheet.reads else [sheet.cases])
        except Misuse:
            return False
        return True

    def cases(self, sheet: Sheet) -> tuple[Case, ...]:
        """Return the cases of a sheet, always the same in the same order. Raises Misuse where a file is missing."""
        from evals.readers import READERS

        if sheet.reads is None:
            return tuple(_own(sheet, self.files(sheet, [sheet.cases])[0]))
        if sheet.reads.reader not in READERS:
            raise Misuse(f"{sheet.name}: no reader {sheet.reads.reader!r}; there are: {', '.join(READERS)}")
        read: Reader = READERS[sheet.reads.reader]
        files, apart = (self.files(sheet, each) for each in (sheet.reads.files, sheet.reads.apart_from))
        return tuple(read(Given(sheet=sheet, reads=sheet.reads, files=files, apart_from=apart)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a reader is given: the sheet, and the files that it names."""

    sheet: Sheet
    reads: Reads
    files: Sequence[Path]
    apart_from: Sequence[Path]


Reader = Callable[[Given], Iterator[Case]]


def shelf_of(settings: Settings) -> Shelf:
    """Return the datasets of these settings: ours, and those in the home."""
    own = settings.config_dir / "demo"
    return Shelf(
        folders=(OURS, settings.home / "evals" / "datasets"),
        data=settings.data,
        sample=own if own.is_dir() else example(None).config_dir / "demo",
        home=settings.home / "evals",
    )


def load(name: str, settings: Settings) -> tuple[Case, ...]:
    """Return the cases of a dataset by its name. Raises NotFound, or Misuse where a file is missing."""
    shelf = shelf_of(settings)
    return shelf.cases(shelf.sheet(name))


def id_of(sheet: Sheet, name: str) -> str:
    """Return the id of a case: unique over all datasets."""
    return f"{sheet.name}:{name}"


def _own(sheet: Sheet, file: Path) -> Iterator[Case]:
    """Yield lines that are cases already: `id`, `input`, `expected` and, where several are about one thing, `cluster`."""
    for line in lines_of(file):
        yield Case(
            id=id_of(sheet, line["id"]),
            dataset=sheet.name,
            input=line["input"],
            expected=line["expected"],
            cluster=line.get("cluster", line["id"]),
        )
