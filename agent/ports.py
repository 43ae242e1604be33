"""The seams. Each Protocol's docstring is the promise that every implementation keeps.

Nothing is implemented here. A port with two implementations has one contract test that both pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from agent.domain.jobs import Job, JobKind

if TYPE_CHECKING:
    import numpy as np
    import sqlalchemy as sa
    from numpy.typing import NDArray

    from agent.domain.actions import Action, Notice, Outcome, Receipt
    from agent.domain.arrivals import Arrival, Happened
    from agent.domain.assessments import AnswerHit, Assessment, Candidate, Compared, Matched, Researched
    from agent.domain.issues import Issue
    from agent.domain.made import Call
    from agent.domain.messages import Named
    from agent.domain.proposals import Draft
    from agent.domain.reports import Answer, Brief, Description, Report
    from agent.domain.views import CaseView, HomeView

    Vector = NDArray[np.float32]

Now = Callable[[], datetime]
Progress = Callable[[int, int], None]  #: (done, total)


def no_progress(done: int, total: int) -> None:
    """Report progress to nobody."""


class Library(Protocol):
    """What an engine may look up in one Case, and nothing beyond: read-only, of the report's own project,
    from before the report, without the report itself, and no text that its readers may not read.
    """

    def search(self, words: str) -> Sequence[tuple[Candidate, Issue]]:
        """Return the Issues that are closest to these words, best first."""

    def issue(self, issue_id: str) -> Issue | None:
        """Return the Issue with this id; None where there is none that may be seen."""

    def answers(self, words: str) -> Sequence[tuple[AnswerHit, Answer]]:
        """Return the team's own answers that are closest to these words, best first."""


class Ledger(Protocol):
    """What calls of a model cost. A call is recorded when it ended, well or not, and durably."""

    def record(self, call: Call) -> None:
        """Keep a call."""

    def spent(self, day: date) -> int:
        """Return what the calls of a day (UTC) cost, in microdollars."""


class Engine(Protocol):
    """Says what it reads in a Case; decides nothing and acts on nothing.

    Texts from outside are data to it. Ids that it returns are among those it was shown, and
    probabilities are calibrated or absent. Whatever it returns says who made it. It raises
    `Unavailable` when it cannot answer.
    """

    @property
    def name(self) -> str:
        """What a Proposal calls it."""

    def research(
        self, report: Report, found: Sequence[tuple[Candidate, Issue]], library: Library
    ) -> Researched:
        """Look again for what retrieval may have missed; what was found stays, in its order."""

    def compare(self, report: Report, found: Sequence[tuple[Candidate, Issue]]) -> Compared:
        """Compare the report with each candidate, in the order given, one Likeness each."""

    def assess(self, report: Report, matched: Matched) -> Assessment:
        """Read type, factors, effort, area and what is missing, each with its evidence."""

    def draft(self, brief: Brief) -> Draft:
        """Write the reply from what the brief holds and from nothing else."""

    def describe(self, brief: Brief, assessment: Assessment) -> Description:
        """Write the Issue that would be filed, and the note that a known one would get (A4)."""


class Embedder(Protocol):
    """Texts to unit vectors. The same text gives the same vector in one version of `id`."""

    id: str
    dimensions: int

    def embed(self, texts: Sequence[str], progress: Progress = no_progress) -> Vector:
        """Return an array of shape (len(texts), dimensions), rows of length 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A search: Issues of `project` created before `before`, never one of `exclude`."""

    project: str
    title: str
    text: str
    before: datetime
    exclude: frozenset[str] = frozenset()
    limit: int = 10


