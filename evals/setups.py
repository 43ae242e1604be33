"""What is measured: an engine, a prompt set and the parameters, opened over scratch homes as one thing that answers.

An engine is `embedded`, `claude` (with a key), `scripted` (by rules of a file) or `replay` (of what
`triage eval record` kept). Nothing stands in for an engine that does not answer: that is an error of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import Misuse
from agent.ports import Progress, no_progress
from agent.prompt_sets import PromptSet, open_prompts
from agent.prompts import Prompts, prompts_dir
from agent.store.calls import StoreLedger
from agent.store.database import Store
from agent.store.home import Home
from agent.wiring import clock
from agent.wiring_claude import asks_over, claude_over, embedded_of, service_of
from evals import quality, tasks
from evals.datasets import Kind, Shelf
from evals.homes import Known, Stand, open_stands
from evals.judging import JUDGE, Judge
from evals.recordings import Recorder, Recordings, Replayed, Unpaid
from evals.running.cache import code_version
from evals.running.records import Answer, Case
from evals.running.runs import Setup
from evals.scripted import Scripted, rules_of

if TYPE_CHECKING:
    from agent.engines.claude.service import Sends
    from agent.house import House
    from agent.ports import Engine, Ledger
    from agent.settings import Settings


class EngineName(StrEnum):
    EMBEDDED = "embedded"
    CLAUDE = "claude"
    SCRIPTED = "scripted"
    REPLAY = "replay"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a person asked to have measured. A file is a script, or recordings: read by a replay, added to by Claude.

    `judge` is who grades the drafts; the embedded engine cannot.
    """

    engine: EngineName = EngineName.EMBEDDED
    prompts: str = ""
    model: str = ""
    file: Path | None = None
    judge: EngineName | None = None
    judge_file: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """Implements `evals.running.runner.Task`: the product under one setup."""

    setup: Setup
    kinds: Mapping[str, Kind]
    stands: Mapping[str, Stand]

    def answer(self, case: Case, repeat: int) -> Answer:
        """Try a case; raises what went wrong."""
        return tasks.tried(self.kinds[case.dataset], self.stands[case.input["index"]], case)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """Where measuring happens: the settings, the datasets, and who is told how far an index is."""

    settings: Settings
    shelf: Shelf
    watch: Callable[[str], Progress] = lambda _: no_progress

    @property
    def folder(self) -> Path:
        """Where runs, answers and indexes are kept: below the home, as private as it is."""
        return self.settings.home / "evals"

    @property
    def known(self) -> Known:
        return Known(data=self.shelf.data, sample=self.shelf.sample, home=self.shelf.home)

    def cases(self, datasets: Sequence[str]) -> tuple[Case, ...]:
        """Return the cases of datasets, each naming the version of the Issues that it is tried against."""
        found = [case for name in datasets for case in self.shelf.cases(self.shelf.sheet(name))]
        known = self.known
        return tuple(
            replace(case, input={**case.input, "issues": known.version(case.input["index"])})
            for case in found
        )


@contextmanager
def open_product(bench: Bench, wanted: Wanted, cases: Sequence[Case]) -> Iterator[Product]:
    """Open what answers these cases. Raises Misuse where the wish cannot be met."""
    settings = _with_model(bench.settings, wanted.model)
    with ExitStack() as stack:
        prompts = stack.enter_context(open_prompts(wanted.prompts, Path.cwd()))
        engine_over = _engine(wanted, settings, Prompts(prompts.folder), stack)
        judge = _judge(wanted, bench.settings, stack) if wanted.judge else None
        stands = open_stands(
            stack,
            settings,
            bench.folder / "indexes",
            {case.input["index"] for case in cases},
            bench.known,
            prompts.folder,
            engine_over,
            bench.watch,
            judge,
        )
        kinds = {name: bench.shelf.sheet(name).kind for name in {case.dataset for case in cases}}
        setup = setup_of(wanted, settings, prompts, next(iter(stands.values())))
        yield Product(setup=setup, kinds=kinds, stands=stands)


