"""The parts of a card, block by block, from the store's view: their words, what we make of it, the reply.

Budgets are characters after escaping; what does not fit is counted, and linked where it can be read.
Which parts a card has is in `card.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from slack_sdk.models.blocks import Block

from agent.cards import blocks as kit
from agent.domain.assessments import DuplicateVerdict, Likeness
from agent.domain.cases import Case
from agent.domain.messages import Message
from agent.domain.proposals import Claim, Proposal
from agent.domain.views import CaseView
from agent.policy.corrections import NO_DUPLICATE
from agent.policy.hidden import reveal
from agent.policy.likelihood import whole_percent
from agent.policy.slack.ids import SLACK, address_of
from agent.policy.slack.letters import size
from agent.wording import cases as wording
from agent.wording import engines, lateness, vetted
from agent.wording.names import PRIORITIES, TYPES
from agent.wording.texts import count, is_blank, listed, quoted
from agent.wording.times import clock, due, left

NOTIFICATION, HEADER, WHERE, WORDS, JUDGEMENT, KNOWN = 150, 120, 300, 900, 900, 1200
LOOKED, READERS, FLAG, PLAN, FOOT, HIDES = 300, 150, 160, 900, 200, 300
REASONS, FLAGS_SHOWN, LOOKED_SHOWN, HIDES_SHOWN = 5, 3, 3, 2
#: What the line takes that counts the ones left out.
LEFT_OUT = 30
#: Of the words, what the first message gets where there is a newer one.
FIRST_WORDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """From where and when a Case is looked at."""

    now: datetime
    zone: tzinfo  #: the holder's
    handles: Mapping[str, str] = field(default_factory=dict)  #: of the team, by id
    slack_ids: Mapping[str, str] = field(default_factory=dict)  #: of the team there, by id
    workspace: str = ""  #: "https://example.slack.com/", what links into it begin with
    inbox: str = ""  #: the address of the web inbox; "" where there is none to link to
    holder: str = ""  #: whom a Case without an owner belongs to

    def who(self, person: str) -> str:
        """Name a colleague by handle."""
        return self.handles.get(person, person)

    def clock(self, at: datetime, *, seconds: bool = False) -> str:
        """Give a clock time in the holder's zone."""
        return clock(at, self.now, self.zone, seconds=seconds)

    def page(self, case_id: str) -> str:
        """Give the address of a Case's page."""
        return f"{self.inbox.rstrip('/')}/cases/{case_id}" if self.inbox else ""

    def thread(self, message: Message) -> str:
        """Give the address of a Message in Slack; "" for one that is elsewhere."""
        place, _, ts = message.id.partition("/")
        if not (self.workspace and place.startswith(SLACK) and ts):
            return ""
        return address_of(self.workspace, place.removeprefix(SLACK), ts)


def value(case: Case, **more: int) -> str:
    """Say what a button is about: the Case and the revision that it was drawn with."""
    return json.dumps({"c": case.id, "r": case.revision} | more, separators=(",", ":"))


def block_id(row: str, case: Case) -> str:
    """Name a row of controls, for what brings back no value of its own; a new revision has new controls."""
    return f"{row}:{case.id}:{case.revision}"


def notification(view: CaseView, seen: Seen) -> str:
    """Say a card in a line, for the notification and for who listens: escaped."""
    what, how_likely = wording.summary(view.proposal)
    what = f"{what[:1].lower()}{what[1:]}"
    summed = f"{what}, {how_likely}" if how_likely else what
    parts = [_priority(view), wording.title(view.case, view.proposal), summed, *_due(view, seen, far=False)]
    return kit.line(" · ".join(filter(None, parts)), NOTIFICATION)


def _priority(view: CaseView) -> str:
    priority = view.proposal.priority if view.proposal else view.case.priority
    return priority.value if priority else ""


