"""What an answer may look like: closed sets, every field there, ids among those that were shown."""

import pytest
from pydantic import ValidationError

from agent.domain.assessments import FactorKind
from agent.engines.claude.answers import ANSWERS, FINDABLE, Assessed, Compared, faults_of_names


def objects(schema: dict[str, object]) -> list[dict[str, object]]:
    defs = schema.get("$defs", {})
    assert isinstance(defs, dict)
    return [each for each in (schema, *defs.values()) if each.get("type") == "object"]


@pytest.mark.parametrize("name", ANSWERS)
def test_every_object_is_closed_and_every_field_is_asked_for(name: str) -> None:
    for each in objects(ANSWERS[name].model_json_schema()):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])  # type: ignore[call-overload]


def test_what_records_and_models_say_is_not_found_in_a_text() -> None:
    assert set(FactorKind) - set(FINDABLE) == {FactorKind.KEY_CUSTOMER, FactorKind.SEVERE}


def test_what_was_not_asked_for_is_an_error() -> None:
    with pytest.raises(ValidationError):
        Compared.model_validate({"compared": [], "and": "more"})
    with pytest.raises(ValidationError):
        Assessed.model_validate({"type": "urgent"})


def test_a_name_that_was_never_shown_is_refused_and_not_repeated() -> None:
    told = list(faults_of_names(["a#1", "evil#666"], ["a#1", "a#2"]))
    assert told == ["1 of the names were never shown; use only: a#1, a#2"]


def test_each_name_is_answered_once() -> None:
    assert list(faults_of_names(["a#1", "a#1"], ["a#1"])) == ["a name occurs twice; each may occur once"]
    told = list(faults_of_names(["a#1"], ["a#1", "a#2"], wanted=["a#1", "a#2"]))
    assert told == ["these are not answered: a#2"]
