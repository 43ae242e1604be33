"""The checkable pieces of a sentence: what is either said by a source or made up.

Commands, flags, links, Issues, mentions, paths, names of settings, error codes, versions, dates, numbers and
exact quotes. Found here and written the same way; whether a source holds them is `claims`'s to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from agent.policy.amounts import AMOUNT, SPELLED, VAGUE, spelled, value_of
from agent.policy.leads import FILE_END, LEADS, URL


class Kind(StrEnum):
    COMMAND = "command"
    LINK = "link"
    MENTION = "mention"
    ISSUE = "Issue"
    QUOTE = "quote"
    PATH = "path"
    FLAG = "flag"
    NAME = "name"  #: of a setting, a variable, an error, or a word set as code
    DATE = "date"
    VERSION = "version"
    AMOUNT = "amount"  #: a number with what it counts in
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece as it stands in the sentence."""

    kind: Kind
    text: str


def pieces(sentence: str, *, is_code: bool = False) -> tuple[Piece, ...]:
    """Return the pieces of a sentence, each stretch of it in one piece at most; a line of code is a command."""
    if is_code:
        return (Piece(Kind.COMMAND, _PROMPT.sub("", sentence.strip())),)
    rest, found = _IDIOM.sub(_blank, _MARK.sub(_blank, sentence)), list[Piece]()
    for kind, pattern in _ORDER:
        for match in pattern.finditer(rest):
            if text := _said(kind, match):
                found.append(Piece(_kind(kind, match, text), text))
        if kind is not Kind.QUOTE:
            rest = pattern.sub(partial(_taken, kind), rest)
    return tuple(dict.fromkeys(found))


def _taken(kind: Kind, match: re.Match[str]) -> str:
    return _blank(match) if _said(kind, match) else match[0]


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _said(kind: Kind, match: re.Match[str]) -> str:
    """Return the piece itself; "" where the match is an ordinary word after all."""
    named = (match[name] for name in _GROUPS if name in match.re.groupindex)
    text = next(filter(None, named), match[0]).strip()
    if kind is Kind.LINK:
        return text.rstrip(_LINK_ENDS if "(" in text else _LINK_ENDS + ")")
    if kind is Kind.COMMAND:
        return _PROMPT.sub("", text if match.re is _CODE else text.rstrip(".,;:"))
    if kind is Kind.NAME and text.upper() in _STANDARDS:
        return ""
    if kind is Kind.PATH and _PRODUCT.fullmatch(text):
        return ""
    return text.rstrip(".,") if kind is not Kind.QUOTE else text


def _kind(kind: Kind, match: re.Match[str], text: str) -> Kind:
    """A span of code is a command where it has several words, and what it looks like where it has one."""
    if kind is not Kind.COMMAND or match.re is not _CODE or len(text.split()) > 1:
        return kind
    return Kind.LINK if URL.fullmatch(text) else Kind.NAME


