"""A Case as its page shows it: quotes lettered, candidates merged, controls filled. No requests here."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.actions import ActionKind, OutboxState
from agent.domain.assessments import Likeness, Quote
from agent.domain.proposals import Claim, Priority, Proposal, Status
from agent.domain.views import CaseView
from agent.doors.web.answers import Posted
from agent.doors.web.marks import Letters, Marked, mark
from agent.policy.corrections import ESTIMATE_LENGTH, NO_AREA, NO_DUPLICATE
from agent.policy.hidden import Hidden, reveal
from agent.policy.likelihood import whole_percent
from agent.policy.routing import Area
from agent.policy.tracking import OF_FIELDS
from agent.wording.cases import SHOWN_FROM, short
from agent.wording.forms import known_as, plain, shown_fields
from agent.wording.names import PRIORITIES, TYPES
from agent.wording.stages import Stage, may_acknowledge, stage, taken
from agent.wording.texts import count

#: Candidates on the page; the rest of those that are shown at all are behind a click.
SHOWN = 3
#: Steps that stand on an Issue which an estimate may be written below.
ON_ISSUE = OF_FIELDS | {ActionKind.CREATE_ISSUE}


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate; `likeness` is None for one that a person named."""

    issue_id: str
    likeness: Likeness | None
    found_as: str = ""

    @property
    def key(self) -> str:
        """A name for the control's id."""
        return "-" + re.sub(r"[^\w-]", "-", self.issue_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class CasePage:
    """Everything the template asks for. `values` are what the controls stand at."""

    view: CaseView
    stage: Stage
    said: Sequence[Marked]
    hidden: Sequence[Sequence[Hidden]]  #: of each Message, what whoever reads it there does not see
    letters: Letters
    candidates: Sequence[Shown]
    others: Sequence[Shown]
    uncounted: int  #: candidates too unlikely to show
    values: Mapping[str, str]
    draft: str
    theirs: str | None  #: what the person typed and is not in the reply box
    now_says: str | None  #: the reply as proposed, where the box holds something else of an older revision
    flags: Sequence[Claim]
    kept: frozenset[str]
    steps: frozenset[int]
    conflict: bool
    changed: Sequence[tuple[str, str, str]]  #: (field, now, yours)
    question: str = ""  #: to the team, where it could not be asked
    anchored: set[str] = field(default_factory=set)  #: letters whose reason has its anchor

    @property
    def is_open(self) -> bool:
        """Whether a Verdict can be given."""
        return self.stage in (Stage.OPEN, Stage.SNOOZED)

    @property
    def answered(self) -> str:
        """The reply as it was approved; what a person copies by hand has its links."""
        by_hand = (step.action.body for step in self.view.steps if step.state is OutboxState.BY_HAND)
        verdict = self.view.verdict
        edited = verdict.text if verdict and verdict.text is not None else self.draft
        return next(by_hand, edited)

    @property
    def may_acknowledge(self) -> bool:
        """Whether an acknowledgement would be the first they hear of us."""
        return may_acknowledge(self.view)

    def takes_first(self, who: str) -> bool:
        """Tell whether the bar begins with taking the Case: a P0 that this person has not said they are on (A1)."""
        on_it = taken(self.view)
        return self.view.case.priority is Priority.P0 and not (on_it and on_it.who == who)

    @property
    def takes_estimate(self) -> bool:
        """Whether an Issue is filed or changed that an estimate could stand on."""
        plan = self.view.proposal.plan if self.view.proposal else ()
        return self.is_open and any(step.kind in ON_ISSUE for step in plan)

    def anchors(self, letter: str) -> bool:
        """Tell whether this is the place that the letter's mark leads to: the first that asks."""
        if not letter or letter in self.anchored:
            return False
        self.anchored.add(letter)
        return True


def compose(
    view: CaseView,
    posted: Posted | None = None,
    *,
    aside: bool = False,
    conflict: bool = False,
    flags: Callable[[str], Sequence[Claim]] | None = None,
) -> CasePage:
    """Put a page together; `posted` is a form that was refused, and wins over the store's text.

    With `aside` the box shows the reply as now proposed and what was typed stands beside it; in a
    conflict Approve is off as well. `flags` tells which sentences of a reply rest on no source.
    """
    proposal = view.proposal
    messages = [said.message for said in view.messages]
    said, letters = mark(messages, _quotes(proposal))
    proposed = plain(proposal.draft.text) if proposal and proposal.draft else ""
    typed = posted.typed if posted else view.typed
    draft = proposed if typed is None or aside else typed
    values = shown_fields(proposal) if proposal else {}
    if posted and not aside:
        values = values | dict(posted.fields)
    candidates, others, uncounted = _candidates(proposal, values.get("duplicate", ""))
    is_older = posted is None and view.typed is not None
    return CasePage(
        view=view,
        stage=stage(view),
        said=said,
        hidden=[reveal(message.words)[1] for message in messages],
        letters=letters,
        candidates=candidates,
        others=others,
        uncounted=uncounted,
        values=values,
        draft=draft,
        theirs=_theirs(view, posted, typed, aside=aside),
        now_says=proposed if is_older and proposed and proposed != typed else None,
        flags=flags(draft) if flags and proposal and proposal.draft else (),
        kept=posted.kept if posted else frozenset(),
        steps=_ticked(proposal, posted),
        conflict=conflict,
        changed=_changed(proposal, posted) if conflict and posted else (),
        question=posted.question if posted else "",
    )


_BOXED = (Stage.OPEN, Stage.SNOOZED)


def _theirs(view: CaseView, posted: Posted | None, typed: str | None, *, aside: bool) -> str | None:
    """Give the person's own text where the reply box does not hold it."""
    if typed is not None and (aside or stage(view) not in _BOXED):
        return None if posted is None and _is_sent(view, typed) else typed
    return (posted.mine or None) if posted else None


def _is_sent(view: CaseView, typed: str) -> bool:
    """Tell whether the text is what the person then approved: nothing of it has to be kept."""
    verdict = view.verdict
    return verdict is not None and verdict.revision == view.case.revision and verdict.text == typed


def _quotes(proposal: Proposal | None) -> list[Quote | None]:
    if proposal is None:
        return []
    quotes = [reason.quote for reason in proposal.reasons]
    quotes += [likeness.theirs for likeness in proposal.matched.likenesses[:SHOWN]]
    return [*quotes, proposal.assessment.area_quote]


def _candidates(proposal: Proposal | None, chosen: str) -> tuple[Sequence[Shown], Sequence[Shown], int]:
    """Give the candidates to show, those behind a click, and how many are too unlikely for either."""
    if proposal is None:
        return (), (), 0
    duplicate = proposal.duplicate
    links = {duplicate.found_as: duplicate.issue_id} if duplicate and duplicate.found_as else {}
    ranked = sorted(proposal.matched.likenesses, key=lambda each: -each.probability)
    shown = [
        Shown(links.get(each.issue_id, each.issue_id), each, each.issue_id if each.issue_id in links else "")
        for each in ranked
        if whole_percent(each.probability) >= SHOWN_FROM or each.issue_id == chosen
    ]
    named = {each.issue_id for each in shown}
    for wanted in (known_as(proposal), chosen):
        if wanted and wanted != NO_DUPLICATE and wanted not in named:
            shown.insert(0, Shown(wanted, None))
            named.add(wanted)
    first = [each for at, each in enumerate(shown) if at < SHOWN or each.issue_id == chosen]
    rest = [each for each in shown if each not in first]
    return first, rest, len(ranked) - sum(each.likeness is not None for each in shown)


def _ticked(proposal: Proposal | None, posted: Posted | None) -> frozenset[int]:
    if proposal is None:
        return frozenset()
    may = frozenset(at for at, step in enumerate(proposal.plan) if not step.blocked)
    is_same_plan = posted is not None and posted.revision == proposal.revision
    return may & posted.steps if posted and is_same_plan else may


def _changed(proposal: Proposal | None, posted: Posted) -> Sequence[tuple[str, str, str]]:
    now = shown_fields(proposal) if proposal else {}
    return [
        (key, now.get(key, ""), yours) for key, yours in posted.corrections.items() if now.get(key) != yours
    ]


def controls(areas: Sequence[Area]) -> dict[str, object]:
    """Give the choices of each control, and what a field's value is called."""
    options: dict[str, list[tuple[str, str]]] = {
        "type": [(kind.value, name) for kind, name in TYPES.items()],
        "priority": [(priority.value, name) for priority, name in PRIORITIES.items()],
        "status": [(status.value, status.value) for status in Status],
        "area": [*((area.id, area.name) for area in areas), (NO_AREA, "None")],
    }

    def label(field: str, value: str) -> str:
        if field == "duplicate":
            return "nothing" if value == NO_DUPLICATE else short(value)
        if field == "estimate":
            return value or "nothing"
        return dict(options[field]).get(value, value)

    by_name = {f"{name}_options": choices for name, choices in options.items()}
    shared = {"no_duplicate": NO_DUPLICATE, "choices_of": _choices_of, "estimate_length": ESTIMATE_LENGTH}
    return by_name | shared | {"label": label}


def _choices_of(state: str) -> Sequence[tuple[str, str]]:
    """Give what a person may say to a step that failed, of which nobody knows, or that they carry."""
    if state == "by_hand":
        return ("it_is_there", "I have sent it"), ("leave_out", "Leave it out")
    first = ("retry", "Try again") if state == "failed" else ("it_is_there", "It is there")
    second = ("leave_out", "Leave it out") if state == "failed" else ("retry", "Send it again")
    return first, second


def known_about(view: CaseView) -> str:
    """Say what is known of the reporter: other Cases, and whether it is a key customer."""
    cases = count(len(view.other_cases), "other Case") if view.other_cases else "No other Cases"
    return f"{cases}, {'key customer ' + view.key_customer if view.key_customer else 'no key customer'}"
