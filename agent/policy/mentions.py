"""Names that a place would call out to: taken the call, left the word. Who is mentioned on purpose is a card's.

A reply answers in the thread of the person who wrote; nobody else is to be called by it (T17). GitHub looks for
mentions in what its Markdown comes to: behind any sign, in emphasis, spelled as an entity. Only what every reading
of the text sets as code, and an address on the web, may keep an @.
"""

import re
from collections.abc import Iterator

from agent.domain.actions import Removal
from agent.policy.fences import FENCE, closes, opens

MENTION = "mention"
#: Slack's own form: `<!channel>`, `<!subteam^S1|@team>`, `<@U1>`, `<#C1|help>`.
_SLACK = re.compile(r"<(?P<sign>[!@#])(?P<id>[^<>|\s]{1,80})(?:\|(?P<shown>[^<>]{0,80}))?>")
#: A name behind an @; with a slash it may be a team of an organization, or a package.
_AT = re.compile(
    r"(?<![A-Za-z0-9])(?:[@＠]|&(?:#0{0,9}64|#[xX]0{0,9}40|commat);){1,9}"
    r"(?P<name>[A-Za-z0-9][\w-]{0,80})(?P<path>/[\w./-]{1,80})?(?!\w)"
)
#: What GitHub makes a link by itself: no mention is looked for in it.
_ADDRESS = re.compile(
    r"(?:(?<=[\s(*~])|(?<![\s\S]))https?://(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])[^\s<|]{0,2000}"
)
#: Between HTML nothing is read as Markdown, and where that ends is not worth knowing.
_MARKUP = re.compile(r" {0,3}<[A-Za-z/!?]")
_SET_IN = re.compile(r"(?: {4}|\t)")
_LISTED = re.compile(r"\s{0,9}(?:[-*+]|\d{1,9}[.)])(?:\s|\Z)")
_TICKS = re.compile(r"\\[!-/:-@\[-`{-~]|(?P<run>`{1,200})|(?P<markup><[A-Za-z/!?])")
#: What is taken out may leave a new one. After so many times nobody meant well, and no form is left any more.
_PASSES = 4
_SLACK_BEGINS = re.compile(r"<(?=[!@#])")


def without_mentions(text: str, *, keeps_indented: bool = False) -> tuple[str, tuple[Removal, ...]]:
    """Return the text calling nobody, and what was changed; a second run changes nothing.

    In code an @ calls nobody and stays, with `keeps_indented` in lines set in by four spaces too; what
    Slack would expand is defused there as well.
    """
    removed: list[Removal] = []

    def slack(match: re.Match[str]) -> str:
        now = (match["shown"] or match["id"]).lstrip("@#")
        removed.append(Removal(kind=MENTION, was=match[0], now=now))
        return now

    def at(match: re.Match[str]) -> str:
        now = f"`@{match['name']}{match['path']}`" if match["path"] else match["name"]
        removed.append(Removal(kind=MENTION, was=match[0], now=now))
        return now

    for _ in range(_PASSES):
        before = len(removed)
        text = _SLACK.sub(slack, text)
        parts = (
            part if is_kept else _AT.sub(at, part)
            for part, is_kept in _parts(text, keeps_indented=keeps_indented)
        )
        text = "".join(parts)
        if len(removed) == before:
            return text, tuple(removed)
    return _SLACK_BEGINS.sub("", text), tuple(removed)


def _parts(text: str, *, keeps_indented: bool) -> Iterator[tuple[str, bool]]:
    """Yield the text cut where code and addresses begin and end, and whether an @ may stay there."""
    for stretch, is_code in _blocks(text, keeps_indented=keeps_indented):
        if is_code:
            yield stretch, True
        else:
            yield from _inline(stretch)


def _blocks(text: str, *, keeps_indented: bool) -> Iterator[tuple[str, bool]]:
    """Yield runs of lines between blank ones, and each line of code by itself."""
    run: list[str] = []
    fence = ""
    indented = _Indented()
    lines = text.splitlines(keepends=True)
    for at, line in enumerate(lines):
        mark = FENCE.match(line)
        if not fence and _MARKUP.match(line):
            yield "".join([*run, *lines[at:]]), False
            return
        is_mark = mark is not None and _is_mark(mark, fence, in_list=indented.is_list)
        is_set_in = indented.is_code(line) and keeps_indented and not fence
        if is_mark or fence or is_set_in or not line.strip():
            yield "".join(run), False
            run = []
            # The line of a fence may hold words of its own, and they are no code.
            yield line, is_set_in or bool(fence and not is_mark)
        else:
            run.append(line)
        if is_mark and mark is not None:
            fence = "" if fence else mark["mark"]
    yield "".join(run), False


def _is_mark(mark: re.Match[str], fence: str, *, in_list: bool) -> bool:
    """Tell whether a line opens a fence, or closes the one that is open; one that is part of a list ends with it."""
    if fence:
        return closes(mark, fence)
    is_of_list = in_list and mark[0].startswith(" ")
    return not is_of_list and opens(mark)


class _Indented:
    """Where four spaces make code: behind a blank line or a heading, and not below a list, of which it would be part."""

    def __init__(self) -> None:
        self._is_free = True  #: the line before ends what came before it
        self.is_list = False

    def is_code(self, line: str) -> bool:
        """Tell whether the next line is code; to be asked of every line in order."""
        if not line.strip():
            self._is_free = True
            return False
        if _SET_IN.match(line) and self._is_free and not self.is_list:
            return True
        is_heading = line.startswith("#")
        if _LISTED.match(line):
            self.is_list = True
        elif is_heading or (self._is_free and not line[0].isspace()):
            self.is_list = False
        self._is_free = is_heading
        return False


def _inline(run: str) -> Iterator[tuple[str, bool]]:
    """Yield a run of lines cut at its spans of code. From a line on that leaves one open nothing counts as code."""
    is_clear = True
    for line in run.splitlines(keepends=True):
        spans, is_balanced = _spans(line)
        is_clear = is_clear and is_balanced
        kept = sorted([*(spans if is_clear else ()), *(each.span() for each in _ADDRESS.finditer(line))])
        at = 0
        for start, end in kept:
            if start < at:
                continue
            yield line[at:start], False
            yield line[start:end], True
            at = end
        yield line[at:], False


def _spans(line: str) -> tuple[list[tuple[int, int]], bool]:
    """Return the spans of code of a line, and whether nothing in it makes another reading possible."""
    found: list[tuple[int, int]] = []
    at, is_balanced = 0, True
    while sign := _TICKS.search(line, at):
        at = sign.end()
        if sign["markup"]:
            is_balanced = False
        elif run := sign["run"]:
            closing = re.compile(rf"(?<!`){run}(?!`)").search(line, at)
            if closing is None:
                is_balanced = False
            else:
                found.append((sign.start(), closing.end()))
                at = closing.end()
                is_balanced = is_balanced and "|" not in line[sign.start() : at]  # a table cuts there first
    return found, is_balanced
