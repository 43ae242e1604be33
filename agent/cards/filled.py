"""What a person says in the modal of a Case: how it is carried, cut into boxes, and read back.

Read against the store: a part that nobody touched is the store's own text, letter for letter, whatever Slack
does to the ends of a box. How the modal is composed is in `modal.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from agent.cards import blocks as kit
from agent.domain.actions import ActionKind, PlannedAction
from agent.domain.proposals import Proposal
from agent.domain.views import CaseView
from agent.wording.forms import plain, shown_fields

#: A box takes 3,000; what is cut leaves room to write in.
BOX, BOX_FILLED = 3000, 2400
#: Of a view's 250 kB and 100 blocks, what the texts may take; the rest of a text stays as it is.
BYTES, BOXES = 100_000, 34
TITLE = 120
#: How a box of a typed text goes on into the next one: Slack keeps no white space at the end of a box.
ENDS = {"p": "\n\n", "l": "\n", "w": " ", "n": ""}
NO_ENDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class About:
    """What a modal was opened on: the Case, its revision, and the card.

    `ends` says of a text that a person typed how its boxes go on; what is not in it is the store's own.
    """

    case_id: str
    revision: int
    channel: str = ""
    ts: str = ""
    ends: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Give it as a view carries it."""
        said = {"c": self.case_id, "r": self.revision, "ch": self.channel, "ts": self.ts}
        return json.dumps(said | ({"e": dict(self.ends)} if self.ends else {}), separators=(",", ":"))

    @classmethod
    def parse(cls, carried: str) -> "About":
        """Read it back; raises ValueError for what is not ours."""
        try:
            said = json.loads(carried)
            ends = {str(name): str(each) for name, each in said.get("e", {}).items()}
            return cls(str(said["c"]), int(said["r"]), str(said.get("ch", "")), str(said.get("ts", "")), ends)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"no private_metadata of ours: {carried!r}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a submitted modal says; a text is None where nobody changed it."""

    reply: str | None = None
    issue_title: str | None = None
    issue_body: str | None = None
    corrections: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[int, ...] = ()
    kept: frozenset[str] = frozenset()  #: fingerprints of the sentences that the person vouches for


UNTOUCHED = Filled()


def reply_text(proposal: Proposal) -> str:
    """Give the Draft as a text box returns it."""
    return plain(proposal.draft.text) if proposal.draft else ""


def new_issue(proposal: Proposal) -> PlannedAction | None:
    """Give the step that files an Issue, if there is one."""
    return next((step for step in proposal.plan if step.kind is ActionKind.CREATE_ISSUE), None)


def title_of(step: PlannedAction) -> str:
    """Give an Issue's title as its box holds it."""
    return " ".join(plain(step.title).split())[:TITLE].rstrip()


def boxed(text: str) -> tuple[list[str], str]:
    """Cut a text into boxes, and give what has no room in a view: it stays as it is."""
    cut = kit.pieces(text, BOX_FILLED, escaped=False)
    shown, used = list[str](), 0
    for piece in cut[:BOXES]:
        used += len(json.dumps(piece))
        if used > BYTES:
            break
        shown.append(piece)
    return shown, "".join(cut[len(shown) :])


def holds(text: str) -> bool:
    """Tell whether the boxes of a modal hold a text to its end."""
    return not boxed(plain(text))[1]


def ends_of(said: Filled) -> dict[str, str]:
    """Say how the boxes of each text that was typed go on."""
    typed = {"reply": said.reply, "issue_body": said.issue_body}
    return {name: _codes(boxed(plain(text))[0]) for name, text in typed.items() if text is not None}


def _codes(pieces: Sequence[str]) -> str:
    ends = (piece[len(piece.rstrip()) :] for piece in pieces or [""])
    return "".join("p" if "\n\n" in end else "l" if "\n" in end else "w" if end else "n" for end in ends)


def read(values: Mapping[str, Any], view: CaseView, ends: Mapping[str, str] = NO_ENDS) -> Filled:
    """Read a submitted modal against the Proposal that it was drawn from; None for what is untouched.

    `ends` is what the modal carries of a text that was typed before it was drawn.
    """
    proposal = view.proposal
    assert proposal is not None
    step = new_issue(proposal)
    reply, body = reply_text(proposal), plain(step.body) if step else ""
    return Filled(
        reply=_typed(values, "reply", reply, ends.get("reply", "")) if proposal.draft else None,
        issue_title=_typed_title(values, step) if step else None,
        issue_body=_typed(values, "issue_body", body, ends.get("issue_body", "")) if step else None,
        corrections=_corrections(values, proposal),
        left_out=_left_out(values, proposal),
        kept=frozenset(_ticked(values, "keep:")),
    )


def typed_reply(values: Mapping[str, Any]) -> str:
    """Give the reply that stands in the boxes, for one who must not lose it."""
    names = sorted((name for name in values if name.startswith("reply:")), key=_number)
    return "\n\n".join(filter(None, (_value(values, name) for name in names)))


def _number(name: str) -> int:
    return int(name.partition(":")[2])


def _value(values: Mapping[str, Any], name: str) -> str:
    """Give what stands in a box or is chosen in a menu; "" for nothing."""
    element = values.get(name, {}).get(name, {})
    chosen = element.get("selected_option")
    return str((chosen or {}).get("value") or element.get("value") or "")


def _typed(values: Mapping[str, Any], name: str, proposed: str, ends: str) -> str | None:
    """Join the boxes of a text: of what was typed with `ends`, else letter for letter where it is as proposed."""
    if ends:
        boxes = ((_box(values, name, at), ENDS[end]) for at, end in enumerate(ends, 1))
        said = plain("".join(f"{words}{end}" for words, end in boxes if words))
    else:
        shown, rest = boxed(proposed)
        pieces = (_piece(piece, _box(values, name, at)) for at, piece in enumerate(shown or [""], 1))
        said = plain("".join(pieces) + rest)
    return None if said == proposed else said


def _box(values: Mapping[str, Any], name: str, number: int) -> str:
    return plain(_value(values, f"{name}:{number}"))


def _piece(shown: str, said: str) -> str:
    """Give the store's own piece where it came back as it was; else what was typed, with its ending."""
    ending = shown[len(shown.rstrip()) :]
    return shown if said == shown.rstrip() else f"{said}{ending if said else ''}"


def _typed_title(values: Mapping[str, Any], step: PlannedAction) -> str | None:
    said = " ".join(_value(values, "issue_title").split())
    return None if said == title_of(step) or not said else said


def _corrections(values: Mapping[str, Any], proposal: Proposal) -> dict[str, str]:
    stands = shown_fields(proposal)
    said = {name: _value(values, name) for name in ("type", "priority", "status", "duplicate")}
    said["duplicate"] = _value(values, "another") or said["duplicate"]
    return {name: chosen for name, chosen in said.items() if chosen and chosen != stands[name]}


def _ticked(values: Mapping[str, Any], begins: str) -> list[str]:
    elements = [values[name].get(name, {}) for name in values if name.startswith(begins)]
    return [each["value"] for element in elements for each in element.get("selected_options") or []]


def _left_out(values: Mapping[str, Any], proposal: Proposal) -> tuple[int, ...]:
    kept = set(_ticked(values, "plan:"))
    return tuple(at for at in range(len(proposal.plan)) if str(at) not in kept)


def choice(values: Mapping[str, Any]) -> str:
    """Give the answer to a modal of one question."""
    return _value(values, "choice") or _value(values, "words")
