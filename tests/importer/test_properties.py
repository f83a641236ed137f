"""Whatever a key policy says, an import means the same, or is refused; and what it writes it can take in again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmsgen.catalog.actions import ACTIONS
from kmsgen.errors import KmsgenError
from kmsgen.importer import import_keys
from kmsgen.policy.key import Key
from kmsgen.semantics.compare import compare
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import SourceKey
from tests.importer.support import LIBRARY, ROOT, compiled, source
from tests.support import OTHER, OWN, REGION

PRINCIPALS = [
    {"AWS": f"arn:aws:iam::{OWN}:role/team/App"},
    {"AWS": [f"arn:aws:iam::{OWN}:role/App", f"arn:aws:iam::{OTHER}:user/ann"]},
    {"AWS": [OTHER, f"arn:aws:iam::{OWN}:root"]},
    {"AWS": [f"arn:aws:sts::{OWN}:assumed-role/App/session", "AROAABCDEFGHIJKLMNOPQ"]},
    {"Service": ["sns.amazonaws.com", "cloudtrail.amazonaws.com"]},
    {"AWS": "*"},
]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com", "dax.eu-west-1.amazonaws.com"]}},
    {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::b/*"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"Bool": {"kms:GrantIsForAWSResource": True}},
    {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{OWN}:role/A*", f"arn:aws:iam::{OTHER}:role/B"]}},
    {"StringEquals": {"kms:CallerAccount": OWN, "kms:ViaService": "backup.eu-west-1.amazonaws.com"}},
    {"StringNotEqualsIfExists": {"aws:PrincipalTag/Team": "${aws:PrincipalTag/Other}"}},
    {"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt", "DescribeKey"]}},
    {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{OWN}:t"}, "StringEquals": {"aws:SourceAccount": OWN}},
    {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
]
NAMES = sorted(name for name, one in ACTIONS.items() if one.in_key_policy)
PATTERNS = ["kms:*", "kms:Describe*", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:Get*", "kms:Create?rant"]

STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        "Principal": st.sampled_from(PRINCIPALS),
        "Action": st.lists(st.sampled_from([*NAMES, *PATTERNS]), min_size=1, max_size=8, unique=True),
        "Resource": st.just("*"),
        "Condition": st.sampled_from(CONDITIONS),
    }
).map(lambda one: {name: value for name, value in one.items() if value != {}})


def kind_of(key: Key) -> dict[str, Any]:
    """What a key is, as a source tells it."""
    return {"spec": key.spec, "usage": key.usage, "origin": key.origin, "multi_region": bool(key.replication)}


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_an_import_means_the_same_and_comes_back(statements: list[dict[str, Any]]) -> None:
    key = source(ROOT, *statements)
    assert key.policy is not None
    try:
        made = import_keys([key], LIBRARY)
    except KmsgenError:
        return  # refused as a whole: nothing is written
    (again,) = compiled(made.text)
    facts = KeyFacts(OWN, REGION, None, again.spec, again.usage, again.origin, bool(again.replication))
    assert compare(key.policy, again.policy, facts).verdict == "equal"
    taken_in = SourceKey("orders", again.policy, "policy", "again.json", facts=facts, settings=kind_of(again))
    (second,) = import_keys([taken_in], LIBRARY).keys
    assert compare(again.policy, second.policy, facts).verdict == "equal"


@given(st.lists(STATEMENTS, min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_tightening_never_lets_anybody_in_and_never_locks_the_key(statements: list[dict[str, Any]]) -> None:
    key = source(ROOT, *statements)
    assert key.policy is not None
    try:
        made = import_keys([key], LIBRARY, tighten=True)
    except KmsgenError:
        return
    (again,) = compiled(made.text)  # the compiler refuses a policy that nobody could change
    facts = KeyFacts(OWN, REGION, None, again.spec, again.usage, again.origin, bool(again.replication))
    assert not compare(key.policy, again.policy, facts).gains
    assert bool(made.keys[0].losses) <= bool(made.keys[0].removals)


@pytest.mark.parametrize(
    "text", ["a: b", "no", "${x}", "$${x}", "$$${aws:x}", "${aws:PrincipalTag/a}", "'\"\\", "é", "1.10"]
)
def test_every_text_is_read_back_as_it_was(text: str) -> None:
    statement = {
        "Sid": "Kept", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWN}:role/App"}, "Resource": "*",
        "Action": "kms:UpdateAlias", "Condition": {"StringEquals": {"aws:PrincipalTag/a": text}},
    }  # fmt: skip
    key = source(ROOT, statement)
    (made,) = compiled(import_keys([key], LIBRARY).text)
    assert {value for one in made.policy.statements for test in one.conditions for value in test.values} == {text}
