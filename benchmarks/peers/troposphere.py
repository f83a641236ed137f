"""The same keys built with troposphere and awacs, and their policies written as JSON.

Run as `python -m benchmarks.peers.troposphere COUNT OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from awacs import aws, kms
from awacs.aws import Action, Allow, Condition, PolicyDocument, Principal, Statement
from troposphere.kms import Key

from benchmarks.estate import STATEMENTS, Allowed, name_of, text_of

_ = kms  # what awacs knows of KMS is loaded, as by whoever writes `kms.Decrypt`


def _condition(one: Allowed, name: str) -> Condition:
    operators = [
        getattr(aws, operator)({key: value.replace("NAME", name) for key, value in tests.items()})
        for operator, tests in one.condition.items()
    ]
    return Condition(operators)


def _statement(one: Allowed, name: str) -> Statement:
    who = [each.replace("NAME", name) for each in one.who]
    more: dict[str, Any] = {"Condition": _condition(one, name)} if one.condition else {}
    return Statement(
        Sid=one.sid,
        Effect=Allow,
        Principal=Principal(one.kind, who),
        Action=[Action("kms", action.removeprefix("kms:")) for action in one.actions],
        Resource=["*"],
        **more,
    )


def key(name: str) -> Key:
    """A key as users of troposphere write it."""
    document = PolicyDocument(Version="2012-10-17", Statement=[_statement(one, name) for one in STATEMENTS])
    return Key("Key", Description=f"What {name} encrypts", EnableKeyRotation=True, KeyPolicy=document)


def build(count: int, out: Path) -> None:
    """Write the policies of that many keys."""
    out.mkdir(parents=True)
    for number in range(count):
        name = name_of(number)
        made = key(name).to_dict()["Properties"]["KeyPolicy"]
        (out / f"{name}.json").write_text(text_of(made), encoding="utf-8")


if __name__ == "__main__":
    build(int(sys.argv[1]), Path(sys.argv[2]))
