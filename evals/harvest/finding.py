"""Verdicts with corrections as cases: the words of then, redacted, each report once, with what erred.

Nothing is kept here: a person accepts each (`kept.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agent.domain.messages import PUBLIC
from agent.policy.colleagues import is_colleagues
from agent.policy.corrections import NO_DUPLICATE
from agent.policy.customers import key_customer
from agent.policy.redaction import redact
from agent.policy.texts import content_hash
from agent.store import cases, messages
from agent.triage.state import thread_of
from agent.wording.texts import count, is_blank, listed, one_line
from evals.harvest.settled import Settled, settled

if TYPE_CHECKING:
    import sqlalchemy as sa

    from agent.domain.cases import Case
    from agent.domain.messages import Message
    from agent.settings import Settings

#: The index of these cases: the team's own Issues, as they were when the last case was accepted.
INDEX = "harvest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A correction as a case that nobody accepted yet. `words` names the report: the same words are one case."""

    id: str  #: the Case and the revision that erred, "C-12:1"
    words: str
    project: str
    line: Mapping[str, Any]  #: as it would be kept
    notes: tuple[str, ...]  #: what whoever accepts it should know


def found(tx: sa.Connection, settings: Settings) -> list[Found]:
    """Return every correction whose words are still here, of the same words the newest alone, newest first."""
    newest: dict[str, Found] = {}
    for each in settled(tx):
        given = _found(tx, settings, each) if each.corrected else None
        if given is None:
            continue
        earlier = newest.pop(given.words, None)
        newest[given.words] = _instead_of(given, earlier) if earlier else given
    return list(reversed(newest.values()))


def _instead_of(given: Found, earlier: Found) -> Found:
    """Say whose place it takes; a person who decided otherwise is named, not overruled in silence."""
    same = given.line["expected"] == earlier.line["expected"]
    note = f"the same words as {earlier.id}" + (
        "" if same else f", which was decided otherwise: {_told(earlier)}"
    )
    return replace(given, notes=(*given.notes, note))


def _told(each: Found) -> str:
    return ", ".join(
        f"{field} {each.line['expected'][field]}" for field in each.line["expected"]["corrected"]
    )


def _found(tx: sa.Connection, settings: Settings, each: Settled) -> Found | None:
    """Return a case of what was settled; None where the words are gone or were the team's own alone."""
    number = cases.number_of(each.verdict.case_id)
    case = cases.by_number(tx, number)
    said = [
        message
        for message in messages.as_of(tx, number, each.first.created_at)
        if not is_colleagues(message, case.source, case.author, settings.team.names)
    ]
    if all(is_blank(message.title + message.text) for message in said):
        return None
    lines, taken = _redacted(said, settings)
    return Found(
        id=thread_of(number, each.first.revision),
        words=_words(case, lines),
        project=case.project,
        line=_line(number, each, lines),
        notes=tuple(_notes(case, settings, taken)),
    )


def _redacted(said: Sequence[Message], settings: Settings) -> tuple[list[dict[str, str]], Counter[str]]:
    """Return the Messages as lines that anybody might read, and how much of what was taken out."""
    order = {
        author: f"reporter-{place}" for place, author in enumerate(dict.fromkeys(m.author for m in said), 1)
    }
    lines, taken = [], Counter[str]()
    for message in said:
        title, text = (_plain(each, settings, taken) for each in (message.title, message.text))
        lines.append(
            {
                "id": message.id,
                "source": message.source,
                "author": order[message.author],
                "title": title,
                "text": text,
                "sent_at": message.sent_at.isoformat(),
                "visibility": str(message.visibility),
            }
        )
    return lines, taken


def _plain(text: str, settings: Settings, taken: Counter[str]) -> str:
    private = settings.private
    plain, removed = redact(text, private.words, private.hosts, PUBLIC)
    taken.update(each.kind for each in removed)
    return plain


def _words(case: Case, lines: Sequence[Mapping[str, str]]) -> str:
    said = (one_line(f"{line['title']} {line['text']}").casefold() for line in lines)
    return content_hash("\n".join((case.project, *said)))


def _line(number: int, each: Settled, said: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    made = each.first.provenance
    known = each.wanted.get("duplicate", NO_DUPLICATE)
    # The Case stands alone as a value in whatever is kept of it, so that it is found where its words must go.
    return {
        "id": thread_of(number, each.first.revision),
        "case": cases.id_of(number),
        "cluster": cases.id_of(number) if known == NO_DUPLICATE else known,
        "input": {"said": list(said), "index": INDEX, "case": cases.id_of(number)},
        "expected": {**each.wanted, "corrected": list(each.corrected)},
        "said": each.said,
        "erred": {
            "engine": made.engine,
            "model": made.model,
            "prompt": made.prompt,
            "prompts": made.prompts,
            "policy": made.policy,
        },
        "decided": {"by": each.verdict.person, "at": each.verdict.at.isoformat()},
    }


def _notes(case: Case, settings: Settings, taken: Counter[str]) -> Iterator[str]:
    if taken:
        yield f"taken out: {listed([count(number, kind, kind) for kind, number in sorted(taken.items())])}"
    if key_customer(case.author, case.source, settings.team.key_customers):
        yield "a key customer wrote it, which the case does not say: its priority may rest on that"
