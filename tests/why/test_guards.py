"""A denial by a guard: the guard as it would let the request through, what else that gives, or why nothing does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.analysis.denial.explain import Explanation, Supplement
from kmsgen.cli import why_text
from kmsgen.policy.read import read_policy
from kmsgen.sources import Options, SourceKey, load
from kmsgen.why import explain_denial
from kmsgen.why.trial import gained

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "guards.yaml").read_text())
BY_DENY = "with an explicit deny in a resource-based policy"


@pytest.fixture(scope="module")
def keys() -> dict[str, SourceKey]:
    return {key.name: key for key in load(str(HERE / "estate.yaml")).keys}


def explained(keys: dict[str, SourceKey], case: dict[str, Any]) -> Explanation:
    key = keys[case["key"]]
    arn = f"arn:aws:kms:eu-west-1:111122223333:key/{key.key_id or '1234abcd-12ab-34cd-56ef-1234567890ab'}"
    message = f"User: {case['who']} is not authorized to perform: {case['action']} on resource: {arn} {BY_DENY}"
    if case.get("direct"):
        operation = case["action"].removeprefix("kms:")
        message = f"An error occurred (AccessDeniedException) when calling the {operation} operation: {message}"
    context = {name: (value,) for name, value in case.get("context", {}).items()}
    (one,) = explain_denial(message, [key], supplement=Supplement(context=context))
    return one


def _otherwise(one: Explanation) -> list[str] | None:
    if one.lifted is None or one.lifted.otherwise is None:
        return None
    change, proof = one.lifted.otherwise
    assert proof.verified
    return change.yaml(*proof.fields).split("\n")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_guard_is_widened_for_no_more_than_what_was_denied(keys: dict[str, SourceKey], case: dict[str, Any]) -> None:
    one = explained(keys, case)
    lifted, proof = one.lifted, one.proof
    said = {
        "guard": lifted.guard if lifted else None,
        "reason": lifted.reason.replace(f"{HERE}/", "") if lifted and lifted.reason else None,
        "change": one.change.yaml(*(proof.fields if proof else ())).split("\n") if one.change else None,
        "whole": bool(one.change and one.change.whole),
        "verified": bool(proof and proof.verified),
        "gains": list(proof.gains) if proof else [],
        "others": list(proof.others) if proof else [],
        "findings": list(proof.findings) if proof else [],
        "otherwise": _otherwise(one),
    }
    asked = ("name", "key", "who", "action", "context", "direct")
    wanted = {name: value for name, value in case.items() if name not in asked}
    assert {name: value for name, value in said.items() if value not in (None, False, [])} == wanted


def put(data: dict[str, Any], name: str, change: dict[str, Any], *, whole: bool) -> None:
    """What is shown, put into a blueprint's data as a reader would."""
    key = data["keys"][name.partition("-")[0]]
    for field, items in change.items():
        if not field.endswith("guards"):
            key[field] = [*key.get(field, []), *items]
        elif whole:
            key.pop("+guards", None)
            key[field] = items
        else:
            (named,) = items[0]
            key[field] = [items[0] if named in str(one) else one for one in key[field]]


@pytest.mark.parametrize("case", [case for case in CASES if "change" in case], ids=lambda case: case["name"])
def test_what_is_shown_is_what_was_proved(keys: dict[str, SourceKey], case: dict[str, Any], tmp_path: Path) -> None:
    data = yaml.safe_load((HERE / "estate.yaml").read_text())
    put(data, case["key"], yaml.safe_load("\n".join(case["change"])), whole=case.get("whole", False))
    (tmp_path / "estate.yaml").write_text(yaml.safe_dump(data))
    made = {key.name: key for key in load(str(tmp_path / "estate.yaml")).keys}
    assert sorted(gained(keys[case["key"]], made[case["key"]])) == sorted(case["gains"])
    assert {name for name, key in made.items() if key.policy != keys[name].policy} == {
        case["key"],
        *case.get("others", ()),
    }


def test_what_spares_the_caller_is_told_behind_what_lets_the_network_in(keys: dict[str, SourceKey]) -> None:
    (case,) = [case for case in CASES if case["name"] == "a stranger from another network"]
    lines = why_text.text([explained(keys, case)]).split("\n")
    assert [line for line in lines if line.startswith(("  to ", "  or, ", "  verified", "  nothing"))] == [
        "  to allow it, in the blueprint of `network`, in the place of the guard as it is, and an entry under `users`:",
        "  verified: compiled with it, the policy allows the request",
        "  or, to spare the caller in every network, in the blueprint of `network`, in the place of the guard as it is, "
        "and an entry under `users`:",
        "  verified: compiled with it, the policy allows the request",
    ]


