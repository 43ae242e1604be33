"""What a webhook delivery says happened. Everything that is not acted on is named, with why.

An event that nobody asked for is ignored; a payload that lacks what its event must have is refused.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from agent.domain.arrivals import Happened, Move, Turn, TurnKind
from agent.policy.github import written
from agent.policy.github.ids import comment_id, discussion_thread, issue_thread, pull_thread, review_id
from agent.policy.github.watching import Place, Watch, mentioned, place_of

Payload = Mapping[str, Any]
OPENING, CHANGING = ("opened", "created"), ("edited", "reopened", "closed")


class Misshapen(ValueError):
    """A delivery that lacks what its event must have; nothing of it is kept."""


def name_of(event: str, payload: object) -> str:
    """Return the event with its action: `issues.opened`."""
    action = payload.get("action") if isinstance(payload, Mapping) else None
    return f"{event}.{action}" if isinstance(action, str) else event


def read(event: str, payload: object, watch: Watch, now: datetime) -> tuple[str, Happened]:
    """Return the Source and what happened; raises Misshapen.

    The moment of what GitHub gives no time for, as a deletion, is `now`.
    """
    reader = _READERS.get(event)
    if reader is None:
        return "", Happened(ignored=_UNUSED.get(event, "not an event of anything written to the team"))
    try:
        if not isinstance(payload, Mapping):
            raise TypeError("no object")
        place = place_of(payload["repository"], watch)
        happened = reader(_Told(payload, place, watch, now))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Misshapen(f"{name_of(event, payload)} lacks what it must have: {error}") from error
    return place.source, happened


class _Told:
    """A payload with where it comes from and who did it."""

    def __init__(self, payload: Payload, place: Place, watch: Watch, now: datetime) -> None:
        self.payload, self.place, self.watch, self.now = payload, place, watch, now
        self.action = str(payload["action"])
        self.who = written.login_of(payload.get("sender"))

    def wants(self, text: str | None, labels: tuple[str, ...] = ()) -> bool:
        return written.wanted(self.place, self.watch, text or "", labels)

    def turned(self, kind: TurnKind, message: str) -> Happened:
        turn = Turn(kind=kind, source=self.place.source, message=message, at=self.now, who=self.who)
        return Happened(turns=(turn,))

    def ignored(self, why: str) -> Happened:
        return Happened(ignored=f"{self.action}: {why}")


def _issues(told: _Told) -> Happened:
    issue = told.payload["issue"]
    thread = issue_thread(told.place.name, issue)
    if told.action == "deleted":
        return told.turned(TurnKind.DELETED, thread)
    if told.action == "transferred":
        return _moved(told, thread, "new_issue", issue_thread)
    labels = written.labels_of(issue)
    begins = told.action in ("opened", "reopened") or (told.action == "labeled" and not told.place.is_watched)
    opens = begins and told.wants(issue["body"], labels)
    if not opens and told.action not in CHANGING:
        return told.ignored(_not_ours(told) if begins else "says nothing that a Case needs")
    arrival = written.issue(told.place, issue, opens=opens or _calls(told, issue), who=told.who)
    return Happened(arrivals=(arrival,), moves=_came_from(told, thread))


def _came_from(told: _Told, thread: str) -> tuple[Move, ...]:
    """Return the move that an Issue opened in its new place tells of; the old place may not be seen."""
    old = (told.payload.get("changes") or {}).get("old_issue")
    if not old or told.action != "opened":
        return ()
    before = place_of(told.payload["changes"]["old_repository"], told.watch)
    return (_move(told, before, issue_thread(before.name, old), told.place, thread),)


def _moved(told: _Told, thread: str, key: str, thread_of: Callable[[str, Payload], str]) -> Happened:
    changes = told.payload["changes"]
    to = place_of(changes["new_repository"], told.watch)
    return Happened(moves=(_move(told, told.place, thread, to, thread_of(to.name, changes[key])),))


def _move(told: _Told, before: Place, thread: str, to: Place, to_thread: str) -> Move:
    return Move(
        source=before.source,
        thread=thread,
        to_source=to.source,
        to_thread=to_thread,
        at=told.now,
        who=told.who,
    )


def _issue_comment(told: _Told) -> Happened:
    issue, said = told.payload["issue"], told.payload["comment"]
    thread = issue_thread(told.place.name, issue)
    if told.action == "deleted":
        return told.turned(TurnKind.DELETED, comment_id(thread, said["html_url"]))
    is_pull = issue.get("pull_request") is not None
    return _below(told, issue, said, thread, is_for_team=not is_pull)


def _discussion_comment(told: _Told) -> Happened:
    discussion, said = told.payload["discussion"], told.payload["comment"]
    thread = discussion_thread(told.place.name, discussion)
    if told.action == "deleted":
        return told.turned(TurnKind.DELETED, comment_id(thread, said["html_url"]))
    return _below(told, discussion, said, thread, is_for_team=True)


def _below(told: _Told, root: Payload, said: Payload, thread: str, *, is_for_team: bool) -> Happened:
    """Return a comment with what it is written below, which may not be here yet.

    A machine's comment brings nothing along: it would open a Case for each one that it speaks below.
    Below a pull request only who calls the team speaks to it.
    """
    if told.action not in ("created", "edited"):
        return told.ignored("says nothing that a Case needs")
    called = bool(mentioned(said["body"] or "", told.watch.teams))
    labels = written.labels_of(root)
    calls = called or (is_for_team and told.wants(root.get("body"), labels))
    opens = calls and told.action == "created"
    brings = opens and not told.watch.is_quiet(written.login_of(said["user"]))
    first = written.written(told.place, root, thread, opens=brings, who=told.who)
    then = written.comment(told.place, said, thread, opens=opens or called, who=told.who)
    return Happened(arrivals=(first, then))


def _discussion(told: _Told) -> Happened:
    discussion = told.payload["discussion"]
    thread = discussion_thread(told.place.name, discussion)
    if told.action == "deleted":
        return told.turned(TurnKind.DELETED, thread)
    if told.action == "transferred":
        return _moved(told, thread, "new_discussion", discussion_thread)
    begins = told.action in ("created", "reopened")
    if not begins and told.action not in CHANGING:
        return told.ignored("says nothing that a Case needs")
    opens = (begins and told.wants(discussion["body"])) or _calls(told, discussion)
    if begins and not opens:
        return told.ignored(_not_ours(told))
    return Happened(arrivals=(written.written(told.place, discussion, thread, opens=opens, who=told.who),))


def _pull_request(told: _Told) -> Happened:
    pull = told.payload["pull_request"]
    thread = pull_thread(told.place.name, pull)
    if told.action in ("review_requested", "review_request_removed"):
        return _review(told, pull, thread)
    if told.action in ("opened", *CHANGING):
        called = _calls(told, pull)
        if told.action == "opened" and not called:
            return told.ignored("no review is asked of the team")
        return Happened(arrivals=(written.written(told.place, pull, thread, opens=called, who=told.who),))
    return told.ignored("says nothing that a Case needs")


def _review(told: _Told, pull: Payload, thread: str) -> Happened:
    """A review that is asked of the team is intake; one that is asked of a person has its owner (S7)."""
    asked = told.payload.get("requested_team")
    if not asked:
        who = written.login_of(told.payload.get("requested_reviewer"))
        return told.ignored(f"asked of {who}, whose it is")
    team = f"{told.place.name.partition('/')[0]}/{asked['slug']}"
    if team.casefold() not in {each.casefold() for each in told.watch.teams}:
        return told.ignored(f"asked of @{team}, which is not among the teams of sources.yaml")
    if told.action == "review_request_removed":
        return told.turned(TurnKind.WITHDRAWN, review_id(thread, team))
    again = told.turned(TurnKind.REOPENED, review_id(thread, team))
    arrival = written.review_request(told.place, pull, thread, team, who=told.who)
    return Happened(arrivals=(arrival,), turns=again.turns)


def _calls(told: _Told, payload: Payload) -> bool:
    return bool(mentioned(payload.get("body") or "", told.watch.teams))


def _not_ours(told: _Told) -> str:
    return f"{told.place.name} is not watched, and no team of ours is called"


_READERS: Mapping[str, Callable[[_Told], Happened]] = {
    "issues": _issues,
    "issue_comment": _issue_comment,
    "discussion": _discussion,
    "discussion_comment": _discussion_comment,
    "pull_request": _pull_request,
}
#: What is sent although nobody chose it, or is read in another way.
_UNUSED = {
    "ping": "GitHub asks whether somebody is there",
    "installation": "what the app may see is read by itself",
    "installation_repositories": "what the app may see is read by itself",
    "label": "labels are read with the Issues",
    "milestone": "milestones are read with the Issues",
    "release": "releases are read with the Issues",
    "repository": "a new name of a repository goes into sources.yaml",
    "pull_request_review": "a review is its pull request's",
    "pull_request_review_comment": "a review is its pull request's",
    "pull_request_review_thread": "a review is its pull request's",
}