class Index(Protocol):
    """Finds Issues again. Derived: it can be thrown away and built from the store's records.

    Candidates are Issues of the same project created before the moment asked for, never the
    asker itself, best first, each at most once.
    """

    def refresh(self, progress: Progress = no_progress) -> int:
        """Take in what changed in the records since the last call; return how many were embedded.

        Cheap when nothing changed. Killed half-way, the next call goes on where it stopped.
        Raises `IndexMismatch` when the records were embedded by another embedder.
        """

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Throw away what was built and take everything in anew; return how many were embedded."""

    def search(self, query: Query) -> Matched:
        """Return candidates, the answers that are close, and how many Issues were searched."""


@dataclass(frozen=True, slots=True)
class Changed:
    """An Issue as of a generation of the records; `content` is the hash of what is embedded."""

    generation: int
    content: str
    issue: Issue


class Records(Protocol):
    """What an index is built from; the store keeps it."""

    def generation(self) -> int:
        """Return a number that grows with every change of an Issue."""

    def changed_since(self, generation: int) -> Iterator[Sequence[Changed]]:
        """Yield what changed after `generation`, in batches of ascending generation."""

    def vectors(self, embedder: str, contents: Sequence[str]) -> Mapping[str, Vector]:
        """Return those vectors that are known, by content hash."""

    def keep_vectors(self, embedder: str, vectors: Mapping[str, Vector]) -> None:
        """Remember vectors by content hash; durable when it returns."""

    def forget_vectors(self, but: str) -> None:
        """Throw away the vectors of every embedder but one: what a rebuild begins with."""

    def embedders(self) -> Sequence[str]:
        """Return the ids of all embedders that vectors are kept of."""

    def issues(self, ids: Iterable[str]) -> Mapping[str, Issue]:
        """Return the Issues with these ids, those that exist."""

    def count(self, project: str, before: datetime) -> int:
        """Return how many Issues of the project were created before the moment."""


Handler = Callable[[Job], None]


class Queue(Protocol):
    """At-least-once. Correctness never rests on the order, nor on a job running once.

    Only ready jobs: what is due later is a time in the store, swept into a job when it comes.
    """

    def enqueue(self, job: Job, tx: sa.Connection) -> None:
        """Add a job inside the caller's transaction: it exists if and only if that commits."""

    def enqueue_new(self, given: Sequence[Job], tx: sa.Connection) -> None:
        """Add jobs, in order, about what came in this transaction, so that none alike can wait already."""

    def run(self, handlers: Mapping[JobKind, Handler], *, threads: int) -> None:
        """Work until `stop`; what was under way when the last process died is worked again.

        A thread beside these works what never waits for a model, so that nothing approved stands behind it.
        """

    def drain(self, handlers: Mapping[JobKind, Handler]) -> int:
        """Work off what is ready in the calling thread; return how many jobs that were."""

    def stop(self) -> None:
        """Let running jobs end and make `run` return."""

    def depth(self) -> int:
        """Return how many jobs are ready or running."""

    def workers(self) -> int:
        """Return how many processes work it, as far as it can be told from this one."""


class Channel(Protocol):
    """A place where people write, as far as replies go.

    `carry_out` ends in a Receipt, a refusal or *unknown*; never in silence, and never in a
    second try of its own.
    """

    listing_is_final: bool  #: what `find` does not see cannot arrive later (no network between)

    def carry_out(self, action: Action | Notice) -> Outcome:
        """Do it once; the action's key travels with it."""

    def find(self, action: Action | Notice) -> Receipt | None:
        """Look for an earlier effect of this key at the destination."""


class Surface(Protocol):
    """Where the team sees Cases: drawn from the view alone, as often as anybody likes.

    A redraw says what is true now; drawing the same twice is drawing it once. What is read off a
    click is ids, never what was drawn. Raises `Denied`, `Limited`, `Unavailable`; and `Missing` when
    the card was deleted where it stood.
    """

    listing_is_final: bool  #: as of `Channel`

    def post(self, card: Notice, view: CaseView) -> Outcome:
        """Post the card of a Case once, its key with it; the Receipt's `destination_id` is its place."""

    def find(self, card: Notice) -> Receipt | None:
        """Look for a card of this key where it would stand."""

    def redraw(self, place: str, view: CaseView, drawn: str) -> str:
        """Draw a card anew unless what stands there has the digest `drawn`; return the digest now."""

    def publish_home(self, home: HomeView, drawn: str) -> str:
        """Draw a person's home anew unless what stands there has the digest `drawn`; return it now."""


