"""The methods of views: a modal is opened by a trigger that lives three seconds; a home is published."""

from typing import Any

from tests.fakes.slack import blocks
from tests.fakes.slack.chat import stored
from tests.fakes.slack.state import View
from tests.fakes.slack.wire import Asked, Problem, method

#: How many views may lie on one another.
STACK = 3


@method("views.open")
def opened(asked: Asked) -> dict[str, Any]:
    given, user = _given(asked, "modal"), _pulled(asked)
    return _kept(asked, View(asked.slack.next_id("V"), user, given, _hash(asked)))


@method("views.push")
def pushed(asked: Asked) -> dict[str, Any]:
    given, user = _given(asked, "modal"), _pulled(asked)
    below = [each for each in asked.slack.views.values() if each.user == user]
    if len(below) >= STACK:
        raise Problem("push_limit_reached")
    last = below[-1] if below else None
    made = View(asked.slack.next_id("V"), user, given, _hash(asked))
    if last:
        made.root, made.previous = last.root or last.id, last.id
    return _kept(asked, made)


@method("views.update")
def updated(asked: Asked) -> dict[str, Any]:
    given, wanted = _given(asked, "modal"), asked.args.get("view_id")
    named = str(asked.args.get("external_id") or "")
    found = asked.slack.views.get(str(wanted)) if wanted else None
    found = found or next(
        (each for each in asked.slack.views.values() if named and each.external_id == named), None
    )
    if found is None:
        raise Problem("not_found")
    _same(asked, found)
    found.given, found.hash = given, _hash(asked)
    return {"view": found.shown(asked.slack)}


@method("views.publish")
def published(asked: Asked) -> dict[str, Any]:
    given, user = _given(asked, "home"), str(asked.need("user_id"))
    if user not in asked.slack.users:
        raise Problem("user_not_found")
    found = asked.slack.homes.get(user)
    if found:
        _same(asked, found)
        found.given, found.hash = given, _hash(asked)
    else:
        found = asked.slack.homes[user] = View(asked.slack.next_id("V"), user, given, _hash(asked))
    return {"view": found.shown(asked.slack)}


def _given(asked: Asked, kind: str) -> dict[str, Any]:
    given = asked.structure("view")
    found = blocks.view_faults(given)
    if not found and given["type"] != kind:
        found = [f"type must be {kind}"]
    if found:
        raise Problem("invalid_arguments", *found)
    stored(given["blocks"])
    return dict(given)


def _pulled(asked: Asked) -> str:
    """Use a trigger up and return whose it is."""
    found = asked.slack.triggers.get(str(asked.need("trigger_id")))
    if found is None:
        raise Problem("invalid_trigger_id")
    if asked.slack.clock.now() - found.at > asked.slack.trigger_seconds:
        raise Problem("expired_trigger_id")
    if found.is_used:
        raise Problem("exchanged_trigger_id")
    found.is_used = True
    return found.user


def _kept(asked: Asked, made: View) -> dict[str, Any]:
    made.external_id = str(made.given.get("external_id") or "")
    asked.slack.views[made.id] = made
    return {"view": made.shown(asked.slack)}


def _same(asked: Asked, found: View) -> None:
    given = asked.args.get("hash")
    if given and given != found.hash:
        raise Problem("hash_conflict")


def _hash(asked: Asked) -> str:
    return f"{int(asked.slack.clock.now())}.{asked.slack.next_id('')}"
