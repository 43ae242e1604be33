"""Endpoints that look beyond one repository: what a key sees, and what a search finds there."""

import re
from datetime import datetime
from typing import Any

from tests.fakes.github import shapes
from tests.fakes.github.shapes import dull
from tests.fakes.github.state import Issue, Repository
from tests.fakes.github.wire import Answer, Asked, endpoint, page

_WORD = re.compile(r'(?P<key>[\w-]+):(?P<value>"[^"]*"|\S+)')


@endpoint("GET", "/user/repos")
def repositories(asked: Asked) -> Answer:
    return page(asked, _seen(asked), lambda each: dull("repository", **_plain(each, asked.who)))


@endpoint("GET", "/installation/repositories")
def installed(asked: Asked) -> Answer:
    found = [each for each in asked.hub.repositories.values() if each.installation]
    shown = page(asked, found, lambda each: dull("repository", **_plain(each, asked.who)))
    return Answer(200, {"total_count": len(found), "repositories": shown.body}, shown.headers)


@endpoint("GET", "/app/installations")
def installations(asked: Asked) -> Answer:
    first = next((each.installation for each in asked.hub.repositories.values() if each.installation), None)
    found = [*asked.hub.suspended, *([first] if first else [])]
    return page(asked, found, lambda each: _installation(asked, each))


def _installation(asked: Asked, id: int) -> dict[str, Any]:
    # The description of this list asks that an account be a user and an enterprise at once.
    account = {**dull("enterprise"), **(shapes.user(asked.hub, "example") or {})}
    since = "2026-01-01T00:00:00Z" if id in asked.hub.suspended else None
    return dull("installation", id=id, account=account, suspended_at=since)


def _plain(here: Repository, who: str) -> dict[str, Any]:
    whole = shapes.repository(here, who)
    names = ("id", "node_id", "name", "full_name", "private", "visibility", "url", "html_url", "owner")
    return {name: whole[name] for name in names}


def _seen(asked: Asked) -> list[Repository]:
    found = asked.hub.repositories.values()
    return [each for each in found if asked.hub.may(asked.who, each, "metadata", "read")]


@endpoint("GET", "/search/issues")
def search(asked: Asked) -> Answer:
    terms = [(each["key"], each["value"].strip('"')) for each in _WORD.finditer(asked.query["q"])]
    text = " ".join(_WORD.sub("", asked.query["q"]).split()).strip('"').casefold()
    found = [
        (here, each)
        for here in _seen(asked)
        for each in here.issues.values()
        if text in _words(each) and all(_fits(here, each, key, value) for key, value in terms)
    ]
    found.sort(key=lambda pair: pair[1].updated_at, reverse=asked.query.get("order", "desc") == "desc")
    is_cut = asked.hub.searches_cut > 0
    asked.hub.searches_cut -= is_cut
    shown = page(
        asked,
        [] if is_cut else found[: asked.hub.search_shows],
        lambda pair: dull("issue-search-result-item", **shapes.issue(*pair), score=1.0),
    )
    said = {"total_count": len(found), "incomplete_results": is_cut, "items": shown.body}
    said["search_type"] = "lexical"
    return Answer(200, said, shown.headers)


def _words(issue: Issue) -> str:
    return f"{issue.title} {issue.body} {' '.join(said.body for said in issue.comments)}".casefold()


def _fits(here: Repository, issue: Issue, key: str, value: str) -> bool:
    if key == "updated":
        return issue.updated_at >= datetime.fromisoformat(value.removeprefix(">=").replace("Z", "+00:00"))
    return {
        "repo": lambda: here.full_name == value,
        "is": lambda: issue.is_pull == (value == "pull-request"),
        "label": lambda: value.casefold() in [each.casefold() for each in issue.labels],
        "team": lambda: f"@{value}".casefold() in _words(issue),
    }[key]()
