"""Messages as AWS, SDKs and services write them: what is understood of each, and what is said of why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.analysis.denial.explain import Explanation
from kmsgen.semantics.evaluate import evaluate
from kmsgen.sources import SourceKey, load
from kmsgen.why import explain_denial

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "messages.yaml").read_text())


@pytest.fixture(scope="module")
def keys() -> tuple[SourceKey, ...]:
    return load(str(HERE / "estate.yaml")).keys


def told(one: Explanation) -> dict[str, Any]:
    """What messages.yaml says of an explanation; what is not so is left out."""
    judgement = one.judgement
    denial, nearest = judgement.denial, judgement.nearest
    failed = []
    for miss in nearest.misses if nearest else ():
        values = "" if miss.condition is None else "unknown" if miss.values is None else " ".join(miss.values)
        failed.append(f"{miss.condition.key if miss.condition else miss.element} {values}".strip())
    said = {
        "key": judgement.key.name,
        "certain": one.exact,
        "layer": judgement.layer,
        "verdict": judgement.verdict,
        "action": denial.action,
        "principal": denial.principal,
        "via": denial.via,
        "nearest": nearest.statement.sid if nearest else None,
        "failed": failed,
        "change": f"{one.change.noun}: {one.change.flow}" if one.change else None,
        "verified": one.proof is not None and one.proof.verified,
        "identity": one.identity is not None,
    }
    return {name: value for name, value in said.items() if value not in (None, False, [])}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_message_is_explained(keys: tuple[SourceKey, ...], case: dict[str, Any]) -> None:
    first = explain_denial(case["message"], keys)[0]
    assert told(first) == {name: value for name, value in case.items() if name not in ("name", "message")}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_is_said_to_allow_it_does_and_no_change_is_for_everyone(
    keys: tuple[SourceKey, ...], case: dict[str, Any]
) -> None:
    for one in explain_denial(case["message"], keys):
        judgement = one.judgement
        if judgement.would:
            assert judgement.request is not None
            assert judgement.key.policy is not None
            asked = dict(judgement.request.context) | dict(judgement.would)
            request = type(judgement.request)(
                judgement.request.principal, judgement.request.action, asked, judgement.request.key_arn
            )
            assert evaluate(judgement.key.policy, request, key_account="111122223333").verdict == "allowed"
        assert one.change is None or "*" not in one.change.flow
        assert one.identity is None or "*" not in str(one.identity)


def test_messages_are_of_every_layer_and_verdict() -> None:
    assert {case["layer"] for case in CASES} == {
        "key-policy", "identity-policy", "service-control-policy", "resource-control-policy", "permissions-boundary",
        "session-policy", "vpc-endpoint-policy", "key-state", "key-place", "elsewhere", "unknown",
    }  # fmt: skip
    assert {case["verdict"] for case in CASES} == {"allowed", "depends", "denied", "undecided"}
