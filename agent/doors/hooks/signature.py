"""Is a delivery GitHub's? Its body is signed with the secret that only GitHub and we know."""

import hashlib
import hmac

PREFIX = "sha256="


def signed(body: bytes, secret: str) -> str:
    """Return the header `X-Hub-Signature-256` of a body."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Tell whether the header is the body's, in a time that says nothing of how much of it is right."""
    return hmac.compare_digest(signed(body, secret).encode(), header.encode())
