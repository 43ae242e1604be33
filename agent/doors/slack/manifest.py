"""The app's manifest, as Slack takes it where an app is made: for Socket Mode, or for requests over HTTP."""

from pathlib import Path
from typing import Any

import yaml

from agent.clients.slack_sign_in import SCOPE
from agent.doors.hooks.app import SLACK as HOOK
from agent.doors.web.sign_in import BACK
from agent.errors import Misuse

_FILE = Path(__file__).with_name("manifest.yaml")


def manifest(*, http: str = "", inbox: str = "") -> str:
    """Return the manifest in YAML.

    `http` is the address that Slack's requests reach us at, in place of Socket Mode; `inbox` is that of
    the web inbox, where people are to sign in with Slack. Raises Misuse for what is no https address.
    """
    text = _FILE.read_text(encoding="utf-8")
    if not (http or inbox):
        return text
    told = yaml.safe_load(text)
    if http:
        _by_requests(told, f"{_address(http)}{HOOK}")
    if inbox:
        told["oauth_config"]["redirect_urls"] = [f"{_address(inbox)}{BACK}"]
        told["oauth_config"]["scopes"]["user"] = SCOPE.split()
    return str(yaml.safe_dump(told, sort_keys=False, allow_unicode=True))


def _by_requests(told: dict[str, Any], url: str) -> None:
    settings = told["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"]["request_url"] = url
    settings["interactivity"] |= {"request_url": url, "message_menu_options_url": url}
    for command in told["features"]["slash_commands"]:
        command["url"] = url


def _address(given: str) -> str:
    if not given.startswith("https://"):
        raise Misuse(f"Slack takes nothing but https here, and this is {given!r}. Give https://YOUR-HOST")
    return given.rstrip("/")
