"""PyGithub's requests as they are wanted here: no redirect is followed, and a token can be thrown away."""

from datetime import UTC, datetime, timedelta
from typing import Any

from github import Auth
from github.InstallationAuthorization import InstallationAuthorization
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

from agent.clients.github_errors import Redirected

#: A token is renewed while it still holds for the request that is about to leave.
RENEWED_BEFORE = timedelta(minutes=1)


class InstallationAuth(Auth.AppInstallationAuth):
    """PyGithub's, with a token that can be thrown away before its time."""

    _held: InstallationAuthorization | None = None

    @property
    def token(self) -> str:
        if self._held is None or self._held.expires_at - RENEWED_BEFORE < datetime.now(UTC):
            self._held = self._get_installation_authorization()
        return self._held.token

    def renew(self) -> None:
        """Get a new token for the next request."""
        self._held = None


class _Http(HTTPRequestsConnectionClass):
    def getresponse(self) -> Any:
        return _unmoved(super().getresponse())


class _Https(HTTPSRequestsConnectionClass):
    def getresponse(self) -> Any:
        return _unmoved(super().getresponse())


def _unmoved(response: Any) -> Any:
    """Refuse to be sent on: PyGithub would repeat a write wherever a 301 points, and a read without its query."""
    if response.status in (301, 302, 307, 308):
        raise Redirected(response.headers.get("location", ""))
    return response


class Steadfast(Requester):
    """PyGithub's requester on connections that follow no redirect. Each request has a line of its own."""

    def _alike(self, **changed: Any) -> Requester:
        return type(self)(**{**self.kwargs, **changed})

    def withAuth(self, auth: Auth.Auth | None) -> Requester:  # noqa: N802 - PyGithub's name
        return self._alike(auth=auth)

    def withLazy(self, lazy: Any) -> Requester:  # noqa: N802
        return self if lazy not in (True, False) or lazy == self.is_lazy else self._alike(lazy=lazy)

    def withApiVersion(self, api_version: str | None) -> Requester:  # noqa: N802
        return self if api_version == self.api_version else self._alike(api_version=api_version)


Steadfast.injectConnectionClasses(_Http, _Https)


class Persistent(Steadfast):
    """Keeps its line from one request to the next: a line that breaks is no loss to who may ask again."""


# PyGithub ends its persistence together with its own connection classes, and has no other switch.
setattr(Persistent, "_Requester__persist", True)  # noqa: B010
