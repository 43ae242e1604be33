"""What must be true at the end of a storm, whatever died: nothing lost, nothing twice, nothing unasked."""

from collections import Counter
from typing import TYPE_CHECKING

from agent.domain.actions import ActionKind, OutboxState
from agent.domain.cases import VerdictKind
from tests.chaos import truth
from tests.chaos.person import EDIT, REJECT, Press

if TYPE_CHECKING:
    from tests.chaos.storm import Storm

SOURCE = "github:example/millrace"


def hold(storm: "Storm") -> dict[str, object]:
    """Assert all of it; return what was counted on the way."""
    effects = storm.effects()
    assert not effects.refused, effects.refused
    _each_message_is_in_one_case(storm)
    verdicts = _what_was_pressed_is_what_stands(storm)
    return {"verdicts": dict(verdicts), **_each_approved_action_has_one_effect(storm, effects)}


def _each_message_is_in_one_case(storm: "Storm") -> None:
    store = storm.desk.store
    kept = truth.cases_of_messages(store)
    not_once = {
        id: kept.get((SOURCE, id)) for id in storm.postman.written if len(kept.get((SOURCE, id), [])) != 1
    }
    assert not not_once, f"not in one Case: {not_once}"
    titles = truth.pasted_titles(store)
    assert titles == dict.fromkeys(storm.postman.pasted, 1)
    split = {id: numbers for id, numbers in kept.items() if len(numbers) > 1}
    assert not split, f"in several Cases: {split}"
    threads: dict[str, set[int]] = {}
    for source, id in ((source, id) for source, id in kept if source == SOURCE):
        threads.setdefault(id.partition("/issuecomment")[0], set()).update(kept[source, id])
    assert not {thread: found for thread, found in threads.items() if len(found) > 1}, "a thread is one Case"
    assert not truth.lone_messages(store)
    assert not truth.stuck(store)
    assert not truth.unjudged(store)


def _what_was_pressed_is_what_stands(storm: "Storm") -> Counter[str]:
    """Hold each Verdict against the presses: none unasked, none lost, none taken twice."""
    standing, undone = truth.verdicts_of(storm.desk.store), truth.undone(storm.desk.store)
    pressed: dict[tuple[str, int], list[Press]] = {}
    for each in storm.person.presses:
        pressed.setdefault((each.case_id, each.revision), []).append(each)
    for at, verdict in standing.items():
        kinds = {each.kind for each in pressed.get(at, [])}
        assert kinds, f"nobody pressed anything on {at}"
        assert (verdict.kind == VerdictKind.REJECT) == (kinds == {REJECT}), (at, verdict.kind, kinds)
    for at, presses in pressed.items():
        taken = [each for each in presses if each.taken]
        assert len(taken) <= 1, f"taken twice: {taken}"
        assert not taken or at in standing or at in undone, f"taken and not there: {taken}"
    regrets = {(each.case_id, each.revision): each.taken for each in storm.person.taken_back}
    assert undone <= set(regrets), f"taken back, and nobody asked: {undone - set(regrets)}"
    lost = {at for at, taken in regrets.items() if taken} - undone
    assert not lost, f"taken back, and it stands: {lost}"
    return Counter(str(each.kind) for each in standing.values())


def _each_approved_action_has_one_effect(storm: "Storm", effects: truth.Effects) -> dict[str, object]:
    found, standing = truth.rows(storm.desk.store), truth.verdicts_of(storm.desk.store)
    wrong, states = [], Counter[str]()
    for row in found:
        action = row.action
        many = effects.of(row, found)
        states[row.state] += 1
        verdict = standing.get((action.case_id, action.revision))
        is_approved = verdict is not None and verdict.kind != VerdictKind.REJECT
        wanted = {OutboxState.SENT: 1, OutboxState.CANCELLED: 0}.get(row.state)
        if many != wanted or (many and not is_approved):
            wrong.append((action.key, str(row.state), many, is_approved, row.trouble))
    assert not wrong, f"(key, state, effects, approved, trouble): {wrong}"
    unasked = set(effects.keys) - {row.action.key for row in found}
    unasked |= set(effects.labels) - {truth.label_of(row, found) for row in found}
    assert not unasked, f"nobody approved {unasked}"
    lost = truth.planned_replies(storm.desk.store) - {row.action.key for row in found}
    assert not lost, f"approved and not in the outbox: {lost}"
    _texts_are_those_that_were_approved(storm, effects)
    approved = sum(1 for row in found if row.state is OutboxState.SENT)
    most = storm.size.unknown_share * approved + storm.size.unknown_more
    assert storm.resolved["unknown"] <= most, f"{storm.resolved['unknown']} unknown of {approved}"
    return {"actions": dict(states), "approved": approved, "unknown": storm.resolved["unknown"]}


def _texts_are_those_that_were_approved(storm: "Storm", effects: truth.Effects) -> None:
    """Hold the replies that were changed by hand against what stands at their destination."""
    for row in truth.rows(storm.desk.store):
        action = row.action
        if action.kind is not ActionKind.REPLY or row.state is not OutboxState.SENT:
            continue
        meant = [
            each
            for each in storm.person.presses
            if (each.case_id, each.revision) == (action.case_id, action.revision) and each.kind == EDIT
        ]
        if meant:
            line = f"We look at {action.case_id} r{action.revision} today."
            assert line in effects.texts[action.key], f"{action.key} left without what the person wrote"
