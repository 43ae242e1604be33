"""The words of a Case, so that web, terminal and Slack say the same about it.

Pure functions from domain records to plain text; no markup, no colour, no layout. Times are in
`times.py`, the names of closed sets in `names.py`, texts from outside in `texts.py`. What a text
may say to whom is policy's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from agent.domain.actions import FILING, NEW_ISSUE, Action, ActionKind, OutboxState, PlannedAction
from agent.domain.assessments import Assessment, CaseType, DuplicateVerdict, FactorKind, Matched
from agent.domain.cases import Case, Verdict, VerdictKind
from agent.domain.issues import Issue, IssueState
from agent.domain.messages import Level, Source, Visibility
from agent.domain.proposals import Claim, Duplicate, Priority, Proposal, Reason
from agent.domain.reports import Intent
from agent.domain.views import Row, SourceLine, Step, Told
from agent.policy.corrections import NO_DUPLICATE
from agent.policy.likelihood import likelihood as words_for
from agent.policy.likelihood import whole_percent
from agent.wording.names import FIELDS, NOTICES, REJECTS, STEP_STATES, TYPES, VERDICTS
from agent.wording.texts import count, cut, is_blank, listed, one_line, quoted
from agent.wording.times import Urgency, clock, urgency

TITLE_LENGTH = 120
ROW_LENGTH = 160
#: Below this, in percent, a probability is counted and not shown.
SHOWN_FROM = 10
MINUS = "\N{MINUS SIGN}"

NO_WORDS = "No words that can be seen"
SECURITY_TITLE = "Security report"
SECURITY_WORDS = "The text is shown on the Case only. It never becomes a public Issue."


def likelihood(probability: float) -> str:
    """Give the IPCC's word for a probability; "" where it is not shown."""
    return words_for(probability) if whole_percent(probability) >= SHOWN_FROM else ""


def chance(probability: float) -> str:
    """Give percent and word, "very likely, 91%"; "" below what is shown."""
    word = likelihood(probability)
    return f"{word}, {whole_percent(probability)}%" if word else ""


def type_chance(assessment: Assessment, shown: CaseType) -> str:
    """Give the probability of the type and of the next best: "72%, or Complex 21%"."""
    ranked = sorted(assessment.types, key=lambda kind: -assessment.types[kind])
    other = next((kind for kind in ranked if kind is not shown), None)
    own = whole_percent(assessment.types.get(shown, 0.0))
    parts = [f"{own}%"] if own >= SHOWN_FROM else []
    if other and (whole := whole_percent(assessment.types[other])) >= SHOWN_FROM:
        parts.append(f"or {TYPES[other]} {whole}%")
    return ", ".join(parts)


def effort(assessment: Assessment) -> str:
    """Give hours as a range, and say when it is a guess: "Unsure, 1 to 3 h"."""
    hours = assessment.effort
    words = f"{hours.low:g} to {hours.high:g} h" if hours.low != hours.high else f"{hours.low:g} h"
    return words if hours.sure else f"Unsure, {words}"


def to_ask(assessment: Assessment) -> str:
    """Say what is missing, or that nothing is."""
    words = listed(assessment.missing)
    return words[:1].upper() + words[1:] if words else "Nothing"


def reason_words(reason: Reason) -> tuple[str, str, str]:
    """Give a reason as sign, finding, and what it rests on (quote or record, may be "")."""
    rests_on = quoted(reason.quote.text) if reason.quote else reason.record
    return "+" if reason.raises else MINUS, reason.finding, "" if rests_on == reason.finding else rests_on


def reason_line(reason: Reason) -> str:
    """Give a reason as one line: "+ blocks a team: “The whole team is blocked”"."""
    sign, finding, rests_on = reason_words(reason)
    return f"{sign} {finding}: {rests_on}" if rests_on else f"{sign} {finding}"


def short(issue_id: str) -> str:
    """Name an Issue as people of the project do: `#412`."""
    project, hash_sign, number = issue_id.rpartition("#")
    return f"#{number}" if hash_sign and project else issue_id


def issue_state(issue: Issue, reporters: int = 0) -> str:
    """Give an Issue's state and how many reported it: "open, 12 reporters"."""
    state = "open" if issue.state is IssueState.OPEN else "closed"
    if issue.fixed_in:
        state = f"fixed in {issue.fixed_in}"
    return f"{state}, {count(reporters, 'reporter')}" if reporters else state


def looked_further(matched: Matched) -> tuple[str, ...]:
    """Say what the engine looked up itself, a line each: "search issues “quota reached”: #12 and #40"."""
    return tuple(
        f"{each.tool.replace('_', ' ')} {quoted(each.words)}: {listed(tuple(map(short, each.seen))) or 'nothing'}"
        for each in matched.searches
    )


