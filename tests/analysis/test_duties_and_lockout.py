"""What the rules about duties and lockout say of policies that are as they should be, and of AWS's own samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.finding import Finding
from kmsgen.analysis.registry import meant
from kmsgen.analysis.subject import Asked
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import Policy
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources import Options, load
from kmsgen.sources.model import SourceKey
from tests.analysis.support import OWN, TODAY
from tests.corpus import CORPUS, REASON
from tests.examples import BLUEPRINTS, NAMES
from tests.services.harness import LIBRARY, scenarios

RULES = (*meant("duties"), *meant("lockout"))
OFTEN = {"user-principal", "nobody-can-change"}
"""AWS's guides name users throughout, and print many statements that make no whole policy."""

FLAWED = {
    "278-aws-kms-developer-guide-kms-vpc-endpoint.json": ("only-conditional", "even the root user needs the VPC"),
    "281-aws-kms-developer-guide-programming-key-policies.json": ("manage-and-use only-a-user", "`kms:*` to one user"),
    "303-amazon-connect-admin-guide-chat-message-streaming.json": ("unfit-administrator", "`kms:*` to a service"),
    "314-aws-docs-api-createkeysigningkey.json": ("manage-and-use", "`kms:*` to one role"),
    "330-aws-docs-aurora-managing-clone-cross-account.json": (
        "unconstrained-grants",
        "`kms:CreateGrant` stands beside the one that is limited, without its condition",
    ),
    "345-aws-docs-aws-properties-s3-bucket-metadataconfiguration.json": (
        "manage-and-use only-one-role",
        "`kms:*` to one role",
    ),
    "397-aws-kms-developer-guide-conditions-kms.json": (
        "unconstrained-grants",
        "shows `kms:GrantConstraintType`, whose context the caller chooses",
    ),
    "405-aws-kms-developer-guide-conditions-kms.json": (
        "unconstrained-grants",
        "shows `kms:RetiringPrincipal`, which limits no grantee",
    ),
    "414-aws-kms-developer-guide-deleting-keys-adding-permission.json": ("only-a-user", "a statement alone"),
    "485-aws-dms-user-guide-security-iam-resource-based-policy-examples.json": ("only-one-role", "a statement alone"),
    "533-aws-docs-allow-org-ou-to-use-key.json": (
        "unconstrained-grants",
        "anybody of the organization makes grants to anybody outside it",
    ),
    "534-aws-docs-allow-org-ou-to-use-key.json": (
        "unconstrained-grants",
        "anybody of the organization makes grants to anybody outside it",
    ),
}
"""The samples of AWS's documentation that do what they should not, by file: the rules that say so, and why."""


def findings(*keys: SourceKey) -> Iterator[Finding]:
    for one in check(keys, Settings(Asked(TODAY), RULES)):
        yield from one.findings


def serious(*keys: SourceKey) -> list[str]:
    return [f"{one.rule}: {one.message}" for one in findings(*keys) if one.severity != "note"]


def made(policy: Policy) -> SourceKey:
    return SourceKey("key", policy, "blueprint", "key.yaml", facts=KeyFacts(OWN, "eu-west-1"))


@pytest.mark.parametrize("name", LIBRARY.names("services"))
def test_what_the_catalogue_makes_is_clean(name: str) -> None:
    assert [said for one in scenarios(name) for said in serious(made(one.policy))] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_clean(name: str) -> None:
    assert serious(*load(str(BLUEPRINTS / f"{name}.yaml"), Options()).keys) == []


@cache
def _index() -> dict[str, str]:
    lines = (CORPUS / "index.jsonl").read_text(encoding="utf-8").splitlines()
    return {Path(one["file"]).name: one["class"] for one in map(json.loads, lines)}


def of_class(wanted: str) -> Iterator[tuple[str, SourceKey]]:
    for name, kind in _index().items():
        if kind == wanted and (CORPUS / "policies" / name).is_file():
            try:
                (key,) = load(str(CORPUS / "policies" / name), Options()).keys
            except KmsgenError:
                continue  # a sample that is no policy at all
            yield name, key


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_the_keys_that_aws_manages_itself_are_clean() -> None:
    assert [list(findings(key)) for _, key in of_class("aws-managed-key")] == [[]] * 19


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_of_aws_samples_those_are_found_that_are_flawed() -> None:
    found: dict[str, str] = {}
    for name, key in of_class("docs-example"):
        rules = sorted({one.rule for one in findings(key) if one.severity != "note"} - OFTEN)
        if rules:
            found[name] = " ".join(rules)
    assert found == {name: rules for name, (rules, _) in FLAWED.items()}


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_a_sample_is_called_locked_only_where_it_lets_no_principal_put_the_policy() -> None:
    for name, key in of_class("docs-example"):
        assert key.policy is not None
        if any(one.rule == "nobody-can-change" for one in findings(key)):
            assert "PutKeyPolicy" not in str(key.policy), name
