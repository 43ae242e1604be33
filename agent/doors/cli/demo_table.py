"""The demo's table: every message with what was made of it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from agent.domain.messages import Message
from agent.domain.views import CaseView, Said
from agent.doors.cli.output import console, styled
from agent.policy.likelihood import percent
from agent.prompts import ISSUE_URL
from agent.wording.cases import dropped_words, short
from agent.wording.names import TYPES
from agent.wording.texts import cut, one_line

if TYPE_CHECKING:
    from agent.desk import Desk

WORDS, REPLY = 60, 80
#: Name, width at least and at most, share of what is left.
COLUMNS = (
    ("Message", 8, 16, None),
    ("Case", 5, 6, None),
    ("Wrote", 12, WORDS, 2),
    ("Type", 9, 9, None),
    ("Pri", 3, 3, None),
    ("Duplicate", 9, 9, None),
    ("Draft begins", 16, REPLY, 3),
)


def print_table(desk: "Desk", messages: Iterable[Message]) -> None:
    """Print a line for each message: type, priority, best duplicate, first line of the draft."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    for name, least, most, share in COLUMNS:
        table.add_column(
            name, min_width=least, max_width=most, ratio=share, no_wrap=True, overflow="ellipsis"
        )
    found = _by_message(desk)
    for message in messages:
        row = line(message, found.get((message.source, message.id)))
        table.add_row(*(styled(cell) for cell in row))
    console().print(table)


def _by_message(desk: "Desk") -> dict[tuple[str, str], tuple[CaseView, Said]]:
    lists = (desk.inbox, desk.waiting, desk.snoozed, desk.dropped, desk.judging, desk.recent)
    cases = dict.fromkeys(row.case.id for of in lists for row in of())
    views = [desk.case(case_id) for case_id in cases]
    return {(said.message.source, said.message.id): (view, said) for view in views for said in view.messages}


def line(message: Message, found: tuple[CaseView, Said] | None) -> Sequence[str]:
    """Return the cells of one message."""
    words = cut(message.words, WORDS)
    if found is None:
        return short(message.id), "", words, "", "", "", "Not triaged yet"
    view, said = found
    head = (short(message.id), view.case.id, words)
    dropped = said.dropped_reason or view.case.dropped_reason
    if dropped:
        return *head, "screened", "", "", dropped_words(dropped)
    proposal = view.proposal
    if proposal is None:
        return *head, "", "", "", view.case.trouble or "Being judged"
    draft = (
        next((text for text in proposal.draft.text.splitlines() if text.strip()), "")
        if proposal.draft
        else ""
    )
    reply = (
        cut(draft.replace(ISSUE_URL, "(its link)"), REPLY)
        if draft
        else f"({one_line(proposal.no_draft_reason) or 'nothing to send'})"
    )
    return *head, TYPES[proposal.type], proposal.priority, _best(view), reply


def _best(view: CaseView) -> str:
    """Name the best duplicate with its probability, whatever policy made of it."""
    proposal = view.proposal
    if proposal is None:
        return ""
    if proposal.duplicate:
        return f"{short(proposal.duplicate.issue_id)} {percent(proposal.duplicate.probability)}"
    best = max(proposal.matched.likenesses, key=lambda each: each.probability, default=None)
    return f"{short(best.issue_id)} {percent(best.probability)}" if best else "none"
