"""No class of callers is overlooked where a pattern splits accounts, partitions or service names."""

from __future__ import annotations

import random

import pytest

from kmsgen.policy.read import read_policy
from kmsgen.semantics.compare import compare
from kmsgen.semantics.evaluate import evaluate
from kmsgen.semantics.request import Request

ALLOW = {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
CONDITIONS = {
    "part of an account": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::1111*:role/x"}},
    "part of an account, any role": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::1111*:role/*"}},
    "part of an account, as an ARN": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1111*:role/x"}},
    "one digit": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::11112222333?:role/x"}},
    "everybody of an account": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333*"}},
    "a wildcard for a colon": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333?role/app/x"}},
    "an account, by two stars": {"StringLike": {"aws:PrincipalAccount": "*1111*22*"}},
    "an account, by what it is not": {
        "StringLike": {"aws:PrincipalAccount": "1*"},
        "StringNotLike": {"aws:PrincipalAccount": "*9"},
    },
    "an account, less digits": {
        "StringLike": {"kms:CallerAccount": "1111*"},
        "StringNotLike": {"kms:CallerAccount": [f"1111{digit}*" for digit in range(1, 10)]},
    },
    "an account and an ARN": {
        "StringLike": {"aws:PrincipalAccount": "1111*", "aws:PrincipalArn": "*2222:role/x"},
    },
    "another partition": {"ArnLike": {"aws:PrincipalArn": "arn:aws-*:iam::111122223333:role/x"}},
    "services beside one that is named": {
        "StringLike": {"aws:PrincipalServiceName": "log*s.eu-west-1.amazonaws.com"},
        "StringNotEquals": {"aws:PrincipalServiceName": "logs.eu-west-1.amazonaws.com"},
    },
}


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_what_a_deny_no_longer_denies_is_a_gain(condition: dict[str, object]) -> None:
    deny = {**ALLOW, "Sid": "D", "Effect": "Deny", "Condition": condition}
    old, new = (read_policy({"Version": "2012-10-17", "Statement": found}) for found in ([ALLOW, deny], [ALLOW]))
    assert compare(old, new).verdict == "broader"
    assert compare(new, old).verdict == "narrower"


def digits(chance: random.Random) -> str:
    return "".join(chance.choice("12") for _ in range(12))


def arn(chance: random.Random) -> str:
    service, name = chance.choice(
        [("iam", "role/x"), ("iam", "role/a/x"), ("iam", "user/x"), ("sts", "federated-user/x"), ("iam", "root")]
    )
    return f"arn:aws:{service}::{digits(chance)}:{name}"


def blurred(chance: random.Random, text: str) -> str:
    """A pattern that matches a text."""
    start = chance.randrange(len(text))
    end = chance.randrange(start, len(text)) + 1
    some = chance.choice(["*", "?" * (end - start)])
    return text[:start] + some + text[end:]


def test_no_request_refutes_what_is_told_of_random_denies() -> None:
    """Accounts of two digits only, so that the requests meet the patterns; each differing request must be told of."""
    chance, differing = random.Random(7), 0
    values = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": digits, "kms:CallerAccount": digits}
    for _ in range(60):
        condition: dict[str, dict[str, list[str]]] = {}
        for key in chance.sample(sorted(values), chance.randint(1, 2)):
            for operator in chance.sample(["StringLike", "StringNotLike"], chance.randint(1, 2)):
                condition.setdefault(operator, {})[key] = [blurred(chance, values[key](chance))]
        deny = {**ALLOW, "Sid": "D", "Effect": "Deny", "Condition": condition}
        old, new = (read_policy({"Version": "2012-10-17", "Statement": found}) for found in ([ALLOW, deny], [ALLOW]))
        found = compare(old, new, assume_account=False)
        assert found.verdict in ("broader", "equal"), condition
        for request in (Request(arn(chance), "kms:Decrypt") for _ in range(100)):
            if evaluate(old, request).verdict != evaluate(new, request).verdict:
                differing += 1
                assert found.verdict == "broader", (condition, request)
    assert differing > 100
