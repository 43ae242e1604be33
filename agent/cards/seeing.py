"""From where a colleague looks at a Case: their zone, the team's names, and what links begin with."""

from datetime import datetime

from agent.cards.parts import Seen
from agent.policy.shifts import holder
from agent.settings import Settings


def seen_by(settings: Settings, now: datetime, person: str | None, workspace: str = "") -> Seen:
    """Return how a person of the team sees things now; the holder's zone for one who is not of it.

    The web inbox is linked where others than this machine can reach it.
    """
    people, sign_in = settings.team.people, settings.team.slack.sign_in
    on_shift = holder(settings.rotation, now).holder
    zones = {each.id: each.zone for each in people}
    return Seen(
        now=now,
        zone=zones.get(person or "") or zones.get(on_shift) or settings.rotation.zone,
        handles={each.id: each.handle for each in people},
        slack_ids={each.id: each.slack for each in people if each.slack},
        workspace=workspace,
        inbox=sign_in.url if sign_in else "",
        holder=on_shift,
    )
