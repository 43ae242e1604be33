"""Whether each sentence of a reply rests on something: what it names must occur in a source it may use.

Checked are the pieces that can be made up and believed (see `pieces`); whether a sentence means what its
source means is for the person who reads it. Promises are `promises`'s.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from agent.domain.proposals import Claim
from agent.domain.reports import Brief
from agent.policy.amounts import amounts
from agent.policy.disclosure import may_flow
from agent.policy.globs import matches
from agent.policy.pieces import (
    Day,
    Kind,
    Piece,
    days,
    number_forms,
    numbers,
    pieces,
    version_form,
    versions,
)
from agent.policy.sentences import Sentence, sentences

#: What leads somewhere or calls somebody: a text from outside cannot vouch for it, only a record of ours.
_NEEDS_RECORD = frozenset({Kind.LINK, Kind.MENTION, Kind.ISSUE})
#: Commands that fetch, delete or rule: only the team's own words may tell somebody to run them.
_RISKY = re.compile(
    r"(?<![\w-])(?:sudo|su|doas|runas|curl|wget|iwr|iex|irm|rm|rmdir|rd|del|erase|unlink|shred|truncate|format|mkfs|dd|chmod|chown|bash|sh|zsh|powershell|pwsh|cmd|eval|exec|source|base64|nc|ncat|ssh|scp|rsync"
    r"|python\d?\s-[cm]|perl\s-e|node\s-e|ruby\s-e|Invoke-\w{1,40}|Remove-\w{1,40}|Set-ExecutionPolicy|certutil|mshta|regsvr32|reg|crontab|kill|pkill|killall|shutdown|reboot"
    r"|pip3?|pipx|uvx?|npm|npx|pnpm|yarn|bunx?|gem|brew|apt|apt-get|apk|dnf|yum|pacman|choco|winget|scoop|conda|snap|flatpak|rpm|dpkg|docker|podman"
    r"|(?:cargo|go|helm|dotnet|composer|uv|make)\s(?:install|get|run|add)|git\s(?:clone|pull|reset|clean|push|checkout|apply)|kubectl\s(?:apply|delete|exec)|drop\s(?:table|database)|delete\sfrom)(?![\w-])"
    r"|-delete(?!\w)|\|\s{0,3}\w|>\s{0,3}/|&&|;\s{0,3}\w|\$\(",
    re.IGNORECASE,
)
#: What a browser reads in another way than a person does.
_ODD_LINK = re.compile(r"[\\\s\x00-\x20\x7f]|^https?:(?!//[^/@])", re.IGNORECASE)
_SCHEMES_OF_CODE = ("javascript:", "data:", "vbscript:", "file:", "blob:")
_WEB = ("http://", "https://", "www.", "//")


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A text that a reply may rest on. A record is written or kept by us; the rest is words from outside."""

    name: str
    text: str
    is_record: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounds:
    """What of the team's own settings a reply may rest on: its facts, and the hosts that it may link to (globs)."""

    facts: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsupported:
    """A sentence of a reply, exactly as it stands there, and the pieces of it that are in no source."""

    sentence: str
    lacks: tuple[Piece, ...]


def check(text: str, sources: Iterable[Source], hosts: Sequence[str] = ()) -> tuple[Unsupported, ...]:
    """Return the sentences that name something which is in no source that they may use, in order.

    `hosts` are globs of the hosts that a reply may link to; a link to another is flagged whoever wrote it.
    """
    shelf = _Shelf(tuple(sources), tuple(hosts))
    found = ((each, _lacking(each, shelf)) for each in sentences(text))
    return tuple(Unsupported(sentence=each.text, lacks=lacks) for each, lacks in found if lacks)


def _lacking(sentence: Sentence, shelf: "_Shelf") -> tuple[Piece, ...]:
    found = pieces(sentence.text, is_code=sentence.is_code)
    return tuple(piece for piece in found if not shelf.holds(piece))


