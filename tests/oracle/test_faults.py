"""Every planted fault is caught: by the solver where it breaks evaluation, by either judge where it breaks comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.oracle import adapter, smt
from tests.oracle.__main__ import run_pair
from tests.oracle.faults import COMPARISON, EVALUATION

pytestmark = pytest.mark.skipif(not smt.AVAILABLE, reason="cvc5 is not installed: it is in the dev extra")

SEEDS: dict[str, int] = json.loads((Path(__file__).parent / "fault_seeds.json").read_text())
"""A pair that shows each fault; `python -m tests.oracle --faults` looks for them anew."""


def shows(seed: int, *, engine: bool) -> bool:
    """Whether the judges find something wrong with a pair."""
    said = adapter.engine_verdict if engine else None
    return bool(run_pair(seed, engine=said, requests=60, limit_ms=4000).wrong)


@pytest.mark.parametrize("name", EVALUATION)
def test_a_fault_in_evaluation_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not shows(SEEDS[name], engine=False)
    EVALUATION[name](monkeypatch)
    assert shows(SEEDS[name], engine=False)


@pytest.mark.parametrize("name", COMPARISON)
def test_a_fault_in_comparison_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not shows(SEEDS[name], engine=True)
    COMPARISON[name](monkeypatch)
    assert shows(SEEDS[name], engine=True)
