"""The Terraform module that a bundle makes, as blocks: what HCL and JSON both write down.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kmsgen.catalog.key_specs import DEFAULT_SPEC, ENCRYPT_DECRYPT, EXTERNAL, can_rotate
from kmsgen.emitters.artefact import Options
from kmsgen.emitters.companion import Companion, Resource, companions, known_arn
from kmsgen.emitters.hcl import Address, Block, Call, Raw
from kmsgen.emitters.references import Inputs, Refusals
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.reference import Reference
from kmsgen.policy.write import to_document
from kmsgen.words import snake

_PROVIDER = {"source": "hashicorp/aws", "version": ">= 5.49"}
"""`rotation_period_in_days` is the youngest argument that is always written; 5.49 has it."""
_SPEC_OF_EXTERNAL = ">= 6.11"
"""The first version whose `aws_kms_external_key` takes `key_spec` and `key_usage`.

https://github.com/hashicorp/terraform-provider-aws/pull/44011
"""
_TERRAFORM = ">= 1.3"
_IMPORTS = ">= 1.5"
"""The first version that knows `import` blocks."""

_RENAME = "let them differ in letters or digits"
_KEEP = Block("lifecycle", (), (("prevent_destroy", True),))
Body = tuple[tuple[str, Any] | Block | None, ...]


def module(bundle: Bundle, options: Options) -> tuple[Block, ...]:
    """The blocks of the module, in the order in which they are written.

    Raises `OutputError` with every reference that Terraform cannot be given.
    """
    refusals = Refusals("Terraform")
    writer = _Writer(bundle, options, Inputs(bundle, refusals), refusals)
    resources = [block for key in bundle.keys for block in writer.key(key)]
    writer.refuse_twins()
    refusals.raise_if_any()
    return (_settings(bundle), *writer.variables(), *resources, *writer.moves(), *writer.outputs())


def _settings(bundle: Bundle) -> Block:
    provider: dict[str, Any] = dict(_PROVIDER)
    if any(resource_type(key) == "aws_kms_external_key" and _is_special(key) for key in bundle.keys):
        provider["version"] = _SPEC_OF_EXTERNAL
    aliases = sorted({alias for key in bundle.keys if (alias := provider_alias(bundle, key))})
    if aliases:
        provider["configuration_aliases"] = [Address(alias) for alias in aliases]
    return Block(
        "terraform",
        (),
        (("required_version", _TERRAFORM), None, Block("required_providers", (), (("aws", provider),))),
    )


def provider_alias(bundle: Bundle, key: Key) -> str | None:
    """The provider configuration that a key needs; None for the default one, where all keys are in one place."""
    words = bundle.place_words(key)
    return f"aws.{snake('_'.join(words))}" if words else None


def label(bundle: Bundle, key: Key) -> str:
    """What the module calls a key: by its Region too where it has several."""
    # The primary of a multi-Region set, and a key alone, keep the plain name.
    plain = bundle.times[key.name] == 1 or key.replication == "primary"
    return snake(key.name) if plain else snake(f"{key.name}_{key.region}")


def resource_type(key: Key) -> str:
    """The resource that makes a key."""
    if key.existing is not None:
        return "aws_kms_key_policy"
    if key.replication == "replica":
        return "aws_kms_replica_external_key" if key.origin == EXTERNAL else "aws_kms_replica_key"
    return "aws_kms_external_key" if key.origin == EXTERNAL else "aws_kms_key"


def imports(bundle: Bundle) -> tuple[Block, ...]:
    """`import` blocks for the policies of `existing` keys; none where there are no such keys.

    They stand in a file of their own, as Terraform takes them in a root module alone.
    https://developer.hashicorp.com/terraform/language/import
    """
    found = tuple(
        _block_of(
            "import", ("to", Address(f"aws_kms_key_policy.{label(bundle, key)}")), ("id", key_id(str(key.existing)))
        )
        for key in bundle.existing
    )
    return (_block_of("terraform", ("required_version", _IMPORTS)), *found) if found else ()


def key_id(existing: str) -> str:
    """The id of a key that is given by its id or ARN: an ARN would be a change in every plan.

    https://github.com/hashicorp/terraform-provider-aws/issues/46432
    """
    return existing.rpartition("/")[2]


def companion_modules(bundle: Bundle) -> Iterator[tuple[Companion, tuple[Block, ...]]]:
    """The module with the IAM policy for each caller that needs one, attached where the caller is a role or a user.

    Raises `OutputError` with every policy that is too large for IAM.
    """
    refusals = Refusals("Terraform")
    made = [(companion, _companion_module(bundle, companion)) for companion in companions(bundle, refusals)]
    refusals.raise_if_any()
    yield from made


def _companion_module(bundle: Bundle, companion: Companion) -> tuple[Block, ...]:
    variables: dict[str, Block] = {}

    def resource(key: Key) -> Resource:
        if (arn := known_arn(key)) is not None:
            return Resource(arn)
        name = f"{label(bundle, key)}_key_arn"
        body: Body = (("description", f"ARN of the key {key.name}"), ("type", Raw("string")))
        variables[name] = Block("variable", (name,), body)
        return Resource(Raw(f"var.{name}"))

    policy = ("policy", Call("jsonencode", companion.document(resource)))
    target = companion.target
    name = ("name", f"kms-{snake(bundle.name)}"[:128])
    if target.kind in ("role", "user"):
        block = Block("resource", (f"aws_iam_{target.kind}_policy", "kms"), (name, (target.kind, target.name), policy))
    else:
        description = ("description", f"Use of KMS keys of {bundle.source}")
        block = Block("resource", ("aws_iam_policy", "kms"), (name, description, policy))
    providers = Block("required_providers", (), (("aws", dict(_PROVIDER)),))
    settings = Block("terraform", (), (("required_version", _TERRAFORM), None, providers))
    return (settings, *(variables[one] for one in sorted(variables)), block)


@dataclass
class _Writer:
    bundle: Bundle
    options: Options
    inputs: Inputs
    refusals: Refusals

    def key(self, key: Key) -> Iterator[Block]:
        """The resources of one key."""
        name, alias = label(self.bundle, key), provider_alias(self.bundle, key)
        provider: Body = (("provider", Address(alias)), None) if alias else ()
        policy = Call("jsonencode", to_document(key.policy, lambda text: self._leaf(text, key)))
        if key.existing is not None or self.options.emit == "policy":
            target: Any = key_id(key.existing) if key.existing is not None else Raw(f"var.{name}_key_id")
            body: Body = (*provider, ("key_id", target), ("policy", policy), None, _KEEP)
            yield Block("resource", ("aws_kms_key_policy", name), body)
            return
        yield Block("resource", (resource_type(key), name), (*provider, *self._settings(key, policy), None, _KEEP))
        for one in key.aliases:
            target = ("target_key_id", Raw(f"{resource_type(key)}.{name}.{_id_attribute(key)}"))
            yield Block("resource", ("aws_kms_alias", _alias_label(name, one)), (*provider, ("name", one), target))

    def _leaf(self, text: str, key: Key) -> Any:
        if not isinstance(text, Reference):
            return text
        name = f"{snake(text.name)}_arn"
        written = self.inputs.take(text, key, name, text.terraform, "terraform", lambda: Raw(str(text.terraform)))
        return Raw(f"var.{name}") if written is None else written

    def _settings(self, key: Key, policy: Call) -> Iterator[tuple[str, Any]]:
        """The arguments of a key's resource; what the provider defaults to is left out."""
        replica, external = key.replication == "replica", key.origin == EXTERNAL
        if replica:
            primary = self.bundle.primaries[key.name]
            yield "primary_key_arn", Raw(f"{resource_type(primary)}.{label(self.bundle, primary)}.arn")
        if key.description is not None:
            yield "description", key.description
        if not replica and _is_special(key):
            yield "key_spec" if external else "customer_master_key_spec", key.spec
            yield "key_usage", key.usage
        if key.custom_key_store is not None:
            yield "custom_key_store_id", key.custom_key_store
        if key.xks_key_id is not None:
            yield "xks_key_id", key.xks_key_id
        if key.replication == "primary":
            yield "multi_region", True
        if not key.enabled:
            yield "enabled" if replica or external else "is_enabled", False
        if can_rotate(key.spec, key.origin) and not replica:
            yield "enable_key_rotation", key.rotation is not None
            if key.rotation is not None:
                yield "rotation_period_in_days", key.rotation
        yield "deletion_window_in_days", key.deletion_window
        if key.tags:
            yield "tags", dict(key.tags)
        yield "policy", policy

    def variables(self) -> Iterator[Block]:
        """What the module is to be given: ARNs that it refers to, and ids of keys whose policy alone is written."""
        for made in self.inputs:
            body: Body = (("description", made.description), ("type", Raw("string")))
            yield Block("variable", (made.name,), (*body, ("default", made.default)) if made.default else body)
        if self.options.emit == "policy":
            for key in self.bundle.keys:
                if key.existing is None:
                    body = (("description", f"Id of the key {key.name}, not its ARN"), ("type", Raw("string")))
                    yield Block("variable", (f"{label(self.bundle, key)}_key_id",), body)

    def moves(self) -> Iterator[Block]:
        """`moved` blocks for renamed keys, so that Terraform renames what it has instead of replacing it."""
        if self.options.emit == "policy":
            return
        for key in self.bundle.keys:
            if key.renamed_from is not None and key.existing is None:
                new = label(self.bundle, key)
                old = new.replace(snake(key.name), snake(key.renamed_from), 1)
                yield _moved(f"{resource_type(key)}.{old}", f"{resource_type(key)}.{new}")
                for one in key.aliases:
                    yield _moved(f"aws_kms_alias.{_alias_label(old, one)}", f"aws_kms_alias.{_alias_label(new, one)}")

    def outputs(self) -> Iterator[Block]:
        """The ARN of every key that the module makes."""
        if self.options.emit == "policy":
            return
        for key in self.bundle.keys:
            if key.existing is None:
                name = label(self.bundle, key)
                value = ("value", Raw(f"{resource_type(key)}.{name}.arn"))
                yield Block("output", (f"{name}_arn",), (("description", f"ARN of the key {key.name}"), value))

    def refuse_twins(self) -> None:
        """Two keys, or two aliases, whose names differ only in characters that a label cannot have."""
        seen: dict[str, Key] = {}
        aliases: dict[str, str] = {}
        places: dict[str | None, Key] = {}
        for key in self.bundle.keys:
            name, provider = label(self.bundle, key), provider_alias(self.bundle, key)
            there = places.setdefault(provider, key)
            if provider == "aws." or (there.account, there.region) != (key.account, key.region):
                message = f"`{there.account_name}` and `{key.account_name}` would have the same provider in Terraform"
                self.refusals.add(message, key.at, _RENAME)
            first = seen.setdefault(name, key)
            if first is not key:
                message = f"`{first.name}` and `{key.name}` would have the same name in Terraform"
                self.refusals.add(message, key.at, "rename one of them")
            for alias in key.aliases:
                one = f"`{alias}` of `{key.name}`"
                if (other := aliases.setdefault(_alias_label(name, alias), one)) != one:
                    self.refusals.add(f"{other} and {one} would have the same name in Terraform", key.at, _RENAME)


def _id_attribute(key: Key) -> str:
    return "id" if key.origin == EXTERNAL else "key_id"


def _alias_label(name: str, alias: str) -> str:
    return f"{name}_{snake(alias.removeprefix('alias/'))}"


def _is_special(key: Key) -> bool:
    return key.spec != DEFAULT_SPEC or key.usage != ENCRYPT_DECRYPT


def _moved(old: str, new: str) -> Block:
    return _block_of("moved", ("from", Address(old)), ("to", Address(new)))


def _block_of(type_: str, *body: tuple[str, Any]) -> Block:
    return Block(type_, (), body)