def test_a_deny_written_by_hand_is_named_with_its_line_and_left_to_its_author(keys: dict[str, SourceKey]) -> None:
    who = "arn:aws:sts::111122223333:assumed-role/Api/run"
    text = why_text.text([explained(keys, {"key": "by-hand", "who": who, "action": "kms:Decrypt"})]).split("\n")
    assert text[2:] == [
        "  the key policy allows it on a condition of which the message does not say whether it held",
        f"  the statement `NoLambda` ({HERE}/estate.yaml:42) may deny it, and no statement that allows it can outdo that",
        "    it denies where kms:ViaService is lambda.eu-west-1.amazonaws.com; the message does not say what it was",
        "  it was written by hand, under `statements`: whom it is to spare must be said there",
    ]


def test_a_deny_of_a_policy_that_is_no_blueprint_is_told_and_no_more() -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    key = SourceKey("k", read_policy({"Statement": [deny]}), "policy", "k.json")
    message = f"User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt {BY_DENY}"
    (one,) = explain_denial(message, [key])
    assert (one.judgement.verdict, one.lifted, one.change) == ("explicitly-denied", None, None)


GUARD = """\
summary: Denies everything from elsewhere.
parameters:
  cidrs: {type: cidr, many: true, required: true, summary: Where requests may come from.}
  accounts: {type: account, many: true, summary: Accounts that are kept out.}
denies: [kms:*]
statements:
  - Sid: FromHere
    Effect: Deny
    Principal: "*"
    NotAction: kms:PutKeyPolicy
    Resource: "*"
    Condition: {NotIpAddress: {aws:SourceIp: "{{ cidrs }}"}, BoolIfExists: {aws:ViaAWSService: "false"}}
"""


@pytest.mark.parametrize(
    ("address", "item"),
    [
        ("203.0.113.9", 'from-here: {cidrs: ["198.51.100.0/24", "203.0.113.9/32"]}'),
        ("2001:db8::9", 'from-here: {cidrs: ["198.51.100.0/24", "2001:db8::9/128"]}'),
    ],
)
def test_a_guard_of_ones_own_that_knows_networks_alone_lets_one_address_in(
    tmp_path: Path, address: str, item: str
) -> None:
    (tmp_path / "guards").mkdir()
    (tmp_path / "guards" / "from-here.yaml").write_text(GUARD)
    (tmp_path / "x.yaml").write_text(
        'version: 1\ndefaults: {account: "111122223333", region: eu-west-1, admins: [role/Admin]}\n'
        "keys: {k: {users: [role/App], guards: [from-here: {cidrs: 198.51.100.0/24}]}}\n"
    )
    options = Options(templates=(tmp_path,))
    called = "An error occurred (AccessDeniedException) when calling the Decrypt operation"
    message = f"{called}: User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt {BY_DENY}"
    told = Supplement(context={"aws:SourceIp": (address,)})
    keys = load(str(tmp_path / "x.yaml"), options).keys
    (one,) = explain_denial(message, keys, options=options, supplement=told)
    assert one.judgement.verdict == "explicitly-denied"
    assert one.change is not None
    assert one.change.lines == (f"- {item}",)
    assert one.proof is not None
    assert (one.proof.verified, one.proof.others) == (True, ())


def test_of_guards_with_references_into_a_stack_nothing_is_proposed(tmp_path: Path) -> None:
    (tmp_path / "guards").mkdir()
    guard = GUARD.replace("cidrs: {type: cidr", "cidrs: {type: arn, arn: 'sns:{region}:{account}:{}'")
    (tmp_path / "guards" / "from-here.yaml").write_text(
        guard.replace("NotIpAddress: {aws:SourceIp", "ArnNotLike: {aws:SourceArn")
    )
    (tmp_path / "x.yaml").write_text(
        'version: 1\ndefaults: {account: "111122223333", region: eu-west-1, admins: [role/Admin]}\n'
        "keys: {k: {users: [role/App], guards: [from-here: {cidrs: [{terraform: aws_sns_topic.a.arn}]}]}}\n"
    )
    options = Options(templates=(tmp_path,))
    message = f"User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt {BY_DENY}"
    (one,) = explain_denial(message, load(str(tmp_path / "x.yaml"), options).keys, options=options)
    assert one.change is None
    assert one.lifted is not None
    assert one.lifted.reason == "a guard of the key has a reference into a stack, which is not known yet"
