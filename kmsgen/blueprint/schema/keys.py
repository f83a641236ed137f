"""The fields of a key, each with what it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kmsgen.blueprint.document import NAME
from kmsgen.blueprint.expansion import FIELDS, LISTS
from kmsgen.blueprint.intent import ROOT_MODES
from kmsgen.blueprint.schema import words
from kmsgen.blueprint.schema.entries import LABELS, NAMED, PRINCIPAL, deployer, entry
from kmsgen.blueprint.schema.shapes import (
    ANY_TEXT,
    NOTHING,
    VARIABLE,
    VARIABLE_TEXT,
    Schema,
    any_of,
    consts,
    described,
    fields,
    listed,
    matching,
    names,
    nullable,
    ref,
    shaped,
    whole,
    word,
)
from kmsgen.blueprint.schema.words import ALLOW_FINDINGS, EXPECT, KEY, ORIGINS, ROOT, STATEMENT, USAGES
from kmsgen.blueprint.settings import ALIAS, KEY_ID, STORE, XKS
from kmsgen.blueprint.statements import ACCEPT
from kmsgen.catalog import key_specs
from kmsgen.catalog.actions import ACTIONS
from kmsgen.catalog.principals import PARTITIONS, REGION, REGIONS
from kmsgen.policy.read import ELEMENTS
from kmsgen.reading.fields import DAY

_REGION = any_of(*consts(sorted(REGIONS)), shaped("`eu-west-1`", REGION))
_ALIAS = matching(
    "`orders/data`; `aws/` is reserved", rf"^(?!(?:alias/)?aws/)(?:alias/)?(?:{ALIAS.pattern})$|{VARIABLE}"
)
_KEY_ARN = re.compile(rf"arn:[^:]+:kms:[^:]*:[^:]*:(?:key/)?(?:{KEY_ID.pattern})")
_ACTION = matching("`decrypt` or `kms:Decrypt`", r"^[Kk][Mm][Ss]:|^\*$")


def key_fields(roots: Mapping[str, str]) -> dict[str, Schema]:
    """Every field of a key, and those that append; `roots` says what each mode of `root` means."""
    made = {name: {**nullable(_field(name, roots)), **described(KEY[name])} for name in FIELDS}
    more = {f"+{name}": {**made[name], **described(f"Appended to `{name}`: {KEY[name]}")} for name in FIELDS}
    return {**made, **{name: schema for name, schema in more.items() if name[1:] in LISTS}}


def _field(name: str, roots: Mapping[str, str]) -> Schema:
    schemas: dict[str, Schema] = {
        "description": {**ANY_TEXT, "maxLength": 8192},
        "account": NAMED,
        "region": listed(_REGION),
        "partition": word(PARTITIONS),
        "spec": word(
            {
                one.name: f"Keys of this spec are for {', '.join(f'`{use}`' for use in one.usages)}."
                for one in key_specs.SPECS.values()
            }
        ),
        "usage": word({one: USAGES[one] for one in key_specs.USAGES}),
        "origin": word({one: ORIGINS[one] for one in key_specs.ORIGINS}),
        "aliases": listed(_ALIAS),
        "rotation": any_of({"type": "boolean"}, whole(key_specs.ROTATION_DAYS)),
        "deletion_window": whole(key_specs.DELETION_DAYS),
        "enabled": {"type": "boolean"},
        "multi_region": listed(_REGION),
        "tags": {**names({"type": ["string", "null"], "maxLength": 256}, "^(?![Aa][Ww][Ss]:)"), "maxProperties": 50},
        "existing": shaped("`1234abcd-12ab-34cd-56ef-1234567890ab`, or the key's ARN", KEY_ID, _KEY_ARN),
        "custom_key_store": shaped("`cks-1234567890abcdef0`", STORE),
        "xks_key_id": shaped("`key-1`", XKS),
        "renamed_from": shaped("`orders`", NAME),
        "root": _root(roots),
        "deployer": deployer(),
        "admins": listed(ref("grant"), empty=True),
        "users": listed(ref("grant"), empty=True),
        "accounts": listed(entry("account", LABELS["account"], named=NAMED), empty=True),
        "services": listed(ref("service"), empty=True),
        "guards": listed(ref("guard"), empty=True),
        "statements": listed(ref("statement"), empty=True),
        "expect": listed(ref("expectation"), empty=True),
        "allow_findings": listed(ref("accepted"), empty=True),
        "for_each": {"type": ["array", "object"], "items": ANY_TEXT},
        "environments": names(any_of(ref("layer"), NOTHING)),
    }
    return schemas[name]


def _of_spec(spec: key_specs.KeySpec) -> str:
    return f"Keys of this spec are for {', '.join(f'`{usage}`' for usage in spec.usages)}."


def _root(roots: Mapping[str, str]) -> Schema:
    """A mode alone, `{mode: …}` or `{MODE: {…}}`; `none` has its reason."""
    said = {name: {"reason": ANY_TEXT, "locked": {"type": "boolean"}}[name] for name in ("reason", "locked")}
    why = {name: {**schema, **described(ROOT[name])} for name, schema in said.items()}
    others = {mode: roots.get(mode, "") for mode in ROOT_MODES if mode != "none"}
    mode, plain = described(ROOT["mode"]), fields({"reason": why["reason"]})
    return any_of(
        word(others),
        fields({"mode": {"const": "none", **mode}, **why}, required=("mode", "reason")),
        fields({"mode": {**word(others), **mode}, "reason": why["reason"]}, required=("mode",)),
        fields({"none": {**fields(why, required=("reason",)), **described(roots.get("none", ""))}}, required=("none",)),
        {**fields({one: {**nullable(plain), **described(text)} for one, text in others.items()}), "minProperties": 1},
    )


def statement() -> Schema:
    """A statement written out; what its parts may be is AWS's grammar, which is longer than this."""
    effect = {"Effect": word(("Allow", "Deny"))}
    elements = {name: {**effect.get(name, {}), **described(STATEMENT[name])} for name in ELEMENTS}
    why = {**matching("`an audit asks for it`", r"\S"), **described(words.ACCEPT)}
    return fields({**elements, ACCEPT: why}, required=("Effect",))


def expectation() -> Schema:
    """One item of `expect`."""
    does = any_of(ref("role"), *consts(name for name, one in ACTIONS.items() if one.in_key_policy), _ACTION)
    schemas = {
        "allow": PRINCIPAL,
        "deny": PRINCIPAL,
        "to": listed(does),
        "access": word(("direct", "any")),
        "context": names(listed(ANY_TEXT)),
    }
    made = fields({name: {**schemas[name], **described(text)} for name, text in EXPECT.items()}, required=("to",))
    return {**made, "oneOf": [{"required": ["allow"]}, {"required": ["deny"]}]}


def accepted(rules: Mapping[str, str]) -> Schema:
    """One item of `allow_findings`; `rules` are those of `check`, by name and by code."""
    named = any_of(*({"const": name, **described(text)} for name, text in rules.items()), VARIABLE_TEXT)
    schemas = {
        "rule": named if rules else ANY_TEXT,
        "reason": matching("`the appliance cannot take on a role`", r"\S"),
        "until": shaped("`2027-01-31`", DAY),
    }
    known = {name: {**schemas[name], **described(text)} for name, text in ALLOW_FINDINGS.items()}
    return fields(known, required=("rule", "reason"))
