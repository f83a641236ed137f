"""The CloudFormation templates that a bundle makes, as JSON data: one for each account, Region and shard.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsgen.catalog.key_specs import (
    CUSTOM_STORES,
    DEFAULT_SPEC,
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    EXTERNAL,
    can_rotate,
)
from kmsgen.emitters.artefact import Artefact, Options, header
from kmsgen.emitters.companion import Companion, Resource, companions, known_arn
from kmsgen.emitters.references import Inputs, Refusals, stays
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.reference import Reference
from kmsgen.policy.write import to_document
from kmsgen.words import camel

MAX_BYTES = 1_000_000
MAX_RESOURCES = 500
MAX_OUTPUTS = 200
MAX_PARAMETERS = 200
MAX_LOGICAL_ID = 255
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

_RETAIN = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
Write = Callable[[dict[str, Any], str], str]
"""A template and the first line of its file to text."""


class Intrinsic(dict[str, Any]):
    """A CloudFormation function: `{"Fn::GetAtt": […]}`, which YAML writes as a tag."""


def emit(bundle: Bundle, options: Options, folder: str, suffix: str, write: Write) -> Iterator[Artefact]:
    """`<folder>/<blueprint>[.<account>][.<Region>][.shardN].<suffix>`.

    Raises `OutputError` with every key that CloudFormation cannot make, and with a number of shards that suffices
    where a template is over one of its limits.
    """
    refusals = Refusals("CloudFormation")
    _refuse(bundle, options, refusals)
    artefacts = []
    for place, keys in _places(bundle).items():
        name = ".".join([bundle.name, *place])
        for shard, some in _shards(keys, bundle.shards).items():
            template = _template(bundle, some, refusals)
            text = write(template, header(bundle))
            numbered = f"{name}.shard{shard + 1}" if bundle.shards > 1 else name
            artefacts.append(Artefact(f"{folder}/{numbered}.{suffix}", text, tuple(some), bundle.shards))
            _limits(bundle, keys, some, _weight(template, text), refusals, write)
    if options.companion:
        for companion in companions(bundle, refusals):
            text = write(_companion(bundle, companion), header(bundle))
            artefacts.append(
                Artefact(f"{folder}/{bundle.name}.companion.{companion.name}.{suffix}", text, companion.keys)
            )
    refusals.raise_if_any()
    yield from artefacts


def _refuse(bundle: Bundle, options: Options, refusals: Refusals) -> None:
    for key in bundle.keys:
        where = f"`{key.name}` cannot be made by CloudFormation"
        if key.existing is not None:
            message = f"CloudFormation cannot attach a policy to a key that it does not manage: `{key.name}`"
            refusals.add(message, key.at, "write it as JSON or Terraform, and leave this format out")
        elif options.emit == "policy":
            message = f"CloudFormation has no policy without its key: `{key.name}`"
            refusals.add(message, key.at, "leave `--emit policy` out, or write JSON or Terraform")
        elif key.origin in CUSTOM_STORES:
            refusals.add(f"{where}: it has no keys in custom key stores", key.at, "leave this format out")
        elif key.usage == ENCAPSULATE_DECAPSULATE:
            refusals.add(f"{where}: it has no `{key.spec}` keys", key.at, "leave this format out")


def _places(bundle: Bundle) -> dict[tuple[str, ...], list[Key]]:
    found: dict[tuple[str, ...], list[Key]] = {}
    for key in bundle.keys:
        found.setdefault(tuple(bundle.place_words(key)), []).append(key)
    return found


def shard_of(name: str, shards: int) -> int:
    """The template that a key is in, by its name alone, so that no other key ever moves it."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % shards


def _shards(keys: list[Key], shards: int) -> dict[int, list[Key]]:
    found: dict[int, list[Key]] = {}
    for key in keys:
        found.setdefault(shard_of(key.name, shards), []).append(key)
    return dict(sorted(found.items()))


