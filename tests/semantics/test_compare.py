"""Two policies compared: what is told of a change, that nothing is told of none, and that all of it is right."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from kmsgen.errors import PolicyError
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.semantics.compare import Comparison, Difference, KeyFacts, compare, effective
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.statements import LEVELS
from tests.corpus import CORPUS, REASON

OWN, OTHER = "111122223333", "444455556666"
ROOT = f"arn:aws:iam::{OWN}:root"
FACTS = KeyFacts(account=OWN)
VIA = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}


def role(name: str, account: str = OWN) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def policy(*statements: dict[str, Any]) -> Policy:
    listed = [
        {"Sid": f"S{place}", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", **one}
        for place, one in enumerate(statements)
    ]
    return read_policy({"Version": "2012-10-17", "Statement": listed})


def app(**more: Any) -> dict[str, Any]:
    return {"Principal": {"AWS": role("App")}, **more}


def when(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return app(Condition={operator: {key: list(values)}})


def told(one: Difference) -> tuple[Any, ...]:
    return one.who, one.what, dict(one.when), one.before, one.after


def checked(old: Policy, new: Policy, facts: KeyFacts = FACTS) -> Comparison:
    """The comparison, every witness of which evaluation confirms, and whose mirror is the comparison the other way."""
    found = compare(old, new, facts)
    for one in (*found.gains, *found.losses, *found.future_gains, *found.future_losses):
        access = [
            effective(evaluate(side, one.witness, key_account=facts.account).access, one.witness, facts.account)
            for side in (old, new)
        ]
        assert access == [one.before, one.after]
    assert all(LEVELS[one.after] > LEVELS[one.before] for one in found.gains)
    assert all(LEVELS[one.after] < LEVELS[one.before] for one in found.losses)
    mirrored = compare(new, old, facts)
    assert (bool(mirrored.gains), bool(mirrored.losses)) == (bool(found.losses), bool(found.gains))
    return found


@pytest.mark.parametrize(
    ("old", "new", "gains", "losses"),
    [
        (
            app(), app(Action=["kms:Decrypt", "kms:Encrypt"]),
            [("role/App of 111122223333", ("kms:Encrypt",), {}, "none", "direct")], [],
        ),
        (
            when("StringEquals", "kms:ViaService", VIA["kms:ViaService"]), app(),
            [("role/App of 111122223333", ("kms:Decrypt",),
              {"kms:ViaService": "is not s3.eu-west-1.amazonaws.com, or is absent"}, "none", "direct")], [],
        ),
        (
            {"Principal": {"AWS": role("App")}}, {"Principal": {"AWS": [role("App"), role("Etl", OTHER)]}},
            [("role/Etl of 444455556666", ("kms:Decrypt",), {}, "none", "delegated")], [],
        ),
        (
            {"Principal": {"AWS": role("App")}}, {"Principal": {"AWS": ROOT}},
            [
                ("the root user of 111122223333", ("kms:Decrypt",), {"caller": "is the root user"}, "none", "direct"),
                ("account 111122223333, by its IAM policies", ("kms:Decrypt",),
                 {"caller": "is not let in, or kept out, by another statement"}, "none", "delegated"),
            ],
            [("role/App of 111122223333", ("kms:Decrypt",), {}, "direct", "delegated")],
        ),
        (
            {"Principal": {"Service": "sns.amazonaws.com"}}, {"Principal": {"Service": "sqs.amazonaws.com"}},
            [("sqs.amazonaws.com", ("kms:Decrypt",), {}, "none", "direct")],
            [("sns.amazonaws.com", ("kms:Decrypt",), {}, "direct", "none")],
        ),
        (
            when("StringLike", "kms:EncryptionContext:app", "orders-*"),
            when("StringEquals", "kms:EncryptionContext:app", "orders-eu"),
            [],
            [("role/App of 111122223333", ("kms:Decrypt",), {"kms:EncryptionContext:app": "is such as orders-example"}, "direct", "none")],
        ),
        (
            when("NumericLessThanEquals", "aws:MultiFactorAuthAge", 300), when("NumericLessThan", "aws:MultiFactorAuthAge", 300),
            [],
            [("role/App of 111122223333", ("kms:Decrypt",), {"aws:MultiFactorAuthAge": "is 300"}, "direct", "none")],
        ),
    ],
)  # fmt: skip
def test_what_is_told_of_a_change(
    old: dict[str, Any], new: dict[str, Any], gains: list[Any], losses: list[Any]
) -> None:
    found = checked(policy(old), policy(new))
    assert sorted(map(str, map(told, found.gains))) == sorted(map(str, gains))
    assert sorted(map(str, map(told, found.losses))) == sorted(map(str, losses))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (app(Action=["kms:ReEncryptFrom", "kms:ReEncryptTo"]), app(Action="kms:ReEncrypt*")),
        (app(Action="KMS:decrypt"), app()),
        (app(Action=["kms:Decrypt", "kms:CreateKey", "s3:GetObject"]), app()),
        ({"Principal": {"AWS": OWN}}, {"Principal": {"AWS": ROOT}}),
        ({"Principal": "*"}, {"Principal": {"AWS": "*"}}),
        (
            {"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}},
            {"Principal": {"AWS": [f"arn:aws:iam::{OTHER}:root", role("A", OTHER)]}},
        ),
        (when("Bool", "kms:GrantIsForAWSResource", True), when("StringEquals", "kms:GrantIsForAWSResource", "true")),
        (when("StringEquals", "KMS:viaService", "x"), when("StringLike", "kms:ViaService", "x")),
        (when("StringEquals", "aws:PrincipalAccount", OWN), when("Null", "aws:PrincipalAccount", "false")),
        (when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"), app()),
        (when("StringEquals", "aws:SourceArn", "a", "b"), when("StringEquals", "aws:SourceArn", "b", "a")),
        (app(Action="kms:DescribeKey", Condition={"StringEquals": {"kms:EncryptionContext:a": "b"}}), app(Action="kms:ListKeys")),
        (when("IpAddress", "aws:SourceIp", "10.0.0.0/8"), when("IpAddress", "aws:SourceIp", "10.0.0.0/9", "10.128.0.0/9")),
        (
            when("ForAllValues:StringEquals", "kms:GrantOperations", "Decrypt"),
            app(Condition={"ForAllValues:StringLike": {"kms:GrantOperations": ["Decrypt", "Decrypt"]}}),
        ),
    ],
)  # fmt: skip
def test_what_means_the_same_is_equal(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert checked(policy(old), policy(new)).verdict == "equal"


def test_a_deny_that_goes_is_the_cause_of_what_it_gives_back() -> None:
    deny = {"Sid": "NoDelete", "Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion"}
    root = {"Principal": {"AWS": ROOT}, "Action": "kms:*"}
    found = checked(policy(root, deny), policy(root))
    assert {(one.statement, one.cause, one.what) for one in found.gains} == {
        ("NoDelete", "deny-removed", ("kms:ScheduleKeyDeletion",))
    }
    assert found.losses == ()


def test_actions_still_to_come_are_told_apart() -> None:
    found = checked(policy(app(Action="kms:*")), policy(app(Action="kms:De*")))
    assert found.future_losses
    written_out = policy(app(Action=["kms:Decrypt", "kms:DeriveSharedSecret", "kms:Decapsulate"]))
    narrowed = checked(policy(app(Action=["kms:Decry*", "kms:Deriv*", "kms:Decap*"])), written_out)
    assert (narrowed.verdict, bool(narrowed.future_losses), narrowed.future_gains) == ("equal", True, ())


def test_a_glob_over_text_crosses_the_colon_that_a_path_may_have() -> None:
    pattern = "arn:aws:iam::*:role/reader-*"
    old, new = (
        {"Principal": "*", "Condition": {operator: {"aws:PrincipalArn": pattern}}}
        for operator in ("ArnLike", "StringLike")
    )
    found = checked(policy(old), policy(new))
    assert found.verdict == "broader"
    assert all(":role/reader-" in one.witness.principal.partition(":role/")[2] for one in found.gains)


def test_the_account_is_taken_from_whom_the_policy_lets_change_it() -> None:
    root = {"Principal": {"AWS": ROOT}, "Action": "kms:*"}
    other = {"Principal": {"AWS": role("A", OTHER)}}
    account = {"Principal": {"AWS": [role("A", OTHER), f"arn:aws:iam::{OTHER}:root"]}}
    both = policy(root, other), policy(root, account)
    assumed = compare(*both)
    assert all(one.after == "delegated" for one in assumed.gains)
    assert "111122223333" in assumed.assumptions[0]
    assert compare(*both, assume_account=False).assumptions == ()


def test_a_key_of_a_known_kind_gains_nothing_that_it_cannot_do() -> None:
    old, new = policy(app()), policy(app(Action=["kms:Decrypt", "kms:Sign", "kms:GenerateMac"]))
    assert checked(old, new).gains[0].what == ("kms:GenerateMac", "kms:Sign")
    known = KeyFacts(account=OWN, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT")
    assert checked(old, new, known).verdict == "equal"


def test_a_resource_that_is_not_this_key_allows_nothing() -> None:
    arn = f"arn:aws:kms:eu-west-1:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    narrowed = policy(app(Resource=arn))
    assert checked(policy(app()), narrowed, KeyFacts(account=OWN, arn=arn)).verdict == "equal"
    assert checked(policy(app()), narrowed, KeyFacts(account=OWN, arn=arn.replace("1234abcd", "9999abcd"))).losses
    unknown = checked(policy(app()), narrowed)
    assert [dict(one.when).keys() for one in unknown.losses] == [{"key"}]


@pytest.mark.parametrize("variables", ["${aws:username}", "${aws:PrincipalTag/team}", "team-${aws:PrincipalTag/team}"])
def test_variables_are_compared_as_they_stand(variables: str) -> None:
    key = "kms:EncryptionContext:team"
    one, two = policy(when("StringEquals", key, variables)), policy(when("StringEquals", key, variables, "fixed"))
    assert checked(one, policy(when("StringLike", key, variables))).verdict == "equal"
    assert checked(one, two).verdict == "broader"
    assert checked(one, policy(app())).verdict == "broader"
    # A role has no user name, so there is nothing that could be equal to it.
    expected = "equal" if variables == "${aws:username}" else "broader"
    assert checked(policy(when("StringNotEquals", key, variables)), policy(app())).verdict == expected


def test_many_overlapping_patterns_are_undecided_in_bounded_time() -> None:
    values = [f"*{chr(97 + one)}{chr(97 + other)}*" for one in range(10) for other in range(5)]
    key = "kms:EncryptionContext:app"
    found = compare(policy(when("StringLike", key, *values)), policy(when("StringLike", key, *values[:-1])), FACTS)
    assert found.verdict == "undecided"
    assert "too many cases" in found.undecided[0]
    assert (found.gains, found.losses) == ((), ())


def test_a_policy_of_the_largest_size_is_decided() -> None:
    names = [role(f"service-{number:04d}-worker") for number in range(420)]
    old = policy({"Principal": {"AWS": names}}, {"Principal": {"AWS": ROOT}, "Action": "kms:*"})
    new = policy({"Principal": {"AWS": names[1:]}}, {"Principal": {"AWS": ROOT}, "Action": "kms:*"})
    assert [one.who for one in checked(old, new).losses] == ["role/service-0000-worker of 111122223333"]


def mutants(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for place, one in enumerate(listed):

        def put(*changed: dict[str, Any], at: int = place) -> dict[str, Any]:
            return {**document, "Statement": [*listed[:at], *changed, *listed[at + 1 :]]}

        acts = one.get("Action", [])
        acts = acts if isinstance(acts, list) else [acts]
        yield "same", put(one, {**one, "Sid": "Again"})
        if len(acts) > 1:
            yield "same", put({**one, "Action": acts[:1], "Sid": "A"}, {**one, "Action": acts[1:], "Sid": "B"})
            yield "any", put({**one, "Action": acts[1:]})
        if len(listed) > 1:
            yield "any", put()
        yield "any", put(one, {**one, "Effect": "Deny", "Sid": "No"})
        for operator, tests in one.get("Condition", {}).items():
            for key, values in tests.items():
                block = copy.deepcopy(one["Condition"])
                several = values if isinstance(values, list) else [values]
                block[operator][key] = [*several, f"{several[0]}x"]
                yield "any", put({**one, "Condition": block})
                fewer = copy.deepcopy(one["Condition"])
                del fewer[operator][key]
                yield "any", put({**one, "Condition": {name: rest for name, rest in fewer.items() if rest}})


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
def test_every_policy_of_the_corpus_is_decided_against_its_mutants() -> None:
    rng, compared = random.Random(1), 0
    for path in sorted((CORPUS / "policies").glob("*.json")):
        document = json.loads(path.read_text())
        try:
            original = read_policy(document)
        except PolicyError:
            continue
        for kind, mutant in mutants(document):
            try:
                changed = read_policy(mutant)
            except PolicyError:
                continue  # an operator that takes no such value
            found = compare(original, changed)
            assert not found.undecided, (path.name, mutant)
            assert kind == "any" or found.verdict == "equal", (path.name, mutant)
            if rng.random() < 0.02:
                checked(original, changed)
            compared += 1
    assert compared > 2500


def _pairs() -> list[dict[str, Any]]:
    path = CORPUS / "pairs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


@pytest.mark.skipif(not CORPUS.is_dir(), reason=REASON)
@pytest.mark.parametrize("pair", _pairs(), ids=lambda pair: pair["id"])
def test_every_labelled_pair_is_right(pair: dict[str, Any]) -> None:
    if "invalid-in-aws" in pair["tags"]:
        with pytest.raises(PolicyError, match="names nobody"):
            compare(read_policy(pair["old"]), read_policy(pair["new"]))
        return
    arn = pair["keyArn"]
    account = arn.split(":")[4]
    found = checked(read_policy(pair["old"]), read_policy(pair["new"]), KeyFacts(account=account, arn=arn))

    def alone(one: Difference) -> bool:
        """Whether it is a difference for callers of the key's own account who have no IAM policy at all."""
        foreign = one.witness.account not in ("", account)
        return (
            len({access == "direct" or (foreign and access == "delegated") for access in (one.before, one.after)}) == 2
        )

    assert (
        any(one.before == "none" for one in found.gains),
        any(one.after == "none" for one in found.losses),
        any(map(alone, found.gains)),
        any(map(alone, found.losses)),
        found.undecided,
    ) == (
        pair["new_access"],
        pair["lost_access"],
        pair["new_access_key_policy_alone"],
        pair["lost_access_key_policy_alone"],
        (),
    )


def test_asking_whether_a_service_calls_names_none() -> None:
    found = checked(
        policy(app()), policy({"Principal": "*", "Condition": {"Null": {"aws:PrincipalServiceName": "false"}}})
    )
    assert {one.witness.principal for one in found.gains} == {"example.amazonaws.com"}
