"""The pieces that the schema is put together from: texts, lists, words of a set, objects, each with what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

ANY_TEXT: Schema = {"type": "string"}
NOTHING: Schema = {"type": "null"}
VARIABLE = r"\$\{"
"""In a string: something is put in, and may make it fit."""
VARIABLE_TEXT: Schema = {"type": "string", "pattern": VARIABLE}


_SAID = ("description", "markdownDescription", "examples")


def described(text: str, more: str = "") -> Schema:
    """What something means, for those who read Markdown and those who do not; `more` is for the first alone.

    >>> described("The key's Region.")
    {'description': "The key's Region."}
    """
    said: Schema = {"description": text}
    if more or "`" in text:
        said["markdownDescription"] = text + more
    return said


def ref(name: str) -> Schema:
    """What is defined under that name."""
    return {"$ref": f"#/definitions/{name}"}


def any_of(*schemas: Schema) -> Schema:
    """One of these; alternatives of alternatives are made one list, of which editors show the one that is meant."""
    return {"anyOf": [one for schema in schemas for one in _alternatives(schema)]}


def _alternatives(schema: Schema) -> list[Schema]:
    return schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]


def one_or_more(names_: Iterable[str]) -> Schema:
    """At least one of these fields is there.

    Not by `anyOf`: what one hovers over would be told in the words of all of its parts, which have none.
    """
    listed_ = list(names_)
    none = {"allOf": [{"not": {"required": [name]}} for name in listed_]}
    return {"not": none, "errorMessage": f"give at least one of {', '.join(f'`{name}`' for name in listed_)}"}


def nullable(schema: Schema) -> Schema:
    """Something, or `null`, which clears it."""
    said: Schema = {name: schema[name] for name in _SAID if name in schema}
    *first, last = _alternatives({name: one for name, one in schema.items() if name not in said})
    if isinstance(one := last.get("type"), str):
        return (
            {**any_of(*first, {**last, "type": [one, "null"]}), **said} if first else {**schema, "type": [one, "null"]}
        )
    return {**any_of(*first, last, NOTHING), **said}


def listed(item: Schema, *, empty: bool = False) -> Schema:
    """One thing, or a list of them; `empty`: also a list of none."""
    return any_of(item, {"type": "array", "items": item, **({} if empty else {"minItems": 1})})


def shaped(like: str, *shapes: re.Pattern[str], variables: bool = True) -> Schema:
    """A text of one of these shapes, or one with a variable in it, where it may have one; `like`: what is said else."""
    either = [f"^(?:{shape.pattern})$" for shape in shapes]
    return matching(like, "|".join([*either, *([VARIABLE] if variables else [])]))


def matching(like: str, pattern: str) -> Schema:
    """A text with a pattern in it."""
    return {"type": "string", "pattern": pattern, "patternErrorMessage": f"write it like {like}"}


def word(words: Iterable[str] | Mapping[str, str]) -> Schema:
    """One of a few words, each with what it means if that is given; or a text with a variable that may become one."""
    if isinstance(words, Mapping):
        return any_of(*({"const": one, **described(text)} for one, text in words.items()), VARIABLE_TEXT)
    return any_of(*consts(words), VARIABLE_TEXT)


def consts(words: Iterable[str]) -> list[Schema]:
    """Words one by one: of an `enum` editors show all, wherever one of them stands."""
    return [{"const": one} for one in words]


def whole(allowed: range) -> Schema:
    """A whole number of these."""
    return {"type": "integer", "minimum": allowed.start, "maximum": allowed.stop - 1}


def fields(properties: Mapping[str, Schema], *, required: Iterable[str] = ()) -> Schema:
    """A mapping with these fields and no others."""
    needed = list(required)
    made: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**made, "required": needed} if needed else made


def names(values: Schema, shape: str | None = None) -> Schema:
    """A mapping with names of the user's own choice."""
    made: Schema = {"type": "object", "additionalProperties": values}
    return made if shape is None else {**made, "propertyNames": {"pattern": shape}}
