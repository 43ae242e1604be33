"""Slack's own markup, mrkdwn, from Markdown: links, code, lists and quotes right, and no mention that calls anybody.

What lives here: text to text, pure. Everything is escaped before it is measured, and a text beyond the
limit of a message becomes several, cut between blocks, then lines, then words, with fences and styles
closed and opened again. What does not: where it is posted.
"""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from agent.policy.slack.letters import escaped, size

#: What a message takes is 4,000 by Slack's reference; some room is left for how it counts.
LIMIT = 3_900
#: Breaks a mark of Slack's that was not meant as one; nobody sees it.
DEAD = "\u200b"
_NESTING = 60
_LONGEST_URL = 2_000
_STYLES = {"strong": "*", "em": "_", "s": "~"}
_FENCE = "```"
_BULLETS = ("•", "◦", "▪")
_MARK = re.compile(r"(?<!\w)([*_~`])(?=\S)")
_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>|`\"]+", re.IGNORECASE)
_SCHEME = re.compile(r"(?:^|\W)(https?)\Z", re.IGNORECASE)
_MENTION = re.compile(r"<@([UW][A-Z0-9]{1,40})>")
_UNSAFE = re.compile(r"[\s|<>\"]")
_TRAILING = ".,;:!?)'*_~]"


@dataclass(frozen=True, slots=True)
class Run:
    """Some escaped text with what stands around it in markup."""

    text: str
    before: str = ""
    after: str = ""
    is_whole: bool = False  #: an address or a mention is never cut

    def __str__(self) -> str:
        core = self.text.strip()
        if not core or not self.before:
            return self.text
        lead, _, trail = self.text.partition(core)
        return f"{lead}{self.before}{core}{self.after}{trail}"


@dataclass(frozen=True, slots=True)
class Line:
    prefix: str
    runs: tuple[Run, ...]

    def __str__(self) -> str:
        said = ""
        for run in self.runs:
            told = str(run)
            said += DEAD + told if _touches(said, told) else told
        if not self.prefix.strip() and said.startswith("&gt;"):
            said = DEAD + said  # at the head of a line it would be a quote
        return self.prefix + said


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together; `gap` is what separates them from what comes before."""

    lines: tuple[Line, ...]
    gap: str = "\n\n"
    is_code: bool = False

    def __str__(self) -> str:
        said = "\n".join(map(str, self.lines))
        return f"{_FENCE}\n{said}\n{_FENCE}" if self.is_code else said


def mrkdwn(markdown: str, known: AbstractSet[str] = frozenset()) -> str:
    """Return Markdown as mrkdwn, however long; `known` are the ids of those who may be mentioned, as `<@U1>`."""
    return _joined(_blocks(markdown, known))


def parts(markdown: str, known: AbstractSet[str] = frozenset(), limit: int = LIMIT) -> list[str]:
    """Return Markdown as texts of messages, in order, none longer than the limit and none empty."""
    found: list[str] = []
    now = ""
    for block in _blocks(markdown, known):
        for piece in _pieces(block, limit):
            together = f"{now}{block.gap}{piece}" if now else piece
            if size(together) <= limit:
                now = together
            else:
                found.append(now)
                now = piece
    found.append(now)
    return [each for each in found if each.strip()]


def _joined(blocks: Iterable[Block]) -> str:
    said = ""
    for block in blocks:
        said += f"{block.gap}{block}" if said else str(block)
    return said


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("escape", "address", _address)
    return parser


def _address(state: StateInline, silent: bool) -> bool:
    """Read an address that stands for itself, so that an underscore in it opens no style."""
    scheme = _SCHEME.search(state.pending) if state.src[state.pos] == ":" else None
    if scheme is None or state.linkLevel:
        return False
    found = _ADDRESS.match(state.src, state.pos - len(scheme[1]))
    url = found[0].rstrip(_TRAILING) if found else ""
    if len(url) <= len(scheme[1]):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[1])]
        meant = unescapeAll(url)
        state.push("link_open", "a", 1).attrs = {"href": meant}
        state.push("text", "", 0).content = meant
        state.push("link_close", "a", -1)
    state.pos += len(url) - len(scheme[1])
    return True


def _blocks(markdown: str, known: AbstractSet[str]) -> list[Block]:
    text = markdown.replace("\0", "")
    tokens = _parser().parse(text)
    if any(token.level >= _NESTING - 1 for token in tokens):  # deeper than that the parser leaves words out
        lines = text.replace("\r\n", "\n").split("\n")
        return [_written([_Reader(known).plain(each) for each in lines], "", "")]
    tree = SyntaxTreeNode(tokens)
    return [block for child in tree.children for block in _Reader(known).block(child, "", "")]


class _Reader:
    """Reads the tree of a text; `first` and `rest` are what its first and its other lines begin with."""

    def __init__(self, known: AbstractSet[str]) -> None:
        self.known = known

    def block(self, node: SyntaxTreeNode, first: str, rest: str, depth: int = 0) -> list[Block]:
        """Return what a node of the tree says."""
        kind = node.type
        if kind in ("bullet_list", "ordered_list"):
            return self._list(node, first, rest, depth)
        if kind == "blockquote":
            return self._all(node, f"{first}> ", f"{rest}> ", depth)
        if kind in ("fence", "code_block"):
            return [_code(node.content)]
        if kind == "table":
            return [_code("\n".join(self._table(node)))]
        if kind == "hr":
            return [Block((Line(first, (Run("———"),)),))]
        if kind == "html_block":
            lines = [self.plain(each) for each in node.content.rstrip("\n").split("\n")]
            return [_written(lines, first, rest)]
        return [_written(self._lines(node, "*" if kind == "heading" else ""), first, rest)]

    def _all(self, node: SyntaxTreeNode, first: str, rest: str, depth: int) -> list[Block]:
        found: list[Block] = []
        for child in node.children:
            found += self.block(child, rest if found else first, rest, depth)
        return found

    def _list(self, node: SyntaxTreeNode, first: str, rest: str, depth: int) -> list[Block]:
        found: list[Block] = []
        for item in node.children:
            mark = f"{item.info}." if node.type == "ordered_list" else _BULLETS[min(depth, len(_BULLETS) - 1)]
            begins = rest if found else first
            inner = self._all(item, f"{begins}{mark} ", f"{rest}    ", depth + 1)
            inner = inner or [Block((Line(f"{begins}{mark}", ()),))]
            if found:
                inner[0] = replace(inner[0], gap="\n")
            # What follows an item's own words, as a list within it, stands right below them.
            found += [inner[0], *(replace(each, gap="\n") for each in inner[1:])]
        return found

    def _table(self, node: SyntaxTreeNode) -> Iterator[str]:
        rows = [[_letters(cell) for cell in row.children] for part in node.children for row in part.children]
        columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, columns, strict=True)).rstrip()

    def _lines(self, node: SyntaxTreeNode, styles: str) -> list[list[Run]]:
        lines: list[list[Run]] = [[]]
        for child in node.children:
            self._inline(child, styles, "", lines)
        return lines

    def _inline(self, node: SyntaxTreeNode, styles: str, url: str, lines: list[list[Run]]) -> None:
        kind = node.type
        if kind in ("softbreak", "hardbreak"):
            lines.append([])
        elif kind == "code_inline" and "`" not in node.content:
            lines[-1].append(_styled(Run(escaped(node.content), "`", "`"), styles, url))
        elif kind in ("text", "code_inline", "html_inline"):
            lines[-1] += self.plain(node.content, styles, url)
        elif kind == "image":
            self._link(str(node.attrs.get("src", "")), [], _letters(node), styles, lines)
        elif kind == "link":
            self._link(str(node.attrs.get("href", "")), node.children, "", styles, lines)
        else:
            mark = _STYLES.get(kind, "")
            inner = styles if mark in styles else styles + mark
            for child in node.children:
                self._inline(child, inner, url, lines)

    def _link(
        self, url: str, children: list[SyntaxTreeNode], alt: str, styles: str, lines: list[list[Run]]
    ) -> None:
        """Add a link, or its words and its address where Slack would not take it as one."""
        target = _target(url)
        if target == escaped(url) and "".join(map(_letters, children)) == url:
            lines[-1].append(_styled(Run(f"<{target}>", is_whole=True), styles, ""))
            return
        for child in children:
            self._inline(child, styles, target, lines)
        if not children:
            lines[-1] += self.plain(alt or url, styles, target)
        if not target and url:
            lines[-1] += self.plain(f" ({url})", styles)

    def plain(self, text: str, styles: str = "", url: str = "") -> list[Run]:
        """Return plain words: addresses become links, and nothing else is more than letters."""
        if url:
            return [_styled(Run(_dead(text)), styles, url)] if text else []
        found: list[Run] = []
        for piece, is_special in _torn(text):
            run = self._special(piece) if is_special else Run(_dead(piece))
            found.append(_styled(run, styles, ""))
        return found

    def _special(self, piece: str) -> Run:
        mention = _MENTION.fullmatch(piece)
        target = _target(piece) if mention is None else ""
        if target:
            return Run(f"<{target}>", is_whole=True)
        if mention is None:
            return Run(_dead(piece))
        return Run(piece, is_whole=True) if mention[1] in self.known else Run(_dead(piece))


