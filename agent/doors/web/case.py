"""One Case: its page, and every button on it. What is true is read from the store each time."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agent.desk import Choice
from agent.domain.cases import VerdictKind
from agent.domain.views import CaseView, Decided
from agent.doors.web import banners, owning
from agent.doors.web.answers import Posted, read, reason_of, unchecked
from agent.doors.web.banners import Banner
from agent.doors.web.case_page import compose, controls, known_about
from agent.doors.web.door import FORBIDDEN, Door, door_of
from agent.doors.web.guard import keep
from agent.doors.web.owning import person_of
from agent.doors.web.session import Session
from agent.errors import CannotUndo, LostRace, Misuse, NotFound, Refused, Stale, TriageError, UnknownPerson
from agent.wording import vetted
from agent.wording.forms import shown_fields, snooze_until
from agent.wording.stages import Stage, stage
from agent.wording.texts import count

CONFLICT, UNFINISHED = 409, 422
REFRESH_SECONDS = 3
#: Nothing can be typed in these, so that a page may look again by itself.
_MOVING = (Stage.JUDGED, Stage.SENDING, Stage.HELD)


class Unfinished(Misuse):
    """The form lacks something; nothing was done."""

    def __init__(self, banner: Banner) -> None:
        super().__init__(banner.true)
        self.banner = banner


def show(request: Request) -> Response:
    """Show a Case."""
    door = door_of(request)
    view = door.desk.case(request.path_params["case_id"], shown_to=door.signed_in(request) or None)
    return _page(door, request, view, banner=_told(request, view))


def _page(
    door: Door,
    request: Request,
    view: CaseView,
    *,
    status: int = 200,
    banner: Banner | None = None,
    posted: Posted | None = None,
    conflict: bool = False,
    aside: bool = False,
) -> Response:
    now, zone = door.desk.now(), door.zone(request)
    flags = partial(door.desk.unsupported, view.case.id, view.proposal.revision) if view.proposal else None
    page = compose(view, posted, aside=aside or conflict, conflict=conflict, flags=flags)
    is_worked = door.desk.workers() > 0
    response = door.page(
        request,
        "case.html",
        status,
        page=page,
        view=view,
        above=_above(door, request),
        acknowledgement=door.desk.acknowledgement_text(),
        banner=banner or banners.of_stage(banners.seen(view, door.desk, zone), is_worked=is_worked),
        **controls(door.desk.settings.areas),
        shown_fields=shown_fields(view.proposal) if view.proposal else {},
        about=known_about(view),
        snoozes=_snoozes(now, door, request),
    )
    # What a form brought is not in the store, and looking again would lose it.
    if status == 200 and page.stage in _MOVING and posted is None:
        response.headers["refresh"] = str(REFRESH_SECONDS)
    return response


def _snoozes(now: datetime, door: Door, request: Request) -> list[tuple[str, datetime]]:
    zone = door.zone(request)
    return [(name, snooze_until(name, now, zone)) for name in ("hour", "tomorrow", "week")]


def _above(door: Door, request: Request) -> Banner | None:
    """Give the line about the Case that was answered just before this one."""
    done = request.query_params.get("done")
    return banners.after_verdict(door.desk, done, door.zone(request)) if done else None


def _told(request: Request, view: CaseView) -> Banner | None:
    """Give the banner of what the person just did here, while the Case still waits."""
    query = request.query_params
    if "did" in query:
        door = door_of(request)
        return banners.of_deed(query["did"], banners.seen(view, door.desk, door.zone(request)))
    if stage(view) is not Stage.OPEN:
        return None
    if "reopened" in query:
        return Banner(
            "Your correction changed what goes out.",
            f"Nothing was sent. Look at r{view.case.revision}; your text is kept.",
            tone="amber",
            alert=True,
        )
    if "undone" in query:
        return Banner("Taken back. Nothing was sent.", f"This is r{view.case.revision}; your text is kept.")
    if "saved" in query:
        return Banner(f"Your corrections are saved. This is r{view.case.revision}.", "Nothing was sent.")
    return None


def answer(request: Request, form: FormData) -> Response:
    """Take a Verdict or a correction; what cannot be done leaves the form as it was filled."""
    door = door_of(request)
    case_id = request.path_params["case_id"]
    view = door.desk.case(case_id)
    posted = read(form, view.case.project)
    who, signing_in = _who(door, request, posted)
    if signing_in is not None:
        request.state.session = signing_in
    try:
        response = _take(door, request, view, posted, who)
    except TriageError as error:
        response = _refused(door, request, case_id, posted, error)
    if signing_in is not None:
        keep(response, door.keys.cookie, door.keys.seal(signing_in))
    return response


def _who(door: Door, request: Request, posted: Posted) -> tuple[str, Session | None]:
    """Give who answers, and the session to keep where they said so on this very form."""
    who = door.signed_in(request)
    if who or not posted.person:
        return who, None
    person = door.desk.settings.person_named(posted.person)
    session: Session = request.state.session
    return person.id, Session(session.id, person.id)


def _take(door: Door, request: Request, view: CaseView, posted: Posted, who: str) -> Response:
    if posted.verdict in ("keep", "reread"):
        return _page(door, request, view, posted=posted, aside=posted.verdict == "reread")
    if not who:
        raise Unfinished(
            banners.not_sent("a Verdict needs its person.", "Say who you are, then press again.")
        )
    takes = {
        "approve": _approve,
        "correct": _correct,
        "snooze": _snooze,
        "reject": _reject,
        "ask_again": _ask_again,
    }
    takes |= dict.fromkeys(owning.OWN, _own)
    if posted.verdict not in takes:
        raise HTTPException(400, "Not sent: the form names no button.")
    return takes[posted.verdict](Press(door, request, view, posted, who))


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button of a Case's form, by somebody we know."""

    door: Door
    request: Request
    view: CaseView
    posted: Posted
    who: str


