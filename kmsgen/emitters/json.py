"""Key policies as JSON, one file each key and Region: what `aws kms put-key-policy --policy file://…` takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring as _quoted
from typing import Any

from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.emitters.companion import Resource, companions, known_arn
from kmsgen.emitters.references import Refusals
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.limits import MAX_BYTES
from kmsgen.policy.model import condition
from kmsgen.policy.reference import Reference
from kmsgen.policy.write import to_document


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

    document = to_document(key.policy, leaf)
    name = f"{key.name}.{key.region}" if bundle.times[key.name] > 1 else key.name
    return Artefact(f"json/{bundle.name}/{name}.json", text(document), (key,))


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
