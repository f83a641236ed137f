"""Every command of the pages is run, and prints what its page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import CHECKOUT, WALKED, fresh
from tests.docs.walk import Done, blocks, matches, walked
from tests.support import ROOT


@pytest.mark.parametrize("name", WALKED)
def test_a_page_shows_what_its_commands_print(name: str, tmp_path: Path) -> None:
    assert fresh(name, tmp_path) == (ROOT / name).read_text(encoding="utf-8"), (
        "run `make docs`, and look at what changes"
    )


def test_every_page_with_commands_is_walked() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        if any(block.language == "console" for block in blocks(path.read_text(encoding="utf-8")))
    }
    assert found == set(WALKED)
    assert set(WALKED) >= CHECKOUT


def test_what_is_printed_otherwise_and_failures_that_are_not_told_are_seen(tmp_path: Path) -> None:
    page = '```yaml title="a/b.yaml"\nx: 1\n```\n```console\n$ one\nold\n$ two\n…\nend\n$ echo $?\n3\n```\nrest\n'
    done = {"one": Done(0, "new\n"), "two": Done(3, "begin\nmiddle\nend\n")}
    assert walked(page, tmp_path, done.__getitem__) == page.replace("old", "new")
    assert (tmp_path / "a" / "b.yaml").read_text() == "x: 1\n"
    silent = page.replace("$ echo $?\n3\n", "")
    assert walked(silent, tmp_path, done.__getitem__) == page.replace("old", "new")


def test_a_line_stands_for_any_lines_and_no_other_does() -> None:
    assert matches("a\n…\nd\n", "a\nb\nc\nd\n")
    assert matches("  …\nd\n", "d\n")
    assert not matches("a\n…\nd\n", "a\nb\n")
    assert not matches("a.\n", "ab\n")