class _Weight(NamedTuple):
    """What counts against a template's limits."""

    bytes_: int
    resources: int
    outputs: int
    parameters: int

    def fits(self) -> bool:
        return all(one <= most for one, most in zip(self, _MOST, strict=True))


_MOST = _Weight(MAX_BYTES, MAX_RESOURCES, MAX_OUTPUTS, MAX_PARAMETERS)


def _weight(template: dict[str, Any], text: str) -> _Weight:
    counted = (len(template.get(part, ())) for part in ("Resources", "Outputs", "Parameters"))
    return _Weight(len(text.encode()), *counted)


def _limits(
    bundle: Bundle, keys: list[Key], some: list[Key], weight: _Weight, refusals: Refusals, write: Write
) -> None:
    if weight.fits():
        return
    words = "{:,} bytes, {} resources, {} outputs and {} parameters"
    refusals.add(
        f"a template of `{bundle.name}` has {words.format(*weight)}; CloudFormation takes {words.format(*_MOST)}",
        some[0].at,
        _divided(_enough(bundle, keys, write)),
    )


def _divided(shards: int | None) -> str:
    if shards is None:
        return "one key is over a limit by itself, so shards do not help; give ARNs, or write `references: inline`"
    return f"write `cloudformation: {{shards: {shards}}}` at the top of the blueprint"


def _enough(bundle: Bundle, keys: list[Key], write: Write) -> int | None:
    """The least number of shards with which every template fits, each key weighed alone, which is never too light.

    None where a key is over a limit by itself.
    """
    weights = {}
    for key in keys:
        template = _template(bundle, [key], Refusals("CloudFormation"))
        weights[key.name] = _weight(template, write(template, header(bundle)))
    if not all(weight.fits() for weight in weights.values()):
        return None
    for shards in range(bundle.shards + 1, 10_000):
        fits = True
        for some in _shards(keys, shards).values():
            total = _Weight(*(sum(column) for column in zip(*(weights[key.name] for key in some), strict=True)))
            fits = fits and total.fits()
        if fits:
            return shards
    return 10_000


def _template(bundle: Bundle, keys: list[Key], refusals: Refusals) -> dict[str, Any]:
    writer = _Writer(bundle, Inputs(bundle, refusals), refusals, {}, {}, {})
    for key in keys:
        writer.key(key)
    parameters = {
        made.name: {
            "Type": "String",
            "Description": made.description,
            **({"Default": made.default} if made.default else {}),
        }
        for made in writer.inputs
    }
    parameters.update(writer.parameters)
    for twin in sorted(parameters.keys() & writer.resources.keys()):
        message = f"`{twin}` would be both a parameter and a resource of the template"
        refusals.add(message, writer.owners[twin].at, "rename the key, or the principal that the parameter is for")
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"KMS keys of {bundle.source}, generated by kmsgen. Do not edit."[:1024],
        **({"Parameters": parameters} if parameters else {}),
        "Resources": writer.resources,
        "Outputs": writer.outputs,
    }