def sources_of(brief: Brief, grounds: Grounds, typed: Sequence[str] = ()) -> tuple[Source, ...]:
    """Return what the reply to a brief may rest on; `typed` are words of the team's, such as a template's."""
    report, issue, answer = brief.report, brief.issue, brief.answer
    words = report.words if may_flow(report.visibility, brief.visibility) else ""
    found = [
        Source(name="the report", text=f"{words}\n{report.sent_at:%Y-%m-%d}"),
        Source(name="the report", text="\n".join([*brief.missing, brief.version or "", report.author])),
        Source(
            name="the records", text=f"{brief.reporters} reporters\n{brief.destination_name}", is_record=True
        ),
        Source(name="team.yaml", text=grounds.facts, is_record=True),
    ]
    if issue is not None:
        dates = "\n".join(f"{at:%Y-%m-%d}" for at in (issue.created_at, issue.closed_at) if at)
        record = (
            f"{issue.id} {issue.number}",
            issue.url,
            issue.fixed_in or "",
            dates,
            f"{issue.comments} comments",
        )
        found += [
            Source(
                name=issue.number,
                text="\n".join(record if issue.title or issue.url else record[2:3]),
                is_record=True,
            ),
            Source(name=issue.number, text=f"{issue.title}\n{issue.body}"),
        ]
    if answer is not None:
        whole = f"{answer.id}\n{answer.question}\n{answer.answer}"
        found.append(Source(name=f"answer {answer.id}", text=whole, is_record=True))
    return (*found, *(Source(name="the team", text=each, is_record=True) for each in typed))


def hosts_of(brief: Brief, grounds: Grounds) -> tuple[str, ...]:
    """Return the hosts that the reply may link to: the team's, and the tracker's own."""
    url = brief.issue.url if brief.issue else ""
    host = _host(url) if url else ""
    return (*grounds.hosts, *([host] if host else []))


def flagged(claims: Sequence[Claim], unsupported: Sequence[Unsupported]) -> tuple[Claim, ...]:
    """Return a draft's claims with its unsupported sentences as claims without a source, those first.

    What an engine says of a sentence gives way to what was found in it.
    """
    flags = [
        Claim(text=each.sentence, lacks=tuple(piece.text for piece in each.lacks)) for each in unsupported
    ]
    sentences_flagged = [_plain(each.sentence) for each in unsupported]
    kept = [
        claim
        for claim in claims
        if not any(_plain(claim.text) in each or each in _plain(claim.text) for each in sentences_flagged)
    ]
    return (*flags, *kept)


@dataclass(frozen=True)
class _Shelf:
    """The sources, read once in each way that pieces are compared."""

    sources: tuple[Source, ...]
    hosts: tuple[str, ...]

    @cached_property
    def _all(self) -> "_Text":
        return _Text("\n\n".join(each.text for each in self.sources))

    @cached_property
    def _records(self) -> "_Text":
        return _Text("\n\n".join(each.text for each in self.sources if each.is_record))

    def holds(self, piece: Piece) -> bool:
        """Tell whether a source that may vouch for it holds the piece."""
        if piece.kind is Kind.LINK:
            return self._may_link(piece.text)
        is_risky = piece.kind is Kind.COMMAND and _RISKY.search(piece.text) is not None
        shelf = self._records if is_risky or piece.kind in _NEEDS_RECORD else self._all
        return shelf.holds(piece)

    def _may_link(self, link: str) -> bool:
        plain = link.casefold()
        if plain.startswith(_SCHEMES_OF_CODE) or _ODD_LINK.search(link):
            return False
        if not self._records.has_words(link):
            return False
        return matches(_host(link), self.hosts) if _leads_away(plain) else True


