"""The comparison under test, brought into the oracle's form; the one place that knows how it is called."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from kmsgen.policy.model import Policy
from tests.oracle.judge import Verdict

PRESENT = importlib.util.find_spec("kmsgen.semantics.compare") is not None
"""Whether there is a comparison to test."""


def engine_verdict(old: Policy, new: Policy) -> Verdict:
    """What `kmsgen.semantics.compare` says of a pair; differences that only actions of the future have count too."""
    if not PRESENT:
        pytest.skip("kmsgen.semantics.compare is not there yet")
    compare: Any = importlib.import_module("kmsgen.semantics.compare").compare
    found: Any = compare(old, new, assume_account=False)
    gains, losses = (*found.gains, *found.future_gains), (*found.losses, *found.future_losses)
    witnesses = [one.witness for one in (*gains, *losses)]
    return Verdict(bool(gains), bool(losses), found.verdict == "undecided", witnesses)
