"""A stand-in for Slack: a real server on this machine with the Web API, Socket Mode, deliveries, state and faults.

with standing() as slack:
    help_ = slack.channel("help")
    asked = help_.says(slack.user("user-4821"), "It hangs")
    … the product talks to slack.api_url with BOT_TOKEN, and slack_sdk and Bolt are the real ones …
    assert [call.method for call in slack.writes] == ["chat.postMessage"]

`python -m tests.fakes.slack` serves one alone.
"""

from tests.fakes.slack.serving import standing
from tests.fakes.slack.state import Channel, Message, User, View
from tests.fakes.slack.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Call, Workspace

__all__ = [
    "APP_TOKEN",
    "BOT_TOKEN",
    "SIGNING_SECRET",
    "Call",
    "Channel",
    "Message",
    "User",
    "View",
    "Workspace",
    "standing",
]
