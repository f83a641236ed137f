"""Two sources compared: which key is which, who gains and who loses what, and what else about a key changes."""

from __future__ import annotations

from kmsgen.changes.match import Pair, match
from kmsgen.changes.report import KeyChange, Report, report

__all__ = ["KeyChange", "Pair", "Report", "match", "report"]
