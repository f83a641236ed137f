"""What a blueprint expects of a key, decided; and what it cannot expect, told at its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.analysis.engine import KeyFindings, Settings, check
from kmsgen.analysis.expectations import decided
from kmsgen.analysis.registry import all_rules
from kmsgen.analysis.subject import Asked
from kmsgen.errors import KmsgenError
from kmsgen.policy.model import VERSION
from kmsgen.policy.read import read_policy
from kmsgen.semantics.evaluate import evaluate
from kmsgen.sources.blueprint import from_text
from kmsgen.sources.model import Options, SourceKey
from tests.analysis.support import TODAY

CASES = yaml.safe_load(Path(__file__).with_suffix("").with_name("expectations.yaml").read_text(encoding="utf-8"))
BLUEPRINT = {
    "version": 1,
    "accounts": {"own": "111122223333", "analytics": "444455556666"},
    "principals": {"app": "role/App"},
    "keys": {
        "orders": {
            "account": "own",
            "region": "eu-west-1",
            "admins": ["role/Admin"],
            "users": [
                "app",
                {"principal": "role/Reader", "can": "decrypt", "when": {"via": "s3", "mfa": True}},
                {"principal": "sso/Data", "can": "decrypt"},
            ],
            "accounts": [{"analytics": {"can": "decrypt"}}],
            "services": [{"cloudtrail": {"trail": "t"}}],
            "guards": ["no-lockout-bypass"],
        }
    },
}


def keys(*expect: Any, **more: Any) -> tuple[SourceKey, ...]:
    """The key with some expectations; the blueprint's text is JSON, in which each stands in a line of its own."""
    document = json.loads(json.dumps(BLUEPRINT))
    document["keys"]["orders"] |= {**more, "expect": []}
    listed = ",\n".join(json.dumps(one) for one in expect)
    return from_text(json.dumps(document).replace('"expect": []', f'"expect": [\n{listed}]'), "keys.yaml", Options())


def results(*expect: Any, **more: Any) -> KeyFindings:
    rules = tuple(rule for rule in all_rules() if rule.family == "check itself")
    (found,) = check(keys(*expect, **more), Settings(Asked(TODAY), rules))
    return found


@pytest.mark.parametrize("case", CASES, ids=[json.dumps(case["expect"]) for case in CASES])
def test_an_expectation_says_what_its_case_says(case: dict[str, Any]) -> None:
    result = results(case["expect"])
    wanted = [("expectation-failed", 2, case["says"], case.get("help"))] if "says" in case else []
    assert [(one.rule, one.line, one.message, one.help) for one in result.findings] == wanted
    assert [one.holds for one in result.expectations] == ["says" not in case]


@pytest.mark.parametrize(
    "case", [case for case in CASES if "says" in case], ids=lambda case: json.dumps(case["expect"])
)
def test_what_fails_an_expectation_is_a_request_that_does(case: dict[str, Any]) -> None:
    (key,) = keys(case["expect"])
    assert key.policy is not None
    (finding,) = results(case["expect"]).findings
    (request,) = finding.witness
    decision = evaluate(key.policy, request, key_account=key.facts.account)
    denied = decision.verdict != "allowed" or (decision.access == "delegated" and "only lets" in finding.message)
    assert denied is ("allow" in case["expect"])


def test_every_expectation_of_a_key_is_decided_each_for_itself() -> None:
    found = results(*(case["expect"] for case in CASES))
    failing = [place for place, case in enumerate(CASES) if "says" in case]
    assert [place for place, one in enumerate(found.expectations) if not one.holds] == failing
    assert [one.line for one in found.findings] == [place + 2 for place in failing]
    assert len({one.fingerprint for one in found.findings}) == len(failing)


def test_expectations_are_not_decided_where_their_rules_do_not_apply() -> None:
    rules = tuple(rule for rule in all_rules() if rule.name == "duplicate-sid")
    (found,) = check(keys({"deny": "role/App", "to": "decrypt"}), Settings(Asked(TODAY), rules))
    assert (found.findings, found.expectations) == ((), ())


def test_what_cannot_be_decided_has_not_passed() -> None:
    (key,) = keys(
        {"deny": "role/Other", "to": "decrypt"}, {"deny": "role/Other", "to": "decrypt", "context": {"a:b": "c"}}
    )
    patterns = [f"*{first}*{second}*" for first in "abcde" for second in "vwxyz"]
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringLike": {"aws:PrincipalArn": patterns}},
    }
    policy = read_policy({"Version": VERSION, "Statement": [statement]})
    for one, help_ in zip(
        key.expected, ("give one request in `context`", "give one request in `context`"), strict=True
    ):
        result = decided(one, policy, key.facts)
        assert result.holds is None
        assert result.found is not None
        assert "which could not be decided: there are too many cases to tell apart" in result.found.message
        assert result.found.help == help_


MISTAKES = {
    "allow role/App encryptt": ["unknown role `encryptt` (did you mean `encrypt`?)"],
    "allow role/App Decrypt": ["unknown role `Decrypt` (did you mean the action `kms:Decrypt`?)"],
    "deny role/App sign": [
        "`sign` is for keys used for `SIGN_VERIFY`, and `orders` is used for `ENCRYPT_DECRYPT` (for this key there are"
        " `data-key`, `data-key-pair`, `data-key-sealed`, `data-keys`, `decrypt`, `decrypt-only`, `encrypt`,"
        " `encrypt-decrypt`, `encrypt-only`, `public-key`, `reencrypt`, `reencrypt-from`, `reencrypt-only`, `reencrypt-to`)"
    ],
    "deny role/App kms:Sign": [
        "`kms:Sign` does nothing on a key of spec `SYMMETRIC_DEFAULT` that is used for `ENCRYPT_DECRYPT` (leave it out: no"
        " policy can make it work)"
    ],
    "deny role/App kms:Decript": ["unknown action `kms:Decript` (did you mean `kms:Decrypt`?)"],
    "deny role/App kms:Nope*": ["unknown action `kms:Nope*`"],
    "deny role/App s3:GetObject": ["`s3:GetObject` is not a KMS action: a key policy only decides about `kms:` actions"],
    "deny role/App kms:ListKeys": [
        "a key policy cannot grant `kms:ListKeys`: KMS decides it from IAM policies alone (put it in the caller's IAM"
        " policy)"
    ],
    "allow analytics admin": [
        "`analytics` can never be allowed `admin`: KMS does not honour it across accounts (expect it of a principal of"
        " the key's own account)"
    ],
    "allow analytics/role/X kms:PutKeyPolicy": [
        "`analytics/role/X` can never be allowed `kms:PutKeyPolicy`: KMS does not honour it across accounts (expect it of"
        " a principal of the key's own account)"
    ],
    "deny analytic decrypt": ["unknown principal `analytic` (write `role/NAME`, `user/NAME`, or a name from `principals`)"],
    "deny * decrypt": ["`*` would be everybody in every account (name the principals, or an account under `accounts`)"],
}  # fmt: skip


@pytest.mark.parametrize("words", MISTAKES)
def test_what_cannot_be_expected_is_told_at_its_place(words: str) -> None:
    verb, who, to = words.split()
    with pytest.raises(KmsgenError) as error:
        keys({verb: who, "to": to})
    assert [str(problem).partition(": ")[2] for problem in error.value.problems] == MISTAKES[words]
    assert {problem.at.line for problem in error.value.problems if problem.at} == {2}
