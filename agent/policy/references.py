"""What a tracker's texts and fields say about other Issues, and about the release with a fix. Pure.

Whose words count, and where they stood, is for the caller to know: a stranger's "duplicate of #1"
confirms nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from agent.domain.issues import Issue, IssueState

#: `#12`, `owner/name#12` or an Issue's web address; lengths are GitHub's own limits.
_NAMED = re.compile(
    r"(?<![\w/.#-])(?:(?P<project>[\w.-]{1,39}/[\w.-]{1,100})?#(?P<number>\d{1,9})"
    r"|https?://[\w.:-]{1,100}/(?P<linked>[\w.-]{1,39}/[\w.-]{1,100})/issues/(?P<at>\d{1,9}))(?!\w)"
)
_DUPLICATE_OF = re.compile(r"\s{0,9}duplicate of[ \t]{1,9}", re.IGNORECASE)
_PLANNED = re.compile(
    r"(?:release|version|milestone)?[ -]?v?(?P<version>\d{1,6}(?:\.\d{1,6}){1,4}(?:[-.]?(?:alpha|beta|rc)[-.]?\d{0,4})?)",
    re.IGNORECASE,
)
#: Keys of `Issue.extra` that a sync fills.
STATE_REASON, MILESTONE, CLOSED_BY, RELEASED_IN = "state_reason", "milestone", "closed_by", "released_in"


def named(text: str, project: str) -> tuple[str, ...]:
    """Return the ids of all Issues that a text of the project names, each once, in order."""
    found = (_id(match, project) for match in _NAMED.finditer(text))
    return tuple(dict.fromkeys(found))


def _id(match: re.Match[str], project: str) -> str:
    if match["at"]:
        return f"{match['linked']}#{match['at']}"
    return f"{match['project'] or project}#{match['number']}"


def duplicate_named(text: str, project: str) -> str | None:
    """Return the Issue of "Duplicate of #12", which GitHub reads only where it begins the text."""
    start = _DUPLICATE_OF.match(text)
    match = _NAMED.match(text, start.end()) if start else None
    return _id(match, project) if match else None


def confirmed_duplicate(
    issue_id: str, *, marked: str | None, reason: str | None, said_by_team: Iterable[str]
) -> str | None:
    """Return what a person of the project said that this Issue is a duplicate of, or None.

    The mark counts first, then the words "Duplicate of #12", newest first; where it was closed as a
    duplicate without either, the one Issue that the team's comments name, if it is one.
    """
    project, texts = issue_id.rpartition("#")[0], list(said_by_team)
    written = [found for text in reversed(texts) if (found := duplicate_named(text, project))]
    others = {found for text in texts for found in named(text, project)} - {issue_id}
    only = others.pop() if reason == "duplicate" and len(others) == 1 else None
    found = marked or next(iter(written), None) or only
    return None if found == issue_id else found


def planned_version(milestone: str) -> str | None:
    """Return the version that a milestone is named for; None where its title says anything else."""
    match = _PLANNED.fullmatch(milestone.strip())
    return match["version"] if match else None


def fixed_in(issue: Issue) -> str | None:
    """Return the release with the fix: the one that holds the closing commit, else the milestone's."""
    reason = issue.extra.get(STATE_REASON)
    if issue.state is not IssueState.CLOSED or reason not in (None, "completed"):
        return None
    released, milestone = issue.extra.get(RELEASED_IN), issue.extra.get(MILESTONE)
    return str(released) if released else planned_version(str(milestone or ""))


def as_known(issue: Issue, known: Mapping[str, Issue]) -> Issue:
    """Carry over the release that is known to hold the commit that closed the Issue."""
    before = known.get(issue.id)
    closed_by = issue.extra.get(CLOSED_BY)
    if before and closed_by and closed_by == before.extra.get(CLOSED_BY) and RELEASED_IN in before.extra:
        issue = replace(issue, extra={**issue.extra, RELEASED_IN: before.extra[RELEASED_IN]})
    return replace(issue, fixed_in=fixed_in(issue))


def as_released(issue: Issue, tag: str) -> Issue:
    """Note the release that holds the closing commit; the first one that is found stays."""
    if RELEASED_IN in issue.extra:
        return issue
    noted = replace(issue, extra={**issue.extra, RELEASED_IN: tag.removeprefix("v")})
    return replace(noted, fixed_in=fixed_in(noted))
