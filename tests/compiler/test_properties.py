"""Properties of every blueprint: no dead statement, nothing given that was not asked for, no value becomes structure."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kmsgen.catalog.actions import ACTIONS
from kmsgen.catalog.key_specs import SPECS
from kmsgen.compiler.grants import _DEFAULT_ROLES
from kmsgen.emitters import emit
from kmsgen.emitters.artefact import Options
from kmsgen.policy.key import Key
from kmsgen.policy.model import Effect, Policy, Statement
from kmsgen.semantics.prove import Never, Requests, callers, prove
from kmsgen.templates import Library
from tests.support import OTHER, OWN, access, bundle, compiled, role

LIBRARY = Library()
PEOPLE = (
    "role/App",
    "role/team/Web",
    "user/ann",
    "other/role/Etl",
    "sso/Admins",
    "service-linked/autoscaling",
    "session/App/me",
)
WHEN: dict[str, Any] = {
    "via": st.sampled_from(["s3", ["s3", "ebs"], "secretsmanager"]),
    "encryption_context": st.sampled_from([{"app": "x"}, {"app": ["x", "y*"], "b": "z"}]),
    "encryption_context_keys": st.sampled_from([["a"], {"all": ["a", "b"]}, {"only": ["a"]}]),
    "organization": st.just(True),
    "mfa": st.just(True),
    "before": st.just("2027-01-01"),
    "principal_tags": st.just({"team": "a"}),
    "request_alias": st.just("x"),
    "source_vpce": st.just("vpce-0a1b2c3d"),
}
GUARDS = (
    "organization-only", "no-lockout-bypass", "minimum-deletion-window", "mfa-for-deletion", "tls-only",
    "aws-resource-grants-only", "same-key-reencrypt", "no-everyone-else", {"network-only": {"vpces": "vpce-0a1b2c3d"}},
)  # fmt: skip


def roles(noun: str, usage: str) -> list[str]:
    return [
        one.name
        for one in LIBRARY.all("roles")
        if noun in one.nouns and (not one.usage or usage in one.usage) and not one.origin and not one.multi_region
    ]


@st.composite
def entries(draw: st.DrawFn, noun: str, usage: str) -> Any:
    who = draw(st.sampled_from(PEOPLE[:3] if noun == "admins" else PEOPLE))
    entry: dict[str, Any] = {"principal": who}
    if draw(st.booleans()):
        entry["can"] = draw(st.lists(st.sampled_from(roles(noun, usage)), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        words = draw(st.lists(st.sampled_from(list(WHEN)), max_size=2, unique=True))
        entry["when"] = {word: draw(WHEN[word]) for word in words}
    if draw(st.integers(0, 3)) == 0 and "session" not in who:
        entry["pin"] = draw(st.sampled_from([False, "match"]))
    return entry


@st.composite
def blueprints(draw: st.DrawFn) -> str:
    spec = draw(st.sampled_from([one for one in SPECS.values() if not one.china_only]))
    usage = draw(st.sampled_from(spec.usages))
    key: dict[str, Any] = {
        "spec": spec.name,
        "usage": usage,
        "root": draw(st.sampled_from(["recovery", "delegate", "delegate-admin"])),
        "admins": ["role/KeyAdmins", *draw(st.lists(entries("admins", usage), max_size=2))],
        "users": draw(st.lists(entries("users", usage), max_size=4)),
        "guards": draw(st.lists(st.sampled_from(GUARDS), max_size=3, unique_by=str)),
    }
    if draw(st.booleans()):
        key["accounts"] = [{"other": {"can": draw(st.sampled_from(roles("accounts", usage)))}}]
    document = {
        "version": 1,
        "organization": "o-a1b2c3d4e5",
        "accounts": {"own": OWN, "other": OTHER},
        "keys": {"key": {"account": "own", "region": "eu-west-1", **key}},
    }
    return yaml.safe_dump(document)


def compiled_key(text: str) -> Key:
    """The key of a blueprint that is without mistakes; others are none of a property's business."""
    bundles, problems = compiled(text)
    assume(not any(problem.severity == "error" for problem in problems))
    (key,) = bundles[0].keys
    return key


def has_effect(policy: Policy, statement: Statement) -> bool:
    """Whether some request is decided by this statement, over all requests there can be."""
    denies = [one for one in policy.statements if one.effect is Effect.DENY and statement.effect is Effect.ALLOW]
    alone = Policy((replace(statement, effect=Effect.ALLOW), *denies))
    return prove(alone, Never("it has none", Requests((callers(),)))).holds is False


@given(blueprints())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_every_statement_of_a_valid_blueprint_has_an_effect(text: str) -> None:
    policy = compiled_key(text).policy
    for statement in policy.statements:
        assert has_effect(policy, statement), statement
        others = [one for one in policy.statements if one is not statement and one.effect is statement.effect]
        assert not any(
            one.principals >= statement.principals
            and one.actions >= statement.actions > frozenset()
            and one.conditions <= statement.conditions
            for one in others
        )


