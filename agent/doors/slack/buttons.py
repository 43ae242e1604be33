"""The buttons and menus of a card and of a home: each is one verb of the desk.

Slack is answered when the verb is done, or when its time is up and the verb goes on; the card is drawn
anew from the store by the work behind it. What is refused is told to the one who pressed, alone.
"""

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from agent.cards import modal as modals
from agent.cards.blocks import escape
from agent.cards.filled import About
from agent.desk import Choice
from agent.domain.cases import RejectReason, VerdictKind
from agent.domain.proposals import Priority, Proposal
from agent.doors.slack.pressing import Late, Press, Reception
from agent.errors import TriageError
from agent.policy.corrections import NO_DUPLICATE
from agent.wording.forms import SNOOZES, snooze_until
from agent.wording.names import REJECTS
from agent.wording.stages import Stage, stage
from agent.wording.times import clock

Verb = Callable[[Press, str], object]
Opener = Callable[[Press, str], tuple[dict[str, Any], str] | None]


def register(app: App, reception: Reception) -> None:
    """Have an app answer to every control of a card and a home."""
    verbs, openers = _Verbs(reception), _Openers(reception)
    for action, verb in verbs.by_action().items():
        app.action(action)(_listener(reception, verb))
    for action, opener in openers.by_action().items():
        app.action(action)(_opener(reception, opener))
    app.action("more")(_more(reception, verbs, openers))


def _listener(reception: Reception, verb: Verb) -> Callable[..., None]:
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        do(reception, Press.read(body), verb)
        ack()

    return pressed


def _opener(reception: Reception, opener: Opener) -> Callable[..., None]:
    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        show(reception, Press.read(body), opener)
        ack()

    return pressed


def _more(reception: Reception, verbs: "_Verbs", openers: "_Openers") -> Callable[..., None]:
    """Answer to the overflow menu, whose choices are the buttons that have no room."""
    by_action, opening = verbs.by_action(), openers.by_action()

    def pressed(ack: Ack, body: dict[str, Any]) -> None:
        press = Press.read(body)
        if press.chosen in by_action:
            do(reception, press, by_action[press.chosen])
        elif press.chosen in opening:
            show(reception, press, opening[press.chosen])
        ack()

    return pressed


def do(reception: Reception, press: Press, verb: Verb) -> None:
    """Do a verb in the name of who pressed; what is refused is told to them alone."""

    def work() -> None:
        try:
            verb(press, reception.person(press.user).id)
        except TriageError as error:
            _refuse(reception, press, error)

    try:
        reception.within_budget(press, work)
    except Late:
        reception.whisper(
            press, "The store is slow. Your click is being taken; the card says what became of it."
        )


def _refuse(reception: Reception, press: Press, error: TriageError) -> None:
    why, _, _ = reception.refused(error, press.case_id, press.user)
    reception.whisper(press, escape(why))


def show(reception: Reception, press: Press, opener: Opener) -> None:
    """Open what a button opens."""

    def work() -> None:
        try:
            opened = opener(press, reception.person(press.user).id)
        except TriageError as error:
            _refuse(reception, press, error)
            return
        if opened is not None:
            reception.open(press, *opened)

    try:
        reception.within_budget(press, work)
    except Late:
        reception.whisper(press, "The store is slow; what you asked for opens in a moment, or press again.")


def about(press: Press, revision: int | None = None) -> About:
    """Give what a modal carries."""
    return About(press.case_id, press.revision if revision is None else revision, press.channel, press.ts)


