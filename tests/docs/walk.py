"""Walks a page as its reader would: writes the files that it names, runs its commands, and puts down what they print.

A fenced block with a title is a file. A `console` block is commands, each after `$ `, and what they print; a line `…` in it
stands for any lines. A command that fails is followed by `$ echo $?` and its exit code.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from kmsgen.__main__ import main

_FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
_SETTING_UP = re.compile(r"python3 -m venv |\. \S+/activate$|pip install ")
ELISION = "…"


class Done(NamedTuple):
    """What became of a command."""

    code: int
    printed: str


Run = Callable[[str], Done]


class Block(NamedTuple):
    """A fenced block: its language, the file that it is, its text, and where that begins in the page."""

    language: str
    title: str
    text: str
    start: int


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for found in _FENCE.finditer(page):
        yield Block(found[1], found[2] or "", found[3], found.start(3))


def walked(page: str, folder: Path, run: Run) -> str:
    """The page as it should be: with what its commands really print when its reader begins in `folder`."""
    pieces, last = [], 0
    for block in blocks(page):
        if block.language == "console":
            pieces += [page[last : block.start], _console(block.text, run)]
            last = block.start + len(block.text)
        elif block.title:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
    return "".join((*pieces, page[last:]))


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what it is said to print."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    assert parts[0] == "", f"a console block begins with a command: {parts[0]!r}"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _console(text: str, run: Run) -> str:
    told, code = "", 0
    for command, shown in commands(text):
        asked = command == "echo $?"
        if asked or code:  # a failure that the page does not tell is told
            told, code = f"{told}$ echo $?\n{code}\n", 0
        if not asked:
            code, printed = run(command)
            told += f"$ {command}\n{shown if matches(shown, printed) else printed}"
    return f"{told}$ echo $?\n{code}\n" if code else told


def matches(shown: str, printed: str) -> bool:
    """Whether this is what was printed, but for lines that stand for any."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == ELISION else re.escape(f"{line}\n") for line in shown.splitlines()
    )
    return bool(re.fullmatch(pattern, printed))


class Here:
    """Runs commands in a folder: kmsgen in this process, others in a shell that knows it too."""

    def __init__(self, folder: Path, tools: Path) -> None:
        """`tools` is a folder for the program `kmsgen`."""
        self.folder = folder
        program = tools / "kmsgen"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m kmsgen "$@"\n')
        program.chmod(0o755)
        root = str(Path(__file__).parent.parent.parent)
        who = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KMSGEN_", "COLUMNS"))}
        self.environment = {
            **kept,
            **who,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": root,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "NO_COLOR": "1",
            "LANG": "C.UTF-8",
        }

    def __call__(self, command: str) -> Done:
        """Run a command; installing is done already."""
        if _SETTING_UP.match(command):
            return Done(0, "")
        if command.startswith("kmsgen ") and not re.search(r"[|><;&]", re.sub(r"'[^']*'|\"[^\"]*\"", "", command)):
            return self._kmsgen(shlex.split(command)[1:])
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Done(done.returncode, done.stdout)

    def _kmsgen(self, arguments: list[str]) -> Done:
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        code: str | int | None = 0
        with (
            contextlib.chdir(self.folder),
            mock.patch.dict(os.environ, self.environment, clear=True),
            mock.patch.object(sys, "argv", ["kmsgen", *arguments]),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                main()
            except SystemExit as left:
                code = left.code
        text = printed.buffer.getvalue().decode()
        return Done(code if isinstance(code, int) else 0, text)


class Shell:
    """One shell, in which each command finds what those before it left."""

    _END = "== done"

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        """Begins in a folder, with these variables and no others."""
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __call__(self, command: str) -> Done:
        """Run a command."""
        given, printed = self._process.stdin, self._process.stdout
        assert given is not None
        assert printed is not None
        given.write(f"{{ {command}\n}} </dev/null; printf '\\n%s %s\\n' '{self._END}' $?\n")
        given.flush()
        lines: list[str] = []
        for line in printed:
            if line.startswith(self._END):
                return Done(int(line.removeprefix(self._END)), "".join(lines).removesuffix("\n"))
            lines.append(line)
        raise AssertionError(f"the shell ended at `{command}`")

    def close(self) -> None:
        """End the shell."""
        self._process.communicate()
