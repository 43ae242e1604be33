"""A process with everything in it: the desk, and what works behind it. What stands behind its ports is wiring's."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from agent.desk import Desk
from agent.domain.issues import Issue
from agent.domain.jobs import Job, JobKind
from agent.domain.messages import Message, ReplyBy, TrackerKind
from agent.domain.views import IndexReport, Trial
from agent.policy.shifts import holder
from agent.ports import (
    Channel,
    Directory,
    Engine,
    Handler,
    Index,
    Now,
    Progress,
    Queue,
    Surface,
    Tracker,
    no_progress,
)
from agent.settings import Settings
from agent.store import cases, issues, proposals
from agent.store.database import Store
from agent.store.home import Home
from agent.store.records import StoreRecords
from agent.wiring_github import github, keeping_up
from agent.wiring_slack import reading as slack_reading
from agent.wiring_store import saver_of

if TYPE_CHECKING:
    from agent.triage.shadow import Candidate

log = logging.getLogger(__name__)  #: silent where nobody set a log up, as when measuring

#: Threads that work jobs: embedding and SQLite leave little for more on one machine.
THREADS = 2
#: Seconds between two sweeps, and between two looks for what lost its job.
SWEEP, LOST = 0.25, 30.0
#: Seconds until the next sweep where one failed: the database is away, and every round would say so.
TROUBLED = 5.0
#: Seconds between two rounds of reading; what has not changed costs nothing.
READ_EVERY = 120.0
#: Seconds that a round of either may take before another process counts this one as gone.
SWEPT, ROUND = 15.0, 600.0
#: How long another process's claim holds: longer than any call takes, each step of it with its timeout.
LEASE = timedelta(minutes=2)
#: Seconds that running jobs are given to end; what is left is worked again by whoever goes on.
GRACE = 25.0
#: Issues a transaction.
BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """What stands behind the seams of one process."""

    queue: Queue
    index: Index
    engine: Engine
    embedder: str
    channels: Mapping[ReplyBy, Channel]
    trackers: Mapping[TrackerKind, Tracker]
    close: Callable[[], None] = lambda: None  #: gives back what the engine holds
    surface: Surface | None = None
    directory: Directory | None = None
    candidate: "Candidate | None" = None  #: a prompt set that is asked beside the live one


class House:
    """A process with everything in it: the desk, and what works behind it."""

    def __init__(self, settings: Settings, store: Store, home: Home, ports: Ports, now: Now) -> None:
        from agent.jobs.daily import Daily
        from agent.jobs.intake import Intake
        from agent.jobs.naming import Naming
        from agent.jobs.outbox import Outbox
        from agent.jobs.retaining import Retaining
        from agent.jobs.showing import Cards, Showing
        from agent.jobs.sweep import GRACE as UNTAKEN
        from agent.jobs.sweep import Sweep
        from agent.jobs.turning import Turning
        from agent.triage.graph import Journey
        from agent.triage.nodes import Nodes
        from agent.triage.shadow import Shadowing
        from agent.triage.steps import Steps

        self.settings = settings
        self.store = store
        self.home = home
        self.ports = ports
        self.now = now
        self.desk = Desk(store, ports.queue, settings, home, now)
        self.records = StoreRecords(store)
        self.steps = Steps(
            index=ports.index,
            engine=ports.engine,
            records=self.records,
            settings=settings,
            embedder=ports.embedder,
        )
        self.nodes = Nodes(store, ports.queue, self.steps, now)
        self.shadowing = Shadowing(store, self.steps, ports.candidate, now)
        self.saver = saver_of(settings, store)
        self.journey = Journey(self.nodes, self.saver)
        self.intake = Intake(store, ports.queue, settings, now, Naming(store, ports.directory, now))
        self.turning = Turning(store, ports.queue, settings, now)
        cards = Cards(ports.surface, self.desk) if ports.surface else None
        owner, lease = uuid.uuid4().hex, LEASE / settings.haste if store.is_shared else timedelta(0)
        self.outbox = Outbox(store, ports.channels, ports.trackers, settings, now, owner, lease, cards)
        self.showing = Showing(store, ports.queue, settings, ports.surface, self.desk, now)
        self.showing.begin()
        self.daily = Daily(store, ports.queue, settings, self.desk, now)
        self.sweep = Sweep(store, ports.queue, self.outbox, now, UNTAKEN / settings.haste)
        self.retaining = Retaining(store, settings, now)
        self.is_loaded = False  #: the index has taken in what the store holds
        self.is_troubled = False  #: a round failed: the next comes later, and the log stays readable
        self.is_stuck = False  #: a job did not end when it was told to
        self.log = structlog.get_logger("house")

    def handlers(self) -> dict[JobKind, Handler]:
        """Return who works which job."""
        by_kind: dict[JobKind, Handler] = {
            JobKind.INTAKE: lambda job: self.intake.take(int(job.payload["message"])),
            JobKind.TURN: lambda job: self.turning.take(int(job.payload["turn"])),
            JobKind.TRIAGE: lambda job: self.journey.travel(*_revision(job)),
            JobKind.RESUME: self._tell,
            JobKind.SEND: lambda job: self.outbox.send(cases.number_of(job.key) if job.key else None),
            JobKind.SHOW: lambda job: self.showing.draw(job.key),
            JobKind.SHADOW: lambda job: self.shadowing.judge(
                cases.number_of(job.payload["case"]), int(job.payload["revision"])
            ),
        }
        return {kind: partial(self._logged, handle) for kind, handle in by_kind.items()}

    def _logged(self, handle: Handler, job: Job) -> None:
        """Work a job, and say how long it took; what is logged meanwhile carries its Case."""
        began = time.monotonic()
        about = {"case": job.case_id} if job.case_id else {"key": job.key}
        with structlog.contextvars.bound_contextvars(job=job.kind.value, **about):
            handle(job)
            log.info("job done", extra={"seconds": round(time.monotonic() - began, 3)})

    def _tell(self, job: Job) -> None:
        number, revision = _revision(job)
        with self.store.read() as tx:
            verdict = proposals.verdict_on(tx, number, revision)
        kinds = {"approve": "accept", "edit": "edit", "reject": "ignore"}
        kind = kinds[verdict.kind] if verdict else "ignore"
        self.journey.tell(number, revision, {"type": kind, "args": None})

    def work(self, until: threading.Event, threads: int = THREADS) -> None:
        """Work jobs and sweep until the event is set; what runs then has GRACE seconds to end.

        Many processes may do so: one of them sweeps at a time.
        """
        worker = threading.Thread(target=self._run_queue, args=(threads,), name="queue", daemon=True)
        self.ports.index.refresh()
        self.is_loaded = True
        worker.start()
        lost_at = 0.0
        while not until.is_set():
            self.is_troubled = False
            if time.monotonic() - lost_at >= LOST / self.settings.haste:
                self._alone(self.sweep.lost, "sweep")
                lost_at = time.monotonic()
            self._alone(self.sweep.once, "sweep")
            self._alone(self.showing.once, "showing")
            self._alone(self.daily.once, "daily")
            self._alone(self.retaining.once, "retaining")
            until.wait(TROUBLED / self.settings.haste if self.is_troubled else SWEEP)
        self.ports.queue.stop()
        worker.join(GRACE)
        if worker.is_alive():
            self.is_stuck = True
            self.log.error("jobs still run after the time they had; they are worked again")

    def read(self, until: threading.Event) -> None:
        """Read GitHub, round after round, until the event is set; without keys there is nothing to read."""
        access = github(self.settings, stop=until)
        if access is None:
            until.wait()
            return
        reading = keeping_up(self.settings, self.store, self.ports.queue, access, self.now)
        self._rounds(reading.once, "reading GitHub", until)

    def read_slack(self, until: threading.Event) -> None:
        """Read Slack's channels, round after round, until the event is set: what no event told."""
        reading = slack_reading(self.settings, self.store, self.ports.queue, self.now, until)
        if reading.rounds:
            self._rounds(reading.once, "reading Slack", until)
        until.wait()

    def _rounds(self, once: Callable[[], object], what: str, until: threading.Event) -> None:
        """Read round after round; of many processes the one that began goes on, and rests before it lets go."""

        def read() -> None:
            try:
                once()
            finally:
                until.wait(READ_EVERY / self.settings.haste)

        while not until.is_set():
            if not self._alone(read, what, ROUND):
                until.wait(READ_EVERY / self.settings.haste)

    def _run_queue(self, threads: int) -> None:
        self.ports.queue.run(self.handlers(), threads=threads)

    def _alone(self, act: Callable[[], object], what: str, seconds: float = SWEPT) -> bool:
        """Do a round of what one process does at a time; tell whether it was this one's.

        A failure is told, and the next round comes.
        """
        is_alone = False
        try:
            with self.store.alone(what, seconds / self.settings.haste) as is_alone:
                if is_alone:
                    act()
        except Exception as error:
            self.is_troubled = True
            self.log.error("a round failed", exc_info=error)
        return is_alone

    def drain(self) -> int:
        """Work off all that is ready, in this thread; return how many jobs that were."""
        worked = self.ports.queue.drain(self.handlers())
        self.sweep.once()
        self.showing.once()
        self.daily.once()
        self.retaining.once()
        return worked + self.ports.queue.drain(self.handlers())

    def add_issues(self, given: Iterable[Issue], progress: Progress = no_progress) -> IndexReport:
        """Put Issues into the store and the index; what has not changed is not embedded again."""
        began = time.monotonic()
        read = new = changed = 0
        for batch in _batches(map(self._readable, given), BATCH):
            with self.store.write() as tx:
                added, altered = issues.upsert(tx, batch)
            read, new, changed = read + len(batch), new + added, changed + altered
        embedded = self.ports.index.refresh(progress)
        seconds = time.monotonic() - began
        return IndexReport(read=read, new=new, changed=changed, embedded=embedded, seconds=seconds)

    def take_in(self, progress: Progress = no_progress) -> int:
        """Bring the index up to the store; return how many Issues had to be embedded."""
        return self.ports.index.refresh(progress)

    def _readable(self, issue: Issue) -> Issue:
        """Say who may read an Issue of a tracker: those who read its repository."""
        return replace(issue, visibility=self.settings.tracker_visibility(issue.project))

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Build the index anew from the store: what another embedder needs."""
        return self.ports.index.rebuild(progress)

    def trials(self, messages: Sequence[Message], candidates: int) -> Iterator[Trial]:
        """Triage Messages without side effects, in order."""
        from agent.triage.trial import Trials

        on_shift = holder(self.settings.rotation, self.now()).holder
        return Trials(self.steps, self.store, self.now, time.monotonic, on_shift).run(messages, candidates)

    def close(self) -> None:
        """Give everything back."""
        self.ports.close()
        self.saver.conn.close()
        self.store.close()


def _revision(job: Job) -> tuple[int, int]:
    return cases.number_of(job.key), int(job.payload["revision"])


def _batches(given: Iterable[Issue], size: int) -> Iterator[list[Issue]]:
    batch: list[Issue] = []
    for issue in given:
        batch.append(issue)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
