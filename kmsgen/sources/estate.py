"""The KMS keys among Terraform's resources, with the policies and aliases of each, whoever tells of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsgen.catalog.key_specs import AWS_KMS, DEFAULT_SPEC, DELETION_DEFAULT, ENCRYPT_DECRYPT, EXTERNAL
from kmsgen.policy.model import Policy
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import PENDING_IMPORT, SourceKey, default_policy, facts_of_arn, id_of, partition_in
from kmsgen.sources.plan import Resource, Written
from kmsgen.sources.text import read_embedded

_EXTERNAL = ("aws_kms_external_key", "aws_kms_replica_external_key")
REPLICAS = ("aws_kms_replica_key", "aws_kms_replica_external_key")
KEYS = ("aws_kms_key", *REPLICAS, "aws_kms_external_key")
POLICY, ALIAS = "aws_kms_key_policy", "aws_kms_alias"
_NOT_GIVEN = "no policy is given: KMS gives its own"


@dataclass
class Estate:
    """The resources of a plan, a state, or a module."""

    name: str
    account: str | None
    """The account and the Region of keys of which nothing else says it."""
    region: str | None
    resources: list[Resource]
    _policies: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    _aliases: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    _vague_aliases: bool = False
    """Whether it is not known to which key some alias belongs."""
    _by_id: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    _by_label: dict[tuple[str, str], list[Resource]] = field(default_factory=lambda: defaultdict(list))

    def all_keys(self) -> Iterator[SourceKey]:
        """Every key, and every policy that is attached to a key which is managed elsewhere."""
        keys = [one for one in self.resources if one.type in KEYS]
        for key in keys:
            self._by_label[key.module, key.label].append(key)
            if (known := id_of(key.text("key_id") or key.text("arn"))) is not None:
                self._by_id[known].append(key)
        elsewhere, vague = list[Resource](), list[Resource]()
        for one in self.resources:
            attribute = "key_id" if one.type == POLICY else "target_key_id" if one.type == ALIAS else None
            if attribute is None:
                continue
            owners = self._owners(one, attribute)
            if len(owners) == 1:
                (self._policies if one.type == POLICY else self._aliases)[owners[0].address].append(one)
            elif one.type == ALIAS:
                self._vague_aliases = self._vague_aliases or bool(owners) or one.is_unknown(attribute)
            else:
                (vague if owners or one.is_unknown(attribute) else elsewhere).append(one)
        for key in keys:
            yield self._key(key, vague)
        for one in elsewhere:
            yield self._attached(one)
        for one in vague:
            if one.written is not None:
                yield self._attached(one)
                continue
            reason = f"unknown until apply: the key that it belongs to{_refers(one, 'key_id')}"
            yield SourceKey(one.address, None, "terraform", self._where(one), reason=reason, names=one.names)

    def _owners(self, one: Resource, attribute: str) -> list[Resource]:
        """The keys that a policy or an alias may belong to: by the id where it is known, else by what it refers to."""
        known = id_of(one.text(attribute))
        if known is not None:
            found = self._by_id.get(known, [])
            # The keys of a multi-Region set have one id; the Region tells them apart.
            here = [key for key in found if _region(key, "arn") in _regions(one, attribute)]
            return here if len(found) > 1 and here else found
        named = [key for root in sorted(one.roots(attribute)) for key in self._by_label.get((one.module, root), ())]
        exact = [key for key in named if any(name.startswith(f"{key.address}.") for name in one.references(attribute))]
        same = exact or [key for key in named if key.index == one.index]
        return same if len(named) > 1 and same else named

    def _where(self, one: Resource) -> str:
        return f"{self.name}: {one.address}" if one.at is None else f"{one.at.file}:{one.at.line}"

    def _key(self, key: Resource, vague: list[Resource]) -> SourceKey:
        arn = key.text("arn")
        of_arn = facts_of_arn(arn)
        region = of_arn.region or key.text("region") or key.region or self.region
        settings, unknown = _settings(key)
        aliases = tuple(sorted(name for one in self._aliases[key.address] if (name := one.text("name"))))
        if not self._vague_aliases and len(aliases) == len(self._aliases[key.address]):
            settings["aliases"] = list(aliases)
        facts = KeyFacts(
            account=of_arn.account or key.account or self.account,
            region=region,
            arn=arn,
            spec=settings.get("spec"),
            usage=settings.get("usage"),
            origin=settings.get("origin"),
            multi_region=settings.get("multi_region"),
        )
        policy, reason, notes = self._policy(key, facts)
        may_be = [one for one in vague if key in self._owners(one, "key_id") or not _names_a_key(one)]
        if may_be and not key.says("policy") and not self._policies[key.address]:
            policy, reason = None, f"unknown until apply: `{may_be[0].address}` may be its policy"
        if policy is not None:  # else the reason says it
            notes += key.notes
        notes += [f"`{name}` is unknown until apply{_refers(key, name)}" for name in unknown]
        return SourceKey(
            key.address, policy, "terraform", self._where(key), reason=reason, facts=facts,
            key_id=id_of(key.text("key_id") or arn), aliases=aliases, settings=settings, names=key.names,
            notes=tuple(notes), at=key.at, place=self._holder(key).place,
            kin=tuple(self._kin(key)) if settings.get("multi_region") is True else (),
            is_primary=key.type not in REPLICAS if settings.get("multi_region") is True else None,
        )  # fmt: skip

    def _kin(self, key: Resource) -> Iterator[str]:
        """What names the key's multi-Region set: its address, or of a replica what it says of its primary."""
        if key.type not in REPLICAS:
            yield f"{self.name}\x1f{key.address}"
        elif (known := id_of(key.text("primary_key_arn"))) is not None:
            yield known
        else:
            owners = self._owners(key, "primary_key_arn")
            yield from (f"{self.name}\x1f{one.address}" for one in owners if len(owners) == 1)

    def _holder(self, key: Resource) -> Written:
        """The policy of a key as it is written, where it was read with the resource."""
        return next((one.written for one in (*self._policies[key.address], key) if one.written), Written(None, None))

    def _policy(self, key: Resource, facts: KeyFacts) -> tuple[Policy | None, str | None, list[str]]:
        attached = self._policies[key.address]
        # Without `policy` in the configuration, what stands there is what the provider read back, not what is wanted.
        inline = key.says("policy")
        if attached and inline:
            return None, f"its policy is said twice: by its own `policy` and by `{attached[0].address}`", []
        if len(attached) > 1:
            return None, f"its policy is said twice: by `{attached[0].address}` and `{attached[1].address}`", []
        holder = attached[0] if attached else key
        if holder.written is not None:
            return holder.written.policy, holder.written.reason, []
        if holder.is_unknown("policy"):
            if not attached and inline is False:
                return (
                    default_policy(facts.account, partition_in(facts.region)),
                    None,
                    ["no policy is given: KMS gives its own"],
                )
            return None, f"unknown until apply{_refers(holder, 'policy')}", []
        text = holder.text("policy")
        if text is None:
            return (
                default_policy(facts.account, partition_in(facts.region)),
                None,
                ["no policy is given: KMS gives its own"],
            )
        policy, reason = read_embedded(text)
        return policy, reason, []

    def _attached(self, one: Resource) -> SourceKey:
        """A policy for a key that is managed elsewhere."""
        given = one.text("key_id") or ""
        of_arn = facts_of_arn(given)
        facts = KeyFacts(
            account=of_arn.account or one.account or self.account,
            region=of_arn.region or one.text("region") or one.region or self.region,
            arn=of_arn.arn,
        )
        policy, reason = read_embedded(one.text("policy") or "")
        if one.written is not None:
            policy, reason = one.written.policy, one.written.reason
        elif one.is_unknown("policy"):
            policy, reason = None, f"unknown until apply{_refers(one, 'policy')}"
        return SourceKey(
            one.address, policy, "terraform", self._where(one), reason=reason, facts=facts, key_id=id_of(given) or None,
            names=one.names, at=one.at, place=None if one.written is None else one.written.place,
        )  # fmt: skip


