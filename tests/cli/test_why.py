"""`kmsgen why`: what it prints, what it exits with, and what it says of input that it cannot understand."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.conftest import Kmsgen

BLUEPRINT = """\
version: 1
accounts: {own: "111122223333", other: "444455556666"}
defaults: {account: own, region: eu-west-1, admins: [role/Admin]}
keys:
  orders:
    users:
      - role/orders/Api
      - {principal: other/role/Etl, can: decrypt, when: {via: s3}}
"""
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
APP = "arn:aws:sts::111122223333:assumed-role/App/i-1"
API = "arn:aws:iam::111122223333:role/orders/Api"
REFUSED = (
    f"User: {APP} is not authorized to perform: kms:Decrypt on resource: {KEY} because no resource-based policy allows"
)


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "orders.yaml").write_text(BLUEPRINT)
    return "orders.yaml"


def test_a_denial_is_told_with_the_least_change(kmsgen: Kmsgen, source: str, tmp_path: Path) -> None:
    ran = kmsgen("why", REFUSED, source)
    assert (ran.code, ran.err) == (1, "")
    assert (
        ran.out
        == f"""\
no source knows the id of the key that the message names; of the keys here it can only be `orders`
{APP} kms:Decrypt on orders: the key policy refused it
  no statement lets the caller do kms:Decrypt (orders.yaml:5)
  nearest: the statement `EncryptDecrypt` (orders.yaml:7)
    it is for role/orders/Api of 111122223333
  a grant on the key would allow it too; none that covers the request was in force
  to allow it, in the blueprint of `orders`:
    users:
      - principal: role/App
        can: decrypt
  a session does not tell its role's path: put it in where the role has one
  verified: compiled with it, the policy allows the request
