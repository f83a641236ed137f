"""A page under `docs/` walked through: each file that it shows is written, each command that it shows is run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.support import ROOT

_BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE
)


def walk(page: str, folder: Path, run: Callable[[str], str]) -> int:
    """Do what a page says, in order: what a command is shown to print must be in what it prints, line by line."""
    count, missing = 0, list[str]()
    for block in _BLOCK.finditer((ROOT / "docs" / page).read_text(encoding="utf-8")):
        if block["title"]:
            path = folder / block["title"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")
        elif block["language"] == "console":
            for step in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
                command, *shown = filter(None, step.splitlines())
                rest = run(command)
                for line in shown:
                    before, found, after = rest.partition(line.strip())
                    missing += [] if found else [f"$ {command}\n- {line}\n{before}"]
                    rest = after or before
                count += 1
    assert not missing, "\n\n".join(missing)
    return count
