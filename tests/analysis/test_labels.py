"""What other scanners' own tests call bad of keys' settings is found, and what they call good is not."""

from __future__ import annotations

import datetime
import json
from functools import cache
from typing import Any

import pytest

from kmsgen.analysis.engine import Settings, check
from kmsgen.analysis.registry import meant
from kmsgen.analysis.subject import Asked
from kmsgen.sources import Options, load
from tests.corpus import CORPUS, REASON

ANSWERS = {
    "rotation": ("rotation-off",),
    # KICS calls a key with a short deletion window unusable as well.
    "enabled": ("key-disabled", "deletion-window-short"),
}
"""The rules that answer what a label is about."""

LABELS = CORPUS / "lint_labels.jsonl"
pytestmark = pytest.mark.skipif(not LABELS.is_file(), reason=REASON)
KNOWN: list[dict[str, Any]] = [
    label
    for line in (LABELS.read_text(encoding="utf-8").splitlines() if LABELS.is_file() else ())
    if (label := json.loads(line))["topic"] in ANSWERS
]


@cache
def found(file: str, topic: str) -> dict[str, int]:
    """How many findings of a topic each key of a file has, by the name that labels give it."""
    rules = tuple(rule for name in ANSWERS[topic] for rule in meant(name))
    keys = load(str(CORPUS / file), Options()).keys
    settings = Settings(Asked(datetime.date(2026, 6, 1)), rules)
    return {one.key.name: len(one.findings) for one in check(keys, settings)}


@pytest.mark.parametrize("label", KNOWN, ids=[f"{one['tool']} {one['file']} {one['resource']}" for one in KNOWN])
def test_a_label_is_answered(label: dict[str, Any]) -> None:
    by_key = found(label["file"], label["topic"])
    count = by_key.get(label["resource"], sum(by_key.values()))
    assert (count > 0) is (label["expected"] == "fail")
