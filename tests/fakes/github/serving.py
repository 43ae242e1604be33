"""The stand-in on a port of this machine, and the judge over every request and answer.

Whatever the description refuses is told to the client as 422 and kept in `hub.refused`, which
`standing()` raises when the test ends: a refusal cannot go unseen.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import jwt

from tests.fakes.faults import next_of
from tests.fakes.github import boards, everywhere, graph, reading, writing  # noqa: F401 - each registers its endpoints
from tests.fakes.github.description import DOCUMENT
from tests.fakes.github.faults import Fault
from tests.fakes.github.hub import Call, Hub
from tests.fakes.github.wire import Answer, Asked, Endpoint, Problem, route
from tests.fakes.serving import body_of, serving


@contextmanager
def standing() -> Iterator[Hub]:
    """Serve a stand-in for the time of a block; raises what the description refused meanwhile."""
    hub = Hub()
    with serving(Door(hub)) as hub.address:
        yield hub
    assert not hub.refused, "GitHub's description refuses:\n" + "\n".join(hub.refused)


def _json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


class Door:
    """The ASGI application. Requests are answered one after the other: the state needs no lock."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        answer = self.answer(scope, await body_of(receive))
        if answer is None:
            send.__self__.transport.abort()
            return
        content = answer.body if isinstance(answer.body, bytes) else _json(answer.body)
        headers = {"content-type": "application/json; charset=utf-8", "content-length": str(len(content))}
        told = [(name.encode(), value.encode()) for name, value in (headers | answer.headers).items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": told})
        await send({"type": "http.response.body", "body": content})

    def answer(self, scope: Any, body: bytes) -> Answer | None:
        """Answer a request, and remember both; None is no answer at all."""
        method, path = scope["method"], self._named(scope["raw_path"].decode())
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        given = json.loads(body) if body else None
        found = ("/graphql", None) if path == "/graphql" else self._endpoint(method, path)
        template = found[0]
        fault = next_of(self.hub.planned, (method, template))
        if fault and not fault.after_write:
            answer = self._failed(fault)
        else:
            answer = self._judged(method, found, path, query, headers, given)
            if fault:
                answer = self._failed(fault)
        asked = scope["query_string"].decode()
        url = f"{path}?{asked}" if asked else path
        self.hub.calls.append(Call(method, template, url, answer.status if answer else 0, given))
        return answer

    def _named(self, path: str) -> str:
        """Give the name of a repository that is asked for by its number."""
        first, _, rest = path.removeprefix("/repositories/").partition("/")
        if path.startswith("/repositories/"):
            for name, each in self.hub.repositories.items():
                if str(each.id) == first:
                    return f"/repos/{name}/{rest}".rstrip("/")
        return path

    def _endpoint(self, method: str, path: str) -> tuple[str, tuple[Endpoint, dict[str, str]] | None]:
        found = route(method, path)
        return (found[0].template, found) if found else (path, None)

    def _failed(self, fault: Fault) -> Answer | None:
        if fault.status == 0:
            return None
        return Answer(fault.status, fault.body(), self._limits() | fault.told())

    def _judged(
        self,
        method: str,
        found: tuple[str, Any],
        path: str,
        query: dict[str, str],
        headers: dict[str, str],
        given: Any,
    ) -> Answer:
        try:
            who = self._who(headers)
            if self.hub.quota.remaining == 0:
                raise Problem(403, f"API rate limit exceeded for {who}.")
            answer = self._answered(method, found, path, query, given, who)
        except Problem as problem:
            answer = Answer(problem.status, problem.body, dict(problem.headers))
        return self._finished(method, found, headers, answer)

    def _answered(
        self, method: str, found: tuple[str, Any], path: str, query: dict[str, str], given: Any, who: str
    ) -> Answer:
        if found[0] == "/graphql":
            return self._graphql(given, who)
        if found[1] is None:
            self.hub.refused.append(f"{method} {path}: the stand-in has no such endpoint")
            raise Problem(404, "Not Found")
        end, parameters = found[1]
        operation = DOCUMENT.operation(end.method, end.template)
        self._refuse(operation.name, operation.faults_of_request(parameters, query, given))
        asked = Asked(
            self.hub, method, end.template, parameters, query, given, who, f"{self.hub.address}{path}"
        )
        self._permit(end, asked)
        return end.handler(asked)

    def _graphql(self, given: Any, who: str) -> Answer:
        self._refuse("POST /graphql", graph.refusals(given["query"]))
        return Answer(200, graph.run(self.hub, given["query"], given.get("variables") or {}, who))

    def _refuse(self, name: str, faults: list[str]) -> None:
        if faults:
            self.hub.refused += [f"request {name}: {fault}" for fault in faults]
            raise Problem(422, f"Validation Failed: {faults[0]}")

    def _who(self, headers: dict[str, str]) -> str:
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind == "Bearer":
            try:
                jwt.decode(token, self.hub.app_key, algorithms=["RS256"], issuer=self.hub.app_id)
            except jwt.InvalidTokenError as error:
                raise Problem(401, "A JSON web token could not be decoded") from error
            return "app"
        if token not in self.hub.tokens:
            raise Problem(401, "Bad credentials")
        return self.hub.tokens[token]

    def _permit(self, end: Endpoint, asked: Asked) -> None:
        name, _, level = end.needs.partition(":")
        if "{repo}" not in end.template or asked.who == "app":
            return
        if not self.hub.may(asked.who, asked.repository, name, level):
            problem = Problem(403, "Resource not accessible by integration")
            problem.headers = {"x-accepted-github-permissions": f"{name}={level}"}
            raise problem

    def _finished(
        self, method: str, found: tuple[str, Any], headers: dict[str, str], answer: Answer
    ) -> Answer:
        """Judge the answer, and say 304 where the client has it already."""
        if found[1] is not None:
            end = found[1][0]
            operation = DOCUMENT.operation(end.method, end.template)
            faults = operation.faults_of_answer(answer.status, answer.body)
            self.hub.refused += [f"answer {operation.name} {answer.status}: {fault}" for fault in faults]
        if method == "GET" and answer.status == 200:
            etag = f'"{hashlib.sha256(json.dumps(answer.body).encode()).hexdigest()}"'
            answer.headers["etag"] = etag
            if headers.get("if-none-match") == etag:
                return Answer(304, None, {"etag": etag} | self._limits())
        self.hub.quota.used += answer.status != 304
        token = headers.get("authorization", "").partition(" ")[2]
        scopes = {"x-oauth-scopes": self.hub.scopes[token]} if token in self.hub.scopes else {}
        return Answer(answer.status, answer.body, self._limits() | scopes | answer.headers)

    def _limits(self) -> dict[str, str]:
        quota = self.hub.quota
        return {
            "x-ratelimit-limit": str(quota.limit),
            "x-ratelimit-remaining": str(quota.remaining),
            "x-ratelimit-used": str(quota.used),
            "x-ratelimit-reset": str(int(quota.resets_at.timestamp())),
            "x-ratelimit-resource": "core",
        }
