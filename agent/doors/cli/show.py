"""`triage show`: a Case in the order of its page: words, proposal, is it known, reply, plan, history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from agent.domain.actions import OutboxState
from agent.domain.cases import Case
from agent.domain.proposals import Proposal
from agent.domain.views import CaseView, Said
from agent.doors.cli import opening, options
from agent.doors.cli.output import console, put_json, say, styled
from agent.policy.hidden import reveal
from agent.prompts import ISSUE_URL
from agent.wording import cases as wording
from agent.wording import engines, lateness, vetted
from agent.wording.names import PRIORITIES, STEP_STATES, TYPES
from agent.wording.stages import Stage, stage
from agent.wording.texts import count, is_blank, listed, quoted
from agent.wording.times import ago, clock, due, left

if TYPE_CHECKING:
    from agent.desk import Desk

#: Characters of a Message that are shown; the rest is a flag away.
SHOWN = 4000
CANDIDATES = 3
HIDDEN = 6  #: hidden things of a message that are named
HEAD, DIM = "bold", "dim"

Full = Annotated[bool, typer.Option("--full", help="Long messages to their end.")]


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph: its words and how they are set."""

    text: str
    style: str = ""


def show(case: options.Case, as_json: options.Json = False, full: Full = False) -> None:
    """Show a Case: words, proposal, reply, what would happen.

    \b
    triage show C-12
    """
    desk = opening.desk()
    view = desk.case(case)
    if as_json:
        put_json(view_json(view))
    else:
        show_view(desk, view, full=full)
    say(next_step(view, is_worked=desk.workers() > 0))


def show_view(desk: "Desk", view: CaseView, *, full: bool = False) -> None:
    """Print a Case on stdout."""
    drawn = console()
    handles = {person.id: person.handle for person in desk.settings.team.people}
    for part in parts(view, desk.now(), opening.zone_of(desk), handles, shown=None if full else SHOWN):
        drawn.print(styled(part.text, part.style), soft_wrap=not drawn.is_terminal)


def view_json(view: CaseView) -> dict[str, object]:
    """Return a Case as JSON, whole."""
    return {
        "case": view.case,
        "source": view.source,
        "stage": stage(view),
        "messages": view.messages,
        "proposal": view.proposal,
        "issues": view.issues,
        "reporters": view.reporters,
        "verdict": view.verdict,
        "steps": view.steps,
        "acknowledgement": view.acknowledgement,
        "told": view.told,
        "history": view.history,
        "other_cases": [case.id for case in view.other_cases],
        "key_customer": view.key_customer,
        "typed": view.typed,
        "names": view.names,
        "paused_by": view.paused_by,
    }


def parts(
    view: CaseView, now: datetime, zone: tzinfo, handles: Mapping[str, str], *, shown: int | None = SHOWN
) -> Iterator[Part]:
    """Yield a Case as paragraphs, in the order of its page; `handles` are the team's, by id."""
    yield from _head(view, now, zone, handles)
    yield from _words(view, now, zone, shown)
    if view.proposal:
        yield from _proposal(view, view.proposal)
        yield from _made(view.case, view.proposal, now, zone)
        yield from _known(view, view.proposal)
        yield from _reply(view, view.proposal)
        yield from _plan(view, view.proposal, now, zone)
    yield from _told(view, now, zone)
    yield Part("\nHistory", HEAD)
    for event in view.history:
        yield Part(
            f"  {clock(event.at, now, zone, seconds=True)}  {_who(view.called(event.who), handles)}: {event.text}",
            DIM,
        )


