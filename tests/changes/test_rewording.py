"""A policy that is only written differently: where Terraform shows nothing, nothing is said; else what it shows."""

from __future__ import annotations

from typing import Any

import pytest

from kmsgen.changes.rewording import rewording
from kmsgen.policy.read import read_policy

ONE: dict[str, Any] = {
    "Sid": "One",
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333"},
    "Action": ["kms:Decrypt", "kms:Encrypt"],
    "Resource": "*",
}
TWO: dict[str, Any] = {**ONE, "Sid": "Two", "Action": "kms:Sign"}
OLD: dict[str, Any] = {"Version": "2012-10-17", "Statement": [ONE, TWO]}
ROOT = {"AWS": "arn:aws:iam::111122223333:root"}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (OLD, None),
        ({**OLD, "Statement": [TWO, ONE]}, None),
        ({**OLD, "Statement": [{**ONE, "Principal": ROOT}, {**TWO, "Action": ["kms:Sign"]}]}, None),
        ({**OLD, "Id": "x"}, "the `Id`"),
        ({**OLD, "Statement": [{**ONE, "Sid": "Uno"}, TWO]}, "`Sid`s"),
        ({**OLD, "Id": "x", "Statement": [{**ONE, "Sid": "Uno"}, TWO]}, "the `Id` and `Sid`s"),
        ({**OLD, "Statement": [{**ONE, "Action": ["kms:decrypt", "kms:Encrypt"]}, TWO]}, "the case of actions"),
        (
            {**OLD, "Id": "x", "Statement": [{**ONE, "Action": "kms:Decrypt"}, {**ONE, "Sid": "Uno", "Action": "kms:Encrypt"}, TWO]},
            "the `Id`, `Sid`s and how the statements are written",
        ),
    ],
)  # fmt: skip
def test_what_terraform_shows(new: dict[str, Any], said: str | None) -> None:
    expected = None if said is None else f"no change in access, but Terraform still shows one: {said} differ"
    assert rewording(read_policy(OLD), read_policy(new)) == expected