def _region(one: Resource, attribute: str) -> str | None:
    """The Region in an ARN among a resource's values."""
    parts = (one.text(attribute) or "").split(":", 5)
    return parts[3] or None if len(parts) == 6 else None


def _regions(one: Resource, attribute: str) -> set[str]:
    said = (_region(one, attribute), _region(one, "arn"), one.text("region"))
    return {region for region in said if region is not None}


def _names_a_key(policy: Resource) -> bool:
    """Whether a policy refers to a key itself, and not to something by which a key may be meant."""
    return any(root.partition(".")[0] in KEYS for root in policy.roots("key_id"))


def _refers(one: Resource, attribute: str) -> str:
    """What a value that is unknown until apply refers to, for people."""
    references = one.references(attribute)
    # `aws_iam_role.app.arn` comes with `aws_iam_role.app`, which says less.
    longest = [name for name in references if not any(other.startswith(f"{name}.") for other in references)]
    return f", refers to {', '.join(longest)}" if longest else ""


def _settings(key: Resource) -> tuple[dict[str, Any], list[str]]:
    """A key's settings, and the names of attributes that are unknown until apply."""
    values = key.values
    replica, external = key.type in REPLICAS, key.type in _EXTERNAL
    enabled = "is_enabled" if key.type == "aws_kms_key" else "enabled"
    wanted: dict[str, tuple[str, Any]] = {
        "description": ("description", values.get("description") or ""),
        "enabled": (enabled, values.get(enabled) is not False),
        "deletion_window": ("deletion_window_in_days", values.get("deletion_window_in_days") or DELETION_DEFAULT),
        "tags": ("tags", _tags(values)),
    }
    if not replica:
        wanted["multi_region"] = ("multi_region", values.get("multi_region") is True)
    wanted |= _spec_and_usage(key)
    if not replica and not external:
        period = values.get("rotation_period_in_days") or True
        wanted["rotation"] = ("enable_key_rotation", period if values.get("enable_key_rotation") is True else None)
    settings: dict[str, Any] = {
        name: value for name, (attribute, value) in wanted.items() if not _is_left_open(key, attribute)
    }
    if replica:
        settings["multi_region"] = True
    settings["origin"] = EXTERNAL if external else AWS_KMS
    if key.text("key_state") == PENDING_IMPORT and not key.says("enabled"):
        settings.pop("enabled", None)
    if key.values.get("custom_key_store_id") or key.is_unknown("custom_key_store_id"):
        del settings["origin"]
    computed = ("customer_master_key_spec", "key_spec", "key_usage", "multi_region", "description", "tags")
    return settings, [
        attribute
        for name, (attribute, _) in wanted.items()
        if name not in settings and (attribute not in computed or key.says(attribute))
    ]


