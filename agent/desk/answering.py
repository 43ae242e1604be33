"""A person answers: one transaction consumes the open revision and books what leaves.

What is done to a Case without a Verdict is in `minding.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import sqlalchemy as sa

from agent.desk.booking import action_of, as_worded
from agent.desk.reopening import Reopening
from agent.domain.actions import NEW_ISSUE, ActionKind, OutboxState, PlannedAction
from agent.domain.assessments import CaseType
from agent.domain.cases import Case, CaseState, RejectReason, Verdict, VerdictKind
from agent.domain.jobs import Job
from agent.domain.messages import Level
from agent.domain.proposals import Priority, Proposal
from agent.domain.views import Decided, Step
from agent.errors import CannotUndo, LostRace, Misuse, Refused, Stale
from agent.policy.corrections import check, proposed
from agent.policy.duplicates import may_be_target
from agent.policy.plans import Tracking, as_corrected, drafts_only
from agent.policy.redaction import redact
from agent.policy.tracking import OF_FIELDS
from agent.prompts import ISSUE_URL
from agent.store import cases, issues, messages, outbox, proposals
from agent.triage import facts
from agent.triage.alert import alert
from agent.triage.decide import Decision, decide
from agent.triage.draft import fields_of
from agent.wording.texts import is_blank

#: What even a person who typed it does not send; an address or a number may be meant.
NEVER_LEAVES = frozenset({"secret", "card number", "bank account", "name"})


class Answering(Reopening):
    """Verdicts, corrections, and taking them back."""

    def decide(
        self,
        case_id: str,
        revision: int,
        kind: VerdictKind,
        person: str,
        *,
        text: str | None = None,
        reason: RejectReason | None = None,
        corrections: Mapping[str, str] | None = None,
        left_out: Sequence[int] = (),
        note: str = "",
        issue_title: str | None = None,
        issue_body: str | None = None,
    ) -> Decided:
        """Approve, edit or reject a revision; `note` is kept with it in the history.

        Raises Stale or LostRace when the revision is no longer open, NotApprover for a person who may
        not say what leaves here, Misuse for a correction that cannot be. A correction that changes what
        would leave opens the next revision instead: what leaves was on a screen.
        """
        who = self.approver(case_id, person)
        with self.store.write() as tx:
            case, proposal = self._open(tx, case_id, revision)
            changed = _changed(proposal, corrections or {})
            verdict = Verdict(
                case_id=case.id,
                revision=revision,
                kind=_kind(kind, proposal, text),
                person=who,
                at=self.now(),
                text=text,
                issue_title=issue_title,
                issue_body=issue_body,
                reason=reason,
                corrections=changed,
                left_out=tuple(left_out),
                note=note,
                shown_at=proposals.shown_at(tx, cases.number_of(case.id), revision, who),
            )
            before, after = self._redecided(tx, case, proposal, changed)
            if verdict.kind is VerdictKind.REJECT:
                return self._reject(tx, case, verdict)
            if changed and _leaves(before) != _leaves(after):
                return Decided(case_id=case.id, reopened=self._correct(tx, case, changed, who, text))
            return self._approve(tx, case, proposal, verdict, after)

    def correct(
        self,
        case_id: str,
        revision: int,
        corrections: Mapping[str, str],
        person: str,
        *,
        typed: str | None = None,
    ) -> int:
        """Set fields of a Proposal; policy decides again. Return the next revision."""
        who = self.person(person).id
        with self.store.write() as tx:
            case, proposal = self._open(tx, case_id, revision)
            changed = _changed(proposal, corrections)
            self._redecided(tx, case, proposal, changed)
            return self._correct(tx, case, changed, who, typed)

    def undo(self, case_id: str, person: str) -> int:
        """Take the newest Verdict back while nothing of it has left; return the next revision.

        Where there is none, an acknowledgement that has not left is taken back.
        """
        who = self.approver(case_id, person)
        with self.store.write() as tx:
            number, case = self._case(tx, case_id)
            if self._acknowledgement_back(tx, number, who):
                return case.revision
            verdict = proposals.newest_verdict(tx, number)
            if verdict is None or case.revision != verdict.revision:
                raise CannotUndo(f"Nothing to take back: {case.id} r{case.revision} has no Verdict.")
            self._cancel(tx, number, verdict)
            proposals.take_back(tx, number, verdict.revision, self.now())
            return self._reopen(tx, case, f"taken back by {who}", who, verdict.text)

    def drop(self, case_id: str, revision: int, person: str) -> None:
        """Reject a revision as noise; raises as `decide` does."""
        self.decide(case_id, revision, VerdictKind.REJECT, person, reason=RejectReason.NOISE)

    def _open(self, tx: sa.Connection, case_id: str, revision: int) -> tuple[Case, Proposal]:
        """Return the Case and the open Proposal, or refuse with what is true now."""
        number, case = self._case(tx, case_id)
        proposal = proposals.by_revision(tx, number, revision)
        if case.open_revision == revision and proposal is not None:
            return case, proposal
        verdict = proposals.verdict_on(tx, number, revision)
        if verdict is not None:
            done = "rejected" if verdict.kind is VerdictKind.REJECT else "approved"
            raise LostRace(case.id, verdict.person, done, _ago(self.now() - verdict.at))
        raise Stale(case.id, revision, case.revision, f"It was replaced by {case.because or 'a newer one'}.")

    def _redecided(
        self, tx: sa.Connection, case: Case, proposal: Proposal, changed: Mapping[str, str]
    ) -> tuple[Decision, Decision]:
        """Return the decision without and with the corrections; raises Misuse for wrong ones."""
        number = cases.number_of(case.id)
        report = facts.case_report(tx, number, self.settings.team.names, self.now())
        chosen = issues.by_ids(tx, [changed["duplicate"]]) if "duplicate" in changed else {}
        faults = check(
            changed,
            proposal.type,
            [area.id for area in self.settings.areas],
            lambda named: named in chosen and may_be_target(chosen[named], report),
        )
        if faults:
            raise Misuse("Nothing was changed. " + " ".join(faults))
        known = facts.known_of_case(tx, case, proposal.matched, [*chosen, report.id])
        read = (report, proposal.matched, proposal.assessment, known, self.settings)
        before = decide(*read, case.corrected)
        return before, decide(*read, {**case.corrected, **changed}) if changed else before

    def _approve(
        self, tx: sa.Connection, case: Case, proposal: Proposal, verdict: Verdict, decision: Decision
    ) -> Decided:
        kept = self._kept(tx, proposal, verdict, decision)
        self._refuse_unfit(tx, proposal, verdict, [step for _, step in kept])
        self._answer(tx, case, verdict, _state_after(decision.type, [step for _, step in kept]))
        thread = messages.thread_of(tx, cases.number_of(case.id))
        goes_out_at = verdict.at + self.settings.team.hold
        for position, step in kept:
            tracker = self.settings.tracker_of(step.destination.partition("#")[0])
            action = action_of(verdict, position, step, decision, thread, tracker)
            outbox.add(tx, action, case.source, goes_out_at)
        if kept and not self.settings.team.hold:
            self.queue.enqueue(Job.send(case.id), tx)
        leaving = sum(1 for _, step in kept if step.visibility.level < Level.INTERNAL)
        return Decided(case_id=case.id, goes_out_at=goes_out_at if kept else None, leaving=leaving)

    def _kept(
        self, tx: sa.Connection, proposal: Proposal, verdict: Verdict, decision: Decision
    ) -> list[tuple[int, PlannedAction]]:
        """Return the steps that stay, by position, as the corrections of fields have them."""
        plan = list(enumerate(proposal.plan))
        kept = [(at, step) for at, step in plan if at not in verdict.left_out]
        if verdict.corrections:
            out = [step for at, step in plan if at in verdict.left_out]
            fields, tracking = fields_of(decision), self._tracking(tx, proposal, verdict)
            kept = as_corrected(kept, out, fields, tracking, self.settings.private)
        kinds = {step.kind for _, step in kept}
        files = ActionKind.CREATE_ISSUE in kinds or outbox.files_issue(tx, cases.number_of(verdict.case_id))
        steps = [(at, step) for at, step in kept if files or not step.destination.endswith(NEW_ISSUE)]
        return [(at, as_worded(step, verdict)) for at, step in steps]

    def _tracking(self, tx: sa.Connection, proposal: Proposal, verdict: Verdict) -> Tracking:
        case = cases.by_number(tx, cases.number_of(verdict.case_id))
        changed = {step.destination for step in proposal.plan if step.kind in OF_FIELDS}
        labels = [label for each in issues.by_ids(tx, changed).values() for label in each.labels]
        return Tracking(rule=self.settings.rule_of(case.project), labels=tuple(labels))

    def _refuse_unfit(
        self, tx: sa.Connection, proposal: Proposal, verdict: Verdict, kept: Sequence[PlannedAction]
    ) -> None:
        """Refuse a plan that must not leave, or whose reply would wait for ever; raises Refused."""
        self._refuse_estimate(verdict, kept)
        self._refuse_issue(verdict, kept)
        source = self.settings.source(cases.by_number(tx, cases.number_of(verdict.case_id)).source)
        if kept and not source.sends:
            raise Refused(f"Not sent: {drafts_only(source)}. Leave every step out. Your text is kept.")
        blocked = next((step.blocked for step in kept if step.blocked), "")
        if blocked:
            raise Refused(f"Not sent: {blocked}. Leave that step out. Your text is kept.")
        text = _text(proposal, verdict)
        kinds = {step.kind for step in kept}
        files = ActionKind.CREATE_ISSUE in kinds or outbox.files_issue(tx, cases.number_of(verdict.case_id))
        if ISSUE_URL in text and ActionKind.REPLY in kinds and not files:
            raise Refused(
                f"Not sent: the reply names the Issue that would not be filed. Take {ISSUE_URL} out of it."
            )
        if ActionKind.REPLY in kinds and is_blank(text):
            raise Refused("Not sent: the reply is empty. Write one, or leave that step out.")
        if ActionKind.REPLY in kinds and proposal.draft is not None:
            private = self.settings.private
            _, removed = redact(text, private.words, private.hosts, proposal.draft.visibility)
            never = next((each for each in removed if each.kind in NEVER_LEAVES), None)
            if never:
                raise Refused(
                    f"Not sent: your text holds a {never.kind}, {never.was!r}. Take it out; the text is kept."
                )

    def _refuse_estimate(self, verdict: Verdict, kept: Sequence[PlannedAction]) -> None:
        """Refuse an estimate that nothing would carry, or that holds what must not leave."""
        steps = [step for step in kept if step.kind is ActionKind.ESTIMATE_ISSUE]
        if verdict.corrections.get("estimate") and not steps:
            raise Refused(
                "Not sent: no Issue is filed or changed that the estimate could stand on. Take it out."
            )
        removed = next((each for step in steps for each in step.removed), None)
        if removed:
            raise Refused(f"Not sent: the estimate holds a {removed.kind}, {removed.was!r}. Take it out.")

    def _refuse_issue(self, verdict: Verdict, kept: Sequence[PlannedAction]) -> None:
        """Refuse an edited Issue that holds what may not be read where it is filed (A2)."""
        step = next((each for each in kept if each.kind is ActionKind.CREATE_ISSUE), None)
        if step is None or (verdict.issue_title is None and verdict.issue_body is None):
            return
        private = self.settings.private
        words = f"{step.title}\n\n{step.body}"
        _, removed = redact(words, private.words, private.hosts, step.visibility)
        if removed:
            what = f"a {removed[0].kind}, {removed[0].was!r}"
            raise Refused(f"Not sent: the text of the Issue holds {what}. Take it out; your text is kept.")

    def _reject(self, tx: sa.Connection, case: Case, verdict: Verdict) -> Decided:
        out = verdict.reason in (RejectReason.NOISE, RejectReason.NOT_OURS)
        self._answer(tx, case, verdict, CaseState.TRIAGED_OUT if out else CaseState.WAITING_ON_US)
        if verdict.reason is RejectReason.NOISE:
            cases.change(tx, cases.number_of(case.id), dropped_reason=f"noise, says {verdict.person}")
        return Decided(case_id=case.id)

    def _answer(self, tx: sa.Connection, case: Case, verdict: Verdict, state: CaseState) -> None:
        """Consume the revision, write the Verdict, tell the graph: all or nothing."""
        number = cases.number_of(case.id)
        corrected = {**case.corrected, **verdict.corrections}
        priority = verdict.corrections.get("priority", case.priority)
        if not cases.consume(
            tx,
            number,
            verdict.revision,
            state=state,
            snoozed_until=None,
            corrected=corrected,
            priority=priority,
        ):
            raise Stale(case.id, verdict.revision, case.revision, "It was answered meanwhile.")
        proposals.write_verdict(tx, verdict)
        cases.record(tx, number, verdict.at, "answered", verdict.person, _said(verdict))
        if verdict.corrections.get("priority") == Priority.P0:
            alert(tx, self.queue, case, f"{verdict.person} says so", self.settings.on_call, verdict.at)
        self.queue.enqueue(Job.resume(case.id, verdict.revision), tx)

    def _correct(
        self, tx: sa.Connection, case: Case, changed: Mapping[str, str], who: str, typed: str | None
    ) -> int:
        if not changed:
            raise Misuse("Nothing was changed: the fields are as proposed.")
        words = ", ".join(f"{field} is {value}" for field, value in changed.items())
        because = f"a correction by {who}: {words}"
        return self._reopen(tx, case, because, who, typed, corrected={**case.corrected, **changed})

    def _acknowledgement_back(self, tx: sa.Connection, number: int, who: str) -> bool:
        given = outbox.acknowledgement(tx, number)
        if given is None or given.state is not OutboxState.PENDING:
            return False
        self._take_back(tx, given, who)
        cases.record(tx, number, self.now(), "taken back", who, "The acknowledgement was taken back")
        return True

    def _cancel(self, tx: sa.Connection, number: int, verdict: Verdict) -> None:
        steps = outbox.steps(tx, number, verdict.revision)
        for step in (each for each in steps if each.action.revision == verdict.revision):
            self._take_back(tx, step, verdict.person)

    @staticmethod
    def _take_back(tx: sa.Connection, step: Step, who: str) -> None:
        if not outbox.take_back(tx, step.action.key, f"taken back by {who}"):
            raise CannotUndo(f"It has left: {step.action.kind} to {step.action.destination}.")


def _text(proposal: Proposal, verdict: Verdict) -> str:
    """Return the reply as it would leave."""
    if verdict.text is not None:
        return verdict.text
    return proposal.draft.text if proposal.draft else ""


def _kind(asked: VerdictKind, proposal: Proposal, text: str | None) -> VerdictKind:
    """An approval with a changed text is an edit, and an edit without one an approval."""
    if asked is VerdictKind.REJECT:
        return asked
    is_changed = text is not None and (proposal.draft is None or text != proposal.draft.text)
    return VerdictKind.EDIT if is_changed else VerdictKind.APPROVE


def _changed(proposal: Proposal, corrections: Mapping[str, str]) -> dict[str, str]:
    """Return the corrections that differ from what is proposed."""
    said = proposed(proposal)
    return {field: value for field, value in corrections.items() if said.get(field) != value}


def _leaves(decision: Decision) -> tuple[object, ...]:
    """Return what of a decision shapes the plan and the words."""
    duplicate = decision.duplicate.issue_id if decision.duplicate else None
    return (decision.intent, duplicate, decision.answer)


def _state_after(kind: CaseType, kept: Sequence[PlannedAction]) -> CaseState:
    if any(step.kind is ActionKind.REPLY for step in kept):
        return CaseState.WAITING_ON_THEM
    return CaseState.TRIAGED_OUT if kind is CaseType.NOISE else CaseState.SOLVED


def _said(verdict: Verdict) -> str:
    if verdict.kind is VerdictKind.REJECT:
        return f"Rejected r{verdict.revision}: {verdict.reason or 'no reason given'}"
    changed = ", ".join(f"{field} to {value}" for field, value in verdict.corrections.items())
    parts = (
        f"Approved r{verdict.revision}",
        "with a changed text" if verdict.kind is VerdictKind.EDIT else "",
        "with a changed Issue" if verdict.issue_title is not None or verdict.issue_body is not None else "",
        f"corrected {changed}" if changed else "",
        verdict.note,
    )
    return ", ".join(part for part in parts if part)


def _ago(passed: timedelta) -> str:
    seconds = max(0, int(passed.total_seconds()))
    if seconds < 60:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 3600 else f"{seconds // 3600} hours"