class _Text:
    """One text as it is compared."""

    def __init__(self, text: str) -> None:
        self.exact = _plain(text)
        self.loose = self.exact.casefold()
        self.text = text

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(numbers(self.text))

    @cached_property
    def amounts(self) -> frozenset[tuple[str, str]]:
        found = amounts(self.text)
        return frozenset((form, unit) for value, unit in found for form in number_forms(value))

    @cached_property
    def versions(self) -> frozenset[str]:
        return frozenset(versions(self.text))

    @cached_property
    def days(self) -> tuple[Day, ...]:
        return tuple(dict.fromkeys(days(self.text)))

    @cached_property
    def letters(self) -> str:
        return _letters(self.text)

    def holds(self, piece: Piece) -> bool:
        """Tell whether the piece occurs, however it is written."""
        compare = {
            Kind.NUMBER: self._has_number,
            Kind.AMOUNT: self._has_amount,
            Kind.VERSION: self._has_version,
            Kind.DATE: self._has_date,
            Kind.QUOTE: self._has_quote,
            Kind.COMMAND: self._has_command,
            Kind.FLAG: self.has_words,
            Kind.ISSUE: self.has_words,
        }
        return compare.get(piece.kind, self._has_loosely)(piece.text)

    def has_words(self, words: str) -> bool:
        """Tell whether the words stand there exactly, as whole words."""
        return _stands(_plain(words), self.exact)

    def _has_loosely(self, words: str) -> bool:
        return _stands(_plain(words).casefold(), self.loose)

    def _has_command(self, command: str) -> bool:
        return self.has_words(command.rstrip(".,;:")) or self.has_words(command)

    def _has_number(self, written: str) -> bool:
        return not self.numbers.isdisjoint(number_forms(written))

    def _has_amount(self, written: str) -> bool:
        """Tell whether the number stands there with this unit, or with none: a table says it elsewhere."""
        value, unit = next(iter(amounts(written)), ("", ""))
        return any((form, each) in self.amounts for form in number_forms(value) for each in (unit, ""))

    def _has_version(self, written: str) -> bool:
        version = version_form(written)
        if version.endswith(".x"):
            return any(f"{each}.".startswith(version[:-1]) for each in self.versions)
        return version in self.versions or (version.count(".") == 1 and self._has_number(version))

    def _has_date(self, written: str) -> bool:
        wanted = tuple(days(written))
        if not wanted:
            return self._has_loosely(written)
        return any(mine.fits(theirs) for mine in wanted for theirs in self.days)

    def _has_quote(self, words: str) -> bool:
        wanted = _letters(words.rstrip("… "))
        return wanted.count(" ") < _QUOTE_WORDS - 1 or wanted in self.letters


#: Fewer words between quotation marks are a name or an emphasis.
_QUOTE_WORDS = 4
_NOT_LETTERS = re.compile(r"[\W_]+")
_SAME = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "`": None,
        "*": None,
    }
)


def _plain(text: str) -> str:
    """Fold white space and the forms of quotes and dashes; take away the marks of code and emphasis."""
    return " ".join(text.translate(_SAME).split())


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub(" ", text.casefold()).strip()


def _stands(words: str, text: str) -> bool:
    """Tell whether words stand in a text and not within longer ones."""
    at = text.find(words)
    while at >= 0 and words:
        end = at + len(words)
        begins = at == 0 or not (_is_word(text[at - 1]) and _is_word(words[0]))
        ends = end == len(text) or not (_is_word(text[end]) and _is_word(words[-1]))
        if begins and ends:
            return True
        at = text.find(words, at + 1)
    return False


def _is_word(char: str) -> bool:
    return char.isalnum() or char in "_-"


def _leads_away(link: str) -> bool:
    """Tell whether a link leads to a place on the web, or by mail, rather than to a database."""
    return link.startswith((*_WEB, "mailto:", "ftp://")) or "://" not in link


def _host(link: str) -> str:
    """Return the host a browser would go to; "" where that cannot be told for sure."""
    if link.casefold().startswith("mailto:") or ("@" in link and "://" not in link):
        return link.rpartition("@")[2].partition("?")[0].casefold()
    whole = link if "://" in link else f"https://{link.lstrip('/')}"
    try:
        parts = urlsplit(whole)
        return "" if parts.username or parts.password else (parts.hostname or "").casefold()
    except ValueError:
        return ""
