"""`kmsgen check --caller`: who can be asked about, in whose words, and what is said of those who cannot."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Kmsgen, Ran

BLUEPRINT = """\
version: 1
accounts: {own: "111122223333", other: "444455556666"}
principals: {ci: role/ci/Deployer}
defaults: {region: eu-west-1, admins: [role/Admin]}
keys:
  orders: {account: own, deployer: ci}
  ledger: {account: other}
"""
CAN_BE_NONE = "error: `--caller` is the principal that applies the policy, and `{}` can be none\n"
NAME_ONE = "  hint: name a role, a user or a session: `role/Deployer`, `arn:aws:iam::111122223333:role/Deployer`\n"


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "keys.yaml").write_text(BLUEPRINT)
    return "keys.yaml"


def lines(ran: Ran) -> tuple[int, str, str]:
    """What is reported, a line for each finding with its key."""
    found = re.findall(r"^((?:error|warning|note): .*)\n(?:.*\n)*?  key: (\S+?)(?:,.*)?\n", ran.out, re.MULTILINE)
    return ran.code, "".join(f"{head} ({key})\n" for head, key in found), ran.err


def cannot(place: str, who: str, key: str) -> str:
    return (
        f"error: keys.yaml:{place}: `{who}` cannot change the policy afterwards: no statement lets it do"
        f" `kms:PutKeyPolicy` [KMS306 caller-locked-out] ({key})\n"
    )


@pytest.mark.parametrize(
    ("caller", "code", "printed"),
    [
        ("role/Admin", 0, ""),
        ("root", 0, ""),
        ("role/Nobody", 1, cannot("6:3", "arn:aws:iam::111122223333:role/Nobody", "orders")
            + cannot("7:3", "arn:aws:iam::444455556666:role/Nobody", "ledger")),
        ("session/Nobody/x1", 1, cannot("6:3", "arn:aws:sts::111122223333:assumed-role/Nobody/x1", "orders")
            + cannot("7:3", "arn:aws:sts::444455556666:assumed-role/Nobody/x1", "ledger")),
        ("arn:aws:sts::111122223333:assumed-role/Deployer/x1", 1,
            "error: keys.yaml:7:3: `arn:aws:sts::111122223333:assumed-role/Deployer/x1` cannot change the policy: KMS lets"
            " principals of account `444455556666` alone do `kms:PutKeyPolicy` [KMS306 caller-locked-out] (ledger)\n"),
    ],
)  # fmt: skip
def test_a_caller_is_meant_in_each_keys_own_account(
    kmsgen: Kmsgen, source: str, caller: str, code: int, printed: str
) -> None:
    assert lines(kmsgen("check", source, "--select", "KMS3", "--caller", caller)) == (code, printed, "")


def test_a_name_of_the_blueprint_is_a_caller(kmsgen: Kmsgen, source: str) -> None:
    assert lines(kmsgen("check", f"{source}#orders", "--select", "KMS3", "--caller", "ci")) == (0, "", "")


@pytest.mark.parametrize(
    "caller",
    [
        "s3.amazonaws.com",
        "*",
        "anonymous",
        "arn:aws:s3:::bucket",
        "arn:aws:iam::111122223333:group/Admins",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role/App-*",
        "arn:aws:iam::1111:role/App",
        "arn:aws:sts::111122223333:assumed-role/App",
    ],
)
def test_what_cannot_apply_a_policy_is_no_caller(kmsgen: Kmsgen, source: str, caller: str) -> None:
    said = f"{CAN_BE_NONE.format(caller)}{NAME_ONE}1 problem\n"
    assert kmsgen("check", source, "--caller", caller) == (2, "", said)


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        ("group/Admins", "error: IAM groups cannot be principals: KMS does not know who is in one: `group/Admins`\n"
            "  hint: name the role that its members take on\n"),
        ("arn:aws", "error: `arn:aws` is no ARN\n  hint: write `arn:aws:iam::111122223333:role/NAME`\n"),
    ],
)  # fmt: skip
def test_what_is_no_principal_at_all_is_told_once(kmsgen: Kmsgen, source: str, caller: str, said: str) -> None:
    assert kmsgen("check", source, "--caller", caller) == (2, "", f"{said}1 problem\n")


def test_a_name_needs_the_account_of_a_raw_policy(kmsgen: Kmsgen, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}
    (tmp_path / "key.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    ran = kmsgen("check", "key.json", "--select", "KMS3", "--caller", "role/Deployer")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: `role/Deployer` is a name within an account, and the key's is not known\n"
        "  hint: give the whole ARN, or `--account DIGITS` for the key's account\n"
        "1 problem\n"
    )
    assert lines(
        kmsgen("check", "key.json", "--select", "KMS3", "--caller", "role/Deployer", "--account", "111122223333")
    ) == (
        0,
        "note: key.json:1:61: `arn:aws:iam::111122223333:role/Deployer` can change the policy only if an IAM policy lets"
        " it: a statement without `Sid` leaves it to IAM [KMS307 caller-needs-iam] (key)\n",
        "",
    )