def _head(view: CaseView, now: datetime, zone: tzinfo, handles: Mapping[str, str]) -> Iterator[Part]:
    case = view.case
    title = wording.no_words(case.removed) if is_blank(case.title) else case.title
    yield Part(f"{case.id} r{case.revision}  {title}", HEAD)
    due_at = case.update_due_at if case.first_response_at else case.first_due_at
    where = [view.source.name, view.author or "nobody named", clock(case.opened_at, now, zone)]
    if due_at and stage(view) in (Stage.OPEN, Stage.JUDGED, Stage.SNOOZED):
        for_what = "next update" if case.first_response_at else "first reply"
        where.append(f"{due(for_what, due_at, now, zone)}, {left(due_at, now, zone)}")
    where.append(f"{_who(case.owner, handles)} has it" if case.owner else "nobody has it")
    yield Part("  " + " · ".join(where), DIM)
    yield Part(f"  {standing(view, now, zone, handles)}")


def standing(view: CaseView, now: datetime, zone: tzinfo, handles: Mapping[str, str]) -> str:
    """Say where the Case stands, in a sentence."""
    case, verdict = view.case, view.verdict
    who = wording.verdict_line(verdict, _who(verdict.person, handles), now, zone) if verdict else ""
    until = clock(case.snoozed_until, now, zone) if case.snoozed_until else "somebody writes"
    return {
        Stage.OPEN: f"Waits for a Verdict on r{case.open_revision}.",
        Stage.SNOOZED: f"Snoozed until {until}; it wakes before that when anybody writes.",
        Stage.JUDGED: f"{lateness.being_judged(view, now, zone)}.",
        Stage.STUCK: f"It could not be judged: {case.trouble}",
        Stage.DROPPED: f"Screened out: {case.dropped_reason}. Nothing is proposed and nothing leaves.",
        Stage.REJECTED: f"{who}. Nothing was sent.",
        Stage.HELD: f"{who}. It can still be taken back.",
        Stage.SENDING: f"{who}. It is being sent.",
        Stage.PAUSED: f"{who}, and it waits: sending is paused by {_who(view.paused_by or '', handles)}.",
        Stage.UNKNOWN: "It is not known whether everything went out; nothing is sent again by itself.",
        Stage.FAILED: f"{who}. Not all of it went out; what is done is not repeated.",
        Stage.BY_HAND: f"{who}. Copy the reply to {view.source.name} by hand, then say that it is sent.",
        Stage.SENT: f"Done. {who}.",
        Stage.WITHDRAWN: "A colleague answered in the thread. This reply is withdrawn.",
        Stage.CLOSED: "Nothing waits here.",
    }[stage(view)]


def _who(person: str, handles: Mapping[str, str]) -> str:
    return handles.get(person, person)


def _words(view: CaseView, now: datetime, zone: tzinfo, shown: int | None) -> Iterator[Part]:
    yield Part("\nWhat they wrote", HEAD)
    for said in view.messages:
        message = said.message
        tags = [clock(message.sent_at, now, zone), ago(message.sent_at, now)]
        tags += ["a colleague"] if said.by_colleague else []
        tags += ["after this proposal was written"] if said.after_proposal else []
        tags += [f"dropped: {said.dropped_reason}"] if said.dropped_reason else []
        tags += [f"edited {count(len(said.earlier_texts), 'time')}"] if said.earlier_texts else []
        yield Part(f"  {view.called(message.author) or 'nobody named'}, {', '.join(tags)}", DIM)
        yield from _text(said, view.case.id, shown)


def _text(said: Said, case_id: str, shown: int | None) -> Iterator[Part]:
    words = said.message.words
    if is_blank(words):
        yield Part(f"  {wording.no_words(said.removed)}")
        return
    yield Part(_indented(words[:shown]))
    yield from (Part(f"  ! {line}", "yellow") for line in _hides(words))
    if shown is not None and len(words) > shown:
        yield Part(f"  {len(words) - shown:,} more characters: triage show {case_id} --full", DIM)