def setup_of(wanted: Wanted, settings: Settings, prompts: PromptSet, stand: Stand) -> Setup:
    """Return everything of a setup that shapes an answer."""
    is_embedded = wanted.engine is EngineName.EMBEDDED
    parameters: dict[str, object] = {"flag_from": settings.duplicates.duplicate, "tasks": _tasks_version()}
    if wanted.file and wanted.engine is not EngineName.CLAUDE:
        parameters["file"] = sha256(wanted.file.read_bytes()).hexdigest()[:12]
    if not is_embedded:
        parameters["effort"] = {tier.value: each.effort.value for tier, each in settings.models.tiers.items()}
    if stand.judge:
        parameters["judge"] = stand.judge.name
    embedded = embedded_of(stand.house.ports.engine)
    return Setup(
        engine=wanted.engine.value,
        model=getattr(embedded, "model", "") if is_embedded else _models(settings),
        prompts=prompts.hash("embedded" if is_embedded else ""),
        prompts_from=prompts.named,
        policy=settings.policy_hash,
        embedder=stand.steps.embedder,
        code=code_version(),
        parameters=parameters,
    )


def _models(settings: Settings) -> str:
    return ", ".join(f"{tier.value}: {each.name}" for tier, each in settings.models.tiers.items())


@cache
def _tasks_version() -> str:
    """Return a hash of what turns the steps' results into answers."""
    files = [Path(module.__file__) for module in (tasks, quality) if module.__file__]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _with_model(settings: Settings, model: str) -> Settings:
    """Return the settings with one model for every question. Raises Misuse for one without a price."""
    if not model:
        return settings
    tiers = settings.models.tiers
    found = next((each for each in tiers.values() if each.name == model), None)
    if found is None:
        known = ", ".join(each.name for each in tiers.values())
        raise Misuse(
            f"--model {model}: config/models.yaml has {known}. Give it its price there, then try again."
        )
    return replace(settings, models=replace(settings.models, tiers=dict.fromkeys(tiers, found)))


def _engine(
    wanted: Wanted, settings: Settings, prompts: Prompts, stack: ExitStack
) -> Callable[[House], Engine]:
    """Return what puts the wished engine over a house, whose own is the embedded one."""
    if wanted.engine is EngineName.EMBEDDED:
        return lambda house: embedded_of(house.ports.engine)
    sends, ledger = _sends(wanted.engine, wanted.file, settings, prompts, stack)
    return lambda house: claude_over(sends, settings, ledger, clock, prompts, embedded_of(house.ports.engine))


def _judge(wanted: Wanted, settings: Settings, stack: ExitStack) -> Judge:
    """Return who grades the drafts. Raises Misuse where nobody can."""
    from agent.engines.claude.guidance import guidance_of

    if wanted.judge is None or wanted.judge is EngineName.EMBEDDED:
        raise Misuse("--judge: the embedded engine grades nothing. One of claude, scripted, replay can.")
    prompts = Prompts(prompts_dir())
    sends, ledger = _sends(wanted.judge, wanted.judge_file, settings, prompts, stack)
    question = prompts.question(JUDGE)
    return Judge(
        asks=asks_over(sends, settings, ledger, clock, prompts),
        guidance=guidance_of(settings),
        model=wanted.judge.value
        if wanted.judge is EngineName.SCRIPTED
        else settings.models.tiers[question.tier].name,
        prompt=question.hash,
    )


def _sends(
    engine: EngineName, file: Path | None, settings: Settings, prompts: Prompts, stack: ExitStack
) -> tuple[Sends, Ledger]:
    if engine is EngineName.CLAUDE:
        service = service_of(settings)
        stack.callback(service.close)
        Home(settings.home).prepare()
        store = Store(settings.database_url)
        stack.callback(store.close)
        kept = Recorder(service, Recordings(file), prompts, clock) if file else service
        return kept, StoreLedger(store)
    if file is None or not file.is_file():
        option = "--script" if engine is EngineName.SCRIPTED else "--recordings"
        raise Misuse(f"--engine {engine.value} needs {option} FILE, and there is none. Nothing was run.")
    if engine is EngineName.SCRIPTED:
        return Scripted(rules_of(file), prompts), Unpaid()
    return Replayed(Recordings(file), prompts), Unpaid()
