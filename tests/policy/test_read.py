"""Reading policies: every form that AWS would hold, faithfully; everything else refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kmsgen.errors import PolicyError
from kmsgen.policy.model import Condition, Effect, Origin, Policy, Principal, Statement
from kmsgen.policy.read import read_policy, read_text
from kmsgen.policy.write import compact, conditions_document, to_document
from tests.corpus import CORPUS

EVERYTHING: dict[str, Any] = {
    "Version": "2012-10-17",
    "Id": "key-policy",
    "Statement": [
        {
            "Sid": "with spaces",
            "Effect": "Allow",
            "Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:role/A"], "Service": "s3.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:Encrypt"],
            "Resource": "*",
            "Condition": {
                "Bool": {"kms:GrantIsForAWSResource": "true"},
                "ForAnyValue:StringLikeIfExists": {"aws:PrincipalOrgPaths": ["o-1/*", "o-2/*"]},
            },
        },
        {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "NotAction": "kms:Get*", "NotResource": "arn:x"},
        {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": ["*"]},
        {"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLE"}},
    ],
}


def normal(document: Any) -> Any:
    """JSON data with what means nothing taken out: the order of lists, a list of one, `true` and `"true"`."""
    if isinstance(document, dict):
        return {key: normal(value) for key, value in document.items()}
    if isinstance(document, list):
        items = [normal(item) for item in document]
        # Statements keep their order; a set of values is told by its content.
        if all(isinstance(item, str) for item in items):
            items = sorted(set(items))
        return items[0] if len(items) == 1 and isinstance(items[0], str) else items
    if isinstance(document, bool):
        return "true" if document else "false"
    return str(document) if isinstance(document, int | float) else document


def test_every_form_is_kept() -> None:
    policy = read_policy(EVERYTHING)
    assert policy.statements[0] == Statement(
        effect=Effect.ALLOW,
        principals=frozenset(
            {
                Principal("AWS", "111122223333"),
                Principal("AWS", "arn:aws:iam::111122223333:role/A"),
                Principal("Service", "s3.amazonaws.com"),
            }
        ),
        actions=frozenset({"kms:Decrypt", "kms:Encrypt"}),
        conditions=frozenset(
            {
                Condition("Bool", "kms:GrantIsForAWSResource", ("true",)),
                Condition("ForAnyValue:StringLikeIfExists", "aws:PrincipalOrgPaths", ("o-1/*", "o-2/*")),
            }
        ),
        sid="with spaces",
    )
    assert normal(to_document(policy)) == normal(EVERYTHING)
    assert policy.statements[3].resources == frozenset()  # a missing element is kept as missing


def test_one_statement_may_stand_for_a_list_and_values_may_be_numbers_or_booleans() -> None:
    condition = {"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"kms:RotationPeriodInDays": 90}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": condition}
    policy = read_policy({"Statement": statement})
    assert policy.version is None
    assert conditions_document(policy.statements[0].conditions) == {
        "Bool": {"aws:SecureTransport": "true"},
        "NumericLessThan": {"kms:RotationPeriodInDays": "90"},
    }


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ([], ["a policy is a JSON object"]),
        ({}, ["the policy has no `Statement`"]),
        ({"Version": "2020-01-01", "Statement": []}, ["Version: unknown policy version `2020-01-01`"]),
        ({"statement": []}, ["statement: unknown policy element `statement`", "the policy has no `Statement`"]),
        ({"Statement": ["x"]}, ["Statement[0]: a statement is a JSON object"]),
        (
            {"Statement": [{"Effect": "allow", "Action": "kms:*"}]},
            [
                "Statement[0]: the statement has no `Principal`",
                "Statement[0].Effect: `Effect` is `Allow` or `Deny`, not `allow`",
            ],
        ),
        (
            {"Statement": [{"Effect": "Allow", "Principal": "someone", "Action": [1], "Resources": "*"}]},
            [
                "Statement[0].Resources: unknown policy element `Resources`",
                "Statement[0].Principal: `Principal` is `*` or says what kind of principal it means",
                "Statement[0].Action[0]: expected a string or a list of strings",
            ],
        ),
        (
            {"Statement": [{"Effect": "Allow", "Principal": {"Aws": "x"}, "NotPrincipal": "*", "Action": "kms:*"}]},
            [
                "Statement[0].NotPrincipal: a statement has `Principal` or `NotPrincipal`, not both",
                "Statement[0].Principal.Aws: unknown kind of principal `Aws`",
            ],
        ),
        (
            {
                "Statement": [
                    {"Effect": "Deny", "Principal": "*", "Action": "x", "Condition": {"StringEqual": {"k": "v"}}}
                ]
            },
            ["Statement[0].Condition.StringEqual: unknown condition operator `StringEqual`"],
        ),
        (
            {
                "Statement": [
                    {"Effect": "Deny", "Principal": {"AWS": []}, "Action": "x", "Condition": {"Bool": {"k": {}}}}
                ]
            },
            [
                "Statement[0].Principal: `Principal` names nobody",
                "Statement[0].Condition.Bool.k: a condition value is a string, a number or a boolean",
            ],
        ),
    ],
)
def test_what_is_malformed_is_refused_with_its_path(document: object, problems: list[str]) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(document)
    assert [problem.message for problem in refused.value.problems] == problems


def test_two_tests_in_one_place_are_never_written_as_one() -> None:
    tests = {Condition("StringEquals", "kms:ViaService", ("a",)), Condition("StringEquals", "kms:ViaService", ("b",))}
    with pytest.raises(ValueError, match="twice"):
        conditions_document(tests)


def _corpus() -> list[Path]:
    return sorted(CORPUS.glob("policies/*.json"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of policies that others wrote is not here")
def test_every_policy_of_the_corpus_is_read_and_written_back() -> None:
    index = [json.loads(line) for line in (CORPUS / "index.jsonl").read_text().splitlines()]
    malformed = {Path(entry["file"]).name for entry in index if entry.get("malformed")}
    # Not labelled so, and yet no policy that AWS would hold: its principal is the bare word `foo`.
    malformed.add("183-checkov-pass-aws-kms-key-pass-2.json")
    read, refused = 0, set()
    for path in _corpus():
        document = json.loads(path.read_text())
        try:
            policy = read_policy(document)
        except PolicyError:
            refused.add(path.name)
            continue
        read += 1
        assert normal(to_document(policy)) == normal({**document, "Statement": _listed(document["Statement"])}), (
            path.name
        )
        assert read_policy(to_document(policy)) == policy
    assert refused <= malformed
    assert read > 300


def _listed(statements: Any) -> list[Any]:
    return statements if isinstance(statements, list) else [statements]


def test_equality_is_saying_the_same() -> None:
    def policy(**more: Any) -> Policy:
        statement = {"Effect": "Allow", "Principal": {"AWS": ["b", "a"]}, "Action": "kms:Decrypt", "Resource": "*"}
        return read_policy({"Version": "2012-10-17", "Statement": [{**statement, **more}]})

    assert policy() == policy(Principal={"AWS": ["a", "b", "a"]}) == policy(Action=["kms:Decrypt"])
    assert policy() != policy(Action="kms:Encrypt")
    assert policy() != policy(Principal={"AWS": "a"})


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of policies that others wrote is not here")
@pytest.mark.parametrize("path", _corpus(), ids=lambda path: path.stem)
def test_each_policy_of_the_corpus_is_read_from_text_and_read_again_equal(path: Path) -> None:
    index = (json.loads(line) for line in (CORPUS / "index.jsonl").read_text().splitlines())
    malformed = any(entry["file"] == f"policies/{path.name}" and entry.get("malformed") for entry in index)
    malformed = malformed or path.name == "183-checkov-pass-aws-kms-key-pass-2.json"
    text = path.read_text()
    try:
        policy = read_text(text, path.name)
    except PolicyError as refused:
        assert malformed
        lines = text.split("\n")
        for problem in refused.problems:
            assert problem.at is not None
            assert problem.at.text == lines[problem.at.line - 1]
            assert 1 <= problem.at.column <= len(problem.at.text)
        return
    assert not malformed
    assert read_text(compact(policy), "written") == policy == read_policy(json.loads(text))
    assert compact(read_text(compact(policy), "written")) == compact(policy)


def test_statements_know_where_they_stand() -> None:
    text = '{"Statement": [\n  {"Effect": "Deny", "Principal": "*"},\n  {"Effect": "Deny", "Principal": "*"}\n]}'
    policy = read_text(text, "key.json")
    assert [one.origin for one in policy.statements] == [(Origin("key.json", 2, 3),), (Origin("key.json", 3, 3),)]
    alone = read_text('{\n "Statement": {"Effect": "Deny", "Principal": "*"}}', "key.json")
    assert alone.statements[0].origin == (Origin("key.json", 2, 2),)


def test_a_mistake_in_a_text_is_told_at_its_line() -> None:
    text = """{
  "Statement": [{
    "Effect": "allow",
    "Principal": {"Aws": "x"},
    "Action": ["kms:Decrypt", 7],
    "Condition": {"StringEqual": {"k": "v"}, "Bool": {"b": null}},
    "Resource": null
  }]
}"""
    with pytest.raises(PolicyError) as refused:
        read_text(text, "key.json")
    assert [f"{one.at}: {one.message}" for one in refused.value.problems] == [
        "key.json:7:5: Statement[0].Resource: `Resource` is null",
        "key.json:3:5: Statement[0].Effect: `Effect` is `Allow` or `Deny`, not `allow`",
        "key.json:4:19: Statement[0].Principal.Aws: unknown kind of principal `Aws`",
        "key.json:5:31: Statement[0].Action[1]: expected a string or a list of strings",
        "key.json:6:19: Statement[0].Condition.StringEqual: unknown condition operator `StringEqual`",
        "key.json:6:55: Statement[0].Condition.Bool.b: a condition value is a string, a number or a boolean",
    ]
    assert refused.value.problems[1].at is not None
    assert refused.value.problems[1].at.text == '    "Effect": "allow",'


def test_everybody_is_written_as_it_was_read() -> None:
    for principal in ("*", {"AWS": "*"}):
        policy = read_policy({"Statement": [{"Effect": "Deny", "Principal": principal, "Action": "kms:*"}]})
        assert to_document(policy)["Statement"][0]["Principal"] == principal
        assert all(one.is_everyone for one in policy.statements[0].principals)


@pytest.mark.parametrize(
    ("kind", "value", "deleted"),
    [
        ("AWS", "AROAEXAMPLEID123456AB", True), ("AWS", "AIDAEXAMPLEID123456AB", True), ("AWS", "111122223333", False),
        ("AWS", "arn:aws:iam::111122223333:role/AROAEXAMPLE", False), ("Service", "AROAEXAMPLE", False),
    ],
)  # fmt: skip
def test_a_deleted_principal_is_known_as_such(kind: str, value: str, deleted: bool) -> None:
    assert Principal(kind, value).is_deleted is deleted


def test_numbers_with_fractions_are_kept_as_written() -> None:
    text = (
        '{"Statement": [{"Effect": "Deny", "Principal": "*", "Condition": {"NumericLessThan": {"k": [1.50, 1e3, 7]}}}]}'
    )
    (condition,) = read_text(text, "key.json").statements[0].conditions
    assert condition.values == ("1.50", "1e3", "7")


def test_more_statements_than_a_key_can_have_are_refused_before_they_are_read() -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    assert len(read_policy({"Statement": [statement] * 1000}).statements) == 1000
    with pytest.raises(PolicyError) as refused:
        read_policy({"Statement": [statement] * 1001})
    assert [one.message for one in refused.value.problems] == [
        "Statement: 1,001 statements are more than any policy has that KMS takes, of 32,768 bytes"
    ]