def _hides(words: str) -> Iterator[str]:
    """Yield what the message hides, first in a line, then each thing where there are several."""
    found = reveal(words)[1]
    if found:
        yield vetted.hidden_summary(found)
    yield from (f"  {vetted.hidden_line(each)}" for each in found[1:HIDDEN])


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _proposal(view: CaseView, proposal: Proposal) -> Iterator[Part]:
    told = [f"\nProposal r{proposal.revision}", proposal.because, lateness.judged_late(view)]
    yield Part(", ".join(filter(None, told)), HEAD)
    said = proposal.assessment
    yield Part(f"  Type      {TYPES[proposal.type]}  {wording.type_chance(said, proposal.type)}".rstrip(", "))
    yield Part(f"  Priority  {PRIORITIES[proposal.priority]}")
    yield from (Part(f"            {wording.reason_line(reason)}") for reason in proposal.reasons)
    area = f"   Area  {proposal.area}" if proposal.area else ""
    yield Part(f"  Status    {proposal.status}{area}")
    yield Part(f"  Effort    {wording.effort(said)}")
    yield Part(f"  To ask    {wording.to_ask(said)}")
    yield from (Part(f"  Unsure    {each}") for each in said.unsure)
    if proposal.assignee:
        yield Part(f"  For       {proposal.assignee}: {proposal.assignee_reason}")
    others = count(len(view.other_cases), "other Case") if view.other_cases else "No other Cases"
    customer = f"key customer {view.key_customer}" if view.key_customer else "no key customer"
    yield Part(f"  Reporter  {others}, {customer}")


def _made(case: Case, proposal: Proposal, now: datetime, zone: tzinfo) -> Iterator[Part]:
    """Say which engine made it, and why the embedded one stood in where it did."""
    made = proposal.provenance
    if made.instead:
        yield Part(f"  {engines.stood_in(made.instead, now, zone)}. Again: {_again(case)}", "yellow")
    yield Part(f"  Made by   {engines.provenance(made)}", DIM)


def _again(case: Case) -> str:
    return f"triage snooze {case.id} --judge-again"


def _known(view: CaseView, proposal: Proposal) -> Iterator[Part]:
    yield Part(f"\nIs it known?  of {count(proposal.matched.searched, 'Issue')}", HEAD)
    duplicate = proposal.duplicate
    if duplicate and duplicate.reason:
        yield Part(f"  {duplicate.reason[:1].upper()}{duplicate.reason[1:]}")
    ranked = sorted(proposal.matched.likenesses, key=lambda each: -each.probability)
    seen = [each for each in ranked if wording.chance(each.probability)][:CANDIDATES]
    for likeness in seen:
        issue = view.issues.get(likeness.issue_id)
        title = issue.title if issue else "no longer indexed"
        state = f" ({wording.issue_state(issue, view.reporters.get(issue.id, 0))})" if issue else ""
        yield Part(
            f"  {wording.short(likeness.issue_id)} {title}{state}  {wording.chance(likeness.probability)}"
        )
        if likeness.theirs:
            yield Part(f"      They write {quoted(likeness.theirs.text)}", DIM)
        if likeness.ours:
            yield Part(f"      {wording.short(likeness.issue_id)} says {quoted(likeness.ours)}", DIM)
        if likeness.same:
            yield Part(f"      Same     {listed(likeness.same)}", DIM)
        yield Part(f"      Differs  {listed(likeness.differs) or 'Nothing found'}", DIM)
    for line in wording.looked_further(proposal.matched):
        yield Part(f"  Looked further: {line}", DIM)
    if not seen and not (duplicate and duplicate.reason):
        yield Part(f"  Nothing close in {count(proposal.matched.searched, 'Issue')}.")


