"""The words of `when`, each with what it takes."""

from __future__ import annotations

from kmsgen.blueprint.schema.shapes import (
    ANY_TEXT,
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
    shaped,
)
from kmsgen.blueprint.schema.words import CONTEXT_KEYS, RAW, WHEN
from kmsgen.blueprint.when import ALIAS, DURATION, MOMENT, WORDS
from kmsgen.catalog.actions import GRANT_OPERATIONS
from kmsgen.catalog.principals import (
    ACCOUNT,
    ORG_PATH,
    ORGANIZATION,
    VIA_ALIASES,
    VIA_HOST,
    VIA_SERVICES,
    VPC,
    VPCE,
)
from kmsgen.policy.limits import REFUSED
from kmsgen.policy.operators import BASE_OPERATORS

_TAKEN = rf"^(?![\s\S]*{REFUSED.pattern})"
"""Text that KMS takes in a key policy."""
_TRUE: Schema = {"enum": [True]}
_TEXTS = listed(ANY_TEXT)
ADDRESS = matching("`203.0.113.0/24`", rf"^[0-9]+(?:\.[0-9]+){{3}}(?:/[0-9]+)?$|^[0-9A-Fa-f:.]*:|{VARIABLE}")
"""An address or a range, in form; whether it is public, a pattern cannot tell."""
_VALUE: Schema = {"type": ["string", "integer", "boolean"]}
_OPERATOR = rf"^(?:For(?:All|Any)Values?:)?(?:{'|'.join(BASE_OPERATORS)})(?:IfExists)?$"
_MOMENT = shaped("`2026-12-31` or `2026-12-31T18:00:00Z`", MOMENT)


def when() -> Schema:
    """A `when`."""
    return fields({name: {**nullable(_word(name)), **described(WHEN[name])} for name in WORDS})


def _word(name: str) -> Schema:
    schemas: dict[str, Schema] = {
        "via": listed(_via()),
        "encryption_context": _pairs(),
        "encryption_context_keys": any_of(_TEXTS, _context_keys()),
        "organization": any_of(_TRUE, listed(shaped("`o-a1b2c3d4e5`", ORGANIZATION))),
        "org_paths": listed(shaped("`o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`", ORG_PATH)),
        "source_ip": listed(ADDRESS),
        "source_vpc": listed(shaped("`vpc-0a1b2c3d`", VPC)),
        "source_vpce": listed(shaped("`vpce-0a1b2c3d`", VPCE)),
        "source_account": listed(shaped('`"111122223333"`', ACCOUNT)),
        "source_arn": _TEXTS,
        "mfa": _TRUE,
        "mfa_max_age": any_of(
            {"type": "integer", "minimum": 1, "maximum": 999_999}, shaped("`15m` or `1h`", DURATION, variables=False)
        ),
        "before": _MOMENT,
        "after": _MOMENT,
        "principal_tags": _pairs(),
        "request_alias": listed(matching("`orders/*`", f"^(?!alias/)|^(?:{ALIAS.pattern})$|{VARIABLE}")),
        "grant_operations": listed(_operations()),
        "for_aws_resource": _TRUE,
        "raw": listed(_raw(), empty=True),
    }
    return schemas[name]


def _via() -> Schema:
    called = {name: f"KMS calls it {' and '.join(f'`{one}`' for one in VIA_ALIASES[name])}." for name in VIA_ALIASES}
    plain = consts(sorted(VIA_SERVICES - called.keys()))
    aliases = ({"const": name, **described(text)} for name, text in called.items())
    return any_of(*plain, *aliases, shaped("`s3` or `s3.eu-west-1.amazonaws.com`", VIA_HOST))


def _pairs() -> Schema:
    return {
        **names(listed(matching("`orders`: KMS takes no characters outside of Latin-1", _TAKEN)), _TAKEN),
        "minProperties": 1,
    }


def _context_keys() -> Schema:
    return {**fields({name: {**_TEXTS, **described(text)} for name, text in CONTEXT_KEYS.items()}), "minProperties": 1}


def _operations() -> Schema:
    operations = sorted(GRANT_OPERATIONS)
    return any_of(*consts(operations), *consts(f"kms:{one}" for one in operations), VARIABLE_TEXT)


def _raw() -> Schema:
    values = listed(_VALUE)
    operator = any_of(*consts(BASE_OPERATORS), matching("`StringEqualsIfExists`", f"{_OPERATOR}|{VARIABLE}"))
    parts = {"operator": operator, "key": ANY_TEXT, "values": values}
    spelt = fields({name: {**parts[name], **described(text)} for name, text in RAW.items()}, required=RAW)
    return any_of(spelt, {**names(names(values), f"{_OPERATOR}|{VARIABLE}"), "not": {"required": ["operator"]}})