def _torn(text: str) -> Iterator[tuple[str, bool]]:
    """Yield a text in pieces: words, and what may be more, an address or a mention."""
    at = 0
    for found in sorted([*_ADDRESS.finditer(text), *_MENTION.finditer(text)], key=lambda each: each.start()):
        special = found[0] if found.re is _MENTION else found[0].rstrip(_TRAILING)
        if found.start() > at:
            yield text[at : found.start()], False
        yield special, True
        at = found.start() + len(special)
    if at < len(text):
        yield text[at:], False


def _dead(text: str) -> str:
    """Return words that Slack shows as they are: escaped, calling nobody, opening no style."""
    return _MARK.sub(rf"\1{DEAD}", _BROADCAST.sub(f"@{DEAD}", escaped(text)))


def _styled(run: Run, styles: str, url: str) -> Run:
    """Put a link around a run, and the styles around that."""
    if url:
        run = Run(run.text, f"<{url}|", ">")
    return replace(run, before=styles + run.before, after=run.after + styles[::-1])


def _target(url: str) -> str:
    """Return an address as it may stand in a link; "" where it may not be one."""
    if not url.lower().startswith(("http://", "https://", "mailto:")):
        return ""
    safe = _UNSAFE.sub(lambda found: quote(found[0], safe=""), url).replace("&", "&amp;")
    return safe if size(safe) <= _LONGEST_URL else ""


