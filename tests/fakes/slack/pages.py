"""What is asked beside the Web API: response addresses, and the pages and methods of Sign in with Slack."""

import hashlib
import json
import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.slack import blocks
from tests.fakes.slack.state import Code, Message
from tests.fakes.slack.wire import Asked, Problem, method
from tests.fakes.slack.workspace import Token, Workspace

#: A response address is good for five answers in half an hour.
USES, SECONDS = 5, 1800
ISSUER = "https://slack.com"
CODE_SECONDS = 600
Reply = tuple[int, Any, dict[str, str]]


def respond(slack: Workspace, name: str, args: dict[str, Any]) -> Reply:
    """Answer at a response address: a note for the one who clicked, a message, or another text of the card."""
    place = slack.responses.get(name)
    if place is None or slack.clock.now() - place.at > SECONDS:
        return 404, {"ok": False, "error": "expired_url"}, {}
    if place.uses >= USES:
        return 404, {"ok": False, "error": "used_url"}, {}
    place.uses += 1
    given = args.get("blocks") or []
    found = blocks.faults(given)
    if found or not (args.get("text") or given or args.get("delete_original")):
        slack.refused.append(f"response address: {found or 'no_text'}")
        return 400, {"ok": False, "error": "invalid_blocks" if found else "no_text"}, {}
    if args.get("replace_original") in (True, "true") and place.message:
        before = place.message.shown(metadata=True)
        place.message.text, place.message.blocks = str(args.get("text", "")), given
        slack.changed(place.message, before)
        return 200, "ok", {"content-type": "text/plain"}
    made = Message(slack.clock.ts(), place.channel, slack.bot, str(args.get("text", "")), blocks=given)
    made.bot_id, made.app_id = slack.bot_id, slack.app_id
    if args.get("response_type") == "in_channel":
        slack.posted(made)
    else:
        made.seen_by = place.user
        place.channel.ephemeral.append(made)
    return 200, "ok", {"content-type": "text/plain"}


def authorize(slack: Workspace, args: dict[str, Any]) -> Reply:
    """Let the person at the browser sign in, and send them back with a code."""
    wanted = {"client_id", "redirect_uri", "response_type", "scope"}
    scopes = frozenset(args.get("scope", "").replace(",", " ").split())
    if wanted - set(args) or args["response_type"] != "code" or "openid" not in scopes:
        return 400, "invalid_scope", {"content-type": "text/plain"}
    if args["client_id"] != slack.client_id:
        return 400, "invalid_client_id", {"content-type": "text/plain"}
    if slack.redirects and args["redirect_uri"] not in slack.redirects:
        return 400, "bad_redirect_uri", {"content-type": "text/plain"}
    back = {"state": args["state"]} if "state" in args else {}
    if slack.browser is None:
        back |= {"error": "access_denied"}
    else:
        code = Code(
            slack.next_id("code"), slack.browser.id, args["redirect_uri"], args.get("nonce", ""), scopes
        )
        code.at = slack.clock.now()
        slack.codes[code.code] = code
        back |= {"code": code.code}
    return 302, "", {"location": f"{args['redirect_uri']}?{urlencode(back)}"}


@method("openid.connect.token", kinds=("none",))
def token(asked: Asked) -> dict[str, Any]:
    slack = asked.slack
    if asked.client != (slack.client_id, slack.client_secret):
        raise Problem("invalid_client_id" if asked.client[0] != slack.client_id else "bad_client_secret")
    code = slack.codes.get(str(asked.need("code")))
    if code is None or slack.clock.now() - code.at > CODE_SECONDS:
        raise Problem("invalid_code")
    if code.is_used:
        raise Problem("code_already_used")
    if asked.args.get("redirect_uri") != code.redirect:
        raise Problem("bad_redirect_uri")
    code.is_used = True
    made = f"xoxp-{slack.next_id('signed')}"
    slack.tokens[made] = Token(code.user, "user", set(code.scopes))
    return {"access_token": made, "token_type": "Bearer", "id_token": _id_token(slack, code, made)}


@method("openid.connect.userInfo", "openid", kinds=("user",))
def info(asked: Asked) -> dict[str, Any]:
    return _claims(asked.slack, asked.who, asked.token.scopes)


def _keys() -> dict[str, Any]:
    shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key()))
    return {"keys": [{**shown, "kid": "stand-in", "use": "sig", "alg": "RS256"}]}


def _claims(slack: Workspace, user: str, scopes: AbstractSet[str]) -> dict[str, Any]:
    who = slack.users[user]
    claims: dict[str, Any] = {
        "sub": who.id,
        "https://slack.com/user_id": who.id,
        "https://slack.com/team_id": who.elsewhere or slack.team,
    }
    claims |= {"name": who.real_name or who.name} if "profile" in scopes else {}
    return claims | ({"email": who.email, "email_verified": True} if "email" in scopes else {})


def _id_token(slack: Workspace, code: Code, access: str) -> str:
    now = int(time.time())
    claims = {
        **_claims(slack, code.user, code.scopes),
        "iss": ISSUER,
        "aud": slack.client_id,
        "iat": now,
        "exp": now + 300,
    }
    claims |= {"nonce": code.nonce} if code.nonce else {}
    claims["at_hash"] = hashlib.sha256(access.encode()).hexdigest()[:22]
    return jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": "stand-in"})


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def jwks(slack: Workspace, args: dict[str, Any]) -> Reply:
    """Give the keys that id tokens are signed with, where Slack's own configuration says they are."""
    return 200, _keys(), {}


PAGES: dict[str, Callable[[Workspace, dict[str, Any]], Reply]] = {
    "/openid/connect/authorize": authorize,
    "/openid/connect/keys": jwks,
}
