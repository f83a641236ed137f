"""Every policy in a folder analysed with parliament: `python -m benchmarks.peers.parliament FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.checking import by_parliament


def analyse(folder: Path) -> None:
    """Analyse each, as one does who writes a script for it: loading parliament takes longer than many policies."""
    tool = by_parliament()
    if isinstance(tool, str):
        sys.exit(tool)
    for path in sorted(folder.glob("*.json")):
        tool(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    analyse(Path(sys.argv[1]))