_GROUPS = ("it", "low", "angle", "plain", "word", "vague")
#: What ends a sentence or a link's markup rather than the link.
_LINK_ENDS = ".,;:!?'\"*_]}”’»"
_PROMPT = re.compile(r"^(?:[$>%#]|PS>|C:\\>)\s{1,9}")
#: The mark of a list, or of a heading; it counts, and claims nothing.
_MARK = re.compile(r"\A[ \t]{0,9}(?:\d{1,3}[.)]|[-*•+]|#{1,6}|>)\s")
#: Idioms that look like a number, and the link that is put in when an Issue is filed.
_IDIOM = re.compile(r"(?<!\w)\+1(?!\w)|\{issue\.url\}|24/7|(?<!\w)1:1(?!\w)|(?<!\w)(?:one|two)-time(?!\w)")
_CODE = re.compile(r"(?P<mark>`{1,2})(?P<it>[^`\n]{1,500})(?P=mark)")
#: Told to be run, and not set as code: a lower-case word and what follows it.
_TOLD = re.compile(
    r"(?<!\w)(?:[Rr]un|[Rr]unning|[Ee]xecute|[Ee]xecuting|[Tt]ype|[Ii]nvoke|[Ii]nvoking)\s(?!(?:it|the|this|that|a|an|into|in|on|out|of|with|without|as|at|and|or|by|for|from"
    r"|again|your|our|my|their|them|these|those|some|any|all|both|each|every|under|after|before|until|when|where|which|who|what|is|are|was|if|to|more|fine|time|now|once|twice|ahead|against|through)(?!\w))"
    r"(?P<it>[a-z][\w.-]{0,40}(?:\s(?!(?:and|or|to|on|in|with|from|as|the|a|an|again|first|now|instead|here|there|if|then|for|once|that|which|is|are|was|before|after|when|so|it|at|by)(?!\w))[a-z-][\w./=-]{0,60}){1,3})"
)
_SHELL = re.compile(
    r"(?<![\w-])(?P<it>(?:pip3?|pipx|uv|npm|npx|pnpm|yarn|bun|cargo|gem|brew|apt|apt-get|apk|dnf|yum|pacman|choco|winget|scoop|conda|snap|flatpak|helm|go|dotnet|composer|docker|podman|git)\s"
    r"(?:install|add|i|run|exec|pull|push|clone|get|reset|clean|checkout|update|upgrade|uninstall|remove|rm|delete|tap|apply|prune|rebase|revert)\s"
    r"(?!(?:it|the|this|that|a|an|fails?|failed|and|or|to|with|in|on|is|was|does|works?|again|from|command|step|then|before|after|as|once|for)(?!\w))[\w@./~:-][^\s,;]{0,200}"
    r"|(?:sudo|curl|wget|chmod|chown|systemctl|kubectl|iptables|mkfs|powershell|Invoke-\w{1,40}|rm\s-\w{1,9}|nc|ssh|scp|bash\s-c|sh\s-c|eval)\s[\w$~./:'\"-][^\s,;]{0,200}(?:\s[-./~$][^\s,;]{0,200}){0,9})"
)
_MENTION = re.compile(r"<[!@#][^<>\s]{1,120}>|(?<![\w./@`+-])[@＠][A-Za-z][\w-]{0,80}(?:/[\w./-]{1,80})?")
_ISSUE = re.compile(
    r"(?<![\w&])(?:(?:[\w.-]{1,39}/)?(?!(?:[Ii]ssue|[Tt]icket|[Bb]ug|PR|[Cc]ase|C|F)#)[\w.-]{1,100})?#\d{1,9}(?!\w)|(?<!\w)GHSA(?:-[0-9a-z]{4}){3}(?!\w)|(?<!\w)(?:GH-\d{1,9}|C-\d{1,9}|CVE-\d{4}-\d{1,9})(?!\w)"
)
_QUOTE = re.compile(
    r"“(?P<it>[^“”\n]{12,600})”|„(?P<low>[^„“”\n]{12,600})[“”]|«(?P<angle>[^«»\n]{12,600})»|(?<!\w)\"(?P<plain>[^\"\n]{12,600})\"(?!\w)"
)
_PATH = re.compile(
    rf"(?<![\w/.~:-])(?:(?:~|\.{{1,2}})?/[\w.@+-]{{1,100}}(?:/[\w.@+*-]{{0,100}}){{0,20}}|~/|[A-Za-z]:\\[^\s\"'<>|]{{1,200}}|%[A-Za-z]{{2,30}}%(?:\\[^\s\"'<>|]{{1,200}})?"
    rf"|(?:[\w.@+-]{{1,100}}/){{0,20}}[\w@+-][\w.@+-]{{0,100}}\.(?:{FILE_END}))(?!\w)"
)
_FLAG = re.compile(
    r"(?<![\w-])(?P<it>--[A-Za-z][\w-]{1,60}(?:=[^\s,;]{1,100})?|-[A-Za-z]{1,3}(?=[\s.,;:)]|$))"
)
_NAME = re.compile(
    r"(?<![\w./-])(?:[A-Z][A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,9}|[a-z][a-z0-9]{0,40}(?:_[a-z0-9]{1,40}){1,9}(?:\(\))?|[a-z]\w{1,40}(?:\.[a-z]\w{1,40}){0,5}\(\)"
    r"|[a-z]{2,30}(?:\.[a-z_]{2,30}){1,6}|[A-Za-z.]{0,60}[a-z](?:Error|Exception|Warning)|E(?:NO\w{2,8}|ACCES|PERM|CONN\w{3,8}|TIMEDOUT|ADDRINUSE|PIPE|EXIST|AGAIN|INVAL|MFILE|BUSY|ROFS|XDEV|LOOP|BADF|HOST\w{2,8}|PROTO|RANGE|ISDIR)|[A-Z]{1,10}-?\d{3,9}|[A-Z]{2,10}-\d{1,9}|0x[0-9A-Fa-f]{2,16}|(?=[a-f]{0,40}\d)[0-9a-f]{7,40})(?![\w-])"
)
#: An assignment, a name in camel case, a signal, a commit, keys pressed together, the way through menus, a short quoted name.
_LABEL = re.compile(
    r"(?<![\w./?&=-])[A-Za-z][\w.-]{1,60}=[^\s,;=]{1,100}|(?<![\w./-])(?!(?:mac|i|iPad|tv|watch)OS|iPhone|iPad|eBay|jQuery|openSUSE|npmJS|pH)[a-z]{1,30}[A-Z]\w{1,60}(?![\w-])|(?<!\w)SIG[A-Z]{3,6}(?!\w)|(?<=commit\s)[0-9a-f]{7,40}(?!\w)"
    r"|(?<!\w)(?:Ctrl|Strg|Cmd|Alt|Option|Shift|Meta)(?:\s?[+-]\s?\w{1,12}){1,4}|(?<![\w>])[A-ZÄÖÜ][\w-]{1,40}(?:\s[A-ZÄÖÜ][\w-]{0,40}){0,3}(?:\s?(?:->|[>→›»])\s?[A-ZÄÖÜ][\w-]{0,40}(?:\s[A-ZÄÖÜ][\w-]{0,40}){0,3}){1,6}"
    r"|[“„«](?P<it>[A-ZÄÖÜ][^\s“”„«»]{1,40}(?:\s[^\s“”„«»]{1,40}){0,2})[”“»]|(?<!\w)\"(?P<low>[A-ZÄÖÜ][^\s\"]{1,40}(?:\s[^\s\"]{1,40}){0,2})\"(?!\w)|(?<!\w)'(?P<plain>[A-ZÄÖÜ][^\s']{1,40}(?:\s[^\s']{1,40}){0,2})'(?!\w)"
)
_STANDARDS = frozenset(
    {
        "UTF-8",
        "UTF-16",
        "UTF-32",
        "SHA-1",
        "SHA-256",
        "SHA-512",
        "ISO-8601",
        "ISO-8859",
        "MD-5",
        "AES-128",
        "AES-256",
    }
    | {"RS-256", "CP-1252", "CP1252", "BASE-64", "RFC-3339"}
)
#: Products whose name ends as a file's does.
_PRODUCT = re.compile(
    r"(?:node|next|vue|nuxt|three|express|ember|backbone|discord|chart|d3)\.js", re.IGNORECASE
)
_MONTH = (
    r"(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar)?|mar(?:ch|s|zo)?|märz|apr(?:il)?|june?|july?|juni|juli|aug(?:ust)?|sept?(?:ember|iembre|embre)?|oct(?:ober|ubre|obre)?|oktober|nov(?:ember|iembre|embre)?|dec(?:ember)?|dezember"
    r"|may|mai|enero|febrero|abril|mayo|junio|julio|agosto|diciembre|février|avril|juin|juillet|août|décembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|dezembro)"
)
_DATE = re.compile(
    rf"(?<![\w.])(?:\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{{1,9}})?Z?)?|\d{{1,2}}(?:st|nd|rd|th)?\.?\s(?:of\s|de\s)?{_MONTH}\.?(?:,?\s(?:de\s)?\d{{4}})?|{_MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?(?!\d|\.\d)|{_MONTH}\s\d{{4}}"
    r"|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d(?!\d))|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]m)?|Q[1-4](?:\s\d{4})?|H[12]\s\d{4}"
    rf"|(?:in|im|en|em|since|seit|desde|depuis|until|bis|last|this|next|early|late|mid)[\s-]{_MONTH}|(?:last|this|next|in|since)\s(?:the\s)?(?:spring|summer|autumn|winter)"
    r"|(?:am|seit|bis|vor)\s(?:mon|diens|donners|frei|sams|sonn)tag|(?:am|seit|bis|vor)\smittwoch|el\s(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\s(?:dernier|prochain)|na\s(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?|gestern|ayer|hier\s(?:soir|matin)|ontem"
    r"|yesterday|tomorrow|tonight|last\s(?:night|week|month|year)|next\s(?:week|month|year|quarter|sprint)|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:s|\snight|\smorning|\sevening|\safternoon)?)(?!\w)",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?<![\w./-])[vV]?\d{1,6}(?:\.\d{1,6}){1,5}(?:\.x)?(?:[-+_.]?(?:rc|alpha|beta|dev|pre|preview|nightly|snapshot|a|b|p)[-.]?\d{0,6}|[-+][A-Za-z][\w.]{0,30})?(?![\w/]|\.\d)|(?<![\w./-])[vV]\d{1,4}(?![\w.])"
)
_COUNTED = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|percent|users|people|customers|reporters|reports|machines|servers|projects|files|bytes|kilobytes|megabytes|gigabytes|retries|attempts|releases|versions|million|thousand|hundred|Kunden|Nutzer|Benutzer|Versuche|Dateien|Versionen|clientes|usuarios|archivos|clients|utilisateurs|fichiers|usuários|arquivos)"
_AMOUNT = re.compile(AMOUNT, re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?<![\w.#-])[$€£]?(?P<it>\d{{1,18}}(?:[.,]\d{{1,18}}){{0,6}})|(?<!\w)(?P<word>{SPELLED})(?=[\s-](?:more\s|other\s|weitere\s)?{_COUNTED}(?!\w))|(?<!\w)(?P<vague>{VAGUE})(?!\w)",
    re.IGNORECASE,
)
_ORDER: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.QUOTE, _QUOTE),
    (Kind.COMMAND, _CODE),
    *((Kind.LINK, pattern) for pattern in LEADS),
    (Kind.MENTION, _MENTION),
    (Kind.ISSUE, _ISSUE),
    (Kind.COMMAND, _TOLD),
    (Kind.COMMAND, _SHELL),
    (Kind.PATH, _PATH),
    (Kind.FLAG, _FLAG),
    (Kind.DATE, _DATE),
    (Kind.VERSION, _VERSION),
    (Kind.NAME, _LABEL),
    (Kind.NAME, _NAME),
    (Kind.AMOUNT, _AMOUNT),
    (Kind.NUMBER, _NUMBER),
)