def _spec_and_usage(key: Resource) -> dict[str, tuple[str, Any]]:
    """The arguments for a key's spec and usage with their values, as far as the resource tells them."""
    spec = "customer_master_key_spec" if key.type == "aws_kms_key" else "key_spec"
    if key.type in REPLICAS:  # what its primary is, once the provider has read it
        told = {"spec": (spec, key.text(spec)), "usage": ("key_usage", key.text("key_usage"))}
        return {name: (attribute, value) for name, (attribute, value) in told.items() if value is not None}
    usage = key.text("key_usage") or ENCRYPT_DECRYPT
    # The provider does not read back the spec of a key with imported material.
    # https://github.com/hashicorp/terraform-provider-aws/pull/48518
    known = {"spec": (spec, key.text(spec) or DEFAULT_SPEC)} if key.text(spec) or usage == ENCRYPT_DECRYPT else {}
    return {**known, "usage": ("key_usage", usage)}


def _is_left_open(key: Resource, attribute: str) -> bool:
    """Whether an attribute is unknown until apply; the spec and usage that nobody asks for are AWS's default."""
    computed = key.type == "aws_kms_external_key" and attribute in ("key_spec", "key_usage")
    return key.is_unknown(attribute) and not (computed and key.says(attribute) is False)


def _tags(values: Mapping[str, Any]) -> dict[str, str]:
    # `tags_all` has the provider's default tags as well, and so is what the key really gets.
    tags = values.get("tags_all") or values.get("tags")
    return {str(name): str(value) for name, value in tags.items()} if isinstance(tags, Mapping) else {}
