"""What the pages under `docs/` show is what happens."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.conftest import Kmsgen
from tests.support import ROOT

SHOWN = [
    (command, "".join(f"{line[4:]}\n" for line in printed.splitlines()))
    for page in sorted((ROOT / "docs").glob("*.md"))
    for command, printed in re.findall(
        r"^    \$ kmsgen (.*)\n((?:    (?!\$).*\n)+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )
]


@pytest.mark.parametrize(("command", "printed"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_command_prints_what_its_page_shows(kmsgen: Kmsgen, command: str, printed: str) -> None:
    assert kmsgen(*shlex.split(command), cwd=ROOT).out == printed
