"""Modals that come back, and the search within one. What was typed is never lost: it stays, or is shown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slack_bolt import Ack, App

from agent.cards import filled
from agent.cards import modal as modals
from agent.cards.blocks import escape
from agent.cards.filled import About, Filled
from agent.desk import Desk
from agent.domain.cases import RejectReason, VerdictKind
from agent.domain.proposals import Claim, Proposal
from agent.domain.views import CaseView
from agent.doors.slack.pressing import Late, Press, Reception
from agent.errors import LostRace, Stale, TriageError
from agent.wording import vetted
from agent.wording.cases import no_source
from agent.wording.forms import fingerprint, snooze_until
from agent.wording.stages import Stage, stage
from agent.wording.texts import count

#: What Slack does with an answered modal: nothing (it closes), or what is said here.
Answer = dict[str, Any]


def register(app: App, reception: Reception) -> None:
    """Have an app take every modal that comes back."""
    app.view(modals.EDIT)(_listener(reception, _edited))
    for callback, answer in _QUESTIONS.items():
        app.view(callback)(_listener(reception, _answered(answer)))
    app.options("another")(_search(reception.desk))


Taking = Callable[[Reception, About, Mapping[str, Any], str], Answer]


def _listener(reception: Reception, take: Taking) -> Callable[..., None]:
    def submitted(ack: Ack, body: dict[str, Any]) -> None:
        view = body["view"]
        about, values = About.parse(view["private_metadata"]), view["state"]["values"]
        ack(**_taken(reception, take, about, values, str(body["user"]["id"])))

    return submitted


def _taken(reception: Reception, take: Taking, about: About, values: Mapping[str, Any], user: str) -> Answer:
    refused: list[str] = []

    def work() -> Answer:
        try:
            return take(reception, about, values, reception.person(user).id)
        except TriageError as error:
            why, answer = _refused(reception, about, values, user, error)
            refused.append(why)
            return answer

    press = Press(user=user, case_id=about.case_id, revision=about.revision, channel=about.channel)

    def afterwards() -> None:
        for why in refused:
            reception.whisper(press, escape(why))

    try:
        return reception.within_budget(press, work, afterwards)
    except Late:
        words = "The store is slow. Your answer is being taken; the card says what became of it."
        return _update(modals.told(about.case_id, about, words, filled.typed_reply(values)))


def _update(view: Mapping[str, Any]) -> Answer:
    return {"response_action": "update", "view": view}


def _refused(
    reception: Reception, about: About, values: Mapping[str, Any], user: str, error: TriageError
) -> tuple[str, Answer]:
    """Say why nothing was done; the boxes stay, or what they held is shown beside what is true now."""
    why, view, seen = reception.refused(error, about.case_id, user)
    text = filled.typed_reply(values)
    if isinstance(error, Stale) and view is not None and stage(view) is Stage.OPEN and "reply:1" in values:
        now = About(about.case_id, view.case.revision, about.channel, about.ts)
        flags = reception.desk.unsupported(about.case_id, view.case.revision, text)
        return why, _update(modals.moved_on(view, seen, now, why, text, flags))
    if isinstance(error, Stale | LostRace):
        return why, _update(modals.told(about.case_id, about, why, text))
    return why, _errors(next(iter(values)), why)


def _edited(reception: Reception, about: About, values: Mapping[str, Any], who: str) -> Answer:
    """Approve as edited; what was changed is a correction, what was unticked stays out."""
    view = reception.desk.case(about.case_id)
    proposal = view.proposal
    if proposal is None or proposal.revision != about.revision:
        raise Stale(about.case_id, about.revision, view.case.revision, "It was replaced meanwhile.")
    said = filled.read(values, view, about.ends)
    unfinished = _unfinished(reception, about, view, proposal, said, who)
    if unfinished is not None:
        return unfinished
    decided = reception.desk.decide(
        about.case_id,
        about.revision,
        VerdictKind.APPROVE if said.reply is None else VerdictKind.EDIT,
        who,
        text=said.reply,
        corrections=said.corrections,
        left_out=said.left_out,
        note=_note(said),
        issue_title=said.issue_title,
        issue_body=said.issue_body,
    )
    if decided.reopened is None:
        return {}
    words = (
        f"Your correction changed what goes out, so nothing was sent. r{decided.reopened} is being written "
        "and shows on the card; your text is kept there."
    )
    typed = filter(None, (said.reply, said.issue_title, said.issue_body))
    return _update(modals.told(about.case_id, about, words, "\n\n".join(typed)))


def _unfinished(
    reception: Reception, about: About, view: CaseView, proposal: Proposal, said: Filled, who: str
) -> Answer | None:
    """Ask for what an approval lacks: a reply that is not empty, and a tick for each sentence without a source."""
    replies = any(step.kind == "reply" and at not in said.left_out for at, step in enumerate(proposal.plan))
    if not replies:
        return None
    if said.reply == "":
        return _errors("reply:1", "The reply is empty. Write one, or untick the reply below.")
    text = filled.reply_text(proposal) if said.reply is None else said.reply
    flags = reception.desk.unsupported(about.case_id, about.revision, text)
    lacking = [each for each in flags if fingerprint(each.text) not in said.kept]
    if not lacking:
        return None
    why = f"Not sent yet: {' '.join(vetted.not_vouched(lacking))}"
    texts = (said.reply or "", said.issue_body or "")
    if _are_offered(lacking, proposal, about) or not all(map(filled.holds, texts)):
        return _errors("keep:0" if _offered(proposal) and not about.ends else "reply:1", why)
    return _update(modals.unchecked(view, reception.seen(who), about, said, flags, why))


def _errors(block: str, why: str) -> Answer:
    return {"response_action": "errors", "errors": {block: why[:2000]}}


def _offered(proposal: Proposal) -> tuple[Claim, ...]:
    """Give the sentences that a modal offers to vouch for while nothing was typed."""
    draft = proposal.draft
    return no_source(draft.claims, filled.reply_text(proposal)) if draft else ()


def _are_offered(lacking: Sequence[Claim], proposal: Proposal, about: About) -> bool:
    return not about.ends and set(lacking) <= set(_offered(proposal))


def _note(said: Filled) -> str:
    return f"kept without a source: {count(len(said.kept), 'sentence')}" if said.kept else ""


Question = Callable[[Reception, About, str, str], object]


def _answered(answer: Question) -> Taking:
    def take(reception: Reception, about: About, values: Mapping[str, Any], who: str) -> Answer:
        answer(reception, about, filled.choice(values), who)
        return {}

    return take


def _snooze(reception: Reception, about: About, choice: str, who: str) -> None:
    desk = reception.desk
    until = snooze_until(choice, desk.now(), reception.seen(who).zone)
    desk.snooze(about.case_id, until, who, about.revision)


def _reject(reception: Reception, about: About, choice: str, who: str) -> None:
    reason = RejectReason(choice)
    reception.desk.decide(about.case_id, about.revision, VerdictKind.REJECT, who, reason=reason)


def _hand_over(reception: Reception, about: About, choice: str, who: str) -> None:
    reception.desk.hand_over(about.case_id, choice, who)


def _ask(reception: Reception, about: About, choice: str, who: str) -> None:
    reception.desk.ask(about.case_id, choice, who)


_QUESTIONS: dict[str, Question] = {
    "snooze": _snooze,
    "reject": _reject,
    "hand_over": _hand_over,
    "ask": _ask,
}


def _search(desk: Desk) -> Callable[..., None]:
    """Find Issues of the Case's project by number or words."""

    def searched(ack: Ack, body: dict[str, Any]) -> None:
        about = About.parse(body["view"]["private_metadata"])
        project = desk.case(about.case_id).case.project
        words = str(body.get("value", "")).strip().removeprefix("#")
        found = [issue for issue in desk.search(words).issues if issue.id.startswith(f"{project}#")]
        ack(options=modals.found(found))

    return searched
