"""Every command of the pages is run, and prints what its page shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from kmsgen.cli import app
from tests.docs.pages import CHECKOUT, WALKED, fresh
from tests.docs.walk import Done, blocks, matches, walked
from tests.support import ROOT

GUIDES = {"docs/terraform.md", "docs/cloudformation.md"}
"""Walked elsewhere, by tests that have what their commands need: `tests/terraform` and `tests/cloudformation`."""


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
    assert found == {*WALKED, *GUIDES}
    assert set(WALKED) >= CHECKOUT


def shown() -> Iterator[tuple[str, str]]:
    """The commands that pages only speak of: in blocks that are not walked, and within sentences."""
    for path in sorted((ROOT / "README.md", *(ROOT / "docs").glob("*.md"))):
        page = path.read_text(encoding="utf-8")
        lines = [line for block in blocks(page) if block.language == "sh" for line in block.text.splitlines()]
        rest = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
        for command in (*lines, *re.findall(r"`(kmsgen [^`]*)`", rest)):
            for part in re.split(r" (?:&&|\||>) ", command.partition("  #")[0]):
                if part.startswith("kmsgen ") and not re.search(r"…|\[|[A-Z]{3}\b", re.sub(r"'[^']*'", "", part)):
                    yield path.name, " ".join(part.split())


@pytest.mark.parametrize(("page", "command"), sorted(set(shown())))
def test_a_command_that_a_page_speaks_of_is_one(page: str, command: str) -> None:
    group: Any = typer.main.get_command(app)
    words = shlex.split(command)[1:]
    while words and words[0].startswith("-"):  # what stands before the command
        words = words[1:]
    if words:
        parser = group.commands[words[0]].make_parser(group.commands[words[0]].context_class(group.commands[words[0]]))
        parser.parse_args(words[1:])


def test_how_to_pages_only_show_commands_that_are_run() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    (pages,) = (one["How to"] for one in nav if "How to" in one)
    told = {name for one in pages for name in re.findall(r"[\w-]+\.md", str(one))} | {"tutorial.md"}
    for name in sorted(told - {"pipelines.md"}):  # whose commands have tests of their own
        languages = {block.language for block in blocks((ROOT / "docs" / name).read_text(encoding="utf-8"))}
        assert not languages & {"sh", "bash", "shell"}, name


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
