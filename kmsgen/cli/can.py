"""`kmsgen can`: may somebody do something with a key; one request decided, or many, one to a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from kmsgen.catalog import actions, condition_keys
from kmsgen.catalog.principals import ACCOUNT
from kmsgen.cli import render
from kmsgen.documents import Document, read_json
from kmsgen.errors import KmsgenError, Location, Problem, Problems, did_you_mean
from kmsgen.semantics.doubt import doubt
from kmsgen.semantics.evaluate import Decision, evaluate
from kmsgen.semantics.request import Request
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.principals import principal_of
from kmsgen.sources.reading import lines_of

_GIVE = "`--parameter NAME=VALUE` gives what only the stack knows"

FORMAT_VERSION = "1"

T = TypeVar("T")
Context = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """What the command line asks."""

    source: str
    principal: str | None = None
    action: str | None = None
    context: tuple[str, ...] = ()
    requests: str | None = None
    format: str = "text"
    options: Options = field(default_factory=Options)


def run(question: Question) -> int:
    """Print the decision or the decisions; 0 where all is allowed, 1 where anything is denied."""
    if question.requests is not None:
        return _many(question)
    if question.principal is None or question.action is None:
        message = "`can` takes a PRINCIPAL and an ACTION, or `--requests FILE`"
        raise KmsgenError(Problem(message, hint="kmsgen can role/App kms:Decrypt --on blueprints/orders.yaml#orders"))
    keys = _keys(question)
    context = context_of(question.context)
    asked = [(key, _request(key, question.principal, action_of(question.action), context)) for key in keys]
    allowed = True
    if problems := [one for key, request in asked if (one := _doubtful(key, request)) is not None]:
        raise KmsgenError(*problems)
    for key, request in asked:
        decision = evaluate(_policy(key), request, key_account=key.facts.account)
        allowed = allowed and decision.verdict == "allowed"
        if question.format == "json":
            print(json.dumps(_document(decision, key if len(keys) > 1 else None), ensure_ascii=False))
        else:
            print(_text(decision, request, key))
    return 0 if allowed else 1


def _keys(question: Question) -> Sequence[SourceKey]:
    """The keys, all of which have a policy to decide by."""
    source, loaded = question.source, load(question.source, question.options)
    keys = loaded.keys
    if unmet := tuple(question.options.parameters.unmet()):
        raise KmsgenError(*unmet)
    render.notes(loaded.notes)
    if not keys:
        raise KmsgenError(Problem(f"`{source}` has no keys"))
    unread = [
        Problem(f"nothing is decided about `{key.name}` ({key.where}): {key.reason}") for key in keys if not key.policy
    ]
    if unread:
        raise KmsgenError(*unread)
    return keys


def _doubtful(key: SourceKey, request: Request, account: str | None = None) -> Problem | None:
    """What is to be said where only a stack knows what the key's policy says to a request."""
    why = doubt(_policy(key), request, key.facts, account)
    return None if why is None else Problem(f"nothing is decided about `{key.name}` ({key.where}): {why}", hint=_GIVE)


def _policy(key: SourceKey) -> Any:
    return key.policy


def context_of(given: Iterable[str]) -> Context:
    """`KEY=VALUE`s; a key that is given several times has several values."""
    found: dict[str, tuple[str, ...]] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or not key:
            raise KmsgenError(
                Problem(
                    f"`--context {one}` is no `KEY=VALUE`", hint="--context kms:ViaService=s3.eu-west-1.amazonaws.com"
                )
            )
        found[key] = (*found.get(key, ()), value)
    for key in found:
        if condition_keys.find(key) is None and (near := did_you_mean(key, condition_keys.CONDITION_KEYS)) is not None:
            # It may be one that AWS has added, or that a policy misspells alike.
            render.problems(
                [Problem(f"`{key}` is no condition key that is known", hint=near, severity="warning")], sys.stderr
            )
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def action_of(name: str) -> str:
    """An action as AWS writes it; `Decrypt` and `decrypt` are `kms:Decrypt`."""
    full = name if ":" in name else f"kms:{name}"
    known = actions.find(full)
    if known is not None:
        return known.name
    if "*" in full or "?" in full:
        raise KmsgenError(Problem(f"`{name}` is no action but a pattern", hint="name one action: `kms:Decrypt`"))
    if (wrong := actions.mistake(full)) is not None:
        raise KmsgenError(Problem(*wrong[:1], hint=wrong[1]))
    return full


def _request(key: SourceKey, principal: str, action: str, context: Context) -> Request:
    """The request to one key, with what is known of the key in its context."""
    given = {name.lower() for name in context}
    constants = {name: values for name, values in key.facts.constants.items() if name not in given}
    return Request(principal_of(key, principal), action, {**constants, **context}, key.arn)


def _document(decision: Decision, key: SourceKey | None = None) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        **({"key": key.name} if key else {}),
        "decision": decision.verdict,
        "access": decision.access,
        "needs_identity_policy": decision.needs_identity_policy,
        "statements": [one.sid for one in decision.statements],
    }


