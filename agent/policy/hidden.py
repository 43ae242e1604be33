"""What a text holds that nobody sees who reads it where it was written: taken out, and told.

Known are the markup of Markdown and HTML and the characters of Unicode that show nothing. What is
between code fences shows as it is and stays, but for such characters. Whether a text is a secret is
`secrets`'s; what hidden words mean is nobody's here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.policy.fences import FENCE, closes, opens

IMAGE = "[image]"  #: what stays of a picture: that there was one
TELLING = 4  #: characters; less is no message


class HiddenKind(StrEnum):
    """What hid it; the value is how a person reads it."""

    COMMENT = "a comment"
    IMAGE = "the text of a picture"
    TITLE = "the title of a link"
    REFERENCE = "a link that is never shown"
    ATTRIBUTE = "an attribute"
    ELEMENT = "an element that is not shown"
    ENCODED = "words spelled in invisible characters"
    CHARACTERS = "invisible characters"
    DIRECTION = "characters that turn text around"


@dataclass(frozen=True, slots=True)
class Hidden:
    """One thing that was hidden: its words, or how many characters where they say nothing."""

    kind: HiddenKind
    text: str = ""
    count: int = 1


def reveal(text: str) -> tuple[str, tuple[Hidden, ...]]:
    """Return the text as a reader sees it, and what was hidden, about in order of the text."""
    text, given = without_characters(text)
    found = list(given)
    for _ in range(_PASSES):
        before = len(found)
        labels = _labels(text) if "]:" in text else {}
        parts = [
            stretch if is_code else _without_markup(stretch, labels, found)
            for stretch, is_code in _stretches(text, found)
        ]
        text = "".join(parts)
        if len(found) == before:
            break
    return text, tuple(found)


#: What is left of markup that was taken out can make new markup; so often it is looked for again.
_PASSES = 4

#: Characters that show nothing, or only change how others are shown.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_TERMINAL = r"\x1b(?:\[[0-9;?]{0,40}[ -/]{0,5}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?)"
_UNSEEN_RUN = re.compile(f"(?P<terminal>{_TERMINAL})|[{_UNSEEN}]+")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Text programs and languages put these in by themselves.
_USUAL = re.compile("[\u00ad\u200e\u200f\u061c\ufeff]")
_JOINS = frozenset({"\u200c", "\u200d", "\ufe0e", "\ufe0f", "\ufe0f\u200d"})
_BLACK_FLAG, _KEYCAP, _END_OF_TAGS = "\U0001f3f4", "\u20e3", "\U000e007f"


def without_characters(text: str) -> tuple[str, tuple[Hidden, ...]]:
    """Return the text without the unseen, and what that was; joiners inside emoji and scripts that need them stay."""
    if not _UNSEEN_RUN.search(text):
        return text, ()
    said: list[str] = []
    unseen: list[str] = []

    def taken(run: re.Match[str]) -> str:
        if _is_written(run, text):
            return run[0]
        if not run["terminal"]:
            said.append(_spelled(run[0]))
            unseen.append(run[0])
        return ""

    left = _UNSEEN_RUN.sub(taken, text)
    return left, tuple(_of_characters("".join(said), "".join(unseen)))


def _is_written(run: re.Match[str], text: str) -> bool:
    before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
    if run[0] in _JOINS:
        return not before.isascii() or after == _KEYCAP
    return before == _BLACK_FLAG and len(run[0]) <= 7 and run[0].endswith(_END_OF_TAGS)


def _spelled(run: str) -> str:
    """Read tag characters as the ASCII that they mirror, and variation selectors as bytes."""
    tags = "".join(chr(ord(char) - 0xE0000) for char in run if "\U000e0020" <= char <= "\U000e007e")
    selectors = bytes(byte for char in run if (byte := _byte(ord(char))) is not None)
    return tags + selectors.decode("utf-8", "ignore")


def _byte(code: int) -> int | None:
    if 0xFE00 <= code <= 0xFE0F:
        return code - 0xFE00
    return code - 0xE0100 + 16 if 0xE0100 <= code <= 0xE01EF else None


def _of_characters(said: str, unseen: str) -> Iterator[Hidden]:
    words = "".join(char for char in said if char.isprintable()).strip()
    if len(words) >= TELLING:
        yield Hidden(HiddenKind.ENCODED, words)
    turning = len(_TURNING.findall(unseen))
    if turning:
        yield Hidden(HiddenKind.DIRECTION, count=turning)
    rest = len(unseen) - turning - len(_USUAL.findall(unseen))
    if rest:
        yield Hidden(HiddenKind.CHARACTERS, count=rest)


_OPENS, _CLOSES = "<!--", "-->"
#: A comment that is never closed hides the rest where it begins a line, and shows as it is elsewhere.
_UNCLOSED = re.compile(r"^ {0,3}<!--", re.MULTILINE)


def _stretches(text: str, found: list[Hidden]) -> Iterator[tuple[str, bool]]:
    """Yield the text without its comments, cut where code begins and ends."""
    at, fence, last_close = 0, _next_fence(text, 0), text.rfind(_CLOSES)
    while at < len(text):
        if fence is not None and fence.start() < at:
            fence = _next_fence(text, at)
        begins = fence.start() if fence else len(text)
        comment = _next_comment(text, at, begins, last_close)
        if comment >= 0:
            yield text[at:comment], False
            at = _after_comment(text, comment, found)
            continue
        yield text[at:begins], False
        at = begins
        if fence is not None:
            at = _end_of_fence(text, fence)
            yield text[begins:at], True


def _next_comment(text: str, at: int, end: int, last_close: int) -> int:
    """Return where the next comment before `end` begins; -1 where none does."""
    opens = text.find(_OPENS, at, end)
    if opens < 0 or opens + len(_OPENS) <= last_close:
        return opens
    unclosed = next((each for each in _UNCLOSED.finditer(text, at, end)), None)
    return unclosed.end() - len(_OPENS) if unclosed else -1


def _next_fence(text: str, at: int) -> re.Match[str] | None:
    return next(filter(opens, FENCE.finditer(text, at)), None)


def _end_of_fence(text: str, fence: re.Match[str]) -> int:
    after = FENCE.finditer(text, fence.end())
    return next((each.end() for each in after if closes(each, fence["mark"])), len(text))


def _after_comment(text: str, start: int, found: list[Hidden]) -> int:
    """Note a comment and return where the text goes on after it."""
    end = text.find(_CLOSES, start + len(_OPENS))
    stop = end if end >= 0 else len(text)
    _note(found, HiddenKind.COMMENT, text[start + len(_OPENS) : stop])
    return min(len(text), stop + len(_CLOSES))


def _note(found: list[Hidden], kind: HiddenKind, *texts: str | None) -> None:
    words = " ".join(" ".join(filter(None, texts)).split())
    if words:
        found.append(Hidden(kind, words))


_PICTURE = re.compile(
    r"!\[(?P<alt>[^\[\]]{0,1000})\]"
    r"(?:\(\s{0,9}<?(?P<link>[^()\s<>]{0,2000})>?(?P<title>\s{1,9}(?:\"[^\"]{0,1000}\"|'[^']{0,1000}'))?\s{0,9}\)"
    r"|\[[^\[\]]{0,200}\])?"
)
_LINK = re.compile(
    r"(?P<shown>\[[^\[\]\n]{1,500}\]\(\s{0,9}<?[^()\s<>]{1,2000}>?)"
    r"\s{1,9}(?P<title>\"[^\"]{0,1000}\"|'[^']{0,1000}'|\([^()]{0,1000}\))\s{0,9}\)"
)
_REFERENCE = re.compile(
    r"^ {0,3}\[(?P<label>[^\[\]\n]{1,200})\]:[ \t]{0,9}(?P<link><[^<>\n]{0,2000}>|\S{1,2000})?(?P<rest>[^\n]{0,2000})$",
    re.MULTILINE,
)
_TAG = re.compile(
    r"<(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})(?P<attributes>(?:\s(?:[^<>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}'){0,2000}+)?)/?>"
)
_ATTRIBUTE = re.compile(
    r"\s(?P<name>alt|title|aria-[a-z]{1,30}|data-[\w-]{1,40}|placeholder|content)"
    r"\s{0,9}=\s{0,9}(?:\"(?P<double>[^\"]{0,2000})\"|'(?P<single>[^']{0,2000})'|(?P<bare>[^\s\"'<>]{1,2000}))",
    re.IGNORECASE,
)
_NOT_SHOWN = re.compile(
    r"\shidden(?=[\s=/]|$)|style\s{0,9}=[^>]{0,500}?(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden"
    r"|font-size\s{0,9}:\s{0,9}0|opacity\s{0,9}:\s{0,9}0(?![.\d])|(?:left|top|text-indent)\s{0,9}:\s{0,9}-\d{3})",
    re.IGNORECASE,
)
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "input", "link", "meta", "source", "track", "wbr"}
)
#: Their content is never shown; without an end one is the name of a type, as in `List<Template>`.
_NEVER_SHOWN = frozenset({"script", "style", "template", "noscript"})
#: What programs write as a picture's text: its kind, its file's name, a date and a size.
_DULL = re.compile(
    r"(?:image|img|picture|photo|figure|screenshot|screen shot|screencast|bildschirmfoto|bild|captura|capture|logo|icon|badge)?"
    r"[\s\d._:x()-]{0,60}(?:at|um|am|pm)?[\s\d._:x()-]{0,30}(?:am|pm)?|[\w.-]{1,60}\.(?:png|jpe?g|gif|webp|svg|mp4|mov)",
    re.IGNORECASE,
)


def _without_markup(stretch: str, labels: Mapping[str, int], found: list[Hidden]) -> str:
    def picture(match: re.Match[str]) -> str:
        _note_picture(found, match["alt"], (match["title"] or "").strip().strip("\"'"))
        return IMAGE

    def link(match: re.Match[str]) -> str:
        _note(found, HiddenKind.TITLE, match["title"][1:-1])
        return match["shown"] + ")"

    def reference(match: re.Match[str]) -> str:
        is_used = labels.get(match["label"].casefold(), 0) > 1
        hidden = match["rest"] if is_used else f"{match['link'] or ''}{match['rest']}"
        _note(found, HiddenKind.TITLE if is_used else HiddenKind.REFERENCE, hidden.strip("#<>\"'() \t"))
        return f"[{match['label']}]: {match['link'] or ''}" if is_used else ""

    if "[" in stretch:
        stretch = _PICTURE.sub(picture, stretch)
        stretch = _REFERENCE.sub(reference, stretch)
        stretch = _LINK.sub(link, stretch)
    return _without_elements(stretch, found) if "<" in stretch else stretch


_LABEL = re.compile(r"\[([^\[\]\n]{1,200})\]")


def _labels(text: str) -> dict[str, int]:
    """Count what stands in brackets: a label that is used stands there more than once."""
    counts: dict[str, int] = {}
    for each in _LABEL.finditer(text):
        counts[each[1].casefold()] = counts.get(each[1].casefold(), 0) + 1
    return counts


def _note_picture(found: list[Hidden], *texts: str) -> None:
    telling = [text for text in texts if text and not _DULL.fullmatch(text.strip())]
    _note(found, HiddenKind.IMAGE, *telling)


def _without_elements(text: str, found: list[Hidden]) -> str:
    """Take out elements that are not shown and the attributes that say something to nobody."""
    parts: list[str] = []
    at, small = 0, text.lower()
    last_ends = {name: small.rfind(f"</{name}") for name in _NEVER_SHOWN}
    while tag := _TAG.search(text, at):
        parts.append(text[at : tag.start()])
        name, attributes = tag["name"].lower(), tag["attributes"]
        at = tag.end()
        if name == "img":
            _note_picture(found, *_said(attributes))
            parts.append(IMAGE)
        elif name not in _VOID and (_NOT_SHOWN.search(attributes) or at <= last_ends.get(name, -1)):
            at, inside = _after_element(text, name, at)
            _note(found, HiddenKind.ELEMENT, inside)
        else:
            _note(found, HiddenKind.ATTRIBUTE, *_said(attributes))
            parts.append(_ATTRIBUTE.sub("", tag[0]))
    return "".join([*parts, text[at:]])


def _said(attributes: str) -> Iterator[str]:
    for each in _ATTRIBUTE.finditer(attributes):
        yield each["double"] or each["single"] or each["bare"] or ""


def _end_tag(text: str, name: str, at: int) -> re.Match[str] | None:
    return re.compile(rf"</{re.escape(name)}\s{{0,9}}>", re.IGNORECASE).search(text, at)


def _after_element(text: str, name: str, at: int) -> tuple[int, str]:
    """Return where the text goes on after an element, and what was in it; one without an end ends it all."""
    closing = _end_tag(text, name, at)
    if closing is None:
        return len(text), text[at:]
    return closing.end(), text[at : closing.start()]
