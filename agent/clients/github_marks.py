"""Our mark in what we write at GitHub, so that it is found again.

The mark is a comment of HTML on the last line, where no reader sees it and no text from outside can
stand. It counts only where our own account wrote it.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markdown_it import MarkdownIt

from agent.clients.github import Answer, GitHub, Reading
from agent.domain.actions import Outcome, Unknown
from agent.domain.messages import Level, Visibility
from agent.errors import Missing, Moved, OutcomeUnknown, Rejected, TriageError
from agent.policy.github.written import stamp_of

log = logging.getLogger(__name__)

_MARK = re.compile(r"\n<!-- triage (?P<key>[^\n<>]{1,300}) -->\s*$")
#: How far GitHub's clock may be behind ours.
SKEW = timedelta(hours=1)
_MENTION = re.compile(r"(?<![\w/.])@(?=[A-Za-z0-9])")
#: What Markdown shows as `@`.
_AT = re.compile(r"&(?:#0{0,5}64|#[xX]0{0,4}40|commat);")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_DEEPEST = _MARKDOWN.options["maxNesting"]  #: blocks in blocks; what is deeper is not read
#: Tokens of a line that are no code.
_WORDS = ("text", "html_inline")
#: A pull request is commented as the Issue of its number.
_ISSUE = re.compile(r"(?P<project>[\w.-]+/[\w.-]+)(?:#|/pull/)(?P<number>[1-9]\d*)")


def marked(body: str, key: str) -> str:
    """Return a body that carries the key where nobody reads it."""
    return f"{body.rstrip()}\n\n<!-- triage {key} -->"


def key_of(body: str | None) -> str | None:
    """Return the key that a body carries."""
    found = _MARK.search((body or "").replace("\r\n", "\n"))
    return found["key"] if found else None


def silenced(text: str) -> str:
    """Return a report's words so that they call nobody and hide nothing; code stays as it is.

    A zero-width space breaks `@name`, and an HTML comment that would swallow what follows is shown.
    Where it cannot be told what GitHub takes for code, code is changed, too.
    """
    lines, fence = [], ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        lines.append(line if fence or opened else _outside_code(line))
        if opened and not fence:
            fence = opened[1]
        elif opened and opened[1].startswith(fence):
            fence = ""
    found = "\n".join(lines)
    return _plain(text) if _speaks(found) else found


def _outside_code(line: str) -> str:
    parts = line.split("`")
    return "`".join(_plain(part) if at % 2 == 0 else part for at, part in enumerate(parts))


def _plain(text: str) -> str:
    return _MENTION.sub("@\u200b", _AT.sub("@", text)).replace("<!--", "&lt;!--")


def _speaks(text: str) -> bool:
    """Tell whether words outside of what Markdown takes for code call or hide; also where it goes too deep."""
    for block in _MARKDOWN.parse(text):
        words = [each.content for each in block.children or () if each.type in _WORDS]
        said = [block.content] if block.type == "html_block" else words
        if block.level >= _DEEPEST - 1 or any(_MENTION.search(each) or "<!--" in each for each in said):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Named:
    """An Issue by its address: `owner/name` and its number there."""

    project: str
    number: int

    @classmethod
    def read(cls, issue_id: str) -> "Named | None":
        """Read `owner/name#12` or `owner/name/pull/12`, also where it begins a text; None for anything else."""
        found = _ISSUE.match(issue_id)
        return cls(found["project"], int(found["number"])) if found else None

    @property
    def path(self) -> str:
        return f"/repos/{self.project}/issues/{self.number}"

    def __str__(self) -> str:
        return f"{self.project}#{self.number}"


def since(approved_at: datetime | None) -> dict[str, str]:
    """Return the parameter that leaves out what is older than the approval."""
    if approved_at is None:
        return {}
    return {"since": stamp_of(approved_at - SKEW)}


def found_again(
    access: GitHub, project: str, path: str, params: Mapping[str, object], key: str, *, body: str = "body"
) -> Mapping[str, Any] | None:
    """Return what our own account wrote with this key, of a list; None where the list is gone or has it not.

    An Issue that was moved is looked at where it is now.
    """
    login = access.login.casefold()
    try:
        for page in _pages(access.reading(project), path, params):
            for each in page.body:
                writer = each.get("user") or each.get("author") or {}
                if key_of(each.get(body)) == key and str(writer.get("login", "")).casefold() == login:
                    return dict(each)
    except Missing:
        return None
    return None


def _pages(reading: Reading, path: str, params: Mapping[str, object]) -> Iterator[Answer]:
    try:
        yield from reading.pages(path, params)
    except Moved as moved:
        yield from reading.pages(_list_at(moved.to, path.rpartition("/")[2]), params)


def _list_at(address: str, name: str) -> str:
    """Return the list below a new address, whether it names the list or the Issue that has it."""
    plain = address.partition("?")[0]
    return plain if plain.endswith(f"/{name}") else f"{plain}/{name}"


def refuse_public(reading: Reading, project: str, readers: Visibility) -> None:
    """Raise Rejected where words for fewer readers would stand in a repository that everybody reads by now."""
    if readers.level is not Level.PUBLIC and not reading.get(f"/repos/{project}").body["private"]:
        raise Rejected(
            f"{project} is public at GitHub, and {readers} in sources.yaml. Nothing was written. "
            "Say there who can read it (visibility) and leave this out, or make it private and try again."
        )


def as_written(reading: Reading, path: str, key: str) -> Mapping[str, Any]:
    """Return what GitHub shows of what was just written with this key; raises OutcomeUnknown for another text."""
    found: Mapping[str, Any] = reading.get(path).body
    if key_of(found["body"]) != key:
        raise OutcomeUnknown(f"{found['html_url']} shows another text.")
    return found


def read_back(key: str, look: Callable[[], Outcome]) -> Outcome:
    """Look at what was just written: whatever goes wrong now, the write itself was taken."""
    try:
        return look()
    except TriageError as error:
        return Unknown(key=key, why=f"GitHub took it, and it could not be read back. {error}")


def where_now(access: GitHub, issue: Named) -> str:
    """Say where an Issue was moved to, as far as that can be seen."""
    try:
        reading = access.reading(issue.project)
        try:
            reading.get(issue.path)
        except Moved as moved:
            found = reading.get(moved.to).body
            place = "/".join(str(found["repository_url"]).rsplit("/", 2)[-2:])
            return f"{issue} was moved to {place}#{found['number']}."
    except TriageError as error:
        log.warning("where %s was moved to cannot be seen", issue, exc_info=error)
    return f"{issue} has another address now."
