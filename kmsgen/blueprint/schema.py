"""The blueprint language as a JSON Schema (draft-07), for editors: what may stand where, and what it means.

It is wider than the language where JSON Schema cannot say what the language means: `kmsgen generate` has the last word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kmsgen.blueprint.document import TOP_LEVEL
from kmsgen.blueprint.expansion import FIELDS, LISTS
from kmsgen.blueprint.intent import ROOT_MODES
from kmsgen.blueprint.statements import ACCEPT
from kmsgen.blueprint.when import WORDS
from kmsgen.catalog.key_specs import DELETION_DAYS, ORIGINS, ROTATION_DAYS, SPECS, USAGES
from kmsgen.catalog.principals import PARTITIONS, REGIONS
from kmsgen.policy.operators import BASE_OPERATORS
from kmsgen.policy.read import ELEMENTS

Schema = dict[str, Any]


class Offered(NamedTuple):
    """A template that may be named: one sentence about it, its parameters, those of them it needs, its other names."""

    summary: str
    parameters: Schema
    required: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


Described = Mapping[str, Offered]
"""Templates by name."""

_TOP: dict[str, str] = {
    "version": "The version of the blueprint language: 1.",
    "organization": "The AWS organization, `o-…`: what `organization: true` and the guard `organization-only` mean.",
    "accounts": "Names for account numbers. Put the numbers in quotes.",
    "principals": "Names for principals, and references into the stacks that make them.",
    "defaults": "Any field of a key, for every key of the file.",
    "keys": "The keys, by name.",
    "environments": "The file once for each of these: any field of a key, and `vars` for `${…}`.",
    "include": "Files that bring in accounts, principals, defaults and environments; what this file says wins.",
    "references": "Whether references become variables and parameters (the default), or stand as they are.",
    "cloudformation": "How CloudFormation templates are made.",
}

_KEY: dict[str, str] = {
    "description": "What is encrypted under the key.",
    "account": "The key's account: a name from `accounts`, or twelve digits in quotes.",
    "region": "The key's Region; a list makes one independent key in each.",
    "partition": "The AWS partition; follows from the Region.",
    "spec": "The key spec; SYMMETRIC_DEFAULT unless given.",
    "usage": "What the key is used for; must be said where its spec has several usages.",
    "origin": "Where the key material comes from; AWS_KMS unless given.",
    "aliases": "Aliases, with or without `alias/`.",
    "rotation": "Automatic rotation: days, true (365) or false. On by default wherever KMS can rotate.",
    "deletion_window": "Days between asking for deletion and deletion; 30 unless given.",
    "enabled": "Whether the key is enabled.",
    "multi_region": "The Regions of a multi-Region key, the primary's first.",
    "tags": "Tags of the key.",
    "existing": "The id or ARN of a key that is managed elsewhere: only its policy is made.",
    "custom_key_store": "The id of the custom key store that holds the key.",
    "xks_key_id": "The id of the key in an external key store.",
    "renamed_from": "What the key was called before: Terraform renames it instead of replacing it.",
    "root": "What the account itself may do: recovery (the default), delegate, delegate-admin, or none with a reason.",
    "deployer": "The principal that applies the policy; gets the role `deploy`.",
    "admins": "Who manages the key. Admins cannot use it, share it by grants, or delete it unless `can: delete`.",
    "users": "Who uses the key.",
    "services": "AWS services that need the key, by name.",
    "accounts": "Other accounts that are let in; their own IAM policies then decide.",
    "guards": "What nobody may do, whatever else is allowed.",
    "statements": "Key-policy statements written out, where nothing else says it.",
    "expect": "Tests of the policy: who is allowed or denied what.",
    "allow_findings": "Findings of `kmsgen check` that are accepted, with the reason.",
    "for_each": "One key for each of these: a list of names, or a mapping of names to values for `${each.value.…}`.",
    "environments": "Fields of the key in single environments.",
}

_WHEN: dict[str, str] = {
    "via": "Only through these services: `s3`, `ebs`, … (kms:ViaService).",
    "encryption_context": "Only with these encryption context values; `*` and `?` are wildcards.",
    "encryption_context_keys": "Only with any of these context keys; or `{any|all|only: […]}`.",
    "organization": "Only callers of the organization: true, or organization ids.",
    "org_paths": "Only callers below these paths of an organization.",
    "source_ip": "Only from these public address ranges.",
    "source_vpc": "Only through endpoints in these VPCs.",
    "source_vpce": "Only through these VPC endpoints.",
    "source_account": "Only for resources of these accounts; for AWS services.",
    "source_arn": "Only for these resources; for AWS services.",
    "mfa": "Only after signing in with MFA.",
    "mfa_max_age": "Only so long after signing in with MFA: `15m`, `1h`.",
    "before": "Only before this day or time.",
    "after": "Only from this day or time on.",
    "principal_tags": "Only callers with these tags.",
    "request_alias": "Only requests that name the key by these aliases.",
    "grant_operations": "Only grants of these operations.",
    "for_aws_resource": "Only grants that AWS services make for the caller.",
    "raw": "Any condition: `{operator, key, values}`.",
}

_ACCEPT = "Why the statement stands although something is wrong with it, which is then a warning."
_PIN = (
    "true names the principal itself: direct, but the grant dies with the role and a role made anew has none. false"
    " matches its ARN: the role need not exist yet and may be made anew, but its IAM policies must allow it too."
    " match: direct and survives, but names everybody with a condition, which scanners dislike."
)

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
_ACCOUNT: Schema = {"type": "string", "pattern": "^[0-9]{12}$"}


def schema(roles: Described, services: Described, guards: Described) -> Schema:
    """The schema, with the roles, services and guards that there are by name."""
    builder = _Builder(roles, services, guards)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kmsgen blueprint",
        **_object({name: {**builder.top(name), "description": _TOP[name]} for name in TOP_LEVEL}),
        "required": ["version"],
        "definitions": builder.definitions(),
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _listed(item: Schema) -> Schema:
    """One thing, or a list of them."""
    return {"anyOf": [item, {"type": "array", "items": item}, {"type": "null"}]}


def _word(words: Iterable[str]) -> Schema:
    """One of a few words, or a string with a variable that may become one."""
    return {"anyOf": [{"enum": [*words, None]}, {"type": "string", "pattern": r"\$\{"}]}


def _named(what: Described) -> Schema:
    """A word of a list, with what it means; others are let through, for templates the schema does not know."""
    known = [
        {"const": name, "description": said.summary} for one, said in what.items() for name in (one, *said.aliases)
    ]
    return {"anyOf": [*known, _TEXT]}


class _Builder:
    def __init__(self, roles: Described, services: Described, guards: Described) -> None:
        self._roles, self._services, self._guards = roles, services, guards

    def top(self, name: str) -> Schema:
        key: Schema = {"anyOf": [_ref("key"), {"type": "null"}]}
        environment = {"anyOf": [_ref("environment"), {"type": "null"}]}
        schemas: dict[str, Schema] = {
            "version": {"enum": [1, "1"]},
            "organization": {"type": "string", "pattern": "^o-[a-z0-9]{10,32}$"},
            "accounts": {"type": ["object", "null"], "additionalProperties": _ACCOUNT},
            "principals": {"type": ["object", "null"], "additionalProperties": {"anyOf": [_TEXT, _ref("reference")]}},
            "defaults": {"anyOf": [_ref("key"), {"type": "null"}]},
            "keys": {"type": ["object", "null"], "additionalProperties": key},
            "environments": {"type": ["object", "null"], "additionalProperties": environment},
            "include": _listed(_TEXT),
            "references": {"enum": ["parameters", "inline"]},
            "cloudformation": _object({"shards": {"type": "integer", "minimum": 1, "maximum": 1000}}),
        }
        return schemas[name]

    def definitions(self) -> Schema:
        fields = {name: {**self._field(name), "description": _KEY[name]} for name in FIELDS}
        appended = {f"+{name}": {"$ref": f"#/definitions/key/properties/{name}"} for name in sorted(LISTS)}
        variables = {"type": "object", "description": "What `${…}` may name.", "additionalProperties": _TEXT}
        words = {name: {**_when(name), "description": _WHEN[name]} for name in WORDS}
        reference = {"arn": _TEXT, "terraform": _TEXT, "cloudformation": {}, "account": _TEXT}
        return {
            "key": _object({**fields, **appended}),
            "environment": _object({"vars": variables, **fields, **appended}),
            "reference": {**_object(reference), "description": "A principal that a stack makes."},
            "when": _object(words),
            "can": _listed(_named(self._roles)),
            "grant": _object(self._grant("principal")),
            "admit": _object(self._grant("account")),
            **{f"service.{name}": self._used("service", offered) for name, offered in self._services.items()},
            **{f"guard.{name}": self._used("guard", offered) for name, offered in self._guards.items()},
        }

    @staticmethod
    def _grant(label: str) -> Schema:
        options: Schema = {
            label: _TEXTS if label == "principal" else _TEXT,
            "can": {**_ref("can"), "description": "One role, or several."},
            "when": {**_ref("when"), "description": "Under which conditions."},
        }
        if label == "principal":
            options["pin"] = {"enum": [True, False, "match"], "description": _PIN}
        return options

    def _entries(self, definition: str) -> Schema:
        return _listed(self._entry(definition))

    @staticmethod
    def _entry(definition: str) -> Schema:
        options = {"anyOf": [_ref(definition), {"type": "null"}]}
        named = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": options}
        return {"anyOf": [_TEXT, _ref(definition), named]}

    @staticmethod
    def _used(label: str, offered: Offered) -> Schema:
        """What a template takes where it is used."""
        options: Schema = dict(offered.parameters)
        if label == "service":
            options["for"] = {**_TEXTS, "description": "Principals it is for; `account` is everybody in the account."}
            options["when"] = {**_ref("when"), "description": "Under which conditions."}
        taken = {**_object(options), "required": list(offered.required), "description": offered.summary}
        return taken if offered.required else {**taken, "type": ["object", "null"]}

    @staticmethod
    def _templates(label: str, known: Described) -> Schema:
        """A name, `{name: {…}}`, or `{service: name, …}`; names that are not known are let through."""
        names = {name: one for one, offered in known.items() for name in (one, *offered.aliases)}
        properties = {name: _ref(f"{label}.{one}") for name, one in names.items()}
        named = {"type": "object", "properties": {label: _named(known), **properties}, "additionalProperties": True}
        return _listed({"anyOf": [*_named(known)["anyOf"], named]})

    def _field(self, name: str) -> Schema:
        region: Schema = {"anyOf": [{"enum": sorted(REGIONS)}, _TEXT]}
        days = {"type": "integer", "minimum": ROTATION_DAYS.start, "maximum": ROTATION_DAYS.stop - 1}
        window = {"type": "integer", "minimum": DELETION_DAYS.start, "maximum": DELETION_DAYS.stop - 1}
        why = {"reason": _TEXT, "locked": {"type": "boolean"}}
        reason = _object({"mode": {"enum": list(ROOT_MODES)}, **why, "none": _object(why)})
        schemas: dict[str, Schema] = {
            "region": _listed(region),
            "partition": _word(PARTITIONS),
            "spec": _word(SPECS),
            "usage": _word(USAGES),
            "origin": _word(ORIGINS),
            "aliases": _listed({"type": "string", "pattern": "^(?!(alias/)?aws/)"}),
            "rotation": {"anyOf": [{"type": ["boolean", "null"]}, days]},
            "deletion_window": {"anyOf": [window, {"type": "null"}]},
            "enabled": {"type": ["boolean", "null"]},
            "multi_region": _listed(region),
            "tags": {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}},
            "root": {"anyOf": [_word(mode for mode in ROOT_MODES if mode != "none"), reason]},
            "deployer": {"anyOf": [*self._entry("grant")["anyOf"], {"type": "null"}]},
            "admins": self._entries("grant"),
            "users": self._entries("grant"),
            "accounts": self._entries("admit"),
            "services": self._templates("service", self._services),
            "guards": self._templates("guard", self._guards),
            "statements": _listed(
                _object({**{one: {} for one in ELEMENTS}, ACCEPT: {**_TEXT, "description": _ACCEPT}})
            ),
            "expect": _listed(_expectation()),
            "allow_findings": _listed(
                {**_object({"rule": _TEXT, "reason": _TEXT, "until": {}}), "required": ["rule", "reason"]}
            ),
            "for_each": {"type": ["array", "object", "null"]},
            "environments": {
                "type": ["object", "null"],
                "additionalProperties": {"anyOf": [_ref("key"), {"type": "null"}]},
            },
        }
        return schemas.get(name, {"type": ["string", "null"]})


def _expectation() -> Schema:
    access = {"enum": ["direct", "any"]}
    context: Schema = {"type": "object", "additionalProperties": _TEXTS}
    fields = _object({"allow": _TEXT, "deny": _TEXT, "to": _TEXTS, "access": access, "context": context})
    return {**fields, "oneOf": [{"required": ["allow", "to"]}, {"required": ["deny", "to"]}]}


def _when(word: str) -> Schema:
    values: Schema = {"type": ["object", "null"], "additionalProperties": _TEXTS}
    some = dict.fromkeys(("any", "all", "only"), _TEXTS)
    schemas: dict[str, Schema] = {
        "encryption_context": values,
        "encryption_context_keys": {"anyOf": [_TEXTS, _object(some)]},
        "organization": {"anyOf": [{"const": True}, _TEXTS]},
        "mfa": {"const": True},
        "for_aws_resource": {"const": True},
        "mfa_max_age": {"type": ["integer", "string"]},
        "before": {},
        "after": {},
        "principal_tags": values,
        "raw": _listed({"type": "object", "properties": _raw_properties(BASE_OPERATORS)}),
    }
    return schemas.get(word, _TEXTS)


def _raw_properties(operators: Iterable[str]) -> Schema:
    return {"operator": {"anyOf": [{"enum": list(operators)}, _TEXT]}, "key": _TEXT, "values": {}}