def intent(proposal: Proposal) -> Intent | None:
    """Tell what the reply is for, by its template's name; None where there is no reply."""
    name = proposal.draft.template if proposal.draft else ""
    stem = name.rpartition("/")[2].partition(".")[0]
    return next((intent for intent in Intent if intent.value == stem), None)


def duplicate_headline(duplicate: Duplicate | None, *, kind: CaseType, reply: Intent | None) -> str:
    """Say what policy makes of the best candidate: "Known as #412", "Unsure: is it #199?", "" for none."""
    if duplicate is None or duplicate.verdict is DuplicateVerdict.NONE:
        return ""
    name = short(duplicate.issue_id)
    if duplicate.verdict is DuplicateVerdict.RELATED:
        return f"Unsure: is it {name}?" if likelihood(duplicate.probability) not in ("", "unlikely") else ""
    if reply is Intent.REGRESSION:
        return f"Regression of {name}"
    if reply is Intent.FIXED:
        return f"Fixed: {name}"
    return f"Add to {name}" if kind is CaseType.FEATURE else f"Known as {name}"


def closest(proposal: Proposal) -> str:
    """Name the closest candidate where it is shown: "closest #301, 18%"; "" otherwise."""
    best = max(proposal.matched.likenesses, key=lambda likeness: likeness.probability, default=None)
    if best is None or whole_percent(best.probability) < SHOWN_FROM:
        return ""
    return f"closest {short(best.issue_id)}, {whole_percent(best.probability)}%"


def is_security(proposal: Proposal | None) -> bool:
    """Tell whether the text of this Case stays off every list."""
    if proposal is None:
        return False
    found = any(factor.kind is FactorKind.SECURITY for factor in proposal.assessment.factors)
    return intent(proposal) is Intent.SECURITY or (found and proposal.priority is Priority.P0)


def summary(proposal: Proposal | None) -> tuple[str, str]:
    """Give a row's proposal: what it is and how likely: ("Known as #412", "91%")."""
    if proposal is None:
        return "Being judged", ""
    if is_security(proposal):
        return "Private path", ""
    reply = intent(proposal)
    headline = duplicate_headline(proposal.duplicate, kind=proposal.type, reply=reply)
    if headline and proposal.duplicate:
        return headline, f"{whole_percent(proposal.duplicate.probability)}%"
    if any(step.kind is ActionKind.CREATE_ISSUE for step in proposal.plan):
        return "New Issue", closest(proposal)
    return _reply_summary(proposal, reply)


def _reply_summary(proposal: Proposal, reply: Intent | None) -> tuple[str, str]:
    if reply is Intent.ANSWER and proposal.matched.answers:
        return f"Answer {proposal.matched.answers[0].answer_id}", ""
    if reply is Intent.ASK:
        return "Ask first", closest(proposal)
    return ("Reply" if proposal.draft else "Nothing to send"), ""


def summary_detail(proposal: Proposal | None) -> str:
    """Give a row's second line: "Quick fix · reply, note on #412"."""
    if proposal is None:
        return ""
    steps = [_brief_step(step) for step in proposal.plan if step.kind not in FILING]
    changed = len(proposal.plan) - len(steps)
    steps += [count(changed, "change") + " to it"] if changed else []
    return f"{TYPES[proposal.type]} · {', '.join(steps) or 'nothing leaves'}"


def _brief_step(step: PlannedAction) -> str:
    return {
        ActionKind.REPLY: "reply",
        ActionKind.CREATE_ISSUE: "new Issue",
        ActionKind.ESTIMATE_ISSUE: "estimate",
        ActionKind.CLOSE_DUPLICATE: f"close {short(step.destination)}",
        ActionKind.OPEN_ADVISORY: "private advisory",
    }.get(step.kind, f"note on {short(step.destination)}")


def audience(visibility: Visibility) -> str:
    """Say who can read it: "public", "customer-a only", "stays here", "those who handle it"."""
    if visibility.level is Level.PUBLIC:
        return "public"
    if visibility.level is Level.CUSTOMER:
        return f"{visibility.audience or 'the writer'} only"
    return "those who handle it" if visibility.level is Level.RESTRICTED else "stays here"


def leaves(visibility: Visibility) -> bool:
    """Tell whether somebody outside the team can read it."""
    return visibility.level <= Level.CUSTOMER


def reply_place(source_id: str) -> str:
    """Say where a reply goes: "in the thread", "by mail", "on the Issue"."""
    places = {"mail": "by mail", "github": "on the Issue"}
    return places.get(source_id.partition(":")[0], "in the thread")