@dataclass
class _Writer:
    bundle: Bundle
    inputs: Inputs
    refusals: Refusals
    parameters: dict[str, Any]
    resources: dict[str, Any]
    outputs: dict[str, Any]
    owners: dict[str, Key] = field(default_factory=dict)
    """Whose each resource is."""

    def key(self, key: Key) -> None:
        """The resources and the output of one key."""
        name = self._logical(camel(key.name) if key.name[0].isalpha() else f"Key{camel(key.name)}", key)
        replica = key.replication == "replica"
        self.resources[name] = {
            "Type": "AWS::KMS::ReplicaKey" if replica else "AWS::KMS::Key",
            **_RETAIN,
            "Properties": dict(self._properties(name, key)),
        }
        for alias in key.aliases:
            self.resources[self._logical(f"{name}Alias{camel(alias.removeprefix('alias/'))}", key)] = {
                "Type": "AWS::KMS::Alias",
                "Properties": {"AliasName": alias, "TargetKeyId": Intrinsic({"Ref": name})},
            }
        arn = Intrinsic({"Fn::GetAtt": [name, "Arn"]})
        self.outputs[f"{name}Arn"] = {"Description": f"ARN of the key {key.name}", "Value": arn}

    def _logical(self, name: str, key: Key) -> str:
        if name in self.resources:
            message = f"`{key.name}` would have the logical id `{name}`, which something else in the template has"
            self.refusals.add(message, key.at, "rename one of them")
        if len(name) > MAX_LOGICAL_ID:
            message = f"`{key.name}` would have a logical id of {len(name)} characters"
            self.refusals.add(
                message, key.at, f"CloudFormation takes {MAX_LOGICAL_ID}: shorten the key's name or alias"
            )
        self.owners.setdefault(name, key)
        return name

    def _properties(self, name: str, key: Key) -> Iterator[tuple[str, Any]]:
        replica = key.replication == "replica"
        if replica:
            primary = f"{name}PrimaryKeyArn"
            self.parameters[primary] = {"Type": "String", "Description": f"ARN of the primary key of {key.name}"}
            yield "PrimaryKeyArn", Intrinsic({"Ref": primary})
        if key.description is not None:
            yield "Description", key.description
        if not replica and (key.spec != DEFAULT_SPEC or key.usage != ENCRYPT_DECRYPT):
            yield "KeySpec", key.spec
            yield "KeyUsage", key.usage
        if key.origin == EXTERNAL and not replica:
            yield "Origin", key.origin
        if key.replication == "primary":
            yield "MultiRegion", True
        if not key.enabled:
            yield "Enabled", False
        if can_rotate(key.spec, key.origin) and not replica:
            yield "EnableKeyRotation", key.rotation is not None
            if key.rotation is not None:
                yield "RotationPeriodInDays", key.rotation
        yield "PendingWindowInDays", key.deletion_window
        yield "KeyPolicy", to_document(key.policy, lambda text: self._leaf(text, key))
        if key.tags:
            yield "Tags", [{"Key": tag, "Value": value} for tag, value in key.tags]

    def _leaf(self, text: str, key: Key) -> Any:
        if not isinstance(text, Reference):
            return text
        if text.cloudformation is not None and stays(text.cloudformation):
            return marked(text.cloudformation)
        name = f"{camel(text.name)}Arn"
        expression = text.cloudformation
        written = self.inputs.take(text, key, name, expression, "cloudformation", lambda: marked(expression))
        return Intrinsic({"Ref": name}) if written is None else written


def marked(data: Any) -> Any:
    """JSON data with its functions marked as such, so that YAML can write them as tags."""
    if isinstance(data, list):
        return [marked(item) for item in data]
    if isinstance(data, dict):
        inner = {name: marked(item) for name, item in data.items()}
        is_function = len(inner) == 1 and (next(iter(inner)) == "Ref" or next(iter(inner)).startswith("Fn::"))
        return Intrinsic(inner) if is_function else inner
    return data


def _companion(bundle: Bundle, companion: Companion) -> dict[str, Any]:
    """A template with the managed policy for one target, attached where the target is a role or a user."""
    parameters: dict[str, Any] = {}

    def resource(key: Key) -> Resource:
        if (arn := known_arn(key)) is not None:
            return Resource(arn)
        name = camel(f"{key.name} {key.region if bundle.times[key.name] > 1 else ''} KeyArn")
        parameters[name] = {"Type": "String", "Description": f"ARN of the key {key.name}"}
        return Resource(Intrinsic({"Ref": name}))

    document = companion.document(resource)
    kind, name = companion.target.kind, companion.target.name
    attached = {"Roles": [name]} if kind == "role" else {"Users": [name]} if kind == "user" else {}
    properties = {"Description": f"Use of KMS keys of {bundle.source}", "PolicyDocument": document, **attached}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"What {companion.name} needs beside the key policies of {bundle.source}, generated by kmsgen."[
            :1024
        ],
        **({"Parameters": parameters} if parameters else {}),
        "Resources": {"KmsAccess": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}},
    }
