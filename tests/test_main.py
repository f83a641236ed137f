from __future__ import annotations

import subprocess
import sys

import pytest

from kmsgen._version import __version__
from tests.support import ROOT

PROGRAM = """
import atexit, sys
atexit.register(print, "the last word")
sys.argv[0] = "kmsgen"
from kmsgen.__main__ import start
start()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, cwd=ROOT)


def test_what_is_to_be_done_at_the_end_is_done_and_all_is_printed() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"kmsgen {__version__}\nthe last word\n", "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["catalog", "roles"], 0),
        (["generate", "blueprints", "--check", "--out", "nowhere"], 1),
        (["nothing"], 2),
        (["generate", "nothing"], 2),
    ],
)
def test_the_exit_code_is_kept(arguments: list[str], code: int) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, "the last word")
