"""Messages put through the product with Claude's replies recorded, or replayed: `triage eval record` and `replay`.

What is recorded goes to the API one by one, or in batches at a share of the price. In batches the Cases go on by
waves: each wave sends what every Case wants to ask next, so that a Case of five questions takes five batches.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agent.domain.made import Call
from agent.engines.claude.batches import Batches
from agent.errors import EngineFailed
from agent.prompts import Prompts, prompts_dir
from agent.store.calls import StoreLedger
from agent.triage.trial import Trials
from agent.wiring_claude import claude_over, embedded_of, service_of
from evals.recordings import Key, Recorder, Recordings, Replayed, Unpaid

if TYPE_CHECKING:
    from pathlib import Path

    from agent.domain.messages import Message
    from agent.domain.models import Model
    from agent.domain.views import Trial
    from agent.engines.claude.service import Said, Sends
    from agent.house import House
    from agent.ports import Ledger

CANDIDATES = 10
#: Seconds between two looks at a batch.
LOOK_EVERY = 30.0


@dataclass(frozen=True, slots=True)
class Went:
    """What became of one Message: its trial, or why there is none."""

    message: Message
    trial: Trial | None = None
    failure: EngineFailed | None = None


def record(house: House, messages: Sequence[Message], file: Path) -> Iterator[Went]:
    """Ask Claude about each Message and keep the replies; what the file has is not asked again.

    Raises Misuse without a key.
    """
    service, prompts = service_of(house.settings), Prompts(prompts_dir())
    recorder = Recorder(service, Recordings(file), prompts, house.now)
    try:
        yield from _through(house, messages, recorder, StoreLedger(house.store), prompts)
    finally:
        service.close()


def replay(house: House, messages: Sequence[Message], file: Path) -> Iterator[Went]:
    """Judge each Message from what was recorded, and ask nobody."""
    prompts = Prompts(prompts_dir())
    yield from _through(house, messages, Replayed(Recordings(file), prompts), Unpaid(), prompts)


def record_in_batches(
    house: House,
    messages: Sequence[Message],
    file: Path,
    told: Callable[[str], object],
    sleep: Callable[[float], object] = time.sleep,
) -> int:
    """Record by waves of batches; return how many requests stay without a reply. Killed, the same again goes on.

    The id of a batch is kept beside the file until its replies are, so that nothing is paid twice.
    """
    service, prompts, recordings = service_of(house.settings), Prompts(prompts_dir()), Recordings(file)
    waves = _Waves(house, Batches(service), recordings, file.with_name(f"{file.name}.batch"), sleep)
    failed: set[str] = set()
    try:
        failed |= waves.finish()
        while True:
            replayed = Replayed(recordings, prompts)
            list(_through(house, messages, replayed, Unpaid(), prompts))
            wanted = {name: each for name, each in replayed.missing.items() if name not in failed}
            if not wanted:
                return len(failed)
            told(f"{len(wanted)} requests in a batch; {len(recordings)} replies are kept")
            waves.begin(wanted)
            failed |= waves.finish()
    finally:
        service.close()


def _through(
    house: House, messages: Sequence[Message], sends: Sends, ledger: Ledger, prompts: Prompts
) -> Iterator[Went]:
    embedded = embedded_of(house.ports.engine)
    engine = claude_over(sends, house.settings, ledger, house.now, prompts, embedded)
    trials = Trials(replace(house.steps, engine=engine), house.store, house.now, time.monotonic, "")
    for message in messages:
        try:
            (trial,) = trials.run([message], CANDIDATES)
        except EngineFailed as failure:
            yield Went(message, failure=failure)
        else:
            yield Went(message, trial)


@dataclass(frozen=True, slots=True)
class _Waves:
    """One batch after the other. `note` is the file that a batch under way is written down in."""

    house: House
    batches: Batches
    recordings: Recordings
    note: Path
    sleep: Callable[[float], object]

    def begin(self, wanted: Mapping[str, tuple[Key, Mapping[str, Any]]]) -> None:
        """Send a wave and write down what it is."""
        keys = {name: key for name, (key, _) in wanted.items()}
        id = self.batches.begin({name: request for name, (_, request) in wanted.items()})
        self.note.write_text(
            json.dumps({"id": id, "keys": {name: _spelled(key) for name, key in keys.items()}})
        )

    def finish(self) -> set[str]:
        """Wait for the batch that is written down, if one is, and keep its replies; return which have none."""
        if not self.note.exists():
            return set()
        told = json.loads(self.note.read_text())
        while not self.batches.has_ended(told["id"]):
            self.sleep(LOOK_EVERY)
        failed = set[str]()
        for name, result in self.batches.results(told["id"]):
            if isinstance(result, EngineFailed):
                failed.add(name)
            else:
                self._keep(Key(**told["keys"][name]), result)
        self.note.unlink()
        return failed

    def _keep(self, key: Key, said: Said) -> None:
        """Keep a reply and what it cost, once."""
        if self.recordings.get(key) is not None:
            return
        now = self.house.now()
        self.recordings.add(key, said, now)
        cost = round(self._model(key).microdollars(said.tokens) * self.house.settings.models.batch_share)
        StoreLedger(self.house.store).record(
            Call(
                at=now,
                case="",
                source="",
                prompt=key.prompt,
                prompt_hash=key.prompt_hash,
                model=key.model,
                tokens=said.tokens,
                microdollars=cost,
                seconds=0.0,
                outcome="in a batch",
            )
        )

    def _model(self, key: Key) -> Model:
        tiers = self.house.settings.models.tiers.values()
        return next(each for each in tiers if each.name == key.model)


def _spelled(key: Key) -> dict[str, str]:
    return {name: getattr(key, name) for name in ("model", "prompt", "prompt_hash", "sent", "code")}
