"""Messages as blocks with marked quotes, folded where they are long. No templates, no HTML."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase

from agent.domain.assessments import Quote
from agent.domain.messages import Message
from agent.wording.texts import visible

FOLD_AT = 3000
#: Beyond this many paragraphs a text is one block: a page of a million elements helps nobody.
MOST_BLOCKS = 200
_BREAK = re.compile(r"\n[^\S\n]*\n\s*")
_FENCE = re.compile(r"^```[^\n]*\n(.*?)(?:^```[^\S\n]*$|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `letter` names the quote that it is, "" for none. `first` carries the anchor."""

    text: str
    letter: str = ""
    first: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or what stood between fences."""

    pieces: tuple[Piece, ...]
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A Message ready to show: `folded` is what comes behind a click, `more` its length."""

    title: tuple[Piece, ...]
    blocks: tuple[Block, ...]
    folded: tuple[Block, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Where a quote lies in a text, half-open."""

    start: int
    end: int
    letter: str


@dataclass(slots=True)
class Letters:
    """Hands a letter to each quote, in the order in which they are found in the words."""

    by_text: dict[str, str] = field(default_factory=dict)

    def of(self, quote: Quote | None) -> str:
        """Give a quote's letter; "" when it was not found."""
        return self.by_text.get(quote.text, "") if quote else ""

    def add(self, text: str) -> str:
        """Give the next free letter to a text: a … z, then aa, ab …"""
        number = len(set(self.by_text.values()))
        first, last = divmod(number, len(ascii_lowercase))
        letter = (ascii_lowercase[first - 1] if first else "") + ascii_lowercase[last]
        self.by_text[text] = letter
        return letter


def mark(messages: Sequence[Message], quotes: Iterable[Quote | None]) -> tuple[list[Marked], Letters]:
    """Mark each quote in the first Message that holds it, and say which letter each got."""
    wanted = list(dict.fromkeys(quote.text for quote in quotes if quote and quote.text.strip()))
    letters, shown = Letters(), []
    for message in messages:
        title_spans = _find(message.title, wanted, letters)
        text_spans = _find(message.text, wanted, letters)
        shown.append(_marked(message, title_spans, text_spans))
    return shown, letters


def _find(text: str, wanted: list[str], letters: Letters) -> list[Span]:
    """Find what is wanted, take it off the list, and letter it by its place; overlaps share a mark."""
    found = sorted((at, at + len(words), words) for words in wanted if (at := text.find(words)) >= 0)
    spans: list[Span] = []
    for start, end, words in found:
        wanted.remove(words)
        if spans and end <= spans[-1].end:
            letters.by_text[words] = spans[-1].letter
            continue
        begins = max(start, spans[-1].end) if spans else start
        spans.append(Span(begins, end, letters.add(words)))
    return spans


def _marked(message: Message, title_spans: list[Span], text_spans: list[Span]) -> Marked:
    fold = _fold_at(message.text)
    title = tuple(_pieces(message.title, 0, len(message.title), title_spans))
    return Marked(
        title,
        tuple(_blocks(message.text, 0, fold, text_spans)),
        tuple(_blocks(message.text, fold, len(message.text), text_spans)),
        len(message.text) - fold,
    )


def _fold_at(text: str) -> int:
    """Give where to fold: at a white space near the limit; the end where little would be hidden."""
    if len(text) <= FOLD_AT * 1.2:
        return len(text)
    near = max(text.rfind("\n", FOLD_AT - 400, FOLD_AT), text.rfind(" ", FOLD_AT - 100, FOLD_AT))
    return near if near > 0 else FOLD_AT


def _blocks(text: str, start: int, end: int, spans: list[Span]) -> Iterable[Block]:
    at = start
    for fence in _FENCE.finditer(text, start, end):
        yield from _paragraphs(text, at, fence.start(), spans)
        yield from _block(text, fence.start(1), fence.end(1), spans, is_code=True)
        at = fence.end()
    yield from _paragraphs(text, at, end, spans)


def _paragraphs(text: str, start: int, end: int, spans: list[Span]) -> Iterable[Block]:
    at = start
    for _, gap in zip(range(MOST_BLOCKS), _BREAK.finditer(text, start, end), strict=False):
        yield from _block(text, at, gap.start(), spans)
        at = gap.end()
    yield from _block(text, at, end, spans)


def _block(text: str, start: int, end: int, spans: list[Span], *, is_code: bool = False) -> Iterable[Block]:
    if text[start:end].strip():
        yield Block(tuple(_pieces(text, start, end, spans)), is_code)


def _pieces(text: str, start: int, end: int, spans: list[Span]) -> Iterable[Piece]:
    """Cut a stretch of text at the marks that touch it."""
    at = start
    for span in spans:
        begins, ends = max(span.start, start), min(span.end, end)
        if begins >= ends:
            continue
        if at < begins:
            yield Piece(visible(text[at:begins]))
        yield Piece(visible(text[begins:ends]), span.letter, first=begins == span.start)
        at = ends
    if at < end:
        yield Piece(visible(text[at:end]))