class Directory(Protocol):
    """Knows what a place calls the people who write there. Asking changes nothing.

    Raises `Denied`, `Limited`, `Unavailable`.
    """

    def named(self, id: str) -> Named:
        """Return the name behind an id, and where that person comes from; no name where nobody has it."""


class Tracker(Protocol):
    """Where Issues live. The promise of `Channel` holds for `carry_out` and `find`."""

    listing_is_final: bool

    def carry_out(self, action: Action) -> Outcome:
        """Create or note, read back, and return the Receipt."""

    def find(self, action: Action) -> Receipt | None:
        """Look for an earlier effect of this key at the destination."""


class IssueShelf(Protocol):
    """The local tracker's own storage: Issues that live nowhere else. One effect a key."""

    def add(self, key: str, issue: Issue, now: datetime) -> Issue:
        """File an Issue under the next free number of its project; the same key files once."""

    def note(self, key: str, issue_id: str, body: str, now: datetime) -> bool:
        """Add a note to an Issue; False when there is no such Issue."""

    def by_key(self, key: str) -> Issue | None:
        """Return the Issue that carries this key."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of the hour's requests, as of the last answer; -1 before the first."""

    remaining: int
    limit: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a feed is read on: from a moment, which page of that, and what it was last (its ETag)."""

    since: datetime | None = None
    page: int = 1
    etag: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPage:
    """Some Issues, where to read on, and about how many are left. The last page is asked for again."""

    issues: tuple[Issue, ...]
    following: Cursor
    is_last: bool
    left: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberPage:
    """Ids of Issues that exist, and where to read on."""

    ids: tuple[str, ...]
    following: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Release:
    tag: str
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseList:
    """All releases, none where they are those of the ETag."""

    releases: tuple[Release, ...]
    etag: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitPage:
    commits: tuple[str, ...]
    is_last: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class InflowPage:
    """What happened at a place, and where to read on. The last page is asked for again."""

    happened: Happened
    following: Cursor
    is_last: bool


class Inflow(Protocol):
    """Places that are read for what was written there, beside calling us: nothing is missed by either.

    A stream is one list of a place. Reading on from each page's cursor meets all that was written or
    changed since, also what changes meanwhile. What was written before `began_at` opens nothing.
    Raises `Denied`, `Missing`, `Limited`, `Unavailable`.
    """

    kind: str  #: of its Sources: the part before the colon

    def streams(self) -> Sequence[tuple[str, str]]:
        """Return what is to be read: (Source or team or label, stream)."""

    def page(self, source: str, stream: str, at: Cursor, began_at: datetime) -> InflowPage:
        """Return what happened at the cursor, in order."""

    def root(self, source: str, thread: str) -> Arrival | None:
        """Return what a thread begins with, as it is now; None where that is gone or elsewhere."""

    def places(self) -> Iterator[str]:
        """Yield every Source that the keys can see, watched or not."""


class IssueFeed(Protocol):
    """A tracker's Issues, to be read in full and then kept up with. Pull requests are none of them.

    Reading on from each page's cursor meets every Issue, also those that change meanwhile. What has
    not changed since a cursor with an ETag costs nothing. Raises `Denied`, `Missing`, `Unavailable`.
    """

    def is_public(self, project: str) -> bool:
        """Tell whether everybody may read the project."""

    def page(self, project: str, at: Cursor) -> FeedPage:
        """Return the Issues at the cursor, least recently changed first; an empty last page is no change."""

    def count(self, project: str) -> int:
        """Return how many Issues exist."""

    def numbers(self, project: str, after: str) -> NumberPage:
        """Return which Issues exist, a page after "" or after the last page's `following`."""

    def look(self, issue_id: str) -> Issue | None:
        """Return an Issue as it is now, under another id where it was moved; None where it is gone."""

    def releases(self, project: str, etag: str) -> ReleaseList:
        """Return the releases that were published and are no previews, in no order."""

    def commits(self, project: str, base: str, head: str, page: int) -> CommitPage:
        """Return a page, counted from 1, of the commits that a release has and the one before has not."""

    def quota(self, project: str) -> Quota:
        """Return what is left, without asking."""
