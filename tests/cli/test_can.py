"""`kmsgen can`: one request decided, or many; what it prints, and what it says of questions that cannot be asked."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Kmsgen

BLUEPRINT = """\
version: 1
accounts: {own: "111122223333", other: "444455556666"}
principals: {api: role/orders/Api}
defaults: {account: own, region: eu-west-1, admins: [role/Admin]}
keys:
  orders:
    users:
      - api
      - {principal: other/role/Etl, can: decrypt, when: {via: s3}}
      - {principal: role/Loose, can: encrypt, pin: false}
    guards: [no-lockout-bypass]
"""
VIA = "kms:ViaService=s3.eu-west-1.amazonaws.com"


@pytest.fixture
def source(tmp_path: Path) -> str:
    (tmp_path / "orders.yaml").write_text(BLUEPRINT)
    return "orders.yaml"


@pytest.mark.parametrize(
    ("arguments", "code", "printed"),
    [
        (
            ("api", "kms:Decrypt"), 0,
            "allowed, directly: arn:aws:iam::111122223333:role/orders/Api kms:Decrypt on orders\n"
            "  by the statement `EncryptDecrypt` (orders.yaml:8)\n",
        ),
        (
            ("role/Nobody", "decrypt"), 1,
            "denied: arn:aws:iam::111122223333:role/Nobody kms:Decrypt on orders\n  no statement allows it\n",
        ),
        (
            ("other/role/Etl", "Decrypt", "--context", VIA), 0,
            "allowed, directly: arn:aws:iam::444455556666:role/Etl kms:Decrypt on orders\n"
            "  by the statement `DecryptViaS3` (orders.yaml:9)\n"
            "  an IAM policy of 444455556666 must allow it as well\n",
        ),
        (("other/role/Etl", "Decrypt"), 1, None),
        (
            ("role/Loose", "Encrypt"), 0,
            "allowed, by way of its account: arn:aws:iam::111122223333:role/Loose kms:Encrypt on orders\n"
            "  by the statement `EncryptByArn` (orders.yaml:10)\n"
            "  an IAM policy of 111122223333 must allow it as well\n",
        ),
        (
            ("role/Admin", "PutKeyPolicy", "--context", "kms:BypassPolicyLockoutSafetyCheck=true"), 1,
            "denied: arn:aws:iam::111122223333:role/Admin kms:PutKeyPolicy on orders\n"
            "  by the statement `NoLockoutBypass` (orders.yaml:11)\n",
        ),
        (("111122223333", "PutKeyPolicy"), 0, None),
        (("s3.amazonaws.com", "Decrypt"), 1, None),
        (("*", "Decrypt"), 1, None),
    ],
)  # fmt: skip
def test_what_is_decided(
    kmsgen: Kmsgen, source: str, arguments: tuple[str, ...], code: int, printed: str | None
) -> None:
    ran = kmsgen("can", *arguments, "--on", source)
    assert (ran.code, ran.err) == (code, "")
    if printed is not None:
        assert ran.out == printed


def test_json_of_one_key_is_one_object(kmsgen: Kmsgen, source: str) -> None:
    ran = kmsgen("can", "api", "kms:Decrypt", "--on", source, "--format", "json")
    assert json.loads(ran.out) == {
        "format_version": "1",
        "decision": "allowed",
        "access": "direct",
        "needs_identity_policy": False,
        "statements": ["EncryptDecrypt"],
    }


def test_json_of_several_keys_is_one_object_a_line_and_all_must_allow(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(BLUEPRINT + "  other: {}\n")
    ran = kmsgen("can", "api", "kms:Decrypt", "--on", "two.yaml", "--format", "json")
    assert ran.code == 1
    assert [(one["key"], one["decision"]) for one in map(json.loads, ran.out.splitlines())] == [
        ("orders", "allowed"),
        ("other", "implicitly-denied"),
    ]
    assert kmsgen("can", "api", "kms:Decrypt", "--on", "two.yaml#orders").code == 0


def test_what_is_known_of_a_key_is_in_the_request(kmsgen: Kmsgen, tmp_path: Path) -> None:
    statement = {
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceAccount": "111122223333", "aws:RequestedRegion": "eu-west-1"}},
    }  # fmt: skip
    (tmp_path / "key.json").write_text(json.dumps({"Statement": [statement]}))
    where = ("--on", "key.json", "--account", "111122223333")
    assert kmsgen("can", "role/App", "Decrypt", *where, "--region", "eu-west-1").code == 0
    assert kmsgen("can", "role/App", "Decrypt", *where, "--region", "eu-west-2").code == 1
    assert kmsgen("can", "role/App", "Decrypt", *where).code == 1
    assert kmsgen("can", "role/App", "Decrypt", *where, "--context", "aws:requestedregion=eu-west-1").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "Decrypt"), "unknown principal `nobody`"),
        (("role/*", "Decrypt"), "KMS does not take wildcards in a principal"),
        (("arn:aws:iam::1", "Decrypt"), "`arn:aws:iam::1` is no ARN"),
        (("api", "kms:Dcrypt"), "did you mean `kms:Decrypt`?"),
        (("api", "kms:*"), "`kms:*` is no action but a pattern"),
        (("api", "s3:GetObject"), "is not a KMS action"),
        (("api", "Decrypt", "--context", "x"), "`--context x` is no `KEY=VALUE`"),
        (("api",), "takes a PRINCIPAL and an ACTION"),
        (("api", "Decrypt", "--requests", "x"), "brings its own principals"),
        (("--requests", "nix.jsonl"), "`nix.jsonl` cannot be read"),
    ],
)
def test_questions_that_cannot_be_asked(kmsgen: Kmsgen, source: str, arguments: tuple[str, ...], said: str) -> None:
    ran = kmsgen("can", *arguments, "--on", source)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_names_of_an_account_that_is_not_known_are_refused(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"Statement": []}')
    ran = kmsgen("can", "role/App", "Decrypt", "--on", "key.json")
    assert ran.code == 2
    assert "`role/App` is a name within an account" in ran.err
    assert kmsgen("can", "111122223333/role/App", "Decrypt", "--on", "key.json").code == 1
    assert kmsgen("can", "arn:aws:iam::111122223333:role/App", "Decrypt", "--on", "key.json").code == 1


def test_a_policy_that_cannot_be_read_decides_nothing(kmsgen: Kmsgen, tmp_path: Path) -> None:
    text = "Resources:\n  K: {Type: AWS::KMS::Key, Properties: {KeyPolicy: !If [C, {}, {Statement: []}]}}\n"
    (tmp_path / "stack.yaml").write_text(text)
    ran = kmsgen("can", "111122223333", "Decrypt", "--on", "stack.yaml")
    assert ran.code == 2
    assert "nothing is decided about `K`" in ran.err


def ask(kmsgen: Kmsgen, tmp_path: Path, *lines: str, format_: str = "json") -> Any:
    (tmp_path / "requests.jsonl").write_text("\n".join(lines) + "\n")
    return kmsgen("can", "--on", "orders.yaml", "--requests", "requests.jsonl", "--format", format_)


def request(principal: str, action: str = "kms:Decrypt", **more: Any) -> str:
    return json.dumps({"principal": principal, "action": action, **more})


ETL = "arn:aws:iam::444455556666:role/Etl"


@pytest.mark.usefixtures("source")
def test_many_requests_are_decided_in_order(kmsgen: Kmsgen, tmp_path: Path) -> None:
    ran = ask(
        kmsgen, tmp_path, request("api"), "", request(ETL, context={"kms:ViaService": "s3.eu-west-1.amazonaws.com"}),
        request(ETL, context={"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}, key_account="444455556666"),
        request(ETL, context={"aws:MultiFactorAuthPresent": True}),
    )  # fmt: skip
    assert (ran.code, ran.err) == (1, "")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [(one["decision"], one["needs_identity_policy"]) for one in answers] == [
        ("allowed", False), ("allowed", True), ("allowed", False), ("implicitly-denied", False),
    ]  # fmt: skip
    assert all("key" not in one for one in answers)
    assert ask(kmsgen, tmp_path, request("api")).code == 0


@pytest.mark.usefixtures("source")
def test_bad_lines_are_told_with_their_places_and_keep_their_line_in_the_output(kmsgen: Kmsgen, tmp_path: Path) -> None:
    ran = ask(
        kmsgen, tmp_path, request("api"), "{", "[]", '{"principal": "api"}', request("nobody"), request("api", "kms:Dcrypt"),
        request("api", contxt={}), request("api", context={"a": {}}), request("api", key_account=1), request("api"),
    )  # fmt: skip
    assert ran.code == 2
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [set(one) >= {"error"} for one in lines] == [False, *[True] * 8, False]
    assert [line for line in ran.err.splitlines() if line.startswith("error")] == [
        "error: requests.jsonl:2:2: not valid JSON: a name in double quotes is expected",
        "error: requests.jsonl:3:1: a request is a JSON object",
        "error: requests.jsonl:4:1: a request has `action`, a string",
        "error: requests.jsonl:5:2: unknown principal `nobody`",
        "error: requests.jsonl:6:22: unknown action `kms:Dcrypt`",
        "error: requests.jsonl:7:47: unknown field `contxt` of a request",
        "error: requests.jsonl:8:59: a value is a string, a number, a boolean, or a list of these",
        "error: requests.jsonl:9:47: `key_account` is twelve digits in quotes",
    ]


@pytest.mark.usefixtures("source")
def test_requests_come_from_standard_input_too(kmsgen: Kmsgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(request("api") + "\n"))
    ran = kmsgen("can", "--on", "orders.yaml", "--requests", "-")
    assert (ran.code, ran.out.splitlines()[0][:17]) == (0, "allowed, directly")


def test_many_requests_are_about_one_key(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(BLUEPRINT + "  other: {}\n")
    ran = ask(kmsgen, tmp_path, request("api"))
    assert ran.code == 2
    assert "pick one: `orders.yaml#orders`" in ran.err


def test_a_condition_key_that_looks_like_a_slip_is_told(kmsgen: Kmsgen, source: str) -> None:
    asked = ("can", "role/App", "Decrypt", "--on", source, "--context")
    assert kmsgen(*asked, "kms:ViaServce=s3.eu-west-1.amazonaws.com").err == (
        "warning: `kms:ViaServce` is no condition key that is known\n  hint: did you mean `kms:ViaService`?\n"
    )
    assert kmsgen(*asked, "kms:EncryptionContext:a=b", "--context", "new:Key=1").err == ""


@pytest.mark.parametrize(
    ("region", "said"),
    [("eu-wset-1", "did you mean `eu-west-1`?"), ("Ireland", "write it like eu-west-1"), ("eu-west-9", None)],
)
def test_a_region_that_is_none_is_refused(kmsgen: Kmsgen, source: str, region: str, said: str | None) -> None:
    ran = kmsgen("can", "role/App", "Decrypt", "--on", source, "--region", region)
    told = f"`--region` takes a Region, and `{region}` is none: {said}"
    assert (ran.code == 2, told in ran.err) == (said is not None, said is not None)


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


@pytest.mark.parametrize(("flag", "code"), [(None, 2), ("true", 1), ("false", 0)])
def test_nothing_is_decided_that_only_the_stack_knows(
    kmsgen: Kmsgen, tmp_path: Path, flag: str | None, code: int
) -> None:
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    line = '{"principal": "role/App", "action": "Decrypt", "context": {"aws:SecureTransport": "true"}}'
    (tmp_path / "asked.jsonl").write_text(f"{line}\n")
    more = [] if flag is None else ["--parameter", f"Flag={flag}"]
    where = ["--on", "t.yaml", "--account", "111122223333", "--region", "eu-west-1", *more]
    one = kmsgen("can", "role/App", "Decrypt", "--context", "aws:SecureTransport=true", *where, cwd=tmp_path)
    many = kmsgen("can", "--requests", "asked.jsonl", *where, cwd=tmp_path)
    assert (one.code, many.code == 2) == (code, flag is None)
    said = "nothing is decided about `Key` (t.yaml:4): it depends on `⟨Flag⟩`, which only the stack knows"
    assert (said in one.err, f"asked.jsonl:1:1: {said}" in many.err) == (flag is None, flag is None)
    assert bool(one.out) == bool(many.out) == (flag is not None)
