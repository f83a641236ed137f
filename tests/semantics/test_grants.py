"""What a grant says to a request: whom it names, what it lacks, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.semantics.grants import Grant, answer
from kmsgen.semantics.request import Request

OWN = "111122223333"
ROLE = f"arn:aws:iam::{OWN}:role/team/App"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/App/run"
ALL = ("kms:encryptioncontext:",)


def grant(grantee: str = ROLE, operations: str = "Decrypt", **more: Any) -> Grant:
    return Grant("g", grantee, frozenset(operations.split()), **more)


@pytest.mark.parametrize(
    ("grantee", "caller", "context", "names", "needs_iam"),
    [
        (ROLE, ROLE, {}, "yes", False),
        (ROLE, SESSION, {}, "yes", False),
        (ROLE, SESSION, {"aws:PrincipalArn": ROLE}, "yes", False),
        (ROLE, SESSION, {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/App"}, "no", False),
        (ROLE, f"arn:aws:iam::{OWN}:role/App", {}, "no", False),
        (ROLE, f"arn:aws:iam::{OWN}:user/App", {}, "no", False),
        (ROLE, "arn:aws:sts::444455556666:assumed-role/App/run", {}, "no", True),
        (ROLE.replace(OWN, "444455556666"), "arn:aws:sts::444455556666:assumed-role/App/run", {}, "yes", True),
        (SESSION, SESSION, {}, "yes", False),
        (SESSION, SESSION.replace("run", "other"), {}, "no", False),
        (SESSION, ROLE, {}, "unknown", False),
        (SESSION.replace("App", "Other"), ROLE, {}, "no", False),
        (f"arn:aws:iam::{OWN}:root", ROLE, {}, "yes", True),
        (OWN, SESSION, {}, "yes", True),
        ("444455556666", SESSION, {}, "no", True),
        ("AROAEXAMPLEEXAMPLE123", ROLE, {}, "no", False),
        ("rds.eu-west-1.amazonaws.com", ROLE, {}, "no", False),
        ("rds.eu-west-1.amazonaws.com", "rds.eu-west-1.amazonaws.com", {}, "yes", False),
        ("rds.eu-west-1.amazonaws.com", "rds.amazonaws.com", {}, "unknown", False),
        ("rds.eu-west-1.amazonaws.com", "sns.amazonaws.com", {}, "no", False),
    ],
)
def test_a_grant_names_its_grantee_alone(
    grantee: str, caller: str, context: dict[str, str], names: str, needs_iam: bool
) -> None:
    said = answer(grant(grantee), Request(caller, "kms:Decrypt", context), key_account=OWN)
    assert (said.names_caller, said.needs_identity_policy) == (names, needs_iam)


@pytest.mark.parametrize(
    ("action", "context", "absent", "bound", "allows", "lacks"),
    [
        ("kms:Decrypt", {}, (), {}, "yes", []),
        ("kms:Encrypt", {}, (), {}, "no", [("operation", True)]),
        ("kms:Decrypt", {"app": "x"}, (), {"subset": (("app", "x"),)}, "yes", []),
        ("kms:Decrypt", {"app": "x", "more": "y"}, ALL, {"subset": (("app", "x"),)}, "yes", []),
        ("kms:Decrypt", {"APP": "x"}, ALL, {"subset": (("app", "x"),)}, "yes", []),
        ("kms:Decrypt", {"app": "X"}, (), {"subset": (("app", "x"),)}, "no", [("encryption-context", True)]),
        ("kms:Decrypt", {}, (), {"subset": (("app", "x"),)}, "unknown", [("encryption-context", False)]),
        ("kms:Decrypt", {}, ALL, {"subset": (("app", "x"),)}, "no", [("encryption-context", True)]),
        ("kms:Decrypt", {"app": "x"}, ALL, {"equals": (("app", "x"),)}, "yes", []),
        ("kms:Decrypt", {"app": "x"}, (), {"equals": (("app", "x"),)}, "unknown", [("encryption-context", False)]),
        ("kms:Decrypt", {"app": "x", "b": "y"}, (), {"equals": (("app", "x"),)}, "no", [("encryption-context", True)]),
        ("kms:DescribeKey", {}, ALL, {"equals": (("app", "x"),)}, "yes", []),
        ("kms:RetireGrant", {}, ALL, {"subset": (("app", "x"),)}, "yes", []),
        ("kms:CreateGrant", {}, ALL, {"subset": (("app", "x"),)}, "unknown", [("stricter-grant", False)]),
        ("kms:Decrypt", {}, (), {"source_arn": "arn:aws:s3:::b"}, "unknown", [("source-arn", False)]),
        ("kms:Decrypt", {}, ("aws:sourcearn",), {"source_arn": "arn:aws:s3:::b"}, "no", [("source-arn", True)]),
    ],
)
def test_a_grant_allows_its_operations_within_its_constraints(
    action: str, context: dict[str, str], absent: tuple[str, ...], bound: Any, allows: str, lacks: list[Any]
) -> None:
    request = Request(ROLE, action, {f"kms:EncryptionContext:{name}": value for name, value in context.items()})
    said = answer(grant(operations="Decrypt DescribeKey CreateGrant RetireGrant", **bound), request, absent)
    assert (said.allows, [tuple(one) for one in said.lacks]) == (allows, lacks)


PAIRS = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyX"), max_size=3)


@given(PAIRS, PAIRS, st.booleans())
def test_of_a_context_that_is_wholly_known_it_is_decided_as_aws_words_it(
    demanded: dict[str, str], told: dict[str, str], exact: bool
) -> None:
    pairs = tuple(demanded.items())
    made = grant(equals=pairs) if exact else grant(subset=pairs)
    request = Request(ROLE, "kms:Decrypt", {f"kms:EncryptionContext:{name}": one for name, one in told.items()})
    holds = told == demanded if exact else demanded.items() <= told.items()
    assert answer(made, request, ALL).allows == ("yes" if holds else "no")


@given(PAIRS, PAIRS, PAIRS, st.booleans())
def test_what_is_answered_of_a_context_that_is_known_in_part_holds_of_every_whole(
    demanded: dict[str, str], told: dict[str, str], more: dict[str, str], exact: bool
) -> None:
    pairs = tuple(demanded.items())
    made = grant(equals=pairs) if exact else grant(subset=pairs)

    def asked(context: dict[str, str]) -> Request:
        return Request(ROLE, "kms:Decrypt", {f"kms:EncryptionContext:{name}": one for name, one in context.items()})

    partly = answer(made, asked(told)).allows
    assert partly in ("unknown", answer(made, asked({**more, **told}), ALL).allows)
