"""Who a browser is: a signed cookie that the printed link sets, and the CSRF token of its forms.

The secret lives as long as the process: after a start every link and every form is a new one.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that opened the link; `person` is who it says it is, "" before it said so."""

    id: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A browser on its way to Slack: what it must come back with, and what Slack must sign."""

    state: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The link's token and the secret that signs what a browser is given."""

    token: str
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def cookie(self) -> str:
        """The cookie's name; two processes on one host do not overwrite each other's."""
        return f"triage_{hashlib.sha256(self.token.encode()).hexdigest()[:8]}"

    def opens(self, token: str) -> bool:
        """Tell whether a token is the link's, in constant time."""
        return hmac.compare_digest(token.encode(errors="replace"), self.token.encode())

    def seal(self, session: Session) -> str:
        """Give the cookie's value."""
        return self._sealed("session", session.id, session.person)

    def unseal(self, value: str) -> Session | None:
        """Read a cookie's value; None when we did not write it."""
        found = self._unsealed("session", value)
        return Session(*found) if found else None

    def seal_attempt(self, attempt: Attempt) -> str:
        """Give the value of the cookie that an attempt to sign in is known by."""
        return self._sealed("attempt", attempt.state, attempt.nonce)

    def unseal_attempt(self, value: str) -> Attempt | None:
        """Read it; None when we did not write it, or wrote it for something else."""
        found = self._unsealed("attempt", value)
        return Attempt(*found) if found else None

    def _sealed(self, what: str, *parts: str) -> str:
        body = urlsafe_b64encode(json.dumps(parts).encode()).decode()
        return f"{body}.{self._sign(what, body)}"

    def _unsealed(self, what: str, value: str) -> tuple[str, str] | None:
        body, _, signature = value.partition(".")
        if not hmac.compare_digest(signature.encode(errors="replace"), self._sign(what, body).encode()):
            return None
        try:
            first, second = json.loads(urlsafe_b64decode(body.encode()))
        except (BadBase64, ValueError):
            return None
        return first, second

    def csrf(self, session: Session) -> str:
        """Give the token that every form of this session carries."""
        return self._sign("csrf", session.id)

    def is_ours(self, csrf: str, session: Session) -> bool:
        """Tell whether a form's token is this session's, in constant time."""
        return hmac.compare_digest(csrf.encode(errors="replace"), self.csrf(session).encode())

    def _sign(self, what: str, text: str) -> str:
        message = f"{what}:{text}".encode(errors="replace")
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


def attempt() -> Attempt:
    """Begin an attempt to sign in."""
    return Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24))


def begin() -> Session:
    """Begin a session of a new browser."""
    return Session(secrets.token_urlsafe(16))