def _letters(node: SyntaxTreeNode) -> str:
    """Return the words of a node without any markup."""
    if not node.children:
        return node.content if node.type != "softbreak" else " "
    return "".join(_letters(child) for child in node.children)


def _code(content: str) -> Block:
    """Return code in a fence that its own text cannot close."""
    safe = escaped(content.rstrip("\n")).replace(_FENCE, f"``{DEAD}`")
    return Block(tuple(Line("", (Run(each),)) for each in safe.split("\n")), is_code=True)


def _written(lines: list[list[Run]], first: str, rest: str) -> Block:
    prefixed = [Line(rest if at else first, tuple(runs)) for at, runs in enumerate(lines)]
    return Block(tuple(prefixed))


def _touches(said: str, told: str) -> bool:
    """Tell whether a mark would stand within a word, where Slack does not see it."""
    if not said or not told:
        return False
    return (said[-1].isalnum() and told[0] in "*_~`") or (said[-1] in "*_~`" and told[0].isalnum())


def _pieces(block: Block, limit: int) -> Iterator[str]:
    """Yield a block whole where it fits, else as many lines at a time as fit."""
    if size(str(block)) <= limit:
        yield str(block)
        return
    room = limit - size(f"{_FENCE}\n\n{_FENCE}") if block.is_code else limit
    now: list[Line] = []
    taken = 0
    for line in (piece for each in block.lines for piece in _cut(each, room)):
        length = size(str(line)) + 1
        if now and taken + length > room:
            yield str(replace(block, lines=tuple(now)))
            now, taken = [], 0
        now.append(line)
        taken += length
    yield str(replace(block, lines=tuple(now)))


def _cut(line: Line, room: int) -> Iterator[Line]:
    """Yield a line in pieces that fit, cut at a word where there is one."""
    if size(str(line)) <= room:
        yield line
        return
    now: list[Run] = []
    left = room - size(line.prefix) - 1
    taken = 0
    for run in (piece for each in line.runs for piece in _short(each, left)):
        length = size(str(run)) + 1  # a mark within a word takes one more
        if now and taken + length > left:
            yield Line(line.prefix, tuple(now))
            now, taken = [], 0
        now.append(run)
        taken += length
    yield Line(line.prefix, tuple(now))


def _short(run: Run, room: int) -> Iterator[Run]:
    """Yield a run in pieces of a length that lets them be moved to where they fit."""
    most = max(1, room - size(run.before) - size(run.after) - 2)
    text = run.text
    while not run.is_whole and size(text) > most:
        at = _edge(text, most)
        yield replace(run, text=text[:at])
        text = text[at:]
    yield replace(run, text=text)


def _edge(text: str, most: int) -> int:
    """Return where to cut escaped text: behind a space, and never within `&amp;`."""
    at = most if size(text[:most]) <= most else most // 2
    space = max(text.rfind(" ", at // 2, at), text.rfind("\t", at // 2, at))
    if space >= 0:
        return space + 1
    opened = text.rfind("&", max(0, at - 4), at)
    return opened if opened > 0 and ";" not in text[opened:at] else at