def readers(source: Source, visibility: Visibility) -> str:
    """Say where a reply goes and who reads it: "in the thread, everyone in #help can read it"."""
    place = reply_place(source.id)
    if visibility.level is Level.PUBLIC and source.kind != "mail":
        return f"{place}, everyone in {source.name} can read it"
    who = (
        "the team" if visibility.level >= Level.INTERNAL else (visibility.audience or "the person who wrote")
    )
    return f"{place}, only {who} can read it"


def plan_line(step: PlannedAction | Action) -> str:
    """Say what a step does: "Reply in the thread", "Note on #412: …", "File a new Issue: …"."""
    if step.kind is ActionKind.REPLY:
        is_short = isinstance(step, Action) and step.is_acknowledgement
        return f"{'Acknowledgement' if is_short else 'Reply'} {reply_place(step.destination)}"
    if step.kind is ActionKind.CREATE_ISSUE:
        return f"File a new Issue: {cut(step.title, TITLE_LENGTH)}"
    if step.kind is ActionKind.OPEN_ADVISORY:
        return f"Open a private advisory: {cut(step.title, TITLE_LENGTH)}"
    if step.kind in FILING or step.kind is ActionKind.CLOSE_DUPLICATE:
        return _change_line(step.kind, step.fields, issue_name(step.destination))
    what = "Estimate" if step.kind is ActionKind.ESTIMATE_ISSUE else "Note"
    return f"{what} on {issue_name(step.destination)}: {cut(step.body, TITLE_LENGTH)}"


def issue_name(issue_id: str) -> str:
    """Name the Issue that a step is about: `#412`, or "the new Issue" of the same plan."""
    return "the new Issue" if issue_id.endswith(NEW_ISSUE) else short(issue_id)


def _change_line(kind: ActionKind, fields: Mapping[str, str], on: str) -> str:
    label, board, field = fields.get("label", ""), fields.get("board", ""), fields.get("field", "")
    return {
        ActionKind.LABEL_ISSUE: f"Label {label} on {on}",
        ActionKind.UNLABEL_ISSUE: f"Take the label {label} off {on}",
        ActionKind.TYPE_ISSUE: f"Issue type {fields.get('type', '')} on {on}",
        ActionKind.ASSIGN_ISSUE: f"Assign {on} to {fields.get('login', '')}",
        ActionKind.BOARD_ISSUE: f"Put {on} on the board {board}",
        ActionKind.FIELD_ISSUE: f"{field} {fields.get('value', '')} on the board, for {on}",
        ActionKind.CLOSE_DUPLICATE: f"Close {on} as a duplicate of {short(fields.get('known', ''))}",
    }[kind]


def removed_words(step: PlannedAction) -> str:
    """Count what the redaction gate took out: "1 path and 1 name were taken out"; "" for nothing."""
    kinds: dict[str, int] = {}
    for removal in step.removed:
        kinds[removal.kind] = kinds.get(removal.kind, 0) + 1
    words = listed([count(number, kind, _plural(kind)) for kind, number in kinds.items()])
    return f"{words} {'was' if len(step.removed) == 1 else 'were'} taken out" if words else ""


def _plural(word: str) -> str:
    return word + ("es" if word.endswith("s") else "s")


def no_source(claims: Sequence[Claim], text: str) -> tuple[Claim, ...]:
    """Give the statements without a source that still stand in `text`."""
    standing = one_line(text)
    return tuple(claim for claim in claims if not claim.source and one_line(claim.text) in standing)


def goes_out(plan: Sequence[PlannedAction], to_check: int = 0) -> str:
    """Sum up what approving does: "2 messages go out, 1 note stays here. 1 sentence to check."."""
    words = (", ".join(leaving_words(plan, "goes out", "go out")) or "Nothing goes out") + "."
    return f"{words} {count(to_check, 'sentence')} to check." if to_check else words


def leaving_words(steps: Sequence[PlannedAction | Action], goes: str, go: str) -> list[str]:
    """Count what leaves, what of an Issue is changed, and what stays: the parts of a sentence."""
    said = [step for step in steps if step.kind not in FILING]
    out, changed = sum(leaves(step.visibility) for step in said), len(steps) - len(said)
    kept = len(said) - out
    parts = [f"{count(out, 'message')} {goes if out == 1 else go}"] if out else []
    parts += [f"{count(changed, 'change')} to the Issue"] if changed else []
    return parts + ([f"{count(kept, 'note')} {'stays' if kept == 1 else 'stay'} here"] if kept else [])


def approve_label(plan: Sequence[PlannedAction]) -> str:
    """Name the primary button by what leaves."""
    return "Approve & send" if any(leaves(step.visibility) for step in plan) else "Approve"


