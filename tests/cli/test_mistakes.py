"""Every mistake in a file is told, at once, with its place and what to write: each fixture beside what it prints.

`KMSGEN_UPDATE=1` writes what is printed now; read the difference before committing it.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Kmsgen

MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_what_a_mistake_prints(kmsgen: Kmsgen, path: Path, tmp_path: Path) -> None:
    said = ("--format", "json", "--no-companion")  # whatever the repository's own configuration says
    ran = kmsgen("generate", "--out", str(tmp_path / "out"), *said, path.name, cwd=path.parent)
    printed = f"{ran.out}{ran.err}exit {ran.code}\n"
    golden = path.with_suffix(".txt")
    if os.environ.get("KMSGEN_UPDATE"):
        golden.write_text(printed)
    assert printed == golden.read_text()
    assert ran.code == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_every_problem_has_a_place_and_a_caret_under_it(path: Path) -> None:
    printed = path.with_suffix(".txt").read_text()
    assert "Traceback" not in printed
    problems = re.findall(
        r"^error: (\S+):(\d+):(\d+): (.+)\n(?: *(\d+) \| (.*)\n      \| ( *)\^+\n)?", printed, re.MULTILINE
    )
    assert len(problems) == printed.count("error: ")
    for file, line, column, message, shown, _, _ in problems:
        lines = (path.parent / file).read_text().splitlines() or [""]
        assert 1 <= int(line) <= len(lines) + 1
        assert 1 <= int(column) <= len(lines[min(int(line), len(lines)) - 1]) + 1
        assert not message.endswith(".")
        assert not shown or shown == line


def test_all_files_are_read_before_anything_is_told(kmsgen: Kmsgen, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"version: 1\nkeys: {{{name}: {{}}}}\nextra-{name}: 1\n")
    ran = kmsgen("generate", "a.yaml", "b.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert [line for line in ran.err.splitlines() if line.startswith("error:")] == [
        "error: a.yaml:2:8: key `a` says no account",
        "error: a.yaml:3:1: unknown field `extra-a` in a blueprint",
        "error: b.yaml:2:8: key `b` says no account",
        "error: b.yaml:3:1: unknown field `extra-b` in a blueprint",
    ]
    assert ran.err.splitlines()[-1] == "4 problems; nothing was written"


def test_a_file_that_is_not_utf_8_is_told_by_its_first_bad_byte(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("version: 1\n# é ".encode() + b"\xff\n")
    ran = kmsgen("generate", "x.yaml")
    assert ran.code == 2
    assert "error: x.yaml:2:5: the file is not UTF-8: byte 0xff" in ran.err
    (tmp_path / "x.yaml").write_bytes("version: 1\n".encode("utf-16"))
    assert "error: x.yaml:1:1: the file is not UTF-8: byte 0xff" in kmsgen("generate", "x.yaml").err


def test_a_byte_order_mark_is_no_mistake(kmsgen: Kmsgen, blueprint: Path) -> None:
    blueprint.write_text("\ufeff" + blueprint.read_text(), encoding="utf-8")
    assert kmsgen("generate").code == 0


def test_a_huge_file_is_refused_without_being_read(kmsgen: Kmsgen, tmp_path: Path) -> None:
    with open(tmp_path / "huge.yaml", "wb") as file:
        file.truncate(200 * 1024 * 1024)
    started = time.monotonic()
    ran = kmsgen("generate", "huge.yaml")
    assert ran.code == 2
    assert "`huge.yaml` has 209,715,200 bytes; a blueprint has at most 33,554,432" in ran.err
    assert time.monotonic() - started < 5  # reading it would take far longer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nkeys: " + "[" * 5000, "nested more than 64 deep"),
        ("version: 1\nkeys: \x01", "the character U+0001 cannot stand in YAML"),
        ("version: 1\n\tkeys: x", "not valid YAML: found a tab character"),
        ("version: 1\n--- \nkeys: {}", "a second document begins here"),
        ("version: 1\nkeys: *nothing", "`*nothing` names no anchor above it"),
        ("version: 1\nkeys: &a {b: *a}", "`*a` stands inside what it repeats"),
        ("version: 1\nkeys: {[a]: b}", "a name is expected here"),
        ("version: 1\nkeys: !!python/object:os.system {}", "`tag:yaml.org,2002:python/object:os.system` is only read"),
        ("# nothing\n", "the file is empty"),
        ("null\n", "the file is empty"),
    ],
)
def test_yaml_that_cannot_be_a_blueprint(kmsgen: Kmsgen, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.yaml").write_text(text)
    ran = kmsgen("generate", "x.yaml")
    assert ran.code == 2
    assert message in ran.err
    assert re.search(r"error: x\.yaml:\d+:\d+: ", ran.err)


def test_the_caret_stands_under_wide_and_combined_characters_and_behind_tabs(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("version: 1\nkeys: {a: {description: '東京e\u0301', colour: 1}}\n")
    lines = kmsgen("generate", "x.yaml").err.splitlines()
    place = next(number for number, line in enumerate(lines) if "colour" in line and "unknown" in line)
    shown, caret = lines[place + 1], lines[place + 2]
    # Two of the characters before it fill two columns each, one fills none.
    assert caret.index("^") == shown.index("colour") + 2 - 1
    assert caret.count("^") == len("colour")


def test_what_a_file_says_cannot_steer_the_terminal(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text('version: 1\n"\\e[31mkeys\\x07": "\\u202e"\n')
    err = kmsgen("generate", "x.yaml").err
    assert "\\x1b[31mkeys\\x07" in err
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", err)


def test_a_bug_of_ours_is_told_as_one(kmsgen: Kmsgen, blueprint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("kmsgen.cli.generate.compile_blueprint", broken)
    ran = kmsgen("generate")
    assert ran.code == 3
    assert "a bug of ours: ZeroDivisionError: oops" in ran.err
    assert "Traceback" not in ran.err


def test_colour_is_for_terminals_and_no_color_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from kmsgen.cli.render import wants_colour

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert wants_colour(sys.stderr)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(sys.stderr)
    monkeypatch.setenv("NO_COLOR", "")
    assert wants_colour(sys.stderr)
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(sys.stderr)