def _own(press: Press) -> Response:
    """Do what answers nothing, and show the Case again with all that the form holds."""
    case_id, posted = press.view.case.id, press.posted
    owning.do(press.door.desk, case_id, posted, press.who)
    proposal = press.view.proposal
    if proposal is None or posted.holds_nothing(proposal):
        return RedirectResponse(f"/cases/{case_id}?did={posted.verdict}", 303)
    view = press.door.desk.case(case_id)
    at = banners.seen(view, press.door.desk, press.door.zone(press.request))
    banner = banners.of_deed(posted.verdict, at)
    return _page(press.door, press.request, view, banner=banner, posted=replace(posted, question=""))


def _approve(press: Press) -> Response:
    view, posted = press.view, press.posted
    proposal = view.proposal
    left_out: tuple[int, ...] = ()
    if proposal and proposal.revision == posted.revision:
        left_out = posted.left_out(proposal)
        flags = press.door.desk.unsupported(view.case.id, posted.revision, posted.draft)
        if flagged := unchecked(flags, posted):
            raise Unfinished(banners.not_sent(*vetted.not_vouched(flagged)))
        if posted.typed == "" and any(
            step.kind == "reply" and at not in left_out for at, step in enumerate(proposal.plan)
        ):
            raise Unfinished(
                banners.not_sent("the reply is empty.", "Write one, or untick the reply in the plan.")
            )
    decided = press.door.desk.decide(
        view.case.id,
        posted.revision,
        VerdictKind.APPROVE if posted.typed is None else VerdictKind.EDIT,
        press.who,
        text=posted.typed,
        corrections=posted.corrections,
        left_out=left_out,
        note=_note(view, posted),
    )
    return _after(view, decided)


def _note(view: CaseView, posted: Posted) -> str:
    """Say in the record which sentences without a source the person vouched for."""
    draft = view.proposal.draft if view.proposal else None
    return f"kept without a source: {count(len(posted.kept), 'sentence')}" if draft and posted.kept else ""


def _after(view: CaseView, decided: Decided) -> Response:
    """Go to the next Case; a correction that changed the plan goes back to this one."""
    if decided.reopened is not None:
        return RedirectResponse(f"/cases/{view.case.id}?reopened={decided.reopened}", 303)
    return _next(view)


def _next(view: CaseView) -> Response:
    follows = view.after or view.before
    return RedirectResponse(
        f"/cases/{follows}?done={view.case.id}" if follows else f"/?done={view.case.id}", 303
    )


def _correct(press: Press) -> Response:
    view, posted = press.view, press.posted
    if not posted.corrections:
        raise Unfinished(
            Banner(
                "Nothing saved: no field was changed.",
                "A changed reply is sent by Approve & send. Your text is kept.",
                tone="amber",
                alert=True,
            )
        )
    press.door.desk.correct(view.case.id, posted.revision, posted.corrections, press.who, typed=posted.typed)
    return RedirectResponse(f"/cases/{view.case.id}?saved=1", 303)