def numbers(text: str) -> Iterator[str]:
    """Yield every number of a text, also those spelled and those inside other words, each as it is compared.

    The parts of a date or a time are none.
    """
    text = _MOMENT.sub(" ", text)
    for match in _DIGITS.finditer(text):
        yield from number_forms(match[0])
    yield from spelled(text)
    yield from (match[0].casefold() for match in _VAGUE.finditer(text))


def number_forms(written: str) -> tuple[str, ...]:
    """Return the ways a number is compared: as written, and without its thousands' separators."""
    plain = value_of(written).casefold().rstrip(".,").replace(",", ".")
    return (plain, plain.replace(".", "")) if _THOUSANDS.fullmatch(plain) else (plain,)


_MOMENT = re.compile(r"(?<!\d)(?:\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)")
_DIGITS = re.compile(r"\d{1,40}(?:[.,]\d{1,40})*+")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_VAGUE = re.compile(rf"(?<!\w){VAGUE}", re.IGNORECASE)


def versions(text: str) -> Iterator[str]:
    """Yield every version of a text as it is compared."""
    for match in _DOTTED.finditer(text):
        yield version_form(match[0])


def version_form(written: str) -> str:
    """Return a version as it is compared: without its v, in small letters."""
    return written.strip().rstrip(".").casefold().removeprefix("v")


