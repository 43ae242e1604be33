"""What a secret looks like in a text. What is done about it is redaction's.

Formats are those that the services document; a long random word alone is no secret here,
because hashes and ids of commits look the same.
"""

import re
from collections.abc import Iterator

#: Tokens that can be told by their first characters.
_TOKENS = re.compile(
    r"""(?<![\w-])(?:
        (?:AKIA|ASIA|AIDA|AROA)[0-9A-Z]{16}
      | AIza[\w-]{35}
      | ya29\.[\w-]{20,}
      | gh[pousr]_[A-Za-z0-9]{20,255}
      | github_pat_\w{20,255}
      | gl(?:pat|dt|rt|ptt|cbt)-[\w-]{20,}
      | xox[a-z](?:-[A-Za-z0-9]+){1,6}
      | xapp-[\w-]{20,}
      | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}
      | whsec_[A-Za-z0-9+/=]{16,}
      | npm_[A-Za-z0-9]{30,}
      | pypi-[\w-]{40,}
      | hf_[A-Za-z0-9]{30,}
      | do[opr]_v1_[a-f0-9]{40,}
      | SG\.[\w-]{16,}\.[\w-]{16,}
      | AGE-SECRET-KEY-1[0-9A-Z]{20,}
      | \d{8,10}:AA[\w-]{32,34}
      | eyJ[\w-]{8,}\.eyJ[\w-]{4,}\.[\w-]*
    )(?![\w-])""",
    re.VERBOSE,
)
#: `sk-` begins words too, so a digit is asked for.
_SK = re.compile(r"(?<![\w-])sk-(?=[\w-]*\d)[\w-]{16,}")
_KEY_BLOCK = re.compile(
    r"-----BEGIN (?P<what>[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?:(?:(?!-----BEGIN )[\s\S]){0,20000}?-----END (?P=what)-----|[A-Za-z0-9+/=\\\s]{0,20000})"
)
#: The rest of a key whose first line went elsewhere, as where a report is cut into sections.
_KEY_REST = re.compile(
    r"^[ \t>]{0,20}[A-Za-z0-9+/=]{16,200}[ \t]{0,20}\r?\n"
    r"(?:[ \t>]{0,20}[A-Za-z0-9+/=]{1,200}[ \t]{0,20}\r?\n){0,400}[ \t>]{0,20}"
    r"-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----",
    re.MULTILINE,
)
_HOOK = re.compile(r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/-]{20,}")
_URL_PASSWORD = re.compile(
    r"(?<![\w+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@\[\]<>\"']{0,80}:(?P<it>[^\s/@\"'<>\[\]]{1,200})@"
)
_HEADER = re.compile(
    r"\bauthorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:(?:bearer|basic|token|digest)\s{0,9})?"
    r"(?P<it>[A-Za-z0-9._~+/=-]{8,})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\bbearer\s+(?P<it>(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*)", re.IGNORECASE)
_COOKIE = re.compile(r"(?<![\w-])(?:set-)?cookie:[ \t]*(?P<it>[\w.-]+=[^\r\n\[]+)", re.IGNORECASE)

_STRONG = (
    r"password|passwd|passwort|passphrase|pwd|pgpassword|client[_-]?secret|api[_-]?key|apikey|secret[_-]?key"
    r"|secret[_-]?access[_-]?key|access[_-]?key(?:[_-]?id)?|accountkey|auth[_-]?token|access[_-]?token"
    r"|refresh[_-]?token|private[_-]?token|api[_-]?token|private[_-]?key|signing[_-]?secret"
)
_WEAK = r"token|secret|credentials?|session[_-]?id|sessionid|csrftoken|auth"
_ASSIGNED = re.compile(
    rf"(?<![A-Za-z])(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))"
    r"[\"']?(?P<sign>[ \t]{0,3}(?::=|=>|=|:)[ \t]{0,3}|[ \t]+(?=[\"']))"
    r"(?:(?P<quote>[\"'])(?P<quoted>[^\"'\r\n]{1,200})(?P=quote)|(?P<bare>[^\s\"',;&|<>()\[\]{}]{1,200}))(?P<then>.?)",
    re.IGNORECASE,
)
_OPTION = re.compile(
    rf"(?<!\S)--?(?:[\w-]{{0,20}}-)?(?:{_STRONG}|token|secret)[= ]"
    r"[\"']?(?P<it>[^\s\"'\[\]<>$-][^\s\"'\[\]<>]{3,200})",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:password|passwort|passcode|pin|mot de passe|contraseña|senha|wachtwoord)\s+"
    r"(?:is|was|ist|war|est|es|é|lautet)\s{0,9}:?\s{0,9}[\"'“`]?(?P<it>[^\s\"'”`\[\]<>]{4,100})",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[*•x.…_-]+|\$.*|%.*|\{.*|<.*|\[.*|(?:your|my|the|some|a)[_-].*"
    r"|none|null|nil|undefined|true|false|yes|no|empty|required|optional|string|str|text|bytes|char|var"
    r"|password|passwd|secret|token|redacted|removed|hidden|changeme|wrong|invalid|missing|incorrect|expired",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<!\w)[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+")
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.-]+(?:[/\\][\w.-]+)+")


def secret_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each secret, in no order; they may overlap."""
    for whole in (_KEY_BLOCK, _KEY_REST, _TOKENS, _SK, _HOOK):
        yield from (found.span() for found in whole.finditer(text))
    for header in (_HEADER, _BEARER, _COOKIE):
        yield from (found.span("it") for found in header.finditer(text))
    for found in _URL_PASSWORD.finditer(text):
        if not _PLACEHOLDER.fullmatch(found["it"]) or found["it"].isalpha():
            yield found.span("it")
    for found in _OPTION.finditer(text):
        if not _PLACEHOLDER.fullmatch(found["it"]):
            yield found.span("it")
    yield from _assigned(text)
    for found in _SAID.finditer(text):
        if _looks_chosen(found["it"].rstrip(".,;!")):
            yield found.span("it")


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    for found in _ASSIGNED.finditer(text):
        group = "quoted" if found["quoted"] else "bare"
        value = found[group].rstrip(".!")
        if _PLACEHOLDER.fullmatch(value) or _is_code(found, value):
            continue
        if _is_value(found, value):
            yield found.start(group), found.start(group) + len(value)


def _is_code(found: re.Match[str], value: str) -> bool:
    return not found["quote"] and (
        found["then"] in tuple("([") or bool(_CODE.fullmatch(value)) or bool(_PATH.fullmatch(value))
    )


def _is_value(found: re.Match[str], value: str) -> bool:
    """Prose has colons, so after one a value must look chosen; `=` after a strong name is enough."""
    if found["weak"]:
        return len(value) >= 8 and _looks_chosen(value)
    is_assigned = "=" in found["sign"] or found["quote"] is not None
    if is_assigned and " " not in value:
        return len(value) >= 3
    return _looks_chosen(value.replace(" ", "") if found["quote"] else value)


def _looks_chosen(value: str) -> bool:
    """Tell whether letters meet digits or signs, as they do in passwords and seldom in words."""
    has_digit = any(char.isdigit() for char in value)
    has_letter = any(char.isalpha() for char in value)
    has_sign = any(char in "!@#$%^&*+=~" for char in value)
    return len(value) >= 4 and has_letter and (has_digit or has_sign) and " " not in value
