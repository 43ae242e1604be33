"""What is taken out of a text before it may go somewhere (A2, N4).

Secrets and card numbers never leave, to whomever. What says who or where somebody is goes to
the team alone. Whether a text may go there at all is disclosure's.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from agent.domain.actions import Removal
from agent.domain.messages import Level, Visibility
from agent.policy.globs import matches
from agent.policy.names import name_spans
from agent.policy.secrets import secret_spans

Span = tuple[int, int]
Finder = Callable[[str], Iterable[Span]]

_NOW = {
    "secret": "[secret]",
    "card number": "[card number]",
    "bank account": "[bank account]",
    "mail address": "[mail address]",
    "phone number": "[phone number]",
    "private address": "[private address]",
    "name": "[name]",
    "path": "[user]",
}


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAKEN_OUT = re.compile("|".join(re.escape(now) for now in _NOW.values()))

_MAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}@(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,6}(?P<top>[A-Za-z]{2,24}))(?![\w-]|\.\w|:[\w~/])"
)
_NO_TOP = _words_of("service socket timer target mount slice scope device path js ts py rb json local")
_EXAMPLE_HOST = re.compile(r"example\.(?:com|org|net)|users\.noreply\.github\.com", re.IGNORECASE)
_NOBODY = frozenset({"git", "noreply", "no-reply", "donotreply", "do-not-reply"})
_PHONES = (
    re.compile(r"(?<![\w.+/=-])\+[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,5}\)?){2,6}(?![\w]|[.-]\d)"),
    re.compile(r"(?<![\w-])(?:\(\d{3}\) ?|\d{3}-)\d{3}-\d{4}(?![\w-])"),
    re.compile(
        r"\b(?:tel|telephone|telefon|telefono|phone|mobile|mobil|handy|cell|call (?:me|us)(?: at| on)?)\b"
        r"[.:]{0,2}[ \t]*(?P<it>\(?0?\d[\d ()/-]{5,18}\d)(?![\w-])",
        re.IGNORECASE,
    ),
)
_IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d|-\w)")
_VERSION_BEFORE = re.compile(r"(?:version|release|build|ver|v)[ :=]{0,2}$", re.IGNORECASE)
_IPV6 = re.compile(
    r"(?<![\w:])(?:f[cd][0-9a-f]{2}|fe80):(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{1,4}(?![\w:])", re.IGNORECASE
)
_HOST = re.compile(r"(?<![\w.-])[A-Za-z0-9](?:[\w.-]{0,250}\w)?")
_INSIDE_URL = re.compile(
    r"(?<=://)(?:[^\s/@\[\]]{0,100}@)?(?P<it>[A-Za-z0-9][\w.-]{0,200}\.(?:internal|intranet|corp|lan|local))(?![\w.-])",
    re.IGNORECASE,
)
_HOME = re.compile(
    r"(?<![\w.%-])(?:(?:/var)?/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2}|[A-Za-z]:/Users/)"
    r"(?P<it>[^/\\\s\"'<>:\[\]{}$%*?|,;()]{1,64})"
)
_PROMPT = re.compile(
    r"^[ \t]*(?:\([\w.-]{1,40}\) )?(?P<it>[a-z][\w.-]{0,31}@[\w.-]{1,64}):[~/][^\n#$]{0,200}[#$] ",
    re.MULTILINE,
)
_NOBODYS_HOME = _words_of("""
    user users username runner runneradmin ubuntu debian root admin administrator shared public default
    vagrant app node docker build builder ci jenkins travis circleci circle vsts coder vscode gitpod me
    you name someone foo bar ec2-user linuxbrew your-name yourname your_name usr