def _snooze(press: Press) -> Response:
    view, posted = press.view, press.posted
    until = snooze_until(posted.until or "tomorrow", press.door.desk.now(), press.door.zone(press.request))
    press.door.desk.snooze(view.case.id, until, press.who, press.posted.revision)
    return _next(view)


def _ask_again(press: Press) -> Response:
    view, posted = press.view, press.posted
    if posted.corrections:
        todo = "Save your corrections first: they are kept when it is judged anew."
        raise Unfinished(Banner("Claude was not asked: fields were changed.", todo, tone="amber", alert=True))
    press.door.desk.ask_again(view.case.id, posted.revision, press.who, typed=posted.typed)
    return RedirectResponse(f"/cases/{view.case.id}", 303)


def _reject(press: Press) -> Response:
    view, posted = press.view, press.posted
    reason = reason_of(posted)
    if reason is None:
        raise Unfinished(
            banners.not_sent("a rejection needs its reason.", "Choose one of the five under Reject.")
        )
    decided = press.door.desk.decide(
        view.case.id,
        posted.revision,
        VerdictKind.REJECT,
        press.who,
        text=posted.typed,
        reason=reason,
        corrections=posted.corrections,
    )
    return _after(view, decided)


def _refused(door: Door, request: Request, case_id: str, posted: Posted, error: TriageError) -> Response:
    """Show the Case as it is now, the form as it was filled, and why nothing was done."""
    view = door.desk.case(case_id)
    if isinstance(error, Unfinished):
        status = UNFINISHED if door.signed_in(request) or posted.person else FORBIDDEN
        return _page(door, request, view, status=status, banner=error.banner, posted=posted)
    banner = banners.of_error(error, banners.seen(view, door.desk, door.zone(request)))
    is_conflict = isinstance(error, Stale | LostRace)
    return _page(
        door, request, view, status=status_of(error), banner=banner, posted=posted, conflict=is_conflict
    )


def status_of(error: TriageError) -> int:
    """Give the HTTP status of an error."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, UnknownPerson):
        return FORBIDDEN
    if isinstance(error, Misuse):
        return UNFINISHED
    return CONFLICT if isinstance(error, Refused) else 503


def undo(request: Request) -> Response:
    """Take the last Verdict back while nothing of it has left."""
    door = door_of(request)
    case_id = request.path_params["case_id"]
    try:
        door.desk.undo(case_id, person_of(door, request))
    except CannotUndo as error:
        view = door.desk.case(case_id)
        banner = Banner(str(error), "What went out stands below.", tone="amber", alert=True, receipts=True)
        return _page(door, request, view, status=CONFLICT, banner=banner)
    return RedirectResponse(f"/cases/{case_id}?undone=1", 303)


def retry(request: Request) -> Response:
    """Judge a Case again that got stuck."""
    door = door_of(request)
    case_id = request.path_params["case_id"]
    door.desk.retry(case_id, person_of(door, request))
    return RedirectResponse(f"/cases/{case_id}", 303)


def wake(request: Request) -> Response:
    """Wake a snoozed Case."""
    door = door_of(request)
    door.desk.wake(request.path_params["case_id"], person_of(door, request))
    return RedirectResponse(f"/cases/{request.path_params['case_id']}", 303)


def restore(request: Request) -> Response:
    """Bring a Case back that was screened out."""
    door = door_of(request)
    door.desk.restore(request.path_params["case_id"], person_of(door, request))
    return RedirectResponse(f"/cases/{request.path_params['case_id']}", 303)


def resolve(request: Request, form: FormData) -> Response:
    """Say what is to become of a step that failed, or of one that nobody knows of."""
    door = door_of(request)
    choices: dict[str, Choice] = {"retry": "retry", "leave_out": "leave_out", "it_is_there": "it_is_there"}
    choice = choices.get(str(form.get("choice", "")))
    if choice is None:
        raise HTTPException(400, "Not sent: the form names no choice.")
    door.desk.resolve(str(form.get("key", "")), choice, person_of(door, request))
    return RedirectResponse(f"/cases/{request.path_params['case_id']}", 303)
