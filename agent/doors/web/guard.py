"""What every request passes before a page sees it: Host, size, headers, session. No pages here."""

from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.doors.web.session import Keys, begin

#: A message of 5 MB and the form around it.
FORM_LIMIT = 6 * 1024 * 1024
#: What another process of this machine hands over at a time.
API_LIMIT = 64 * 1024 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware: lets in what comes from this machine's own pages or with the token."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: Collection[str]) -> None:
        self.app = app
        self.keys = keys
        self.hosts = LOOPBACK | frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what must not pass, hand on the rest."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope.setdefault("state", {})["session"] = self._session(headers)
        answer = self._refusal(scope, headers) or self._link(scope)
        if answer is None:
            receive, too_large = await _read_body(receive, headers, self._limit(scope))
            scope["state"]["too_large"] = too_large
        await (answer or self.app)(scope, receive, _with_headers(send))

    def _limit(self, scope: Scope) -> int:
        return API_LIMIT if scope["path"].startswith("/api/") else FORM_LIMIT

    def _session(self, headers: Headers) -> object:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self.keys.cookie)
        except CookieError:
            return None
        return self.keys.unseal(cookie.value) if cookie else None

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse names that are not ours (DNS rebinding) and other sites' forms."""
        if host_of(headers.get("host", "")) not in self.hosts:
            return PlainTextResponse("Open triage by the address that it printed.\n", 400)
        from_elsewhere = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
        if from_elsewhere and scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("Not sent: this form came from another site.\n", 403)
        return None

    def _link(self, scope: Scope) -> Response | None:
        """Turn the printed link into a cookie and the same address without the token."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        token = next((value for key, value in query if key == "token"), None)
        if token is None or scope["method"] != "GET" or not self.keys.opens(token):
            return None
        rest = urlencode([(key, value) for key, value in query if key != "token"])
        answer = RedirectResponse("/" + scope["path"].lstrip("/") + (f"?{rest}" if rest else ""), 303)
        keep(answer, self.keys.cookie, self.keys.seal(begin()))
        return answer


def keep(response: Response, name: str, value: str, *, secure: bool = False) -> None:
    """Set the session's cookie; a `secure` one goes over TLS alone."""
    response.set_cookie(name, value, httponly=True, samesite="strict", secure=secure, path="/")


def host_of(header: str) -> str:
    """Give the host of a Host header without its port; "" when it is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _with_headers(send: Send) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return add


async def _read_body(receive: Receive, headers: Headers, limit: int) -> tuple[Receive, bool]:
    """Read the body up to the limit; return what replays it, and whether it was too large.

    What is beyond the limit is read and thrown away up to four times the limit, because a browser
    that is still sending does not read an answer.
    """
    if not headers.get("content-length") and not headers.get("transfer-encoding"):
        return receive, False
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= limit * 4:
        message = await receive()
        if message["type"] != "http.request":
            break
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if size <= limit:
            chunks.append(message.get("body", b""))
    body = b"" if size > limit else b"".join(chunks)
    return _replay(body, receive), size > limit


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
