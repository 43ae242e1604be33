"""Clients that talk to the stand-in, by token or as an app."""

from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent.clients.github import GitHub, Keys
from agent.clients.patience import Pace
from tests.fakes.github.hub import TOKEN, Hub

APP_ID = "4711"
#: Waits for a limit of a few seconds, and for nothing else.
QUICK = Pace(patience=5.0, first_wait=0.02, between_writes=0.0)


def by_token(hub: Hub) -> GitHub:
    """Return access by the token of dev-1. Waits and pauses are short."""
    return GitHub(Keys(api_url=hub.address, token=TOKEN), pace=QUICK)


def as_app(hub: Hub) -> GitHub:
    """Return access as an app, which is told to the stand-in here."""
    private, hub.app_key = _pair()
    hub.app_id = APP_ID
    keys = Keys(api_url=hub.address, app_id=APP_ID, private_key=private)
    return GitHub(keys, pace=QUICK)


@cache
def _pair() -> tuple[str, str]:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
