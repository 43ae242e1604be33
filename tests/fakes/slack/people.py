"""The methods about the app, the team and its people."""

from typing import Any

from tests.fakes.slack.wire import Asked, Problem, method, page


@method("api.test")
def tested(asked: Asked) -> dict[str, Any]:
    return {"args": {}}


@method("auth.test")
def auth(asked: Asked) -> dict[str, Any]:
    slack = asked.slack
    said = {"url": slack.url, "team": "Example", "team_id": slack.team, "user_id": asked.who}
    said["user"] = slack.users[asked.who].name
    return said | ({"bot_id": slack.bot_id} if asked.token.kind == "bot" else {})


@method("bots.info", "users:read")
def bot(asked: Asked) -> dict[str, Any]:
    slack = asked.slack
    if asked.args.get("bot", slack.bot_id) != slack.bot_id:
        raise Problem("bot_not_found")
    return {"bot": {"id": slack.bot_id, "app_id": slack.app_id, "user_id": slack.bot, "name": "triage"}}


@method("team.info", "team:read")
def team(asked: Asked) -> dict[str, Any]:
    return {"team": {"id": asked.slack.team, "name": "Example", "domain": "example"}}


@method("users.info", "users:read")
def user(asked: Asked) -> dict[str, Any]:
    found = asked.slack.users.get(str(asked.need("user")))
    if found is None:
        raise Problem("user_not_found")
    return {"user": found.shown(asked.slack.team)}


@method("users.list", "users:read")
def users(asked: Asked) -> dict[str, Any]:
    shown, more = page(asked, list(asked.slack.users.values()), default=100, most=1000)
    del more["has_more"]
    return {"members": [each.shown(asked.slack.team) for each in shown], **more}


@method("usergroups.list", "usergroups:read")
def groups(asked: Asked) -> dict[str, Any]:
    shown = [{**each, "is_usergroup": True} for each in asked.slack.groups.values()]
    if not asked.is_on("include_users"):
        shown = [{name: value for name, value in each.items() if name != "users"} for each in shown]
    return {"usergroups": shown}


@method("usergroups.users.list", "usergroups:read")
def group_users(asked: Asked) -> dict[str, Any]:
    found = asked.slack.groups.get(str(asked.need("usergroup")))
    if found is None:
        raise Problem("no_such_subteam")
    return {"users": found["users"]}


@method("apps.connections.open", "connections:write", kinds=("app",))
def connection(asked: Asked) -> dict[str, Any]:
    """Give the address of a WebSocket, good for one connection."""
    ticket = asked.slack.next_id("ticket")
    asked.slack.tickets.add(ticket)
    address = (asked.slack.line or asked.slack.address).replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={asked.slack.app_id}"}
