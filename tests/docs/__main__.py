"""Writes the documentation anew: the reference, the pictures, and what the commands of pages print."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.pages import WALKED, WRITTEN, fresh, written
from tests.support import ROOT

for name in sys.argv[1:] or (*WRITTEN, *WALKED):
    with tempfile.TemporaryDirectory() as folder:
        text = (written if name in WRITTEN else fresh)(name, Path(folder))
    (ROOT / name).write_text(text, encoding="utf-8")