def head(view: CaseView) -> Block:
    """Head the card: "P1 · Sync stops after the upgrade to 1.8.2"."""
    words = [_priority(view), wording.title(view.case, view.proposal)]
    return kit.header(" · ".join(filter(None, words)), HEADER)


def _due(view: CaseView, seen: Seen, *, far: bool = True) -> list[str]:
    case = view.case
    due_at = case.update_due_at if case.first_response_at else case.first_due_at
    if due_at is None:
        return []
    for_what = "next update" if case.first_response_at else "first reply"
    words = due(f"{for_what} due", due_at, seen.now, seen.zone)
    return [f"{words} ({left(due_at, seen.now, seen.zone)})" if far else words]


def where(view: CaseView, seen: Seen) -> Block:
    """Say where, who, when, by when, and whose it is; only the holder is mentioned (T17)."""
    case = view.case
    first = view.messages[0].message if view.messages else None
    place = kit.line(view.source.name, 80)
    parts = [kit.link(place, seen.thread(first)) if first else place]
    if not wording.is_security(view.proposal):
        parts.append(kit.line(_author(view), 60))
    parts += [seen.clock(first.sent_at)] if first else []
    parts += [kit.escape(each) for each in _due(view, seen)]
    parts += filter(None, [lateness.judged_late(view)])
    owner = case.owner or seen.holder
    slack_id = seen.slack_ids.get(owner, "")
    parts += [f"for <@{slack_id}>" if slack_id else f"for {kit.line(seen.who(owner), 40)}"] if owner else []
    return kit.context(" · ".join(parts))


def _author(view: CaseView) -> str:
    name = view.author or "somebody"
    customer = f", key customer {view.key_customer}" if view.key_customer else ""
    return f"{name}{customer}" if view.other_cases else f"{name}{customer}, first time here"


def words(view: CaseView, seen: Seen) -> list[Block]:
    """Quote what they wrote, the first message and the newest; the rest is counted and linked."""
    said = [each for each in view.messages if not each.by_colleague and not each.dropped_reason]
    texts = [each.message for each in said if not is_blank(each.message.words)]
    if not texts:
        return [kit.section(kit.quote(f"{wording.no_words(view.case.removed)}."))]
    shown, total = [], sum(len(each.words) for each in texts)
    first = kit.fit(texts[0].words, FIRST_WORDS if len(texts) > 1 else WORDS - 100)
    shown.append(kit.quote(first))
    counted = len(kit.unescape(first))
    if len(texts) > 1:
        newest = kit.fit(texts[-1].words, WORDS - 100 - FIRST_WORDS)
        shown.append(f"{seen.clock(texts[-1].sent_at)}\n{kit.quote(newest)}")
        counted += len(kit.unescape(newest))
    more = total - counted
    if more > 0:
        url = seen.thread(texts[0]) or seen.page(view.case.id)
        in_place = "in the thread" if seen.thread(texts[0]) else "on the Case"
        shown.append(kit.link(f"{more:,} more characters {in_place}", url))
    return [kit.section(_within("\n".join(shown), kit.SECTION))]


def _within(ready: str, budget: int) -> str:
    """Hold mrkdwn that a quotation mark a line has made longer within its budget, whole lines only."""
    lines = ready.split("\n")
    while len(lines) > 1 and size("\n".join(lines)) > budget:
        del lines[-2]
    return "\n".join(lines)


