"""A person's home in Slack: the lists of the web inbox as blocks, drawn from the same queries."""

import hashlib
import json
from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement, DividerBlock

from agent.cards import blocks as kit
from agent.cards.parts import Seen, value
from agent.domain.views import HomeView, Row
from agent.wording import cases as wording
from agent.wording import engines, lateness
from agent.wording.names import PRIORITIES
from agent.wording.times import ago, clock, due, left

ROWS, FURTHER = 15, 5
LINE, TITLE, WORDS = 200, 90, 60


def home(view: HomeView, seen: Seen) -> kit.Json:
    """Draw a home as a view."""
    blocks = [kit.header(_shift(view, seen), 150), *_health(view, seen), DividerBlock()]
    blocks += _list(_heading(view, seen), view.inbox, seen, ROWS)
    blocks += _list(_counted("Promised", view.waiting), view.waiting, seen, FURTHER)
    blocks += _list(_counted("Snoozed", view.snoozed), view.snoozed, seen, FURTHER)
    return {"type": "home", "blocks": kit.to_json(blocks)}


def digest(drawn: kit.Json) -> str:
    """Tell two drawings apart."""
    return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()


def _shift(view: HomeView, seen: Seen) -> str:
    now, after = view.shift.now, view.shift.next
    until, follows = clock(now.ends_at, seen.now, seen.zone), seen.who(after.holder)
    if now.holder == view.person.id:
        return f"Your shift until {until}, next {follows}"
    mine = f", yours from {clock(after.starts_at, seen.now, seen.zone)}" * (after.holder == view.person.id)
    return f"{seen.who(now.holder)} holds the shift until {until}{mine or f', next {follows}'}"


def _health(view: HomeView, seen: Seen) -> list[Block]:
    """Prove what was read: silence is not green."""
    lines = [wording.health(view.sources, seen.now, seen.zone), wording.today(view.sources)]
    engine = engines.health(view.engine, seen.now, seen.zone)
    behind = lateness.backlog(view.backlog, seen.now)
    lines += [f"⚠ {each}" for each in (behind, engine) if each]
    unread = [line for line in view.sources if not wording.is_read(line, seen.now)]
    troubles = [
        kit.line(f"⚠ {line.source.name} was not read{': ' + line.trouble if line.trouble else ''}", LINE)
        for line in unread[:FURTHER]
    ]
    return [kit.context(*(kit.line(each, LINE) for each in lines), *troubles)]


def _heading(view: HomeView, seen: Seen) -> str:
    lateness = wording.lateness(view.inbox, seen.now, seen.zone)
    words = wording.waits(view.counts.inbox)
    read = sum(wording.is_read(line, seen.now) for line in view.sources)
    if not view.counts.inbox and read < len(view.sources):
        words += f" from {read} of {len(view.sources)} sources"
    return kit.bold(words) + (f" · {lateness}" if lateness else "")


def _counted(name: str, rows: Sequence[Row]) -> str:
    return kit.bold(f"{name} {len(rows)}") if rows else ""


def _list(heading: str, rows: Sequence[Row], seen: Seen, most: int) -> list[Block]:
    """Give a list under its heading; what has no room is counted and linked."""
    blocks: list[Block] = [kit.section(heading)] if heading else []
    blocks += [_row(row, seen) for row in rows[:most]]
    if len(rows) > most:
        words = f"and {len(rows) - most:,} more in the inbox"
        blocks.append(kit.context(kit.link(words, seen.inbox)))
    return blocks


def _row(row: Row, seen: Seen) -> Block:
    """Set a Case in two lines with its button."""
    case, proposal = row.case, row.proposal
    what, how_likely = wording.summary(proposal)
    priority = PRIORITIES[case.priority].partition(" ")[0] if case.priority else ""
    first = [kit.bold(kit.line(" · ".join(filter(None, [priority, _title(row)])), TITLE)), kit.escape(what)]
    first += [how_likely] if how_likely else []
    first += [kit.line(f"[{tag}]", 40) for tag in row.tags]
    second = [kit.line(f"{row.source.name}, {row.author or 'somebody'}", 60), *_times(row, seen)]
    second.append(kit.line(wording.row_words(row), WORDS))
    return kit.section(f"{' · '.join(first)}\n{' · '.join(second)}", _button(row))


def _button(row: Row) -> ButtonElement:
    return kit.button("Review", "review", value(row.case))


def _title(row: Row) -> str:
    return wording.title(row.case, row.proposal)


def _times(row: Row, seen: Seen) -> list[str]:
    """Say its age, and how much is left until what."""
    words = [ago(row.case.last_message_at, seen.now)]
    if row.case.snoozed_until:
        return [*words, f"wakes {clock(row.case.snoozed_until, seen.now, seen.zone)}"]
    if row.due_at:
        until = due(row.due_for, row.due_at, seen.now, seen.zone)
        words.append(f"{until}, {left(row.due_at, seen.now, seen.zone)}")
    return words
