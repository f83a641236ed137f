"""The pages and pictures that are written of the code are what the code makes now."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import Kmsgen
from tests.docs.pages import WRITTEN, written
from tests.docs.reference import command_line
from tests.support import ROOT


@pytest.mark.parametrize("name", WRITTEN)
def test_a_generated_file_is_fresh(name: str, tmp_path: Path) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == written(name, tmp_path), "run `make docs`"


def test_the_page_of_the_command_line_is_the_same_on_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERMINAL_WIDTH", "40")
    monkeypatch.setenv("KMSGEN_CONFIG", "nowhere.toml")
    assert command_line() == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("subject", ["roles", "guards"])
def test_every_role_and_guard_has_a_section(kmsgen: Kmsgen, subject: str) -> None:
    page = (ROOT / "docs" / f"{subject}.md").read_text(encoding="utf-8")
    for one in json.loads(kmsgen("catalog", subject, "--format", "json").out)[subject]:
        assert f"\n## {one['name']}\n\n{one['summary']}\n" in page


@pytest.mark.parametrize("name", [name for name in WRITTEN if name.endswith(".svg")])
def test_a_picture_says_what_it_shows(name: str) -> None:
    root = ElementTree.fromstring((ROOT / name).read_text(encoding="utf-8"))
    space = "{http://www.w3.org/2000/svg}"
    title, description = root.find(f"{space}title"), root.find(f"{space}desc")
    assert title is not None
    assert description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text
    assert len(description.text or "") > 80