def _reply(view: CaseView, proposal: Proposal) -> Iterator[Part]:
    draft = proposal.draft
    if draft is None:
        yield Part("\nReply", HEAD)
        yield Part(f"  Nothing to send. {proposal.no_draft_reason}".rstrip())
        return
    yield Part(f"\nReply  {wording.readers(view.source, draft.visibility)}", HEAD)
    yield Part(_indented(draft.text))
    if draft.translation:
        yield Part(f"  {vetted.TRANSLATED}", DIM)
        yield Part(_indented(draft.translation), DIM)
    if ISSUE_URL in draft.text:
        yield Part(f"  {ISSUE_URL} becomes the link of the Issue when it is filed.", DIM)
    for claim in wording.no_source(draft.claims, draft.text):
        yield Part(f"  ! {vetted.flag_line(claim)}", "yellow")
    yield from (
        Part(f"  ✓ {quoted(claim.text)}: {claim.source}", DIM) for claim in draft.claims if claim.source
    )
    if view.typed and view.typed != draft.text:
        yield Part("  Your text of an earlier revision, kept:", DIM)
        yield Part(_indented(view.typed))


def _plan(view: CaseView, proposal: Proposal, now: datetime, zone: tzinfo) -> Iterator[Part]:
    if view.outgoing:
        yield Part("\nWhat became of it", HEAD)
        for number, step in enumerate(view.outgoing, start=1):
            receipt = step.receipt
            proof = (
                f"  {clock(receipt.at, now, zone, seconds=True)}  {receipt.url or receipt.destination_id}"
                if receipt
                else ""
            )
            trouble = f"  {step.trouble}" if step.trouble and step.state is not OutboxState.SENT else ""
            yield Part(f"  {number}. {wording.step_line(step)}: {STEP_STATES[step.state]}{proof}{trouble}")
            if step.state is OutboxState.BY_HAND:
                yield Part(_indented(step.action.body))
    if view.steps:
        return
    yield Part("\nWhen you approve", HEAD)
    for number, planned in enumerate(proposal.plan, start=1):
        removed = wording.removed_words(planned)
        notes = [wording.audience(planned.visibility), *([removed] if removed else [])]
        blocked = f"  Held back: {planned.blocked}" if planned.blocked else ""
        yield Part(f"  {number}. {wording.plan_line(planned)} ({', '.join(notes)}){blocked}")
        yield from (Part(f"     Taken out: {line}", DIM) for line in vetted.taken_out_lines(planned))
    if not proposal.plan:
        yield Part("  Nothing leaves.")


def _told(view: CaseView, now: datetime, zone: tzinfo) -> Iterator[Part]:
    if view.notices:
        yield Part("\nWhat the team was told", HEAD)
    for number, told in enumerate(view.notices, start=len(view.outgoing) + 1):
        at = f"  {clock(told.receipt.at, now, zone, seconds=True)}" if told.receipt else ""
        trouble = f"  {told.trouble}" if told.trouble and told.state is not OutboxState.SENT else ""
        yield Part(f"  {number}. {wording.told_line(told)}{at}{trouble}")


def next_step(view: CaseView, *, is_worked: bool) -> str:
    """Say which command comes next."""
    name = view.case.id
    wait = "" if is_worked else "No worker is running. "
    return {
        Stage.OPEN: f"Next: triage approve {name}, or acknowledge, edit, ask, hand-over, reject, snooze",
        Stage.SNOOZED: f"Next: triage snooze {name} --wake",
        Stage.JUDGED: f"{wait}Next: triage show {name}" if is_worked else f"{wait}Next: triage run",
        Stage.STUCK: f"Next: triage snooze {name} --judge-again",
        Stage.DROPPED: f"Next: triage inbox --restore {name}",
        Stage.HELD: f"{wait}Take it back: triage approve {name} --undo",
        Stage.SENDING: f"{wait}Next: triage {'show ' + name if is_worked else 'run'}",
        Stage.PAUSED: "Next: triage resume",
        Stage.UNKNOWN: f"Next: triage approve {name} --step 1=it-is-there, or --step 1=retry",
        Stage.FAILED: f"Next: triage approve {name} --step 1=retry, or --step 1=leave-out",
        Stage.BY_HAND: f"Next: triage approve {name} --step 1=it-is-there, once you have sent it",
        Stage.WITHDRAWN: f"Next: triage answered {name}, or triage answered {name} --write-anyway",
    }.get(stage(view), "Next: triage inbox")
