"""Completion: what may stand where, and the scripts in the shells that they are for."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kmsgen.analysis.registry import all_rules
from kmsgen.cli import values
from kmsgen.cli.choices import CheckFormat, Format, Shell
from kmsgen.cli.completion import SCRIPTS, answer
from kmsgen.templates import Library
from tests.conftest import Kmsgen
from tests.support import ROOT
from tests.terminal import Terminal

KEYS = """\
version: 1
accounts: {own: "111122223333"}
principals: {orders-api: role/Orders}
defaults: {account: own, region: eu-west-1, admins: [role/Admin]}
keys:
  orders: {users: [orders-api]}
  tenant-${each.key}: {for_each: [acme, globex]}
"""
STAGES = """\
version: 1
accounts: {own: "111122223333"}
environments: {dev: {}, prod: {}}
defaults: {account: own, region: eu-west-1, admins: [role/Admin]}
keys: {ledger: {users: [role/App]}}
"""
BROKEN = """\
version: 1
keys:
  half: {users: [*nobody]
"""
ODD = """\
version: 1
colour: blue
keys:
  odd: {account: 12, users: 7}
"""


STACK = "Parameters: {Environment: {Type: String}, Team: {Type: String}}\nResources: {}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with blueprints, two of which have mistakes."""
    for name, text in {"keys": KEYS, "stages": STAGES, "broken": BROKEN, "odd": ODD}.items():
        path = tmp_path / "blueprints" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "stack.yaml").write_text(STACK)
    return tmp_path


ANSWERING = """
import json, os, sys
from kmsgen.cli import app
from kmsgen.cli.completion import answer
for line in sys.stdin:
    folder, words, shell = json.loads(line)
    os.chdir(folder)
    print(json.dumps(answer(app, words, {"_KMSGEN_COMPLETE": shell})), flush=True)
"""
"""Answers as the program does that a shell asks, without starting it anew for each."""


@pytest.fixture(scope="module")
def asked() -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_KMSGEN_COMPLETE": "zsh"}
    command = [sys.executable, "-c", ANSWERING]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


Answer = Callable[..., str]


@pytest.fixture
def answered(project: Path, asked: subprocess.Popen[str]) -> Answer:
    """The answer to typed words."""

    def ask(*words: str, shell: str = "zsh") -> str:
        assert asked.stdin is not None
        assert asked.stdout is not None
        asked.stdin.write(json.dumps([str(project), words, shell]) + "\n")
        asked.stdin.flush()
        return str(json.loads(asked.stdout.readline()))

    return ask


def offered(answer: str) -> list[str] | None:
    """What may stand there; None where it is a file."""
    kind, *lines = answer.splitlines()
    assert kind in ("words", "files")
    return None if kind == "files" else [line.split("\t")[0] for line in lines]


ALL = ["orders", "tenant-acme", "tenant-globex", "odd", "dev/ledger", "prod/ledger"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["diff", "--key", ""], ALL),
        (["diff", "--key", "ten"], ["tenant-acme", "tenant-globex"]),
        (["diff", "blueprints/stages.yaml", "--key", ""], ["dev/ledger", "prod/ledger"]),
        (["diff", "nowhere", "--key", ""], []),
        (["can", "role/App", "kms:Decrypt", "--on", "blueprints#or"], ["blueprints#orders"]),
        (
            ["check", "blueprints/keys.yaml#t"],
            ["blueprints/keys.yaml#tenant-acme", "blueprints/keys.yaml#tenant-globex"],
        ),
        (["check", "blueprints/broken.yaml#"], []),
        (["generate", "-e", ""], ["dev", "prod"]),
        (["generate", "--environment=p"], ["--environment=prod"]),
        (["can", "ord"], ["orders-api"]),
        (["check", "--caller", "orders"], ["orders-api"]),
        (["can", "role/App", "kms:Decr"], ["kms:Decrypt"]),
        (["can", "x", "kms:Decrypt", "--context", "kms:ViaS"], ["kms:ViaService="]),
        (["import", "stack.yaml", "--parameter", "E"], ["Environment="]),
        (["diff", "--current", "stack.yaml", "--parameter", ""], ["Environment=", "Team="]),
        (["explain", "blueprints/keys.yaml", "--parameter", ""], []),
        (["catalog", "serv"], ["services"]),
        (["catalog", "services", "cloudtrail-lake-i"], ["cloudtrail-lake-import"]),
        (["catalog", "guards", "tls"], ["tls-only"]),
        (["catalog", "rules", "KMS101"], ["KMS101"]),
        (["check", "--select", "KMS101,KMS10"], [f"KMS101,KMS10{digit}" for digit in range(1, 10)]),
        (["explain", "--select", "rotation-o"], ["rotation-off"]),
        (["check", "--ignore=wildcard-act"], ["--ignore=wildcard-action"]),
        (["generate", "--format", ""], [one.value for one in Format]),
        (["check", "--format", ""], [one.value for one in CheckFormat]),
        (["diff", "--region", "eu-west-"], ["eu-west-1", "eu-west-2", "eu-west-3"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["init", "--key", ""], []),
        (["generate", "--comp"], ["--companion"]),
        (["why", "message", ""], None),
        (["check", ""], None),
        (["generate", "--out", ""], None),
        (["--config", ""], None),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_what_may_stand_there(answered: Answer, words: list[str], expected: list[str] | None) -> None:
    found = offered(answered(*words))
    assert (found if found is None else sorted(found)) == (expected if expected is None else sorted(expected))


def test_commands_come_with_what_they_do(answered: Answer) -> None:
    lines = answered("", shell="fish").splitlines()
    assert lines[0] == "words"
    assert "generate\tCompile blueprints into key policies:..." in lines


def test_every_service_rule_and_guard_is_offered(answered: Answer) -> None:
    library = Library()
    assert offered(answered("catalog", "services", "")) == sorted([*library.names("services"), *library.aliases])
    assert offered(answered("catalog", "guards", "")) == list(library.names("guards"))
    assert offered(answered("check", "--select", "")) == [word for one in all_rules() for word in (one.code, one.name)]


def test_templates_of_ones_own_are_offered(answered: Answer, project: Path) -> None:
    (project / "templates" / "roles").mkdir(parents=True)
    (project / "templates" / "roles" / "peek.yaml").write_text("summary: x\n")
    assert offered(answered("catalog", "roles", "pee")) == ["peek"]


def test_keys_of_policies_and_plans_are_offered(answered: Answer) -> None:
    policy = ROOT / "docs" / "examples" / "orders.json"
    assert offered(answered("check", f"{policy}#")) == [f"{policy}#orders"]


def test_the_folder_of_the_configuration_is_looked_into(answered: Answer, project: Path) -> None:
    (project / "kmsgen.toml").write_text('paths = ["mine"]\n')
    (project / "mine").mkdir()
    (project / "mine" / "one.yaml").write_text(KEYS)
    assert offered(answered("diff", "--key", "")) == ["orders", "tenant-acme", "tenant-globex"]


def test_mistakes_and_bugs_are_silent(answered: Answer, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "kmsgen.toml").write_text("paths = 7\n")
    assert answered("diff", "--key", "") == ""
    broken: Any = None
    assert answer(broken, [""], {"_KMSGEN_COMPLETE": "zsh"}) == ""
    assert capfd.readouterr() == ("", "")


def test_nobody_else_pays_for_it() -> None:
    assert values.keys is None  # typer takes functions apart whenever it starts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kmsgen can role/App kms:Decr", ["Decrypt"]),
        ("kmsgen generate --format=js", ["json"]),
        ("kmsgen check 'blueprints/keys.yaml#ord", ["blueprints/keys.yaml#orders"]),
        ("kmsgen diff --key ", ALL),
    ],
)
def test_bash_gets_what_is_behind_its_own_break(answered: Answer, line: str, expected: list[str]) -> None:
    assert sorted(offered(answered(line, shell="bash")) or ()) == sorted(expected)