def _text(decision: Decision, request: Request, key: SourceKey) -> str:
    """What is decided, by which statement, and what else it takes."""
    what = f"{request.principal} {request.action} on {key.name}"
    if decision.verdict == "allowed":
        how = "directly" if decision.access == "direct" else "by way of its account"
        lines = [f"allowed, {how}: {what}"]
    elif decision.verdict == "explicitly-denied":
        lines = [f"denied: {what}"]
    else:
        lines = [f"denied: {what}", "  no statement allows it"]
    for one in decision.statements:
        said = f"`{one.sid}`" if one.sid else "without a `Sid`"
        places = ", ".join(map(str, one.origin)) or key.where
        lines.append(f"  by the statement {said} ({places})")
    if decision.needs_identity_policy:
        account = request.account or "its account"
        lines.append(f"  an IAM policy of {account} must allow it as well")
    return render.safe_lines("\n".join(lines))


def _many(question: Question) -> int:
    """Decide requests as they come, one JSON object a line."""
    if question.principal is not None or question.context:
        raise KmsgenError(Problem("`--requests` brings its own principals and contexts", hint="leave the others out"))
    keys = _keys(question)
    if len(keys) > 1:
        listed = ", ".join(f"`{key.name}`" for key in keys[:8])
        hint = f"pick one: `{question.source}#{keys[0].name}`"
        raise KmsgenError(Problem(f"`--requests` is about one key, and here are {len(keys)}: {listed}", hint=hint))
    name, problems, allowed = str(question.requests), Problems(), True
    for number, line in enumerate(lines_of(name), 1):
        if not line.strip():
            continue
        try:
            decision, request = _decide(keys[0], line, number, name)
        except KmsgenError as error:
            problems.extend(error.problems)
            # A line for a line, so that answers stay beside their questions.
            if question.format == "json":
                print(json.dumps({"format_version": FORMAT_VERSION, "error": str(error)}, ensure_ascii=False))
            continue
        allowed = allowed and decision.verdict == "allowed"
        if question.format == "json":
            print(json.dumps(_document(decision), ensure_ascii=False))
        else:
            print(_text(decision, request, keys[0]))
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return 0 if allowed else 1


_FIELDS = ("principal", "action", "context", "key_account")


def _decide(key: SourceKey, line: str, number: int, name: str) -> tuple[Decision, Request]:
    """The decision on the request in one line.

    Raises `KmsgenError` where the line holds none, with its place.
    """
    text = line.rstrip("\r\n")

    def moved(at: Location | None) -> Location:
        column, length = (at.column, at.length) if at else (1, 1)
        return Location(name, number, column, length, text)

    try:
        document = read_json(text, name)
        principal, action, context, account = _fields(document)
        named = _at(document, "action", lambda: action_of(action))
        request = _at(document, "principal", lambda: _request(key, principal, named, context))
    except KmsgenError as error:
        problems = [Problem(one.message, moved(one.at), one.hint) for one in error.problems]
        raise KmsgenError(*problems) from error
    if (problem := _doubtful(key, request, account)) is not None:
        raise KmsgenError(replace(problem, at=moved(document.at(()))))
    return evaluate(_policy(key), request, key_account=account or key.facts.account), request


def _at(document: Document, name: str, made: Callable[[], T]) -> T:
    """What is made of a field; a mistake in it is told at the field."""
    try:
        return made()
    except KmsgenError as error:
        problems = [Problem(one.message, document.at((name,)), one.hint) for one in error.problems]
        raise KmsgenError(*problems) from error


def _fields(document: Document) -> tuple[str, str, Context, str | None]:
    data, problems = document.data, Problems()
    if not isinstance(data, dict):
        raise KmsgenError(Problem("a request is a JSON object", document.at(())))
    for name in data:
        if name not in _FIELDS:
            problems.error(f"unknown field `{name}` of a request", document.at((name,)), f"known: {', '.join(_FIELDS)}")
    for name in ("principal", "action"):
        if not isinstance(data.get(name), str) or not data[name]:
            problems.error(f"a request has `{name}`, a string", document.at((name,)))
    account = data.get("key_account")
    if account is not None and not (isinstance(account, str) and ACCOUNT.fullmatch(account)):
        problems.error("`key_account` is twelve digits in quotes", document.at(("key_account",)))
    context: Context = {}
    given = data.get("context") or {}
    if not isinstance(given, dict):
        problems.error("`context` is an object of condition keys and values", document.at(("context",)))
        given = {}
    for key, value in given.items():
        values = [_value(one) for one in (value if isinstance(value, list) else [value])]
        known = [one for one in values if one is not None]
        if len(known) < len(values):
            message = "a value is a string, a number, a boolean, or a list of these"
            problems.error(message, document.at(("context", key)))
        context[key] = tuple(known) if isinstance(value, list) else "".join(known)
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return data["principal"], data["action"], context, account


def _value(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
