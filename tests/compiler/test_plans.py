"""Entries of services that differ in their parameters: each makes what it makes alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.compiler.plans import Plan
from kmsgen.templates import Library
from tests.services.harness import CASES
from tests.support import HEAD, LIBRARY, OTHER, OWN, each_key

SERVICE = """\
summary: Sends messages.
title: Messages
service: Messages
pattern: service-principal
evidence: documented
source: https://docs.aws.amazon.com/example
grants: [kms:Decrypt, kms:Encrypt]
parameters:
  topic:
    type: arn
    arn: "sns:{region}:{account}:{}"
    many: true
    summary: Topics.
  mode:
    type: string
    default: narrow
    summary: How much.
  also:
    type: boolean
    summary: Whether Encrypt too.
statements:
"""
ENCRYPT = """\
  - Sid: One
    Effect: Allow
    Principal: {Service: sns}
    Action: kms:Encrypt
    Condition: {ArnLike: {"aws:SourceArn": "{{ topic }}"}}
"""


@pytest.mark.parametrize("service", LIBRARY.names("services"))
def test_a_service_with_other_parameters_gets_what_it_gets_alone(service: str) -> None:
    cases = yaml.load((CASES / f"{service}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    made: dict[str, Any] = {}
    for place, case in enumerate(cases.values()):
        entry = case["entry"] if isinstance(case["entry"], dict) else {case["entry"]: {}}
        users = {"users": case["users"]} if "users" in case else {}
        for number, one in enumerate(variations(entry)):
            made[f"k{place}-{number}"] = {"admins": ["role/Admin"], "services": [one], **users, **case.get("key", {})}
    same_as_alone(json.dumps({"keys": made})[1:-1])


def same_as_alone(text: str, library: Library | None = None) -> None:
    assert each_key(HEAD + text, library, sharing=True) == each_key(HEAD + text, library, sharing=False)


def variations(entry: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """An entry with other values: of the same kind, several, of another account, and some that are mistakes."""
    ((service, parameters),) = entry.items()
    numbered = [changed(parameters, lambda text, number=number: f"{text}{number}") for number in (1, 2, 3)]
    return [
        *({service: one} for one in (parameters, *numbered)),
        {service: {name: several(value) for name, value in parameters.items()}},
        {service: changed(parameters, lambda text: text.replace(OWN, OTHER).replace("eu-west-1", "us-east-1"))},
        {service: changed(parameters, lambda text: f"{text}*")},
        {service: {name: not value if isinstance(value, bool) else value for name, value in parameters.items()}},
        {service: {**parameters, "when": {"organization": True}}},
    ]


def changed(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {name: changed(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [changed(one, change) for one in value]
    return change(value) if isinstance(value, str) and not value.isdigit() else value


def several(value: Any) -> Any:
    """A list that is not in the order in which a condition has it, with a value twice."""
    return [f"{value}z", f"{value}a", f"{value}z"] if isinstance(value, str) and not value.isdigit() else value


@pytest.mark.parametrize(
    "statement",
    [
        '    Condition: {ArnLike: {"aws:SourceArn": "{{ topic }}"}, StringEquals: {"aws:SourceAccount": "{{ account }}"}}\n',
        '    Condition: {ArnLike: {"aws:SourceArn": "{{ topic }}", "kms:EncryptionContext:x": "{{ key.name }}"}}\n',
        '    if: "{{ mode == \'narrow\' }}"\n    Condition: {ArnLike: {"aws:SourceArn": "{{ topic }}"}}\n',
        '    Condition: {StringLike: {"kms:EncryptionContext:x": "{{ mode | lower }}", "aws:SourceArn": "{{ topic }}"}}\n',
        '    Condition: {StringLike: {"kms:EncryptionContext:{{ mode }}": x}}\n',
        '    Condition: {StringLike: {"kms:EncryptionContext:x": [a, "{{ mode }}", "{{ topic }}"]}}\n',
        '    Condition: {"Null": {"aws:SourceArn": "{{ mode }}"}}\n',
        '    Condition: {StringEquals: {"kms:ViaService": "{{ mode }}", "aws:SourceAccount": "{{ account }}"}}\n',
        '    if: "{{ also }}"\n    Condition: {ArnLike: {"aws:SourceArn": "{{ topic }}"}}\n',
        '    if: "{{ not also }}"\n    Condition: {ArnLike: {"aws:SourceArn": "{{ topic | first }}"}}\n',
        '    for_each: "{{ topic }}"\n    Condition: {ArnLike: {"aws:SourceArn": "{{ item }}"}}\n',
        '    Condition: {ArnNotLike: {"aws:SourceArn": "{{ topic }}"}}\n',
    ],
)
def test_a_template_that_decides_by_values_does_so_for_every_key(tmp_path: Path, statement: str) -> None:
    written = "  - Effect: Allow\n    Principal: {Service: sns}\n    Action: kms:Decrypt\n"
    (tmp_path / "services").mkdir()
    (tmp_path / "services/mine.yaml").write_text(f"{SERVICE}{ENCRYPT}{written}{statement}")
    given = [
        *(f"topic: t{number}, mode: narrow" for number in range(3)),
        f"topic: 'arn:aws:sns:eu-west-1:{OTHER}:t', mode: narrow",
        *(
            f"topic: [z, a{number}], mode: '{mode}'"
            for number, mode in enumerate(["wide", "", "s3", "false", "true", "東京"])
        ),
        "topic: t9, mode: wide, also: true",
        *(f"topic: t{number}, also: {also}" for number in range(4) for also in ("true", "false")),
        *(f"topic: t{number}, mode: wide, when: {{organization: true}}" for number in range(3)),
        *(f"topic: t{number}" for number in range(3)),
        *("mode: narrow" for number in range(3)),
    ]
    text = "".join(
        f"  k{number}: {{admins: [role/Admin], services: [mine: {{{one}}}]}}\n" for number, one in enumerate(given)
    )
    same_as_alone(f"keys:\n{text}", Library([tmp_path]))


def test_two_entries_of_one_key_that_say_the_same_are_one_statement() -> None:
    text = "".join(
        f"  k{number}: {{admins: [role/Admin], services: [logs: {{log_group: a}}, logs: {{log_group: {other}}}]}}\n"
        for number, other in enumerate("bcdaae")
    )
    same_as_alone(f"keys:\n{text}")


def test_characters_that_kms_refuses_are_found_in_every_key(tmp_path: Path) -> None:
    statement = '    Condition: {StringLike: {"kms:EncryptionContext:x": "{{ mode }}"}}\n'
    (tmp_path / "services").mkdir()
    (tmp_path / "services/mine.yaml").write_text(
        f"{SERVICE}{ENCRYPT}".replace(ENCRYPT.splitlines()[-1] + "\n", statement)
    )
    modes = ["a", "b", "c", "東", "d", "京"]
    text = "".join(
        f"  k{number}: {{admins: [role/Admin], services: [mine: {{mode: {mode}}}]}}\n"
        for number, mode in enumerate(modes)
    )
    made, told = each_key(f"{HEAD}keys:\n{text}", Library([tmp_path]), sharing=True)
    assert [mode for mode, (key, _) in zip(modes, made, strict=True) if key is None] == ["東", "京"]
    assert [one.message.partition(":")[0] for one in told] == [
        f"KMS does not take the character `{mode}` in a key policy" for mode in ("東", "京")
    ]


def test_what_a_template_makes_of_differing_parameters_is_planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[bool] = []
    drafts = Plan.drafts

    def counted(plan: Plan, *given: Any) -> Any:
        made = drafts(plan, *given)
        filled.append(made is not None)
        return made

    monkeypatch.setattr(Plan, "drafts", counted)
    text = "".join(
        f"  k{number}: {{admins: [role/Admin], services: [cloudtrail: {{trail: t{number}}}]}}\n" for number in range(9)
    )
    each_key(f"{HEAD}keys:\n{text}", sharing=True)
    assert filled == [True] * 8  # the plan itself is tried on the second key