def test_a_script_for_every_shell(kmsgen: Kmsgen) -> None:
    assert [one.value for one in Shell] == list(SCRIPTS)
    for shell, script in SCRIPTS.items():
        assert kmsgen("completion", shell) == (0, script, "")
    assert kmsgen("completion", "tcsh").code == 2


@pytest.fixture
def path(project: Path) -> str:
    """A PATH on which `kmsgen` is this one."""
    folder = project / "bin"
    folder.mkdir()
    program = folder / "kmsgen"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {sys.executable} -m kmsgen "$@"\n')
    program.chmod(0o755)
    for shell, script in SCRIPTS.items():
        (folder / f"completion.{shell}").write_text(script)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"the shell {name} is not here")
    return found


TYPED = [
    ("catalog services cloudtrail-lake-i", "cloudtrail-lake-import"),
    ("diff --key tenant-g", "tenant-globex"),
    ("can role/App kms:DescribeK", "kms:DescribeKey"),
    ("check blueprints/keys.yaml#or", "blueprints/keys.yaml#orders"),
    ("generate --format=terraform-", "--format=terraform-json"),
    ("check blueprints/sta", "blueprints/stages.yaml"),
    ("check --select wildcard-act", "wildcard-action"),
]


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_key_press_completes(project: Path, path: str, name: str) -> None:
    start = {"bash": ("--norc", "--noprofile", "-i"), "zsh": ("-f", "-i")}[name]
    with Terminal(project, shell(name), *start, path=path) as terminal:
        if name == "zsh":
            terminal.type("autoload -U compinit; compinit -u -D\n")
        terminal.type(f"PS1='READY>'; source bin/completion.{name}; echo lo''aded\n")
        terminal.until("loaded")
        terminal.until("READY>")
        for typed, completed in TYPED:
            terminal.type(f"kmsgen {typed}\t")
            terminal.until(f"kmsgen {typed}")
            terminal.until(completed.rpartition(typed.split()[-1])[2])
            terminal.type("\x15\n")  # take the line away
            terminal.until("READY>")


def test_fish_completes(project: Path, path: str) -> None:
    fish = shell("fish")
    for typed, completed in TYPED:
        command = f"source bin/completion.fish; complete -C {shlex.quote(f'kmsgen {typed}')}"
        done = subprocess.run(
            [fish, "--no-config", "-c", command],
            capture_output=True,
            text=True,
            cwd=project,
            env={**os.environ, "PATH": path, "HOME": str(project)},
            check=True,
        )
        assert completed in [line.split("\t")[0] for line in done.stdout.splitlines()], done


def test_bash_is_told_of_nothing_where_nothing_may_stand(project: Path, path: str) -> None:
    line = "kmsgen diff --key nothing-like-it"
    script = (
        "source bin/completion.bash; COMP_LINE=$1; COMP_POINT=${#COMP_LINE}; _kmsgen kmsgen; "
        'printf "%s\\n" "${#COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [shell("bash"), "--norc", "-c", script, "bash", line],
        capture_output=True,
        text=True,
        cwd=project,
        env={**os.environ, "PATH": path},
        check=True,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")