_DOTTED = re.compile(
    r"[vV]?\d{1,9}(?:\.\d{1,9})*+(?:[-+_.]?(?:rc|alpha|beta|dev|pre|preview|nightly|snapshot|a|b|p)[-.]?\d{0,6}(?!\w)|[-+][A-Za-z][\w.]{0,30})?"
)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it is told; None where it is not."""

    year: int | None
    month: int | None
    day: int | None

    def fits(self, other: "Day") -> bool:
        """Tell whether nothing that both say differs, and the other says all that this one does."""
        mine, theirs = (self.year, self.month, self.day), (other.year, other.month, other.day)
        return all(
            a is None or a == b or (b is None and at == 0)
            for at, (a, b) in enumerate(zip(mine, theirs, strict=True))
        )


_ISO = re.compile(r"(?P<y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d)")
_NUMERIC = re.compile(r"(?<!\d)(?P<a>\d{1,2})[./](?P<b>\d{1,2})[./](?P<y>\d{4}|\d\d)?(?!\d)")
_NAMED = re.compile(
    rf"(?<!\w)(?:(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\.?\s(?:of\s|de\s)?)?(?P<m>{_MONTH})(?!\w)\.?(?:\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.:]\d))?(?:,?\s(?:de\s)?(?P<y>\d{{4}}))?",
    re.IGNORECASE,
)
_BY_MONTH = (
    "jan ene", "feb fév fev", "mar mär", "apr abr avr", "may mai", "jun juin", "jul juil", "aug ago aoû", "sep set", "oct okt out", "nov", "dec dez dic déc",
)  # fmt: skip


def days(text: str) -> Iterator[Day]:
    """Yield every date of a text; one that may be read in two ways twice."""
    for match in _ISO.finditer(text):
        yield Day(int(match["y"]), int(match["m"]), int(match["d"]))
    for match in _NUMERIC.finditer(text):
        year = None if not match["y"] else int(match["y"]) + 2000 * (len(match["y"]) == 2)
        yield Day(year, int(match["b"]), int(match["a"]))
        yield Day(year, int(match["a"]), int(match["b"]))
    for match in _NAMED.finditer(text):
        number = match["d"] or match["d2"]
        if number or match["y"] or match["m"] != "may":  # which is a verb, too
            yield Day(
                int(match["y"]) if match["y"] else None, _month(match["m"]), int(number) if number else None
            )


def _month(name: str) -> int:
    name = name.casefold()
    starts = ((prefix, at) for at, each in enumerate(_BY_MONTH, start=1) for prefix in each.split())
    best = max((pair for pair in starts if name.startswith(pair[0])), key=lambda pair: len(pair[0]))
    return best[1]
