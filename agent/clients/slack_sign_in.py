"""Sign in with Slack: OpenID Connect's code flow. Who a browser is, as Slack signs it.

An id in Slack is one person's within a workspace alone, so the workspace is part of the answer that counts.
"""

from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urljoin

import jwt
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from agent.clients.slack import API_URL, TIMEOUT_SECONDS, USER_AGENT
from agent.clients.slack_errors import translated
from agent.errors import Denied, Unavailable

ISSUER = "https://slack.com"
SCOPE = "openid profile"
AUTHORIZE, JWKS = "/openid/connect/authorize", "/openid/connect/keys"
#: How far Slack's clock may be ahead of ours, in seconds.
LEEWAY = 60
_AGAIN = "Nobody is signed in; try it again from the inbox."


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """Who asks, for whose people, and where Slack sends them back to."""

    client_id: str
    secret: str = field(repr=False)
    workspace: str
    back: str
    api_url: str = API_URL

    def address(self, state: str, nonce: str) -> str:
        """Return where a browser is sent to sign in; it comes back with `state` and a code."""
        asked = {
            "response_type": "code",
            "scope": SCOPE,
            "client_id": self.client_id,
            "state": state,
            "nonce": nonce,
            "team": self.workspace,
            "redirect_uri": self.back,
        }
        return f"{urljoin(self.api_url, AUTHORIZE)}?{urlencode(asked)}"

    def user(self, code: str, nonce: str) -> str:
        """Return the id of who came back with a code, which is good once; raises Denied, Unavailable."""
        claims = self._claims(self._token(code))
        if claims.get("nonce") != nonce:
            raise Denied(f"Slack's answer belongs to another attempt. {_AGAIN}")
        if claims.get(f"{ISSUER}/team_id") != self.workspace:
            raise Denied(f"You signed in to another workspace of Slack than the team's. {_AGAIN}")
        return str(claims[f"{ISSUER}/user_id"])

    def _token(self, code: str) -> str:
        client = WebClient(
            base_url=self.api_url, timeout=TIMEOUT_SECONDS, user_agent_prefix=USER_AGENT, retry_handlers=[]
        )

        try:
            answer = client.openid_connect_token(
                client_id=self.client_id, client_secret=self.secret, code=code, redirect_uri=self.back
            )
        except (SlackClientError, HTTPException, OSError) as error:
            told = translated(error, "SLACK_CLIENT_SECRET", is_write=False)
            if isinstance(told, Unavailable):
                raise told from error
            raise Denied(f"Slack did not sign you in. {told} {_AGAIN}") from error
        return str(answer["id_token"])

    def _claims(self, token: str) -> dict[str, Any]:
        """Return what Slack signed; raises Denied where it is not Slack's, not for us, or not of now."""
        keys = jwt.PyJWKClient(urljoin(self.api_url, JWKS), timeout=TIMEOUT_SECONDS)
        try:
            key = keys.get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self.client_id,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "nonce"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise Unavailable(f"Slack's keys could not be read. {_AGAIN}") from error
        except jwt.PyJWTError as error:
            raise Denied(f"Slack's answer is not signed as it must be: {error}. {_AGAIN}") from error
        return claims
