"""Names to ARNs: a parameter's name becomes an ARN of the key's account and Region, and an ARN is held to its shape."""

from __future__ import annotations

import re

from kmsgen.blueprint.intent import KeyIntent
from kmsgen.catalog.principals import ACCOUNT, REGION
from kmsgen.policy.reference import Reference, is_symbolic
from kmsgen.templates import Parameter

ANY_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9*-]*:(?:[0-9]{12}|\*)?:[^\s\"]+")
_NAME = re.compile(r"[\w.@/+=,:#!-]+", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
BUCKET_ARN = "s3:::{}"


class RefusedValueError(Exception):
    """A value that is not of its parameter's type; what it should be, and what to write."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def is_name(text: str, *, wildcards: bool) -> bool:
    """Whether a text can stand in an ARN or an encryption context, for one thing or, with wildcards, several."""
    return _NAME.fullmatch(re.sub(r"[*?]", "x", text) if wildcards else text) is not None


def arn_of(key: KeyIntent, parameter: Parameter, text: str, *, wildcards: bool | None = None) -> str:
    """The ARN that a name or an ARN means; a reference is kept, and held to the shape where its ARN is known.

    Raises `RefusedValueError` where it is neither, or of another service or resource.
    """
    many = parameter.wildcards if wildcards is None else wildcards
    shape = BUCKET_ARN if parameter.type == "bucket" else parameter.arn
    if isinstance(text, Reference) and is_symbolic(text):
        return text
    if shape is None:
        if not ANY_ARN.fullmatch(text):
            raise RefusedValueError(f"`{text}` is not an ARN", "write it like `arn:aws:s3:::my-bucket`")
        return text
    if text.startswith("arn:"):
        _hold(key, shape, text, many)
        return text
    fine = _BUCKET.fullmatch(text) is not None if parameter.type == "bucket" else is_name(text, wildcards=many)
    if not fine:
        raise RefusedValueError(_no_name(text, many), f"write a name, or `{_shown(key, shape)}`")
    # A name that begins with a slash brings the one that the ARN has before it: Systems Manager's parameter `/app/x`.
    return _made(key, shape, text.removeprefix("/") if shape.endswith("/{}") else text)


def _no_name(text: str, many: bool) -> str:
    if not many and any(character in text for character in "*?"):
        return f"`{text}` has wildcards, and one name is wanted here"
    return f"`{text}` is neither a name nor an ARN"


def _made(key: KeyIntent, shape: str, name: str) -> str:
    if "{region}" in shape and key.region is None:
        raise RefusedValueError("a name needs the key's Region", "add `region: …` to the key, or give the ARN")
    named = shape.replace("{region}", key.region or "").replace("{account}", key.account)
    return f"arn:{key.partition}:{named.replace('{}', name)}"


def _shown(key: KeyIntent, shape: str) -> str:
    named = shape.replace("{region}", key.region or "REGION").replace("{account}", key.account)
    return f"arn:{key.partition}:{named.replace('{}', 'NAME')}"


def _hold(key: KeyIntent, shape: str, text: str, many: bool) -> None:
    """Whether an ARN is of the shape; its Region and account may be others than the key's."""
    hint = f"it is like `{_shown(key, shape)}`"
    parts, wanted = text.split(":", 5), shape.split(":", 3)
    if len(parts) < 6:
        raise RefusedValueError(f"`{text}` is no ARN: it has fewer than six parts", hint)
    if parts[1] != key.partition:
        message = f"`{text}` is in the partition `{parts[1]}`, and the key is in `{key.partition}`"
        raise RefusedValueError(message, hint)
    before, _, after = wanted[3].partition("{}")
    resource, end = parts[5], re.escape(after).replace(r"\?", ".")
    middle = resource[len(before) : len(resource) - len(after)]
    if (
        parts[2] != wanted[0]
        or not _segment(parts[3], wanted[1], REGION, many)
        or not _segment(parts[4], wanted[2], ACCOUNT, many)
        or not (middle and re.fullmatch(f"{re.escape(before)}.*{end}", resource))
    ):
        raise RefusedValueError(f"`{text}` is the ARN of something else", hint)
    if shape == BUCKET_ARN and "/" in middle:
        raise RefusedValueError(f"`{text}` names objects, and a bucket is wanted here", hint)
    if not is_name(middle, wildcards=many):
        raise RefusedValueError(_no_name(middle, many), hint)


def _segment(given: str, wanted: str, pattern: re.Pattern[str], many: bool) -> bool:
    if wanted == "*":
        return given == "*" or pattern.fullmatch(given) is not None
    if not wanted.startswith("{"):
        return given == wanted
    return pattern.fullmatch(given) is not None or (many and given == "*")
