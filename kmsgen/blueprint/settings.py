"""What a key is, apart from its policy: spec, usage, rotation, aliases, tags and the like."""

from __future__ import annotations

import re

from kmsgen.blueprint.document import NAME
from kmsgen.blueprint.intent import Settings
from kmsgen.blueprint.layers import Fields
from kmsgen.catalog import key_specs
from kmsgen.catalog.key_specs import AWS_CLOUDHSM, AWS_KMS, CUSTOM_STORES, EXTERNAL_KEY_STORE, SPECS
from kmsgen.nodes import Node
from kmsgen.reading.fields import Reader

ALIAS = re.compile(r"[A-Za-z0-9/_-]{1,250}")
KEY_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32}")
STORE = re.compile(r"cks-[0-9a-z]{1,60}")
XKS = re.compile(r"[\w.+/:-]{1,128}", re.ASCII)

# What only the one who manages the key can set; on an `existing` key it would be dropped.
_MANAGED = (
    "description", "aliases", "rotation", "deletion_window", "enabled", "tags", "custom_key_store", "xks_key_id",
    "renamed_from",
)  # fmt: skip


def read_settings(
    reader: Reader, fields: Fields, account: str, region: str | None, partition: str, *, multi_region: bool
) -> Settings | None:
    """The settings of one key; None, with problems, where its kind cannot be told."""
    kind = _kind(reader, fields, partition, multi_region=multi_region)
    if kind is None:
        return None
    spec, usage, origin = kind
    existing = _existing(reader, fields, account, region, partition)
    if existing is not None:
        _one_place(reader, fields, existing, multi_region=multi_region)
    tags = _tags(reader, fields["tags"].node) if "tags" in fields else ()
    window = (
        reader.integer(fields["deletion_window"].node, key_specs.DELETION_DAYS, "`deletion_window`")
        if ("deletion_window" in fields)
        else key_specs.DELETION_DEFAULT
    )
    enabled = reader.boolean(fields["enabled"].node, "`enabled`") if "enabled" in fields else True
    description = reader.text(fields["description"].node, "a description") if "description" in fields else None
    if description is not None and len(description) > 8192:
        reader.fail(fields["description"].node, "a description has at most 8,192 characters")
    settings = Settings(
        spec,
        usage,
        origin,
        description=description,
        aliases=_aliases(reader, fields["aliases"].node) if "aliases" in fields else (),
        rotation=_rotation(reader, fields, spec, origin),
        deletion_window=window or key_specs.DELETION_DEFAULT,
        enabled=enabled is not False,
        tags=tags,
        existing=existing,
        custom_key_store=_shaped(
            reader, fields, "custom_key_store", STORE, "the id of a key store", "cks-1234567890abcdef0"
        ),
        xks_key_id=_shaped(reader, fields, "xks_key_id", XKS, "the id of an external key", "key-1"),
        renamed_from=_shaped(reader, fields, "renamed_from", NAME, "a key's name", "orders"),
    )
    return settings if existing is None else _only_policy(reader, fields, settings)


def _kind(reader: Reader, fields: Fields, partition: str, *, multi_region: bool) -> tuple[str, str, str] | None:
    spec_name: str | None = key_specs.DEFAULT_SPEC
    if "spec" in fields:
        spec_name = reader.choice(fields["spec"].node, SPECS, "key spec")
    if spec_name is None:
        return None
    spec = SPECS[spec_name]
    usage = _usage(reader, fields, spec)
    origin = _origin(reader, fields)
    if usage is None or origin is None:
        return None
    if origin not in spec.origins:
        listed = ", ".join(f"`{one}`" for one in spec.origins)
        where = fields.get("origin") or fields.get("custom_key_store") or fields["spec"]
        reader.fail(
            where.node, f"a key of spec `{spec_name}` cannot have the origin `{origin}`", f"it can have {listed}"
        )
    if spec.china_only and partition != "aws-cn":
        reader.fail(fields["spec"].node, f"KMS has `{spec_name}` keys in the China Regions only")
    if usage == key_specs.ENCAPSULATE_DECAPSULATE and partition == "aws-cn":
        reader.fail(fields["spec"].node, f"KMS has no `{spec_name}` keys in the China Regions")
    if multi_region and (not spec.multi_region or origin in CUSTOM_STORES):
        what = f"of spec `{spec_name}`" if not spec.multi_region else "in a custom key store"
        reader.fail(fields["multi_region"].node, f"a key {what} cannot be a multi-Region key", "use `region: [a, b]`")
    return spec_name, usage, origin


def _usage(reader: Reader, fields: Fields, spec: key_specs.KeySpec) -> str | None:
    listed = ", ".join(f"`{one}`" for one in spec.usages)
    if "usage" in fields and (fields["usage"].own or len(spec.usages) > 1):
        usage = reader.choice(fields["usage"].node, key_specs.USAGES, "key usage")
        if usage is None or usage in spec.usages:
            return usage
        reader.fail(
            fields["usage"].node, f"a key of spec `{spec.name}` cannot be used for `{usage}`", f"it can for {listed}"
        )
        return None
    if len(spec.usages) == 1:
        return spec.usages[0]
    reader.fail(fields["spec"].node, f"a key of spec `{spec.name}` must say its `usage`", f"one of {listed}")
    return None


