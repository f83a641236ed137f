"""Where policies that others wrote are found: beside the checkout, if anywhere."""

from __future__ import annotations

import os
from pathlib import Path

CORPUS = Path(os.environ.get("KMSGEN_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
REASON = "the policies that others wrote are not here"