"""
    )
    assert (tmp_path / "orders.yaml").read_text() == BLUEPRINT


def test_json_has_a_version_and_every_part(kmsgen: Kmsgen, source: str) -> None:
    ran = kmsgen("why", REFUSED, source, "--format", "json")
    assert ran.code == 1
    assert json.loads(ran.out) == {
        "format_version": "1",
        "explanations": [
            {
                "message": REFUSED,
                "key": "orders",
                "key_is_certain": False,
                "considered": ["orders"],
                "layer": "key-policy",
                "layer_in_message": "key-policy",
                "policy_in_message": None,
                "key_state": None,
                "assumed": [],
                "request": {
                    "principal": APP,
                    "action": "kms:Decrypt",
                    "context": {
                        "aws:requestedregion": ["eu-west-1"],
                        "aws:resourceaccount": ["111122223333"],
                        "kms:customermasterkeyspec": ["SYMMETRIC_DEFAULT"],
                        "kms:customermasterkeyusage": ["ENCRYPT_DECRYPT"],
                        "kms:keyorigin": ["AWS_KMS"],
                        "kms:keyspec": ["SYMMETRIC_DEFAULT"],
                        "kms:keyusage": ["ENCRYPT_DECRYPT"],
                        "kms:multiregion": ["false"],
                    },
                },
                "key_policy": {
                    "verdict": "denied",
                    "access": "none",
                    "needs_identity_policy": False,
                    "statements": [],
                    "would_allow_with": {},
                },
                "nearest": {
                    "statement": "EncryptDecrypt",
                    "effect": "Allow",
                    "origin": ["orders.yaml:7"],
                    "misses": [{"element": "principal"}],
                },
                "grants": None,
                "deny": None,
                "change": {
                    "list": "users",
                    "entry": {"principal": "role/App", "can": "decrypt"},
                    "beside": None,
                    "yaml": "users:\n  - principal: role/App\n    can: decrypt",
                    "role_path_is_unknown": True,
                    "examples": [],
                    "replaces_guards": False,
                    "verified": True,
                    "verified_where": {},
                    "reason": None,
                    "also_changes": [],
                    "findings": [],
                    "gains": [],
                },
                "otherwise": None,
                "identity_statement": None,
            }
        ],
    }


@pytest.mark.parametrize(
    ("message", "more", "code", "said"),
    [
        (REFUSED.replace(APP, API), (), 0, "the key policy allows it, so the cause is elsewhere"),
        (f"{KEY} is disabled. DisabledException", (), 1, "`aws kms enable-key` enables it"),
        (
            f"{REFUSED.partition(' because')[0]} with an explicit deny in a resource-based policy",
            (),
            1,
            "the message speaks of a Deny that the source does not have",
        ),
        ("Access to KMS is not allowed", (), 1, "say who called with `--principal`"),
        ("Access to KMS is not allowed", ("--principal", "role/orders/Api"), 0, "the key policy allows it directly"),
        (
            "Access to KMS is not allowed",
            ("--principal", "role/App", "--action", "encrypt", "--context", "kms:EncryptionContext:a=b"),
            1,
            "role/App kms:Encrypt on orders: the key policy refused it",
        ),
        (
            f"User: {API} is not authorized to perform: kms:Decrypt with an explicit deny in a service control policy",
            (),
            0,
            "a service control policy of the organization refused it",
        ),
    ],
)
def test_the_exit_code_is_the_key_policys(
    kmsgen: Kmsgen, source: str, message: str, more: tuple[str, ...], code: int, said: str
) -> None:
    ran = kmsgen("why", message, source, *more)
    assert (ran.code, ran.err) == (code, "")
    assert said in ran.out


def test_the_message_comes_from_standard_input_too(
    kmsgen: Kmsgen, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {
        "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "errorCode": "AccessDenied", "errorMessage": REFUSED,
        "userIdentity": {"type": "AssumedRole", "arn": APP},
    }  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"Records": [event]})))
    ran = kmsgen("why", "-", source)
    assert (ran.code, ran.err) == (1, "")
    assert "- principal: role/App" in ran.out


def test_of_many_keys_that_may_be_meant_the_likeliest_are_told(kmsgen: Kmsgen, source: str, tmp_path: Path) -> None:
    more = "".join(f"  k{number}: {{}}\n" for number in range(10))
    (tmp_path / source).write_text(BLUEPRINT + more)
    lines = kmsgen("why", "Access to KMS is not allowed", source, "--principal", "other/role/Etl").out.splitlines()
    assert lines[1].startswith("the message names no key; it may be `orders`, `k0`, `k1`")
    assert lines[1].endswith("and 3 more")
    assert next(line for line in lines if line.startswith("arn:")).endswith(
        "kms:Decrypt on orders: the key policy refused it"
    )
    assert lines[-1] == "and 8 more keys, which are less likely"


def test_several_sources_are_one(kmsgen: Kmsgen, source: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"Statement": []}')
    ran = kmsgen("why", REFUSED, source, "other.json", "--account", "444455556666")
    assert "of the keys here it can only be `orders`" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hello", "orders.yaml"), ("this is no message that says that a request to KMS was denied", "hint: one reads: User:")),
        (("", "orders.yaml"), ("there is no message",)),
        (("-", "-"), ("`-` is standard input, and stands for the message and for a source",)),
        (("hello", "nix.yaml"), ("this is no message",)),
        ((REFUSED, "nix.yaml"), ("there is no file or folder `nix.yaml`",)),
        ((REFUSED, "nix.yaml", "nor.yaml"), ("`nix.yaml`", "`nor.yaml`", "2 problems")),
        ((REFUSED.replace("eu-west-1", "us-east-1"), "orders.yaml"), ("the sources have keys in 111122223333 eu-west-1",)),
        ((REFUSED, "orders.yaml#nothing"), ("`orders.yaml` has no key `nothing`",)),
        ((REFUSED, "orders.yaml", "--action", "kms:Dcrypt"), ("did you mean `kms:Decrypt`?",)),
        ((REFUSED, "orders.yaml", "--principal", "nobody"), ("unknown principal `nobody`",)),
        ((REFUSED, "orders.yaml", "--context", "x"), ("`--context x` is no `KEY=VALUE`",)),
        (('{"Records": [', "orders.yaml"), ("the message:1:14: not valid JSON",)),
        (("User: x is not authorized to perform: s3:GetObject", "orders.yaml"), ("the message is about `s3:GetObject`",)),
        ((REFUSED,), ("Missing argument 'SOURCE...'",)),
    ],
)  # fmt: skip
def test_input_that_is_not_understood(
    kmsgen: Kmsgen, source: str, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    ran = kmsgen("why", *arguments)
    assert (ran.code, ran.out) == (2, "")
    for one in said:
        assert one in ran.err


def test_what_a_message_says_cannot_steer_the_terminal(kmsgen: Kmsgen, source: str) -> None:
    ran = kmsgen("why", f"{REFUSED} alias/\x1b[31m", source, "--context", "kms:EncryptionContext:a=\x1b[31m")
    assert "\x1b" not in ran.out + ran.err


def test_a_key_that_is_meant_to_be_disabled_is_told_as_such(kmsgen: Kmsgen, source: str, tmp_path: Path) -> None:
    (tmp_path / source).write_text(BLUEPRINT + "    enabled: false\n")
    ran = kmsgen("why", f"DisabledException: {KEY} is disabled.", source)
    assert (ran.code, ran.err) == (1, "")
    assert "its source says that it is to be disabled (orders.yaml:5)" in ran.out


TEMPLATE = """\
Parameters:
  Flag: {Type: String}
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/App"}, Action: "kms:Decrypt", Resource: "*"}
          - Effect: Deny
            Principal: "*"
            Action: kms:Decrypt
            Resource: "*"
            Condition: {Bool: {"aws:SecureTransport": !Ref Flag}}
"""
STOPPED = (
    "User: arn:aws:sts::111122223333:assumed-role/App/me is not authorized to perform: kms:Decrypt on resource: "
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab with an explicit deny in a "
    "resource-based policy"
)


def test_nothing_is_decided_that_only_the_stack_knows(kmsgen: Kmsgen, tmp_path: Path) -> None:
    """A Deny that may have matched is not taken for one that does not."""
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    where = ["t.yaml", "--account", "111122223333", "--region", "eu-west-1"]
    why = "it depends on `⟨Flag⟩`, which only the stack knows"
    asked = kmsgen("why", STOPPED, *where, cwd=tmp_path)
    assert f"  nothing is decided: {why}; `--parameter NAME=VALUE` gives it" in asked.out.splitlines()
    assert "the key policy allows it" not in asked.out
    data = json.loads(kmsgen("why", STOPPED, *where, "--format", "json", cwd=tmp_path).out)
    assert why in json.dumps(data, ensure_ascii=False)
    told = kmsgen("why", STOPPED, *where, "--parameter", "Flag=true", cwd=tmp_path)
    assert "t.yaml" in told.out
    assert "nothing is decided" not in told.out
