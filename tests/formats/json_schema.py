"""Answers as JSON against the published schema, in two ways: as readers use it, and strictly, where
what the schema does not name is an error, so that no field is left undocumented."""

import copy
import json

import jsonschema

# Keywords whose value is a map from names to schemas, a schema, or a list of them.
_MAPS = ("$defs", "properties")
_SCHEMAS = ("items", "additionalProperties", "if", "then", "else")
_LISTS = ("anyOf", "prefixItems")


def strict(schema, condition=False):
    """The schema with every object closed; a condition only asks, it must not close."""
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key in _MAPS:
            value = {name: strict(each, condition) for name, each in value.items()}
        elif key in _SCHEMAS:
            value = strict(value, condition or key == "if")
        elif key in _LISTS:
            value = [strict(each, condition) for each in value]
        out[key] = value
    if out.get("type") in ("object", ["object", "null"]) and not condition:
        if "properties" in out and "$defs" not in out:
            out.setdefault("additionalProperties", False)
    return out


class Answers:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            schema = json.load(file)
        validator = jsonschema.Draft202012Validator
        validator.check_schema(schema)
        self._validators = [validator(schema), validator(strict(copy.deepcopy(schema)))]

    def errors(self, text):
        """What is wrong with an answer: a list of sentences."""
        found = []
        answer = json.loads(text)
        for validator in self._validators:
            for error in validator.iter_errors(answer):
                place = "/".join(str(part) for part in error.absolute_path)
                found.append(f"{place}: {error.message[:300]}")
        return found + list(_floats(answer, ""))


def _floats(value, place):
    if isinstance(value, float):
        yield f"{place}: {value} is no integer"
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _floats(item, f"{place}/{key}")
