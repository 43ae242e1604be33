"""Keeps the Issues here as they are in their tracker: read in full once, then what changed since.

Every page is kept in one transaction with the cursor behind it, so that a killed sync goes on with
the page it was at. What the pages cannot show (deleted and moved Issues) is found by counting. The
vector index is not touched: it takes in what is newer than its own generation.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cmp_to_key
from itertools import pairwise

import sqlalchemy as sa

from agent.domain.issues import Issue
from agent.domain.messages import Level, Visibility
from agent.domain.views import SyncReport
from agent.errors import Misuse, Unavailable
from agent.jobs.arriving import Arriving
from agent.policy.references import as_known, as_released
from agent.policy.versions import Version, is_at_least, read_version
from agent.ports import IssueFeed, Now, Progress, no_progress
from agent.store import cases, issues, syncs
from agent.store.database import Store

#: Deleting an Issue changes no other; without a change to be seen the count waits this long.
COUNT_EVERY = timedelta(days=1)


@dataclass
class Tally:
    """What a sync did so far."""

    read: int = 0
    new: int = 0
    changed: int = 0
    removed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)

    def add(self, counted: tuple[int, int], read: int = 0) -> None:
        self.read, self.new, self.changed = self.read + read, self.new + counted[0], self.changed + counted[1]


class Sync:
    """Reads one repository after the other; safe to kill anywhere and to run again.

    `arriving` is told of Issues that are gone, for the Cases that they have.
    """

    def __init__(
        self,
        store: Store,
        feed: IssueFeed,
        visibility: Callable[[str], Visibility],
        now: Now,
        arriving: Arriving | None = None,
    ) -> None:
        self.store = store
        self.feed = feed
        self.visibility = visibility
        self.now = now
        self.arriving = arriving

    def run(self, project: str, progress: Progress = no_progress, *, full: bool = False) -> SyncReport:
        """Bring one repository up to date.

        Raises `Denied` and `Missing` where it may not be read, `Misuse` where it is less public than the
        configuration says, `Unavailable` where it cannot be read now.
        """
        began, tally = time.monotonic(), Tally()
        with self.store.write() as tx:
            if full:
                syncs.begin_anew(tx, project)
            syncs.begin(tx, project)
        self._take_pages(project, tally, progress)
        self._take_releases(project, tally)
        self._count(project, tally)
        return self._reported(project, tally, time.monotonic() - began)

    def _take_pages(self, project: str, tally: Tally, progress: Progress) -> None:
        is_last = False
        while not is_last:
            with self.store.read() as tx:
                at = syncs.state_of(tx, project).cursor
            page = self.feed.page(project, at)
            if page.issues and not tally.read:
                self._refuse_private(project)
            with self.store.write() as tx:
                if not syncs.move(tx, project, at, page.following, self.now() if page.is_last else None):
                    raise Unavailable(f"Another `triage sync` reads {project} right now. Wait until it ends.")
                tally.add(self._keep(tx, page.issues), len(page.issues))
            is_last = page.is_last
            progress(tally.read, tally.read + page.left)

    def _refuse_private(self, project: str) -> None:
        """Keep nothing of a private repository as public words, whatever the configuration says."""
        if self.visibility(project).level is Level.PUBLIC and not self.feed.is_public(project):
            raise Misuse(
                f"{project} is private at GitHub, and public in sources.yaml: its words could be quoted to "
                "anybody. Say there who can read it (visibility), then: triage sync --full"
            )

    def _keep(self, tx: sa.Connection, found: tuple[Issue, ...]) -> tuple[int, int]:
        issues.hold(tx)  # what is known is still so when it is written
        known = issues.by_ids(tx, [each.id for each in found])
        return issues.upsert(tx, [self._readable(as_known(each, known)) for each in found])

    def _readable(self, issue: Issue) -> Issue:
        return replace(issue, visibility=self.visibility(issue.project))

    def _take_releases(self, project: str, tally: Tally) -> None:
        with self.store.read() as tx:
            etag = syncs.state_of(tx, project).releases_etag
        found = self.feed.releases(project, etag)
        with self.store.write() as tx:
            syncs.add_releases(tx, project, [each.tag for each in found.releases])
            syncs.note(tx, project, releases_etag=found.etag)
            known = syncs.releases(tx, project)
            wanted = issues.has_unreleased(tx, project)
        tags = in_order(known)
        for base, tag in pairwise(tags):
            page, is_read = known[tag]
            if wanted and not is_read:
                self._take_release(project, base, tag, page, tally)

    def _take_release(self, project: str, base: str, tag: str, page: int, tally: Tally) -> None:
        """Note the release on the Issues that its commits closed."""
        is_last = False
        while not is_last:
            found = self.feed.commits(project, base, tag, page)
            is_last, page = found.is_last, page + 1
            with self.store.write() as tx:
                issues.hold(tx)
                closed = issues.closed_by(tx, project, found.commits)
                tally.add(issues.upsert(tx, [as_released(each, tag) for each in closed]))
                syncs.note_release(tx, project, tag, page, is_read=is_last)

    def _count(self, project: str, tally: Tally) -> None:
        """Compare how many Issues there are with how many are here; look for each where they differ."""
        with self.store.read() as tx:
            state, here = syncs.state_of(tx, project), len(issues.tracked(tx, project))
        if state.counted_to is None and not self._is_count_due(state.counted_at, tally):
            return
        if state.counted_to is None and self.feed.count(project) == here:
            with self.store.write() as tx:
                syncs.note(tx, project, counted_at=self.now())
            return
        self._see_all(project, state.counted_to or "")
        self._reconcile(project, tally)

    def _is_count_due(self, counted_at: datetime | None, tally: Tally) -> bool:
        return bool(tally.read) or counted_at is None or self.now() - counted_at >= COUNT_EVERY

    def _see_all(self, project: str, after: str) -> None:
        is_last = False
        while not is_last:
            page = self.feed.numbers(project, after)
            is_last, after = page.is_last, page.following or after
            with self.store.write() as tx:
                syncs.see(tx, project, page.ids)
                syncs.note(tx, project, counted_to=after)

    def _reconcile(self, project: str, tally: Tally) -> None:
        with self.store.read() as tx:
            here, there = issues.tracked(tx, project), syncs.seen(tx, project)
        for issue_id in sorted(here ^ there):
            self._look_again(issue_id, tally)
        with self.store.write() as tx:
            syncs.forget_seen(tx, project)
            syncs.note(tx, project, counted_to=None, counted_at=self.now())

    def _look_again(self, issue_id: str, tally: Tally) -> None:
        """Take in one Issue that is here and not there, or there and not here, as it is now."""
        found = self.feed.look(issue_id)
        with self.store.write() as tx:
            if found is not None and found.id == issue_id:
                tally.add(self._keep(tx, (found,)))
                return
            if not issues.by_ids(tx, [issue_id]):
                return
            moved_to = found.id if found else None
            if self.arriving:  # Cases are held before Issues, here as everywhere
                self.arriving.gone(tx, issue_id, moved_to, self.now())
            issues.remove(tx, issue_id, moved_to)
        (tally.moved if found else tally.removed).append(issue_id)

    def _reported(self, project: str, tally: Tally, seconds: float) -> SyncReport:
        quota = self.feed.quota(project)
        report = SyncReport(
            project=project,
            read=tally.read,
            new=tally.new,
            changed=tally.changed,
            removed=len(tally.removed),
            moved=len(tally.moved),
            seconds=seconds,
            quota_left=quota.remaining,
            quota=quota.limit,
        )
        gone = [f"{each} is gone" for each in tally.removed] + [f"{each} was moved" for each in tally.moved]
        if tally.new or tally.changed or gone:
            said = f"{project}: {tally.new} new, {tally.changed} changed. {'. '.join(gone)}".strip()
            with self.store.write() as tx:
                cases.record(tx, None, self.now(), "synced", "triage", said)
        return report


def in_order(tags: Iterable[str]) -> list[str]:
    """Return the tags that are versions, lowest first: a fix counts for the lowest that holds it."""

    def compare(one: tuple[Version, str], other: tuple[Version, str]) -> int:
        return 1 if is_at_least(one[0], other[0]) else -1

    read = [(version, tag) for tag in tags if (version := read_version(tag))]
    return [tag for _, tag in sorted(read, key=cmp_to_key(compare))]
