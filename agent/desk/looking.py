"""Lists and pages, read from the store. Nothing is decided here, and almost nothing written."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from agent.desk.counter import Counter
from agent.domain.cases import COLLEAGUE, NEWS, Case, CaseState
from agent.domain.figures import Backlog
from agent.domain.messages import Message
from agent.domain.proposals import Proposal
from agent.domain.views import (
    CallSum,
    CaseView,
    Counts,
    Elsewhere,
    EngineHealth,
    Found,
    HomeView,
    Row,
    Run,
    Said,
    ShiftView,
    SourceLine,
)
from agent.policy.colleagues import is_colleagues
from agent.policy.customers import key_customer
from agent.policy.shifts import holder, last_shift, next_shift
from agent.store import calls, cases, figures, issues, messages, outbox, people, proposals, readings, views


class Looking(Counter):
    """What waits, what came back, what was dropped, and all that a Case holds."""

    def inbox(self) -> list[Row]:
        """Return what waits for a Verdict: P0 apart, then late, due time, priority, age."""
        with self.store.read() as tx:
            return self._rows(tx, views.rows(tx, views.WAITS, views.by_urgency(self.now())))

    def waiting(self) -> list[Row]:
        """Return what waits on us without a Proposal to answer, latest against its target first."""
        with self.store.read() as tx:
            return self._rows(tx, views.rows(tx, views.WAITS_ON_US, views.by_urgency(self.now())))

    def snoozed(self) -> list[Row]:
        """Return what is put aside, next to wake first."""
        with self.store.read() as tx:
            return self._rows(tx, views.rows(tx, views.SNOOZED, (views.WAKES_AT,)))

    def dropped(self) -> list[Row]:
        """Return what was screened out or rejected as noise, newest first."""
        with self.store.read() as tx:
            return self._rows(tx, views.rows(tx, views.DROPPED))

    def judging(self) -> list[Row]:
        """Return what is being judged now."""
        with self.store.read() as tx:
            return self._rows(tx, views.rows(tx, views.JUDGED))

    def recent(self) -> list[Row]:
        """Return what was answered, newest first."""
        with self.store.read() as tx:
            return self._rows(tx, views.rows(tx, views.ANSWERED, limit=100))

    def counts(self) -> Counts:
        """Return how long each list is."""
        with self.store.read() as tx:
            return views.counts(tx)

    def search(self, words: str) -> Found:
        """Return the Cases and Issues that hold the words."""
        words = words.strip()
        if not words:
            return Found()
        with self.store.read() as tx:
            rows = self._rows(tx, views.search(tx, words, 50))
            return Found(cases=tuple(rows), issues=tuple(issues.search(tx, words, 50)))

    def case(self, case_id: str, shown_to: str | None = None) -> CaseView:
        """Return all of a Case; raises NotFound. `shown_to` remembers who saw the open revision."""
        number = cases.number_of(case_id)
        with self.store.read() as tx:
            view = self._view(tx, number)
        if shown_to and view.case.open_revision is not None:
            with self.store.write() as tx:
                proposals.show(tx, number, view.case.open_revision, shown_to, self.now())
        return view

    def sources(self, since: datetime | None = None) -> list[SourceLine]:
        """Return what each Source gave since a moment, else today, and those not configured (S13, S14)."""
        zone = self.settings.rotation.zone
        midnight = self.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        with self.store.read() as tx:
            today, known = views.source_lines(tx, since or midnight), views.source_rows(tx)
            troubles = readings.troubles(tx)
            stuck, everywhere = views.stuck_by_source(tx), outbox.paused_by(tx, None)
        configured = [source.id for source in self.settings.sources]
        return [
            SourceLine(
                source=self.settings.source(name),
                configured=name in configured,
                last_read_at=known[name].last_read_at if name in known else None,
                seen=today[name].seen if name in today else 0,
                handled=today[name].handled if name in today else 0,
                dropped=today[name].dropped if name in today else 0,
                failed=stuck.get(name, 0),
                paused_by=everywhere or (known[name].paused_by if name in known else None),
                trouble=troubles.get(name, ""),
            )
            for name in [*configured, *sorted(set(known) - set(configured))]
        ]

    def elsewhere(self) -> Elsewhere:
        """Return what is watched in no Source of its own, and what could be watched and is not (S14)."""
        watch = self.settings.watch
        names = [*(f"@{team}" for team in watch.teams), *(f"label:{label}" for label in watch.labels)]
        configured = {source.id.casefold() for source in self.settings.sources}
        with self.store.read() as tx:
            places, seen_at = readings.seen(tx)
            watched = tuple((name, readings.read_at(tx, f"github:{name}")) for name in names)
        unwatched = tuple(place for place in places if place.casefold() not in configured)
        return Elsewhere(watched=watched, unwatched=unwatched, seen_at=seen_at)

    def engine(self) -> EngineHealth | None:
        """Return how it stands with Claude; None where there is no key, and the embedded engine is meant."""
        if not self.settings.has_claude:
            return None
        with self.store.read() as tx:
            spent, last = calls.spent(tx, self.now().astimezone(UTC).date()), calls.newest(tx)
        return EngineHealth(spent=spent, cap=self.settings.models.daily_cap, last=last)

    def call_sums(self, since: date, until: date) -> list[CallSum]:
        """Return what calls of a model cost on these days (UTC), by day, prompt and model."""
        with self.store.read() as tx:
            return calls.sums(tx, since, until)

    def shift(self) -> ShiftView:
        """Return who holds the rotation now, next and last."""
        rotation, now = self.settings.rotation, self.now()
        return ShiftView(
            now=holder(rotation, now), next=next_shift(rotation, now), last=last_shift(rotation, now)
        )

    def home_of(self, person: str) -> HomeView:
        """Return what a person's home shows: the lists of the inbox; raises UnknownPerson."""
        return HomeView(
            person=self.person(person),
            shift=self.shift(),
            counts=self.counts(),
            inbox=tuple(self.inbox()),
            waiting=tuple(self.waiting()),
            snoozed=tuple(self.snoozed()),
            sources=tuple(self.sources()),
            engine=self.engine(),
            backlog=self.backlog(),
        )

    def backlog(self) -> Backlog:
        """Return what came in and has no Proposal yet."""
        with self.store.read() as tx:
            return figures.backlog(tx)

    def worker(self) -> Run | None:
        """Return the process that serves this home, if one does."""
        return self.home.running()

    def _rows(self, tx: sa.Connection, found: Sequence[Any]) -> list[Row]:
        numbers = [row.number for row in found]
        newest, words = proposals.newest_of(tx, numbers), views.first_words(tx, numbers)
        trouble, names = outbox.in_trouble(tx), people.called_in(tx, {row.author for row in found})
        return [
            self._row(
                cases.from_row(row),
                newest.get(row.number),
                words.get(row.number, ""),
                trouble.get(row.number),
                names,
            )
            for row in found
        ]

    def _row(
        self,
        case: Case,
        proposal: Proposal | None,
        words: str,
        trouble: outbox.Trouble | None,
        names: Mapping[str, str],
    ) -> Row:
        return Row(
            case=case,
            source=self.settings.source(case.source),
            first_words=words,
            proposal=proposal,
            due_at=_due_at(case),
            due_for="next update" if case.first_response_at else "first reply",
            tags=_tags(case, trouble),
            names=names,
        )

    def _view(self, tx: sa.Connection, number: int) -> CaseView:
        case = cases.by_number(tx, number)
        proposal = proposals.newest(tx, number)
        verdict = proposals.newest_verdict(tx, number)
        named = _issues_named(proposal)
        order = views.numbers(tx, views.WAITS, views.by_urgency(self.now()))
        place = order.index(number) if number in order else None
        customer = key_customer(case.author, case.source, self.settings.team.key_customers)
        others = views.others_of(tx, case.source, case.author, number) if case.author else []
        said = self._said(tx, number, case, proposal)
        return CaseView(
            case=case,
            source=self.settings.source(case.source),
            messages=said,
            proposal=proposal,
            issues=issues.by_ids(tx, named),
            reporters=issues.reporters_of(tx, named),
            answers={answer.id: answer for answer in self.settings.answers},
            verdict=verdict,
            steps=outbox.steps(tx, number, verdict.revision if verdict else case.revision),
            history=cases.history(tx, number),
            other_cases=tuple(cases.from_row(row) for row in others),
            key_customer=customer.name if customer else None,
            typed=proposals.typed(tx, number),
            paused_by=outbox.paused_by(tx, case.source),
            earlier=_earlier(tx, number, proposal),
            acknowledgement=outbox.acknowledgement(tx, number),
            told=outbox.told(tx, number),
            names=people.called_in(tx, {case.author, *(each.message.author for each in said)}),
            place=None if place is None else (place + 1, len(order)),
            before=cases.id_of(order[place - 1]) if place else None,
            after=cases.id_of(order[place + 1]) if place is not None and place + 1 < len(order) else None,
            ahead=figures.ahead_of(tx, number) if _is_judged(case, proposal) else 0,
        )

    def _said(
        self, tx: sa.Connection, number: int, case: Case, proposal: Proposal | None
    ) -> tuple[Said, ...]:
        rows = messages.of_case(tx, number)
        earlier = messages.earlier(tx, [row.seq for row in rows])
        return tuple(
            Said(
                message=messages.from_row(row),
                received_at=row.received_at,
                after_proposal=proposal is not None and row.received_at > proposal.created_at,
                by_colleague=self._is_colleague(messages.from_row(row), case),
                earlier_texts=() if row.removed else earlier.get(row.seq, ()),
                dropped_reason=row.dropped_reason,
                removed=row.removed,
            )
            for row in rows
        )

    def _is_colleague(self, message: Message, case: Case) -> bool:
        return is_colleagues(message, case.source, case.author, self.settings.team.names)


