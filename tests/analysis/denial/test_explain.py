"""What is proposed allows what was denied and lets in nobody else; what a user adds; keys that may be meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsgen.analysis.denial.change import Change
from kmsgen.analysis.denial.explain import Supplement
from kmsgen.cli import why_text
from kmsgen.errors import KmsgenError
from kmsgen.policy.read import read_policy
from kmsgen.semantics.compare import compare
from kmsgen.sources import Options, SourceKey, load
from kmsgen.sources.editing import Edited, edited
from kmsgen.sources.model import facts_of_arn
from kmsgen.why import explain_denial
from tests.analysis.denial.test_messages import CASES, HERE
from tests.analysis.denial.test_parse import DATA, TEXTS

KEYS = load(str(HERE / "estate.yaml")).keys
ORDERS = next(key for key in KEYS if key.name == "orders")
ROLES = ("role/App", "role/orders/Api", "role/Loose", "role/Reader", "user/ann", "root", "assumed-role/Loose/x")
REASONS = (
    "",
    "because no identity-based policy allows the",
    "because no resource-based policy allows",
    "explicit deny",
)


def denied(principal: str, action: str, key: SourceKey, reason: str = "") -> str:
    return f"User: {principal} is not authorized to perform: {action} on resource: {key.arn} {reason}"


@pytest.mark.parametrize("case", [case for case in CASES if case.get("verified")], ids=lambda case: case["name"])
def test_a_change_lets_in_nobody_but_the_caller(case: dict[str, str]) -> None:
    one = explain_denial(case["message"], KEYS)[0]
    change, request = one.change, one.judgement.request
    assert change is not None
    assert request is not None
    made = edited(one.judgement.key, change.noun, change.lines, change.flow, Options())
    assert isinstance(made, Edited)
    assert made.key.policy is not None
    assert one.judgement.key.policy is not None
    gained = compare(one.judgement.key.policy, made.key.policy, made.key.facts)
    assert gained.gains
    assert not gained.losses
    for gain in gained.gains:
        who = gain.witness
        assert who.account == request.account
        named = (change.flow, *request.values.get("aws:principalarn", ()))
        name = who.principal.rpartition("/")[2].removeprefix("AWSReservedSSO_").removesuffix("_xxxxxxxxxxxxxxxx")
        assert who.kind == "service" or name in " ".join(named)
    assert one.proof is not None
    assert one.proof.others == ()


@given(TEXTS | DATA.map(json.dumps))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_text_is_a_bug_whatever_the_keys(text: str) -> None:
    try:
        found = explain_denial(text, KEYS)
    except KmsgenError:
        return
    assert why_text.text(found)


@given(
    st.sampled_from(ROLES),
    st.sampled_from(["111122223333", "444455556666"]),
    st.sampled_from(["Decrypt", "CreateGrant", "DescribeKey", "PutKeyPolicy", "Sign", "GenerateDataKey", "Futurize"]),
    st.sampled_from(KEYS),
    st.sampled_from(REASONS),
)
@settings(max_examples=60, deadline=None)
def test_every_denial_is_explained_and_an_allowed_one_needs_no_entry_but_in_place_of_iam(
    who: str, account: str, action: str, key: SourceKey, reason: str
) -> None:
    service = "sts" if who.startswith("assumed-role") else "iam"
    for one in explain_denial(denied(f"arn:aws:{service}::{account}:{who}", f"kms:{action}", key, reason), KEYS):
        assert one.judgement.verdict in ("allowed", "depends", "denied", "explicitly-denied")
        if one.allowed and one.change is not None:
            assert one.judgement.layer == "identity-policy"
        if one.judgement.verdict == "denied" and one.proof is not None:
            assert one.proof.verified or one.proof.reason
        assert why_text.text([one])


def test_what_the_user_adds_completes_the_message() -> None:
    message = "An error occurred (AccessDeniedException) when calling the GetSecretValue operation: Access to KMS is not allowed"
    given_ = Supplement("api", "kms:Encrypt", {"aws:SourceIp": ("203.0.113.1",)})
    (one,) = explain_denial(message, [ORDERS], supplement=given_)
    request = one.judgement.request
    assert request is not None
    assert (request.principal, request.action) == ("arn:aws:iam::111122223333:role/orders/Api", "kms:Encrypt")
    assert request.context["kms:ViaService"] == ("secretsmanager.eu-west-1.amazonaws.com",)
    assert request.context["aws:SourceIp"] == ("203.0.113.1",)
    assert one.judgement.denial.assumed == ()


def test_keys_that_the_message_cannot_mean_are_not_considered() -> None:
    arn = "arn:aws:kms:eu-west-1:111122223333:key/9999aaaa-99aa-99aa-99aa-999999aaaaaa"
    made = [
        SourceKey("by-id", read_policy({"Statement": []}), "policy", "a.json", facts=facts_of_arn(arn)),
        SourceKey("of-no-id", read_policy({"Statement": []}), "policy", "b.json"),
        SourceKey("of-another-id", read_policy({"Statement": []}), "policy", "c.json", key_id="x"),
    ]
    message = f"User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt on resource: {arn}"
    assert [(one.considered, one.exact) for one in explain_denial(message, made)] == [(("by-id",), True)]
    found = explain_denial(message.replace("9999aaaa-", "8888aaaa-"), made)
    assert [(one.considered, one.exact) for one in found] == [(("of-no-id",), False)]
    with pytest.raises(KmsgenError) as error:
        explain_denial(message.replace("eu-west-1", "eu-west-2"), made[:1])
    (problem,) = error.value.problems
    assert problem.hint == "the sources have keys in 111122223333 eu-west-1"


def test_a_key_whose_policy_is_not_known_is_undecided() -> None:
    key = SourceKey("lost", None, "policy", "a.json", reason="it cannot be read")
    (one,) = explain_denial("User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt", [key])
    assert (one.judgement.verdict, one.change) == ("undecided", None)
    assert "nothing is decided: it cannot be read (a.json)" in why_text.text([one])


def test_what_a_check_would_find_after_the_change_is_told() -> None:
    def findings(key: SourceKey) -> list[str]:
        assert key.policy is not None
        return ["old", *(["KMS999: one more role"] if "role/App" in str(key.policy) else [])]

    message = denied("arn:aws:iam::111122223333:role/App", "kms:Decrypt", ORDERS)
    (one,) = explain_denial(message, KEYS, findings=findings)
    assert one.proof is not None
    assert one.proof.findings == ("KMS999: one more role",)
    assert "a check would then find: KMS999: one more role" in why_text.text([one])


def test_entries_are_written_as_yaml_that_reads_back() -> None:
    import yaml

    entry = {
        "principal": "444455556666/role/Etl",
        "can": "no",
        "when": {"encryption_context": {"a: b": "x #y", "n": "1e3"}},
    }
    change = Change("users", entry)
    assert yaml.safe_load(change.yaml()) == {"users": [entry]}
    assert yaml.safe_load(change.flow) == entry
    assert yaml.safe_load(change.yaml("+users")) == {"+users": [entry]}


def test_what_is_too_much_to_try_together_is_tried_statement_by_statement_and_not_called_denied() -> None:
    def statement(number: int) -> dict[str, object]:
        test = {f"aws:PrincipalTag/t{number}{one}": f"v{one}" for one in range(3)}
        return {
            "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
            "Condition": {"StringEquals": test}, "Sid": f"S{number}",
        }  # fmt: skip

    message = "User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt"
    many = read_policy({"Version": "2012-10-17", "Statement": [statement(number) for number in range(9)]})
    (one,) = explain_denial(message, [SourceKey("k", many, "policy", "k.json")])
    assert (one.judgement.verdict, len(one.judgement.would)) == ("depends", 3)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    without = {**deny, "Condition": {"Null": {"aws:PrincipalTag/x": "true"}}}
    for denying, verdict in ((without, "undecided"), (deny, "explicitly-denied")):
        all_ = [*(statement(number) for number in range(9)), denying]
        (one,) = explain_denial(message, [SourceKey("k", read_policy({"Statement": all_}), "policy", "k.json")])
        assert (one.judgement.verdict, one.change) == (verdict, None)


def test_policy_variables_whose_values_are_not_known_are_tried_too() -> None:
    statement = {
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:team": "${aws:PrincipalTag/team}"}},
    }  # fmt: skip
    policy = read_policy({"Version": "2012-10-17", "Statement": [statement]})
    message = "User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt"
    for context in ({}, {"kms:EncryptionContext:team": ("data",)}):
        (one,) = explain_denial(
            message, [SourceKey("k", policy, "policy", "k")], supplement=Supplement(context=context)
        )
        assert one.judgement.verdict == "depends"
        assert dict(one.judgement.would)["aws:principaltag/team"]


def test_of_many_keys_that_may_be_meant_only_the_likeliest_are_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        'version: 1\ndefaults: {account: "111122223333", region: eu-west-1, admins: [role/Admin]}\nkeys:\n'
        + "".join(f"  k{number}: {{}}\n" for number in range(5))
    )
    (tmp_path / "x.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    message = "User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt"
    found = explain_denial(message, load("x.yaml").keys)
    assert [one.proof is not None and one.proof.verified for one in found] == [True, True, True, False, False]
    assert all(one.change is not None for one in found)
