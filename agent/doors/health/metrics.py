"""The figures as Prometheus reads them. What they are counted from is the desk's; what to do, docs/operate.md's.

All but those of this process (`process_…`) are counted from the store, so that any process tells the whole.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from agent.domain.figures import NO_BACKLOG, Figures, Sent

_DOLLAR = 1_000_000  # microdollars
#: Of a house in which nothing ever happened.
NONE = Figures(
    received=0,
    handled=0,
    dropped=0,
    failed=0,
    waiting=0,
    waiting_since=None,
    late=0,
    backlog=NO_BACKLOG,
    outbox={},
    due_since=None,
    sent=Sent(within={}, count=0, seconds=0.0),
    jobs=0,
    workers=0,
    calls={},
    spent=0,
    cap=0,
    sources=0,
    sources_read=0,
    is_paused=False,
)


def rendered(figures: Figures, now: datetime, accept: str) -> tuple[bytes, str]:
    """Return the figures in the format that is accepted, and its content type."""
    encode, content_type = choose_encoder(accept)
    return encode(_Told(lambda: families(figures, now))), content_type


class _Told(Collector):
    """What one request is told: the house's figures, then those of this process."""

    def __init__(self, tell: Callable[[], Iterable[Metric]]) -> None:
        self.tell = tell
        self.process = ProcessCollector(registry=None)

    def collect(self) -> Iterator[Metric]:
        """Yield all of them."""
        yield from self.tell()
        yield from self.process.collect()


def families(figures: Figures, now: datetime) -> Iterator[Metric]:
    """Yield the house's figures."""

    def age(since: datetime | None) -> float:
        return 0.0 if since is None else max(0.0, (now - since).total_seconds())

    yield _count("triage_received", "Messages taken in", figures.received)
    yield _count("triage_handled", "Messages that are in a Case", figures.handled)
    yield _count("triage_dropped", "Messages that were screened out", figures.dropped)
    yield _gauge("triage_failed", "Messages and Cases that got stuck and need a person", figures.failed)
    yield _gauge("triage_backlog", "Messages and Cases that have no Proposal yet", figures.backlog.count)
    yield _gauge("triage_backlog_seconds", "Since the oldest of the backlog came", age(figures.backlog.since))
    yield _gauge("triage_waiting", "Cases that wait for a Verdict", figures.waiting)
    yield _gauge(
        "triage_waiting_seconds", "Since the oldest open Proposal was made", age(figures.waiting_since)
    )
    yield _gauge("triage_late", "Cases of ours past their first reply or next update", figures.late)
    yield _gauge("triage_queue_jobs", "Jobs that are ready, running or to be tried again", figures.jobs)
    yield _gauge("triage_workers", "Processes that work the queue", figures.workers)
    states = (([state.value], count) for state, count in figures.outbox.items())
    yield _labelled(GaugeMetricFamily, "triage_outbox", "Actions and Notices by state", ["state"], states)
    yield _gauge("triage_outbox_seconds", "How long the oldest may leave and has not", age(figures.due_since))
    yield _histogram("triage_send_seconds", "From an approval to its Receipt", figures.sent)
    calls = "Calls of a model by how they ended"
    yield _labelled(
        CounterMetricFamily, "triage_engine_calls", calls, ["model", "outcome"], figures.calls.items()
    )
    yield _gauge("triage_spend_dollars", "What calls of a model cost today (UTC)", figures.spent / _DOLLAR)
    yield _gauge("triage_spend_cap_dollars", "What they may cost a day", figures.cap / _DOLLAR)
    yield _gauge("triage_sources", "Sources of sources.yaml", figures.sources)
    yield _gauge(
        "triage_sources_read",
        "Those of them that were read without trouble within a day",
        figures.sources_read,
    )
    yield _gauge("triage_sending_paused", "1 while a person has paused sending", int(figures.is_paused))


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _count(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(name, what, value=value)


def _labelled(
    family: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    what: str,
    labels: list[str],
    values: Iterable[tuple[Sequence[str], int]],
) -> Metric:
    told = family(name, what, labels=labels)
    for key, value in values:
        told.add_metric(key, value)
    return told


def _histogram(name: str, what: str, sent: Sent) -> Metric:
    buckets = [(str(bound), float(count)) for bound, count in sent.within.items()]
    return HistogramMetricFamily(
        name, what, buckets=[*buckets, ("+Inf", float(sent.count))], sum_value=sent.seconds
    )
