"""Tags round outside text, drawn anew for each call, so that no text can close its own.

What is put between them, and what was taken out before, is decided elsewhere.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

LENGTH = 16  #: hexadecimal digits: nobody guesses 64 bits
_NAME = re.compile(r"[a-z]+")


def draw() -> str:
    """Return a token that nobody can know before."""
    return secrets.token_hex(LENGTH // 2)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of one call. `token` is in no text that is put between them."""

    token: str = field(default_factory=draw)

    def around(self, name: str, text: str, **said: str) -> str:
        """Return the text between tags. What is `said` of it stands in the opening one, so it is ours or an id.

        Whatever of the text spells the token is broken: it can only be there by chance, or by replay.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} names no tag")
        opening = "".join(f' {key}="{_attribute(value)}"' for key, value in said.items())
        return f"<{name}-{self.token}{opening}>\n{text.replace(self.token, '…')}\n</{name}-{self.token}>"


def without_token(text: str, token: str, stand_in: str = "0" * LENGTH) -> str:
    """Return what was sent as it is the same in every call: the key of a recording is made from this."""
    return text.replace(token, stand_in)


def _attribute(value: str) -> str:
    return re.sub(r'[\s<>"]+', " ", value)
