"""Key policies as JSON, one file each key and Region: what `aws kms put-key-policy --policy file://…` takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any

from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.emitters.companion import Resource, companions, known_arn
from kmsgen.emitters.references import Refusals
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.limits import MAX_BYTES
from kmsgen.policy.model import ANYONE, Condition, Effect, Policy, Principal, Statement, condition
from kmsgen.policy.reference import Reference, is_symbolic
from kmsgen.policy.write import conditions_document, one_or_list, principals_document, to_document

_MEMBER = "\n      "
"""What stands before a statement's members."""
_MEMBERS = f",{_MEMBER}"


def emit(bundle: Bundle, options: Options) -> Iterator[Artefact]:
    """`json/<blueprint>/<key>.json`, with the Region in its name where the key is in several."""
    refusals = Refusals("JSON")
    artefacts = [_artefact(bundle, key, refusals) for key in bundle.keys]
    if options.companion:
        artefacts += [
            Artefact(f"json/{bundle.name}/companion/{one.name}.json", text(one.document(_resource(refusals))), one.keys)
            for one in companions(bundle, refusals)
        ]
    refusals.raise_if_any()
    yield from artefacts


def _artefact(bundle: Bundle, key: Key, refusals: Refusals) -> Artefact:
    def leaf(value: str) -> str:
        if isinstance(value, Reference) and value.arn is None:
            refusals.reference(value, key, "it has no `arn`, and JSON has nothing but the ARN to write")
        return str(value)

    written = _policy(key.policy)
    if is_symbolic(written):
        to_document(key.policy, leaf)  # refuses
    if len(written.encode()) > MAX_BYTES:
        written = text(to_document(key.policy))
    name = f"{key.name}.{key.region}" if bundle.times[key.name] > 1 else key.name
    return Artefact(f"json/{bundle.name}/{name}.json", written, (key,))


def _resource(refusals: Refusals) -> Callable[[Key], Resource]:
    """How an IAM policy in JSON names a key: by its ARN, or by its aliases where it is yet to be made."""

    def resource(key: Key) -> Resource:
        if (arn := known_arn(key)) is not None:
            return Resource(arn)
        if not key.aliases:
            refusals.add(
                f"the ARN of `{key.name}` is not known before it is made, and it has no alias to name it by",
                key.at,
                "give it `aliases`, or write its companion as Terraform or CloudFormation",
            )
        region = key.region or "*"
        by_alias = condition("ForAnyValue:StringEquals", "kms:ResourceAliases", key.aliases)
        return Resource(f"arn:{key.partition}:kms:{region}:{key.account}:key/*", (by_alias,))

    return resource


def text(document: dict[str, Any]) -> str:
    """A policy as people read it, unless it only fits KMS's limit without white space."""
    pretty = _pretty(document, "\n") + "\n"
    if len(pretty.encode()) <= MAX_BYTES:
        return pretty
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _policy(policy: Policy) -> str:
    """What `_pretty` makes of a policy as data, with the lists of actions that statements share written once."""
    if policy.version is None or policy.id is not None or not policy.statements:
        return _pretty(to_document(policy), "\n") + "\n"
    statements = ",\n    ".join([_statement(one) for one in policy.statements])
    return f'{{\n  "Version": {_quoted(policy.version)},\n  "Statement": [\n    {statements}\n  ]\n}}\n'


def _statement(statement: Statement) -> str:
    members = [] if statement.sid is None else [f'"Sid": {_quoted(statement.sid)}']
    members.append('"Effect": "Allow"' if statement.effect is Effect.ALLOW else '"Effect": "Deny"')
    if statement.principals:
        members.append(f'"Principal": {_principals(statement.principals)}')
    if statement.not_principals:
        members.append(f'"NotPrincipal": {_principals(statement.not_principals)}')
    members += _lists(statement.actions, statement.not_actions, statement.resources, statement.not_resources)
    if statement.conditions:
        members.append(f'"Condition": {_conditions(statement.conditions)}')
    return f"{{{_MEMBER}{_MEMBERS.join(members)}\n    }}"


def _principals(principals: frozenset[Principal]) -> str:
    if len(principals) == 1:
        ((kind, value),) = principals
        return '"*"' if kind == ANYONE else f"{{{_MEMBER}  {_quoted(kind)}: {_quoted(value)}{_MEMBER}}}"
    return _pretty(principals_document(principals), _MEMBER)


@lru_cache(maxsize=256)
def _lists(*lists: frozenset[str]) -> list[str]:
    """The members of a statement that keys of one shape have in common."""
    names = ("Action", "NotAction", "Resource", "NotResource")
    return [
        f'"{name}": {_pretty(one_or_list(sorted(values)), _MEMBER)}'
        for name, values in zip(names, lists, strict=True)
        if values
    ]


@lru_cache(maxsize=256)
def _conditions(conditions: frozenset[Condition]) -> str:
    return _pretty(conditions_document(conditions), _MEMBER)


def _pretty(value: Any, end: str) -> str:
    """What `json.dumps` writes with an indent of two, several times as fast; `end` ends a line and indents the next."""
    if isinstance(value, str):
        return _quoted(value)
    within = f"{end}  "
    if isinstance(value, dict) and value:
        members = [f"{_quoted(name)}: {_pretty(one, within)}" for name, one in value.items()]
        return f"{{{within}{f',{within}'.join(members)}{end}}}"
    if isinstance(value, list) and value:
        return f"[{within}{f',{within}'.join([_pretty(one, within) for one in value])}{end}]"
    return json.dumps(value)