def step_line(step: Step) -> str:
    """Say what an approved step did, or what it would have done."""
    action = step.action
    if step.state is OutboxState.SENT and action.kind is ActionKind.CREATE_ISSUE and step.receipt:
        return f"Issue {short(step.receipt.destination_id)} filed: {cut(action.title)}"
    line = plan_line(action)
    return f"{line} ({STEP_STATES[step.state]})" if step.state is OutboxState.CANCELLED else line


def told_line(told: Told) -> str:
    """Say what the team was told, and what became of that: "Alert to on-call: done"."""
    return f"{NOTICES[told.notice.kind]}: {STEP_STATES[told.state]}"


def verdict_line(verdict: Verdict, by: str, now: datetime, zone: tzinfo) -> str:
    """Say who answered what when: "dev-2 approved r2 at 10:42, with changes to the text"."""
    words = f"{by} {VERDICTS[verdict.kind]} r{verdict.revision} at {clock(verdict.at, now, zone)}"
    if verdict.kind is VerdictKind.EDIT:
        return f"{words}, with changes to the text"
    return f"{words}: {REJECTS[verdict.reason].lower()}" if verdict.reason else words


def dropped_words(reason: str) -> str:
    """Say why a Case was screened out, as a sentence begins."""
    return reason[:1].upper() + reason[1:]


def title(case: Case, proposal: Proposal | None = None) -> str:
    """Name a Case on a list; a security report keeps its title to its own page."""
    if is_security(proposal):
        return SECURITY_TITLE
    return no_words(case.removed) if is_blank(case.title) else cut(case.title, ROW_LENGTH)


def no_words(removed: str) -> str:
    """Say why there are no words: why they were removed, where they were."""
    return dropped_words(removed) or NO_WORDS


def row_words(row: Row) -> str:
    """Give a row's first words in quotes."""
    if is_security(row.proposal):
        return SECURITY_WORDS
    return (
        no_words(row.case.removed) if is_blank(row.first_words) else f"“{cut(row.first_words, ROW_LENGTH)}”"
    )


def waits(number: int) -> str:
    """Head the inbox: "9 wait for you", "1 waits for you", "Nothing waits"."""
    if not number:
        return "Nothing waits"
    return f"{number:,} {'waits' if number == 1 else 'wait'} for you"


def lateness(rows: Sequence[Row], now: datetime, zone: tzinfo) -> str:
    """Say how many are late and due: "1 is late, 3 are due within the hour"; "" for none."""
    near = [urgency(row.due_at, now, zone) for row in rows]
    pairs = ((near.count(Urgency.LATE), "late"), (near.count(Urgency.SOON), "due within the hour"))
    return ", ".join(
        f"{number:,} {'is' if number == 1 else 'are'} {words}" for number, words in pairs if number
    )


def is_read(line: SourceLine, now: datetime) -> bool:
    """Tell whether all of a Source was read within a day (S13)."""
    return was_read(line.last_read_at, line.trouble, now)


def was_read(last_read_at: datetime | None, trouble: str, now: datetime) -> bool:
    """Tell the same of when it was last read, and why the last look failed."""
    return not trouble and last_read_at is not None and now - last_read_at <= timedelta(days=1)


def health(lines: Sequence[SourceLine], now: datetime, zone: tzinfo) -> str:
    """Say how many Sources were read: "8 of 8 sources read, last at 10:41"."""
    read = [line.last_read_at for line in lines if line.last_read_at and is_read(line, now)]
    words = f"{len(read)} of {count(len(lines), 'source')} read"
    return f"{words}, last at {clock(max(read), now, zone)}" if read else words


def today(lines: Sequence[SourceLine]) -> str:
    """Count the day: "41 messages today: 30 handled, 11 dropped, 0 failed"."""
    seen, handled = sum(line.seen for line in lines), sum(line.handled for line in lines)
    dropped, failed = sum(line.dropped for line in lines), sum(line.failed for line in lines)
    return f"{count(seen, 'message')} today: {handled:,} handled, {dropped:,} dropped, {failed:,} failed"


def changes(corrections: Mapping[str, str]) -> str:
    """Name what a person set: "priority P1, known as nothing"."""
    words = [f"{FIELDS.get(key, key).lower()} {_value(key, value)}" for key, value in corrections.items()]
    return listed(words)


def _value(key: str, value: str) -> str:
    if key == "type":
        return next((name for kind, name in TYPES.items() if kind.value == value), value)
    if value in ("", NO_DUPLICATE):
        return "nothing"
    return short(value) if key == "duplicate" else value