def hidden(view: CaseView) -> list[Block]:
    """Say what their messages hide from whoever reads them there; the first two, the rest counted."""
    theirs = [each.message.words for each in view.messages if not each.by_colleague]
    told = [summed for words in theirs if (summed := vetted.hidden_summary(reveal(words)[1]))]
    lines = [kit.line(f"⚠ {each}", HIDES // HIDES_SHOWN - 10) for each in told[:HIDES_SHOWN]]
    lines += [f"{count(len(told) - HIDES_SHOWN, 'message')} more"] if len(told) > HIDES_SHOWN else []
    return [kit.context("\n".join(lines))] if lines else []


def judgement(view: CaseView, proposal: Proposal) -> Block:
    """Say type, priority and status, and the heaviest reasons for and against."""
    kept = [TYPES[proposal.type], PRIORITIES[proposal.priority], proposal.status.value]
    likely = wording.type_chance(proposal.assessment, proposal.type)
    headline = kit.bold(kit.escape(" · ".join(kept))) + (f" · type {likely}" if likely else "")
    lines = [headline + "".join(f" · {kit.escape(each)}" for each in was(view, proposal))]
    ranked = sorted(proposal.reasons, key=lambda reason: -abs(reason.points))
    lines += [kit.line(wording.reason_line(reason), 140) for reason in ranked[:REASONS]]
    lines += [f"{len(ranked) - REASONS} more on the Case"] if len(ranked) > REASONS else []
    unsure = listed(proposal.assessment.unsure)
    lines += [kit.line(f"Unsure: {unsure}", 140)] if unsure else []
    return kit.section(whole_lines(lines, JUDGEMENT - LEFT_OUT))


def was(view: CaseView, proposal: Proposal) -> list[str]:
    """Say what a person changed of the revision before: "was P2"."""
    before = view.earlier
    if before is None or not proposal.corrected:
        return []
    pairs = (
        (TYPES[before.type], TYPES[proposal.type]),
        (before.priority.value, proposal.priority.value),
        (before.status.value, proposal.status.value),
    )
    return [f"was {then}" for then, now in pairs if then != now]


def whole_lines(lines: Sequence[str], budget: int, what: str = "line") -> str:
    """Join whole lines within a budget; a line beyond it counts what is left out."""
    kept = list(lines)
    while len(kept) > 1 and size("\n".join(kept)) > budget:
        kept.pop()
    left_out = len(lines) - len(kept)
    return "\n".join([*kept, f"{count(left_out, what)} more on the Case"] if left_out else kept)


def known(view: CaseView, proposal: Proposal, accessory: bool = True) -> Block:
    """Say which Issue it is, how likely, the words of both, and what differs."""
    duplicate = proposal.duplicate
    likeness = _likeness(proposal)
    headline = wording.duplicate_headline(duplicate, kind=proposal.type, reply=wording.intent(proposal))
    if duplicate is None or not headline:
        nearest = wording.closest(proposal)
        words = f"Nothing close in {count(proposal.matched.searched, 'Issue')}"
        return kit.section(kit.bold(words) + (f" · {kit.escape(nearest)}" if nearest else ""))
    is_known = duplicate.verdict is DuplicateVerdict.DUPLICATE
    lines = [_known_head(view, proposal, headline)]
    name = wording.short(duplicate.issue_id)
    if likeness:
        lines += [kit.line(f"They write: {quoted(likeness.theirs.text)}", 200)] if likeness.theirs else []
        lines += [kit.line(f"{name} says: {quoted(likeness.ours)}", 200)] if likeness.ours else []
        lines += [kit.line(f"Same: {listed(likeness.same)}", 200)] if likeness.same else []
        lines.append(kit.line(f"Differs: {listed(likeness.differs) or 'Nothing found'}", 200))
    not_this = kit.button("Not this one", "not_this", value(view.case)) if is_known and accessory else None
    return kit.section(whole_lines(lines, KNOWN - LEFT_OUT), not_this)


def _known_head(view: CaseView, proposal: Proposal, headline: str) -> str:
    duplicate = proposal.duplicate
    assert duplicate is not None
    by_person = proposal.corrected.get("duplicate") not in (None, NO_DUPLICATE)
    likely = "" if by_person else f" ({whole_percent(duplicate.probability)}%)"
    word = wording.likelihood(duplicate.probability)
    if not by_person and duplicate.verdict is DuplicateVerdict.DUPLICATE and word:
        headline = f"{word[:1].upper()}{word[1:]} {headline[:1].lower()}{headline[1:]}"
    issue = view.issues.get(duplicate.issue_id)
    about = [kit.bold(kit.line(headline, 100)) + likely]
    about += ["named by a person"] if by_person else []
    if issue:
        about.append(kit.link(kit.line(issue.title, 120), issue.url))
        about.append(kit.line(wording.issue_state(issue, view.reporters.get(issue.id, 0)), 60))
    return " · ".join(about)


def _likeness(proposal: Proposal) -> Likeness | None:
    duplicate = proposal.duplicate
    named = (duplicate.issue_id, duplicate.found_as) if duplicate else ()
    return next((each for each in proposal.matched.likenesses if each.issue_id in named), None)


def looked(proposal: Proposal) -> list[Block]:
    """Say what else was compared, and how many were searched."""
    taken = _likeness(proposal)
    ranked = sorted(proposal.matched.likenesses, key=lambda each: -each.probability)
    others = [each for each in ranked if each is not taken and wording.likelihood(each.probability)]
    told = [_other(each) for each in others[:LOOKED_SHOWN]]
    searched = f"{count(proposal.matched.searched, 'Issue')} searched"
    if not told:
        return [kit.context(searched)] if taken else []
    return [kit.context(kit.line(f"Also looked at: {'; '.join(told)} · {searched}", LOOKED))]


def _other(likeness: Likeness) -> str:
    words = f"{wording.short(likeness.issue_id)} {whole_percent(likeness.probability)}%"
    return f"{words}, {likeness.differs[0]}" if likeness.differs else words


def readers(view: CaseView, proposal: Proposal, more_parts: int) -> Block:
    """Say who will read the reply, or why there is none."""
    if proposal.draft is None:
        why = f": {proposal.no_draft_reason}" if proposal.no_draft_reason else ""
        return kit.context(kit.line(f"Nothing to send{why}", READERS))
    words = f"Reply {wording.readers(view.source, proposal.draft.visibility)}"
    below = f" · {count(more_parts, 'more part')} below" if more_parts else ""
    return kit.context(kit.line(words, READERS - len(below)) + below)


def flags(claims: Sequence[Claim]) -> list[Block]:
    """Name the sentences that rest on nothing; the first three, the rest counted."""
    lines = [kit.line(f"⚠ {vetted.flag_line(each)}", FLAG) for each in claims[:FLAGS_SHOWN]]
    lines += [f"{len(claims) - FLAGS_SHOWN} more"] if len(claims) > FLAGS_SHOWN else []
    return [kit.context("\n".join(lines))] if lines else []


def translated(text: str) -> list[Block]:
    """Give what a reply says in the language of the one who approves it."""
    return [kit.context(vetted.TRANSLATED), *(kit.exact(piece) for piece in kit.pieces(text))]


def plan(proposal: Proposal) -> Block:
    """Say what will happen, step by step, who reads it, and what was taken out."""
    if not proposal.plan:
        return kit.section(f"{kit.bold('When you approve')} nothing leaves; the Case is answered.")
    lines = [kit.bold("When you approve")]
    for number, step in enumerate(proposal.plan, 1):
        about = [wording.plan_line(step), wording.audience(step.visibility)]
        about += [f"stays out: {step.blocked}"] if step.blocked else []
        removed = wording.removed_words(step)
        tail = f"{' · '.join(about[1:])}{', ' + removed if removed else ''}"
        lines.append(kit.line(f"{number}. {about[0]}", 150) + kit.fit(f" · {tail}", 120))
        lines += [kit.line(f"Taken out: {each}", 130) for each in vetted.taken_out_lines(step)]
    return kit.section(whole_lines(lines, PLAN - LEFT_OUT))


def foot(view: CaseView) -> Block:
    """Say which revision this is, and what made it."""
    made = view.proposal.provenance if view.proposal else None
    words = f"{view.case.id} r{view.proposal.revision if view.proposal else view.case.revision}"
    words += f" · {engines.provenance(made)}" if made else ""
    return kit.context(kit.line(words, FOOT))