class _Verbs:
    """What is done at once."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.desk = reception.desk

    def by_action(self) -> dict[Any, Verb]:
        """Give the verb of each action id; those of a step end in its position."""
        return {
            "approve": self.approve,
            "type": lambda press, who: self.correct(press, who, "type"),
            "priority": lambda press, who: self.correct(press, who, "priority"),
            "not_this": lambda press, who: self._set(press, who, "duplicate", NO_DUPLICATE),
            "not_urgent": lambda press, who: self._set(press, who, "priority", Priority.P1),
            "not_security": self.not_security,
            "acknowledge": lambda press, who: self.desk.acknowledge(press.case_id, who),
            "take": lambda press, who: self.desk.take(press.case_id, who),
            "undo": lambda press, who: self.desk.undo(press.case_id, who),
            "wake": lambda press, who: self.desk.wake(press.case_id, who),
            "restore": lambda press, who: self.desk.restore(press.case_id, who),
            "retry": lambda press, who: self.desk.retry(press.case_id, who),
            "ask_again": lambda press, who: self.desk.ask_again(press.case_id, press.revision, who),
            "waiting_on_them": lambda press, who: self.desk.mark_waiting(press.case_id, who),
            "write_anyway": lambda press, who: self.desk.write_anyway(press.case_id, who),
            "it_is_there": lambda press, who: self._resolve(press, who, "it_is_there"),
            "send_again": lambda press, who: self._resolve(press, who, "retry"),
            re.compile(r"try_again:\d+\.\d+"): lambda press, who: self._resolve(press, who, "retry"),
            re.compile(r"leave_out:\d+\.\d+"): lambda press, who: self._resolve(press, who, "leave_out"),
        }

    def approve(self, press: Press, who: str) -> None:
        """Approve what the card showed; sentences to check open the modal first."""
        proposal = self.desk.case(press.case_id).proposal
        shown = proposal if proposal and proposal.revision == press.revision else None
        if shown and shown.draft and self.desk.unsupported(press.case_id, press.revision, shown.draft.text):
            self.reception.open(press, *_Openers(self.reception).edit(press, who))
            return
        out = _blocked(shown) if shown else ()
        self.desk.decide(press.case_id, press.revision, VerdictKind.APPROVE, who, left_out=out)

    def correct(self, press: Press, who: str, field: str) -> None:
        """Set one field alone; choosing what stands there changes nothing."""
        self._set(press, who, field, press.chosen)

    def _set(self, press: Press, who: str, field: str, chosen: str) -> None:
        self.desk.correct(press.case_id, press.revision, {field: chosen}, who)

    def not_security(self, press: Press, who: str) -> None:
        """Send nothing of it: whoever says so looks at the Case next."""
        self.desk.decide(
            press.case_id, press.revision, VerdictKind.REJECT, who, reason=RejectReason.JUDGEMENT
        )

    def _resolve(self, press: Press, who: str, choice: Choice) -> None:
        steps = self.desk.case(press.case_id).steps
        actions = (step.action for step in steps)
        key = next((each.key for each in actions if (each.revision, each.position) == press.step), "")
        self.desk.resolve(key, choice, who)


def _blocked(proposal: Proposal) -> tuple[int, ...]:
    """Give the steps that the card said stay out."""
    return tuple(at for at, step in enumerate(proposal.plan) if step.blocked)


class _Openers:
    """What asks something first."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.desk = reception.desk

    def by_action(self) -> dict[Any, Opener]:
        """Give what opens on each action id."""
        return {
            "edit": self.edit,
            "check": self.edit,
            "review": self.edit,
            "snooze": self.snooze,
            "reject": self.reject,
            "hand_over": self.hand_over,
            "ask": self.ask,
        }

    def edit(self, press: Press, who: str) -> tuple[dict[str, Any], str]:
        """Open the Case as it is now; what was typed on an earlier revision is in the box."""
        view, seen = self.desk.case(press.case_id, shown_to=who), self.reception.seen(who)
        if stage(view) not in (Stage.OPEN, Stage.SNOOZED):
            words = f"{view.case.id} does not wait for an answer any more. Its card says where it stands."
            return modals.told(view.case.id, about(press), words, ""), "Edit"
        now = about(press, view.case.revision)
        if view.typed:
            kept = f"This is r{view.case.revision}. Your text of an earlier revision is kept below."
            flags = self.desk.unsupported(view.case.id, view.case.revision, view.typed)
            return modals.moved_on(view, seen, now, kept, view.typed, flags), "Edit"
        return modals.modal(view, seen, now), "Edit"

    def snooze(self, press: Press, who: str) -> tuple[dict[str, Any], str]:
        """Ask until when."""
        now, zone = self.desk.now(), self.reception.seen(who).zone
        choices = {
            name: f"{words}, {clock(snooze_until(name, now, zone), now, zone)}"
            for name, words in SNOOZES.items()
        }
        asked = ("snooze", f"Snooze {press.case_id}", about(press), "It wakes when anybody writes")
        return modals.radios(*asked, choices, "Snooze"), "Snooze"

    def reject(self, press: Press, who: str) -> tuple[dict[str, Any], str]:
        """Ask why."""
        choices = {reason.value: words for reason, words in REJECTS.items()}
        asked = ("reject", f"Reject {press.case_id}", about(press), "Nothing is sent. Why?")
        return modals.radios(*asked, choices, "Reject"), "Reject"

    def hand_over(self, press: Press, who: str) -> tuple[dict[str, Any], str]:
        """Ask to whom."""
        others = {each.id: each.handle for each in self.desk.settings.team.people if each.id != who}
        asked = ("hand_over", f"Hand over {press.case_id}", about(press), "Who takes it?")
        return modals.radios(*asked, others, "Hand over"), "Hand over"

    def ask(self, press: Press, who: str) -> tuple[dict[str, Any], str]:
        """Ask what the team is to be asked."""
        hint = "It goes to the team with the Case's words; the answers come back to the Case."
        title = f"Ask about {press.case_id}"
        asked = modals.asking("ask", title, about(press), "Your question", hint, "Ask the team")
        return asked, "Ask the team"
