"""Who has a Case, and what they do with it beside answering: acknowledge, take, hand over, ask, let go.

None of it answers a Proposal, and of it an acknowledgement alone leaves the house.
"""

from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from agent.desk.reopening import Reopening
from agent.domain.actions import NO_REVISION, Action, ActionKind, Notice, NoticeKind
from agent.domain.cases import HANDED_OVER, TAKEN, Case, CaseState
from agent.domain.jobs import Job
from agent.domain.messages import PUBLIC, TEAM, Visibility
from agent.domain.shifts import Person
from agent.errors import Misuse, Refused
from agent.policy.disclosure import addressed, may_flow
from agent.policy.plans import drafts_only
from agent.prompts import shipped
from agent.store import cases, messages, outbox, people, proposals
from agent.wording.cases import is_security
from agent.wording.questions import question
from agent.wording.stages import taken_in
from agent.wording.texts import cut, is_blank

#: The prompt of the one-click answer.
ACKNOWLEDGE = "embedded/replies/acknowledge"
#: How long a question to the team may be.
ASKED = 1_000


class Owning(Reopening):
    """The owner's verbs."""

    def acknowledge(self, case_id: str, person: str) -> datetime:
        """Tell the user that somebody is on it (S5); once a Case. Return when it goes out.

        Consumes nothing. Raises Refused where they have an answer, or nothing may be sent.
        """
        who, now = self.approver(case_id, person), self.now()
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            self._refuse_acknowledgement(tx, number, case)
            goes_out_at = now + self.settings.team.hold
            outbox.add(tx, self._acknowledgement(tx, number, case, now), case.source, goes_out_at)
            cases.record(
                tx, number, now, "acknowledged", who, "Acknowledged: they hear that somebody is on it"
            )
            if goes_out_at <= now:
                self.queue.enqueue(Job.send(case.id), tx)
        return goes_out_at

    def acknowledgement_text(self) -> str:
        """Return what an acknowledgement says, so that it can be read before the click."""
        return shipped().render(ACKNOWLEDGE, {}).text

    def _acknowledgement(self, tx: sa.Connection, number: int, case: Case, now: datetime) -> Action:
        visibility = addressed(self.settings.source(case.source).visibility, case.author)
        return Action(
            key=f"{case.id}:ack",
            case_id=case.id,
            revision=NO_REVISION,
            position=0,
            kind=ActionKind.REPLY,
            destination=case.source,
            visibility=visibility,
            made_from=PUBLIC,
            thread=messages.thread_of(tx, number),
            body=self.acknowledgement_text(),
            approved_at=now,
        )

    def _refuse_acknowledgement(self, tx: sa.Connection, number: int, case: Case) -> None:
        source, given = self.settings.source(case.source), outbox.acknowledgement(tx, number)
        if not source.sends:
            raise Refused(f"Not sent: {drafts_only(source)}.")
        if case.dropped_reason:
            raise Refused(f"Not sent: {case.id} was dropped. Restore it first.")
        if given is not None:
            raise Refused(f"{case.id} was acknowledged already. See it: triage show {case.id}")
        if case.first_response_at is not None:
            raise Refused(f"Not sent: they have an answer already. See it: triage show {case.id}")

    def take(self, case_id: str, person: str) -> None:
        """Make a Case one's own (A1), or say of one's own that one is on it; twice is once."""
        self._give(case_id, self.person(person), self.person(person))

    def hand_over(self, case_id: str, to: str, person: str) -> None:
        """Make a Case somebody else's; raises UnknownPerson for one who is not in the team."""
        self._give(case_id, self.person(to), self.person(person))

    def _give(self, case_id: str, to: Person, by: Person) -> None:
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            takes = to.id == by.id
            is_on_it = not takes or taken_in(cases.history(tx, number), to.id) is not None
            if case.owner == to.id and is_on_it:
                return
            cases.change(tx, number, owner=to.id)
            what = TAKEN if takes else HANDED_OVER
            text = f"{to.handle} takes it" if takes else f"Handed over to {to.handle}"
            cases.record(tx, number, self.now(), what, by.id, text)

    def ask(self, case_id: str, asked: str, person: str) -> None:
        """Ask the team in its own place (T26); the same question is asked once. Raises Refused.

        What answers it there comes back to the Case.
        """
        who, asked = self.person(person), asked.strip()
        if is_blank(asked) or len(asked) > ASKED:
            raise Misuse(f"A question to the team has 1 to {ASKED:,} characters. Your text is kept.")
        to = self._asked_in(case_id)
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            notice = Notice(
                key=f"{case.id}:ask:{sha256(asked.encode()).hexdigest()[:12]}",
                case_id=case.id,
                kind=NoticeKind.ASK,
                to=to,
                text=self._question(tx, number, case, asked, who),
            )
            if not outbox.add(tx, notice, to, self.now()):
                raise Refused(f"This was asked already. See what came back: triage show {case.id}")
            cases.record(tx, number, self.now(), "asked", who.id, f"Asked the team: {cut(asked)}")
            self.queue.enqueue(Job.send(case.id), tx)

    def _asked_in(self, case_id: str) -> str:
        """Return the place where the team is asked."""
        places = self.settings.slack
        if places is None or not places.triage_bugs:
            raise Refused(
                "There is no place to ask in: set `slack.triage_bugs` in team.yaml, and SLACK_BOT_TOKEN. "
                f"Until then: triage hand-over {case_id} --to COLLEAGUE"
            )
        return f"slack:{places.triage_bugs}"

    def _question(self, tx: sa.Connection, number: int, case: Case, asked: str, who: Person) -> str:
        """Give the question its context, as far as the place may read it."""
        proposal = proposals.newest(tx, number)
        said = [messages.from_row(row) for row in messages.of_case(tx, number)]
        place = self._readers(self._asked_in(case.id))
        flows = all(may_flow(addressed(each.visibility, each.author), place) for each in said)
        author = people.called_in(tx, [case.author]).get(case.author, case.author)
        words = (author, said[0].words) if said and flows and not is_security(proposal) else None
        return question(case, self.settings.source(case.source), proposal, asked, who.handle, words)

    def _readers(self, place: str) -> Visibility:
        configured = any(each.id == place for each in self.settings.sources)
        return self.settings.source(place).visibility if configured else TEAM

    def mark_waiting(self, case_id: str, person: str) -> None:
        """Say that they were answered elsewhere: the Case waits on them, and keeps its owner and clock."""
        who = self.person(person).id
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            if case.open_revision is not None or case.state is not CaseState.WAITING_ON_US:
                raise Refused(f"{case.id} is not ours to let go of now. See it: triage show {case.id}")
            cases.change(tx, number, state=CaseState.WAITING_ON_THEM)
            cases.record(tx, number, self.now(), "waits on them", who, "Marked as waiting on them")

    def write_anyway(self, case_id: str, person: str) -> int:
        """Propose a reply although a colleague has answered; return the revision that it becomes."""
        who = self.person(person)
        with self.store.write() as tx:
            _, case = self._case(tx, case_id)
            if not case.withdrawn_by:
                raise Refused(f"No reply of {case.id} was withdrawn. See it: triage show {case.id}")
            return self._reopen(tx, case, f"{who.handle} writes a reply anyway", who.id, None)