@given(blueprints())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_nobody_else_is_let_in_and_nobody_is_given_more_than_the_roles_hold(text: str) -> None:
    key = yaml.safe_load(text)["keys"]["key"]
    policy = compiled_key(text).policy
    stranger, everything = role("Stranger", "999988887777"), [a.name for a in ACTIONS.values() if a.in_key_policy]
    context = {
        "kms:GrantIsForAWSResource": "true",
        "aws:PrincipalOrgID": "o-a1b2c3d4e5",
        "kms:ViaService": "s3.eu-west-1.amazonaws.com",
    }
    for action in everything:
        for caller in (stranger, "s3.amazonaws.com", "*"):
            assert access(policy, caller, action, context) == "none"
        if key["root"] == "recovery":
            assert access(policy, role("Unnamed"), action, context) == "none"
    if key["root"] != "recovery" or "accounts" in key:
        return
    held: dict[str, set[str]] = {}
    for noun in ("admins", "users"):
        for entry in key[noun]:
            who = entry if isinstance(entry, str) else entry["principal"]
            default = ["admin"] if noun == "admins" else _DEFAULT_ROLES[key["usage"]]
            names = default if isinstance(entry, str) else entry.get("can", default)
            held.setdefault(who, set()).update(*(LIBRARY.find("roles", name).bound for name in names))  # type: ignore[union-attr]
    for who, caller in CALLERS.items():
        able = {action for action in everything if access(policy, caller, action, context) != "none"}
        assert able <= held.get(who, set()), who


CALLERS = {
    "role/KeyAdmins": role("KeyAdmins"),
    "role/App": role("App"),
    "role/team/Web": role("team/Web"),
    "user/ann": f"arn:aws:iam::{OWN}:user/ann",
    "other/role/Etl": role("Etl", OTHER),
}

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(list("\"'{}[]()<>:,#&*!|%@`\\$~-?\n\t/=+ ")),
        st.sampled_from(
            ["${", "}}", "{{", "{%", "%{", "$${", "${aws:", "!Sub", "<<", "---", "\\u0022", "\u00e9", "\u00ff"]
        ),
        st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]),
    ),
    min_size=1,
    max_size=24,
).map("".join)
FREE = st.text(
    st.one_of(st.sampled_from(list("\"'{}:#\n${%東京é\u0301🔑\u200b")), st.characters(exclude_categories=["Cs", "Cc"])),
    min_size=1,
    max_size=24,
)


def written(text: str) -> str:
    """A text as a blueprint has to have it, so that nothing in it is one of its variables."""
    return text.replace("${", "$${")


def hostile_blueprint(value: str, key: str, free: str, tag: str) -> str:
    entry = {
        "principal": "role/App",
        "when": {"encryption_context": {key: [written(value)]}, "principal_tags": {"team": written(value)}},
    }
    body = {
        "account": OWN,
        "region": "eu-west-1",
        "description": written(free),
        "tags": {"t" + tag: written(free)},
        "admins": ["role/Admin"],
        "users": [entry],
    }
    document = {"version": "1", "keys": {"key": body}}
    # In quotes, because PyYAML leaves `08` without, which a blueprint refuses: other readers take it for a number.
    return yaml.safe_dump(document, allow_unicode=True, default_style='"')


@given(HOSTILE, HOSTILE, FREE, FREE)
@settings(max_examples=300, deadline=None)
def test_a_value_never_becomes_structure(value: str, name: str, free: str, tag: str) -> None:
    text = hostile_blueprint(value, name, free, tag)
    (key,), (plain,) = (bundle(one).keys for one in (text, hostile_blueprint("v", "n", "f", "t")))
    # The same statements, principals and actions as with harmless values, and the values where they belong.
    assert [(one.effect, one.principals, one.actions) for one in key.policy.statements] == [
        (one.effect, one.principals, one.actions) for one in plain.policy.statements
    ]
    conditions = {test.key: test for one in key.policy.statements for test in one.conditions}
    assert conditions[f"kms:EncryptionContext:{name}"].values == (value,)
    assert conditions["aws:PrincipalTag/team"].values == (value,)
    assert (key.description, dict(key.tags)) == (free, {"t" + tag: free})


@given(HOSTILE, HOSTILE, FREE, FREE)
@settings(max_examples=150, deadline=None)
def test_no_format_changes_a_value(value: str, name: str, free: str, tag: str) -> None:
    text = hostile_blueprint(value, name, free, tag)
    made = bundle(text)
    (plain,) = emit("json", made, Options())
    policy = json.loads(plain.text)
    (template,) = emit("cloudformation-json", made, Options())
    properties = json.loads(template.text)["Resources"]["Key"]["Properties"]
    assert (properties["KeyPolicy"], properties["Description"]) == (policy, free)
    assert properties["Tags"] == [{"Key": "t" + tag, "Value": free}]
    (template,) = emit("cloudformation", made, Options())
    assert yaml.load(template.text, Cloudformation)["Resources"]["Key"]["Properties"] == properties
    (module,) = emit("terraform-json", made, Options())
    resource = json.loads(module.text)["resource"]["aws_kms_key"]["key"]
    assert json.loads(unescaped(resource["policy"])) == policy
    assert unescaped(resource["description"]) == free
    assert {unescaped(one): unescaped(other) for one, other in resource["tags"].items()} == {"t" + tag: free}


class Cloudformation(yaml.SafeLoader):
    """YAML with CloudFormation's tags in their long form."""


def _function(loader: Any, suffix: str, node: Any) -> Any:
    name = "Ref" if suffix == "Ref" else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    return {name: loader.construct_sequence(node, deep=True)}


Cloudformation.add_multi_constructor("!", _function)


def unescaped(template: str) -> str:
    """What Terraform reads in a string: no expression may be in it."""
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", template)
    return template.replace("$${", "${").replace("%%{", "%{")
