"""Names that a place would call out to: taken the call, left the word. Who is mentioned on purpose is a card's.

A reply answers in the thread of the person who wrote; nobody else is to be called by it (T17).
"""

import re

from agent.domain.actions import Removal

MENTION = "mention"
#: Slack's own form: `<!channel>`, `<!subteam^S1|@team>`, `<@U1>`, `<#C1|help>`.
_SLACK = re.compile(r"<(?P<sign>[!@#])(?P<id>[^<>|\s]{1,80})(?:\|(?P<shown>[^<>]{0,80}))?>")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{0,300}`", re.DOTALL)
_INDENTED = re.compile(_CODE.pattern + r"|^(?: {4}|\t)[^\n]*$", re.DOTALL | re.MULTILINE)
#: A name behind an @; with a slash it may be a team of an organization, or a package.
_AT = re.compile(r"(?<![\w./@`+-])[@＠](?P<name>[A-Za-z0-9][\w-]{0,80})(?P<path>/[\w./-]{1,80})?(?![\w@])")


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

    text = _SLACK.sub(slack, text)
    parts, last = [], 0
    for code in (_INDENTED if keeps_indented else _CODE).finditer(text):
        parts += [_AT.sub(at, text[last : code.start()]), code[0]]
        last = code.end()
    return "".join([*parts, _AT.sub(at, text[last:])]), tuple(removed)
