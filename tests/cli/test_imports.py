from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.imports import COMMANDS, DATA, imported

LISTED: dict[str, list[str]] = yaml.safe_load(DATA.read_text())


@pytest.mark.parametrize("name", COMMANDS)
def test_a_start_imports_what_is_listed_and_nothing_else(name: str, tmp_path: Path) -> None:
    found = imported(COMMANDS[name], tmp_path)
    assert found == LISTED[name], "look at what is new; if it is needed: python -m tests.cli.imports"


def test_help_imports_no_command() -> None:
    commands = {
        f"kmsgen.cli.{name}" for name in ("generate", "check", "diff", "explain", "can", "why", "init", "import_")
    }
    assert not commands & {*LISTED["--help"], *LISTED["--version"]}


def test_generating_json_imports_nothing_that_other_commands_need() -> None:
    others = (
        "kmsgen.analysis",
        "kmsgen.changes",
        "kmsgen.importer",
        "kmsgen.sources",
        "kmsgen.why",
        "deepdiff",
        "boto3",
        "rich",
    )
    assert [name for name in LISTED["generate"] if name.startswith(others)] == []


def test_checking_a_policy_imports_nothing_that_blueprints_and_live_keys_need() -> None:
    others = ("kmsgen.compiler", "kmsgen.emitters", "kmsgen.importer", "kmsgen.why", "jinja2", "boto3", "xml", "http")
    assert [name for name in LISTED["check"] if name.startswith(others)] == []
