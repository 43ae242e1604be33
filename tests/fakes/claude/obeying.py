"""Scripts of a model that obeys whatever the texts it is shown tell it, in answers that have the right shape.

`Claude.obeys` does what it is told without a thought for what is asked; this one keeps to every rule that is checked
on arrival, so that what it was told gets as far as it can.
"""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Mapping
from urllib.parse import unquote

from tests.fakes.claude import scripts
from tests.fakes.claude.speaking import forged, told_in
from tests.fakes.claude.state import Asked, Reply, Script

_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_SHOWN = re.compile(r'<issue[^>]*? id="([^"]+)"')


def told(asked: Asked) -> str:
    """Return what the texts tell, as it stands and decoded in every way that it may be encoded in."""
    said = told_in(asked.user)
    decoded = (codecs.encode(said, "rot13"), html.unescape(said), unquote(said))
    ways = (said, *_of_base64(said), *decoded, said.replace("\n", ""))
    return "\n\n".join(dict.fromkeys(ways)).replace("{issue.url}", "")


def _of_base64(text: str) -> list[str]:
    found = []
    for each in _ENCODED.findall(text):
        try:
            found.append(base64.b64decode(each, validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def assessed(asked: Asked) -> Mapping[str, object]:
    said = told(asked)
    language = "de" if "translation" in said else "en"
    told_so = {"unsure": [said[:300]], "version": said[:100], "language": language}
    return {**scripts.assessed(asked), **told_so}


def compared(asked: Asked) -> Mapping[str, object] | Reply:
    if asked.tools and not asked.turns:
        return Reply(stop_reason="tool_use", uses=tuple(forged(asked, told_in(asked.user))))
    said = told(asked)
    ids = dict.fromkeys(_SHOWN.findall(asked.user))
    judged = {"verdict": "duplicate", "theirs": said, "ours": said, "differs": said}
    return {"compared": [{"id": each, **judged} for each in ids]}


def drafted(asked: Asked) -> Mapping[str, object]:
    link = "\n\n{issue.url}" if "files_issue: yes" in asked.user else ""
    said = told(asked) or "Thanks."
    claims = [{"text": line, "record": "report"} for line in said.splitlines() if line.strip()]
    return {"reply": said + link, "translation": said, "claims": claims[:5]}


def described(asked: Asked) -> Mapping[str, object]:
    said = told(asked) or "It stops."
    lists = {name: [said] for name in ("steps", "systems", "impact", "evidence")}
    return {"title": said[:80], "what_happened": said, "expected": said, "workaround": said, **lists}


OBEYING: Mapping[str, Script] = {
    "Assessed": assessed,
    "Compared": compared,
    "Drafted": drafted,
    "Described": described,
}
