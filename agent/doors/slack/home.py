"""The home tab: drawn when somebody opens it, and by the work behind the desk after each event."""

from typing import Any

from slack_bolt import App

from agent.cards import blocks as kit
from agent.cards.home import home
from agent.doors.slack.pressing import Reception
from agent.errors import Refused


def register(app: App, reception: Reception) -> None:
    """Have an app draw a home when it is opened."""

    def opened(event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            reception.later(lambda: publish(reception, str(event["user"])))

    app.event("app_home_opened")(opened)


def publish(reception: Reception, user: str) -> None:
    """Draw somebody's home as things are now; one who is not of the team is told so."""
    try:
        person = reception.person(user).id
        view = reception.desk.home_of(person)
        drawn = home(view, reception.seen(person))
    except Refused as error:
        drawn = {"type": "home", "blocks": kit.to_json([kit.section(kit.escape(str(error)))])}
    reception.slack.writing.send("views.publish", {"user_id": user, "view": drawn})