""")
_CARD = re.compile(
    r"(?<![\w.-])(?:\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,4}|3[47]\d{2}([ -]?)\d{6}\2\d{5})(?![\w.-]|\.\d)"
)
_ISSUERS = re.compile(r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|6(?:011|5)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_GRACE = 4  #: characters of a secret that a removal still names, so that a person knows which it was


def redact(
    text: str, private_words: Sequence[str], private_hosts: Sequence[str], destination: Visibility
) -> tuple[str, tuple[Removal, ...]]:
    """Return the text as it may be read at the destination, and what was taken out, as it was found.

    Hosts are globs. The name of the customer who reads is no secret to them. A second run over
    the result takes out nothing.
    """
    finders = _finders(private_words, private_hosts, destination)
    removed: list[Removal] = []
    while spans := _spans(text, finders):
        text, found = _replace(text, spans)
        removed += found
    return text, tuple(removed)


def _finders(
    private_words: Sequence[str], private_hosts: Sequence[str], destination: Visibility
) -> list[tuple[str, Finder]]:
    """Return what to look for there; of two that find the same words the earlier one counts."""
    finders: list[tuple[str, Finder]] = [("secret", secret_spans), ("card number", _cards)]
    if destination.level >= Level.INTERNAL:
        return finders
    reader = (destination.audience or "").casefold()
    words = tuple(word for word in private_words if word.strip() and word.casefold() != reader)
    return [
        *finders,
        ("bank account", _ibans),
        ("mail address", _mails),
        ("path", _homes),
        ("private address", partial(_addresses, globs=tuple(private_hosts))),
        ("phone number", _phones),
        ("name", partial(name_spans, names=words)),
    ]


def _spans(text: str, finders: Sequence[tuple[str, Finder]]) -> list[tuple[int, int, str]]:
    """Return what is found outside of earlier placeholders, in order and without overlaps."""
    taken = [found.span() for found in _TAKEN_OUT.finditer(text)]
    found = [(start, end, kind) for kind, finder in finders for start, end in finder(text) if start < end]
    order = {kind: place for place, (kind, _) in enumerate(finders)}
    kept: list[tuple[int, int, str]] = []
    reach = 0
    for start, end, kind in sorted(found, key=lambda each: (each[0], order[each[2]], -each[1])):
        for begin, stop in _outside(start, end, taken):
            if begin >= reach:
                kept.append((begin, stop, kind))
                reach = stop
    return kept


def _outside(start: int, end: int, taken: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of a span that no placeholder covers."""
    for begin, stop in taken[bisect_right(taken, start, key=lambda each: each[1]) :]:
        if begin >= end:
            break
        if start < begin:
            yield start, begin
        start = stop
    if start < end:
        yield start, end


def _replace(text: str, spans: Sequence[tuple[int, int, str]]) -> tuple[str, list[Removal]]:
    parts, removed, last = [], [], 0
    for start, end, kind in spans:
        was = text[start:end]
        parts += [text[last:start], _NOW[kind]]
        removed.append(Removal(kind=kind, was=_named(kind, was), now=_NOW[kind]))
        last = end
    return "".join([*parts, text[last:]]), removed


def _named(kind: str, was: str) -> str:
    """Name what was taken out; a secret is not kept in the record of its removal."""
    if kind not in ("secret", "card number", "bank account"):
        return was
    shown = was[:_GRACE] if len(was) >= 4 * _GRACE else ""
    return f"{shown}… ({len(was)} characters)"


def _mails(text: str) -> Iterator[Span]:
    for found in _MAIL.finditer(text):
        is_address = found["top"].lower() not in _NO_TOP and not _EXAMPLE_HOST.fullmatch(found["host"])
        if is_address and found[0].partition("@")[0].lower() not in _NOBODY:
            yield found.span()


def _phones(text: str) -> Iterator[Span]:
    for pattern in _PHONES:
        for found in pattern.finditer(text):
            group = "it" if "it" in pattern.groupindex else 0
            least = 10 if found[group][1:].isdigit() else 7
            if least <= sum(char.isdigit() for char in found[group]) <= 15:
                yield found.span(group)


def _addresses(text: str, globs: tuple[str, ...]) -> Iterator[Span]:
    yield from (found.span() for found in _IPV4.finditer(text) if _is_private(found))
    yield from (found.span() for found in _IPV6.finditer(text))
    yield from (found.span("it") for found in _INSIDE_URL.finditer(text))
    if globs:
        yield from (found.span() for found in _HOST.finditer(text) if _is_host(found[0], globs))


def _is_host(word: str, globs: tuple[str, ...]) -> bool:
    """Tell whether a configured glob means it; `Data.Internal` is a module's name, not a host's."""
    is_module = "." in word and word not in (word.lower(), word.upper())
    return not is_module and matches(word, globs)


def _is_private(found: re.Match[str]) -> bool:
    """Tell whether it is an address of RFC 1918 or link-local, and not a version."""
    parts = found[0].split(".")
    if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in parts):
        return False
    if _VERSION_BEFORE.search(found.string[max(0, found.start() - 12) : found.start()]):
        return False
    first, second = int(parts[0]), int(parts[1])
    return first == 10 or (first, second) in ((192, 168), (169, 254)) or (first == 172 and 16 <= second <= 31)


def _homes(text: str) -> Iterator[Span]:
    for found in _HOME.finditer(text):
        name = found["it"].rstrip(".")
        if name and name.lower() not in _NOBODYS_HOME:
            yield found.start("it"), found.start("it") + len(name)
    yield from (found.span("it") for found in _PROMPT.finditer(text))


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        digits = "".join(char for char in found[0] if char.isdigit())
        if 13 <= len(digits) <= 19 and _ISSUERS.match(digits) and _luhn(digits):
            yield found.span()


def _luhn(digits: str) -> bool:
    """Check the last digit (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0


def _ibans(text: str) -> Iterator[Span]:
    """Check the two digits (ISO 13616: modulo 97 is 1)."""
    for found in _IBAN.finditer(text):
        compact = found[0].replace(" ", "")
        number = "".join(str(int(char, 36)) for char in compact[4:] + compact[:4])
        if 15 <= len(compact) <= 34 and int(number) % 97 == 1:
            yield found.span()