def _origin(reader: Reader, fields: Fields) -> str | None:
    store, external = "custom_key_store" in fields, "xks_key_id" in fields
    implied = EXTERNAL_KEY_STORE if external else AWS_CLOUDHSM if store else AWS_KMS
    if external and not store:
        reader.fail(
            fields["xks_key_id"].key, "`xks_key_id` without `custom_key_store`", "say which key store holds the key"
        )
    if "origin" not in fields:
        return implied
    origin = reader.choice(fields["origin"].node, key_specs.ORIGINS, "origin")
    if origin in CUSTOM_STORES and not store and "existing" not in fields:
        reader.fail(fields["origin"].node, f"the origin `{origin}` needs a key store", "give `custom_key_store: cks-…`")
    elif origin is not None and store and origin != implied:
        hint = "`EXTERNAL_KEY_STORE` goes with `xks_key_id`, `AWS_CLOUDHSM` does not"
        reader.fail(fields["origin"].node, f"the origin is `{implied}`, not `{origin}`", hint)
    return origin


def _rotation(reader: Reader, fields: Fields, spec: str, origin: str) -> int | None:
    """Days; on by default wherever KMS can rotate. A default from above is passed over by a key that cannot."""
    possible = key_specs.can_rotate(spec, origin)
    if "rotation" not in fields:
        return key_specs.ROTATION_DEFAULT if possible else None
    field = fields["rotation"]
    value = getattr(field.node, "value", None)
    if value == "false":
        reader.boolean(field.node, "`rotation`")
        return None
    if not possible:
        if field.own:
            hint = "KMS rotates symmetric keys whose material it made; leave `rotation` out"
            reader.fail(field.node, f"KMS cannot rotate a key of spec `{spec}` and origin `{origin}`", hint)
        return None
    if value == "true":
        return key_specs.ROTATION_DEFAULT if reader.boolean(field.node, "`rotation`") else None
    return reader.integer(field.node, key_specs.ROTATION_DAYS, "the days between rotations")


def _aliases(reader: Reader, node: Node) -> tuple[str, ...]:
    def one(item: Node) -> str | None:
        text = reader.text(item, "an alias")
        name = text and text.removeprefix("alias/")
        if not name or not ALIAS.fullmatch(name):
            if text is not None:
                reader.fail(item, f"`{text}` is no alias", "letters, digits, `/`, `_` and `-`, at most 250")
            return None
        if name.startswith("aws/"):
            reader.fail(
                item, f"`alias/{name}` is AWS's own: names that begin `aws/` are reserved", "choose another name"
            )
            return None
        return f"alias/{name}"

    aliases = reader.each(node, one)
    if len(set(aliases)) < len(aliases):
        reader.fail(node, "the same alias stands twice")
    return tuple(dict.fromkeys(aliases))


def _tags(reader: Reader, node: Node) -> tuple[tuple[str, str], ...]:
    tags: dict[str, str] = {}
    for name, (key, value) in reader.mapping(node, "`tags`").items():
        tag, text = reader.name(key), reader.text(value, f"the value of tag `{name}`")
        if name.lower().startswith("aws:") or not 1 <= len(name) <= 128:
            reader.fail(key, f"`{name}` cannot be a tag", "at most 128 characters, not beginning `aws:`")
        elif text is not None and len(text) > 256:
            reader.fail(value, "the value of a tag has at most 256 characters")
        elif tag is not None and text is not None:
            tags[tag] = text
    if len(tags) > 50:
        reader.fail(node, f"a key has at most 50 tags, not {len(tags)}")
    return tuple(sorted(tags.items()))


def _shaped(reader: Reader, fields: Fields, name: str, shape: re.Pattern[str], what: str, example: str) -> str | None:
    return reader.matching(fields[name].node, shape, what, example) if name in fields else None


def _existing(reader: Reader, fields: Fields, account: str, region: str | None, partition: str) -> str | None:
    if "existing" not in fields:
        return None
    node = fields["existing"].node
    text = reader.text(node, "the id or ARN of a key")
    if text is None:
        return None
    if not text.startswith("arn:"):
        if KEY_ID.fullmatch(text):
            return text
        hint = "an alias may come to point at another key: write the id or the ARN" if "alias" in text else None
        reader.fail(
            node,
            f"`{text}` is no id of a key",
            hint or "write the id, as `1234abcd-12ab-34cd-56ef-1234567890ab`, or the ARN",
        )
        return None
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[2] != "kms" or not KEY_ID.fullmatch(parts[5].removeprefix("key/")):
        reader.fail(node, f"`{text}` is no ARN of a key", "write `arn:aws:kms:REGION:ACCOUNT:key/ID`")
        return None
    for said, meant, what in (
        (parts[1], partition, "partition"),
        (parts[3], region, "Region"),
        (parts[4], account, "account"),
    ):
        if meant is not None and said != meant:
            reader.fail(node, f"the ARN is in the {what} `{said}`, and the key is in `{meant}`", f"correct the {what}")
            return None
    return text


def _one_place(reader: Reader, fields: Fields, existing: str, *, multi_region: bool) -> None:
    """An id means one key in one Region, unless it is that of a multi-Region key, which begins `mrk-`."""
    related = existing.rpartition("/")[2].startswith("mrk-")
    several = "region" in fields and len(reader.items(fields["region"].node)) > 1
    if (multi_region or several) and not related:
        hint = "write one key for each, or the id that begins `mrk-`"
        reader.fail(fields["existing"].node, f"`{existing}` is the id of a key in one Region alone", hint)


def _only_policy(reader: Reader, fields: Fields, settings: Settings) -> Settings:
    """The settings of a key that is managed elsewhere: nothing but its kind."""
    for name in _MANAGED:
        if name in fields and fields[name].own:
            hint = "set it where the key is managed, or leave `existing` out"
            reader.fail(fields[name].key, f"`{name}` is not kmsgen's to set on an `existing` key", hint)
    return Settings(settings.spec, settings.usage, settings.origin, existing=settings.existing)
