"""What a key's policy is held to: nothing beyond the blueprint, whoever wrote the template, and nothing of it lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kmsgen.compiler import compile as compiling
from kmsgen.compiler.merge import merge
from kmsgen.policy.model import Statement
from kmsgen.templates import Library
from tests.support import HEAD, compiled, messages

BLUEPRINT = f"""{HEAD}keys:
  orders:
    admins: [role/Admin]
    users:
      - role/App
      - {{principal: sso/Ops, can: decrypt, when: {{via: s3}}}}
      - {{principal: other/role/Etl, can: decrypt, pin: match}}
    services: [sqs-from-sns: {{topic: news}}]
"""
SERVICE = """\
summary: Reads.
title: Mine
service: Mine
pattern: caller-role
evidence: documented
source: https://example.com/
grants: [kms:Decrypt]
statements:
  - Sid: Mine
    Effect: Allow
    Principal: PRINCIPAL
    Action: kms:Decrypt
    Condition: CONDITION
"""
ROOT = """\
summary: Repairs.
grants: [kms:Decrypt, kms:PutKeyPolicy]
statements:
  - Sid: Repair
    Effect: Allow
    Principal: {AWS: "{{ root }}"}
    Action: [kms:Decrypt, kms:PutKeyPolicy]
    Condition: CONDITION
"""


def own(folder: Path, kind: str, name: str, text: str) -> Library:
    (folder / kind).mkdir(parents=True)
    (folder / kind / f"{name}.yaml").write_text(text)
    return Library([folder])


def said(text: str, library: Library | None = None) -> str:
    _, problems = compiled(text, None, library)
    return "\n".join(str(problem) for problem in problems)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('{StringEquals: {"aws:PrincipalType": Account}}', "`arn:aws:iam::111122223333:root` could do `kms:Decrypt`"),
        ("{}", "`arn:aws:iam::111122223333:root` could do `kms:Decrypt`"),
    ],
)
def test_a_root_mode_of_ones_own_repairs_and_does_no_more(tmp_path: Path, condition: str, told: str) -> None:
    library = own(tmp_path, "root", "recovery", ROOT.replace("CONDITION", condition))
    text = f"{HEAD}keys: {{orders: {{admins: [role/Admin]}}}}\n"
    found = said(text, library)
    assert "`orders` would allow more than the blueprint asks for" in found
    assert told in found


@pytest.mark.parametrize(
    ("principal", "condition", "told"),
    [
        (
            '{AWS: "arn:aws:iam::777788889999:role/Theirs"}', '{StringEquals: {"kms:ViaService": s3}}',
            "lets in `arn:aws:iam::777788889999:role/Theirs`, whom nobody asked for",
        ),
        (
            '"*"', '{StringLike: {"kms:CallerAccount": "*"}}',
            "would let in strangers",
        ),
        ('"*"', '{StringNotEquals: {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}', "lets everybody in every account in"),
        ('"*"', '{StringEquals: {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}', ""),
    ],
)  # fmt: skip
def test_a_service_lets_in_only_whom_its_entry_names(tmp_path: Path, principal: str, condition: str, told: str) -> None:
    text = SERVICE.replace("PRINCIPAL", principal).replace("CONDITION", condition)
    found = said(
        f"{HEAD}keys: {{orders: {{admins: [role/Admin], services: [mine]}}}}\n", own(tmp_path, "services", "mine", text)
    )
    assert told in found
    assert bool(found) is bool(told)


def test_the_examples_shape_is_what_was_asked_for() -> None:
    assert messages(BLUEPRINT) == []


def widened(statement: Statement) -> Statement:
    return replace(statement, actions=statement.actions | {"kms:Sign", "kms:ReEncryptFrom"})


def unconditioned(statement: Statement) -> Statement:
    return replace(statement, conditions=frozenset())


def narrowed(statement: Statement) -> Statement:
    return replace(statement, actions=frozenset(sorted(statement.actions)[:1]))


@pytest.mark.parametrize(
    ("fault", "told"),
    [(widened, "would allow more"), (unconditioned, "would allow more"), (narrowed, "would not allow what")],
)
def test_what_goes_wrong_while_statements_are_brought_together_is_found(
    monkeypatch: pytest.MonkeyPatch, fault: object, told: str
) -> None:
    monkeypatch.setattr(
        compiling,
        "merge",
        lambda drafts: [one._replace(statement=fault(one.statement)) for one in merge(drafts)],  # type: ignore[operator]
    )
    assert told in said(BLUEPRINT)


def test_a_statement_that_is_left_out_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "merge", lambda drafts: merge(drafts)[:-1])
    assert "would not allow what the blueprint asks for" in said(BLUEPRINT)