def _is_judged(case: Case, proposal: Proposal | None) -> bool:
    """Tell whether a Case waits for a Proposal of its newest revision."""
    is_behind = proposal is None or proposal.revision < case.revision
    return is_behind and not (case.dropped_reason or case.withdrawn_by or case.trouble)


def _earlier(tx: sa.Connection, number: int, proposal: Proposal | None) -> Proposal | None:
    """Return what a corrected Proposal was before."""
    if proposal is None or not proposal.corrected:
        return None
    return proposals.by_revision(tx, number, proposal.revision - 1)


def _due_at(case: Case) -> datetime | None:
    if case.state in (CaseState.TRIAGED_OUT, CaseState.SOLVED):
        return None
    return case.update_due_at if case.first_response_at else case.first_due_at


def _tags(case: Case, trouble: outbox.Trouble | None) -> tuple[str, ...]:
    tags = []
    if trouble is not None:
        tags += [f"{trouble.failed} of {trouble.all} failed"] if trouble.failed else []
        tags += ["not known whether it went out"] if trouble.unknown else []
        tags += ["to be copied by hand"] if trouble.by_hand else []
    if case.trouble:
        tags.append("stuck")
    if case.open_revision and case.because.startswith(NEWS):
        tags.append("came back" if case.first_response_at else "thread moved on")
    if case.withdrawn_by and case.state is CaseState.WAITING_ON_US:
        tags.append("a colleague answered")
    if case.open_revision and case.because.startswith(COLLEAGUE):
        tags.append("the team answered")
    return tuple(tags)


def _issues_named(proposal: Proposal | None) -> list[str]:
    if proposal is None:
        return []
    named = [each.issue_id for each in proposal.matched.likenesses]
    return [*named, proposal.duplicate.issue_id] if proposal.duplicate else named
