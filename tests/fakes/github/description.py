"""GitHub's own description of its REST endpoints, as a judge over requests and answers.

Stricter than the document in one thing: a parameter or a key of a body that it does not name is
refused, because GitHub ignores what it does not know, and a misspelt key would go unseen.
"""

import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker

DATA = Path(__file__).parent.parent.parent / "data" / "github"


class Operation:
    """One method on one path."""

    def __init__(self, document: dict[str, Any], method: str, template: str) -> None:
        self.document = document
        self.name = f"{method} {template}"
        found = document["paths"][template]
        self.described = found[method.lower()]
        listed = [*found.get("parameters", ()), *self.described.get("parameters", ())]
        self.parameters = [self._at(each) for each in listed]

    def _at(self, found: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in found:
            _, *parts = found["$ref"].split("/")
            found = self.document
            for part in parts:
                found = found[part]
        return found

    def faults_of_request(self, path: dict[str, str], query: dict[str, str], body: Any) -> list[str]:
        """Say what the description refuses of a request."""
        given = {"path": path, "query": query}
        faults = []
        for place, values in given.items():
            known = {each["name"]: each for each in self.parameters if each["in"] == place}
            faults += [f"{place}: {name} is no parameter" for name in values if name not in known]
            for name, each in known.items():
                if name in values:
                    faults += self._faults(
                        each["schema"], _read(values[name], self._at(each["schema"])), name
                    )
                elif each.get("required"):
                    faults.append(f"{place}: {name} is missing")
        return faults + self._faults_of_body(body)

    def _faults_of_body(self, body: Any) -> list[str]:
        wanted = self._at(self.described.get("requestBody", {}))
        if not wanted:
            return [] if body is None else ["a body where none is read"]
        if body is None:
            return ["the body is missing"] if wanted.get("required") else []
        schema = self._at(wanted["content"]["application/json"]["schema"])
        faults = self._faults(schema, body, "body")
        if isinstance(body, dict) and "properties" in schema and not schema.get("additionalProperties"):
            faults += [f"body: {key} is no key" for key in body if key not in schema["properties"]]
        return faults

    def faults_of_answer(self, status: int, body: Any) -> list[str]:
        """Say what the description refuses of an answer."""
        responses = self.described["responses"]
        if str(status) not in responses:
            # Limits and faults of the network belong to no operation.
            return [] if status in _ANYWHERE else [f"{status} is not described"]
        content = self._at(responses[str(status)]).get("content")
        if not content or "application/json" not in content:
            return [] if body is None or status >= 400 else ["a body where none is described"]
        return self._faults(content["application/json"]["schema"], body, "answer")

    def _faults(self, schema: dict[str, Any], given: Any, place: str) -> list[str]:
        if schema.get("type") == "array" and isinstance(given, list):
            # One by one: the same items come again on other pages.
            each = _validator(self.document, json.dumps(schema["items"]))
            return [
                f"{place}[{at}].{fault}" for at, item in enumerate(given) for fault in _errors(each, item)
            ]
        return [f"{place}.{fault}" for fault in _errors(_validator(self.document, json.dumps(schema)), given)]


_ANYWHERE = (301, 304, 307, 401, 403, 404, 410, 422, 429, 500, 502, 503)


class Document:
    """The description, read once a process."""

    @cached_property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((DATA / "openapi.json").read_text())
        return found

    @cache  # noqa: B019 - one Document lives as long as the process
    def operation(self, method: str, template: str) -> Operation:
        """Return an operation; KeyError where the cut description has none of this name."""
        return Operation(self.content, method, template)

    def dull(self, schema_name: str) -> dict[str, Any]:
        """Return the least that a schema asks for, with values that say nothing."""
        made = _dull(self.content, {"$ref": f"#/components/schemas/{schema_name}"}, top=True)
        assert isinstance(made, dict)
        return made


DOCUMENT = Document()
_validators: dict[str, Any] = {}


def _validator(document: dict[str, Any], schema: str) -> Any:
    if schema not in _validators:
        whole = {**json.loads(schema), "components": document["components"]}
        _validators[schema] = OAS30Validator(whole, format_checker=oas30_format_checker)
    return _validators[schema]


def _errors(validator: Any, given: Any) -> list[str]:
    return [
        f"{'.'.join(map(str, each.absolute_path))}: {each.message[:300]}"
        for each in validator.iter_errors(given)
    ]


def _read(text: str, schema: dict[str, Any]) -> Any:
    """Read a parameter as the type that it is described to have."""
    kind = schema.get("type")
    if kind == "integer" and text.lstrip("-").isdigit():
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _dull(document: dict[str, Any], schema: dict[str, Any], *, top: bool = False) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("nullable") and not top:
        return None
    if "anyOf" in schema:
        return _dull(document, schema["anyOf"][0])
    if "allOf" in schema:
        return {key: each for part in schema["allOf"] for key, each in _dull(document, part).items()}
    if "enum" in schema:
        return schema["enum"][0]
    made = {"integer": 0, "number": 0, "boolean": False, "array": []}
    if schema.get("type") in made:
        return made[schema["type"]]
    if schema.get("type") == "string":
        formats = {"date-time": "2026-01-01T00:00:00Z", "uri": "https://github.example/"}
        return formats.get(schema.get("format", ""), "")
    fields = schema.get("properties", {})
    return {name: _dull(document, fields[name]) for name in schema.get("required", ()) if name in fields}
