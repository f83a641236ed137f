"""What many tests use: the command line in a folder of its own, and the tools that check what is emitted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kmsgen.__main__ import main
from tests import release
from tests.pipelines.machine import Machine, prepared

TERRAFORM = shutil.which("terraform")
ABSENT = "the terraform program is not here"


def run(*command: str, cwd: Path, stdin: str = "") -> str:
    """The output of a program that must succeed."""
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def terraform() -> str:
    if TERRAFORM is None:
        pytest.skip(ABSENT)
    return TERRAFORM


@pytest.fixture
def evaluated(terraform: str, tmp_path: Path) -> Callable[[dict[str, str]], dict[str, Any]]:
    """What Terraform makes of HCL expressions, by name."""

    def evaluate(expressions: dict[str, str]) -> dict[str, Any]:
        lines = "\n".join(f"  {name} = {expression}" for name, expression in expressions.items())
        (tmp_path / "main.tf").write_text(f"locals {{\n{lines}\n}}\n", encoding="utf-8")
        names = ", ".join(f"{name} = local.{name}" for name in expressions)
        # Twice, because the console prints a string as HCL would have it, which for these strings is JSON too.
        printed = run(terraform, "console", cwd=tmp_path, stdin=f"base64encode(jsonencode({{{names}}}))\n")
        import base64

        return json.loads(base64.b64decode(json.loads(printed.strip().splitlines()[-1])))  # type: ignore[no-any-return]

    return evaluate


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source distribution, once for all tests."""
    return release.wheel(tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Machine:
    """A machine without kmsgen, whose pip finds the wheel."""
    return prepared(tmp_path_factory.mktemp("machine"), wheel)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """Where a stand-in for AWS listens."""
    from moto.server import ThreadedMotoServer  # few tests need it, and it takes long to import

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws_account(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty account, to which the environment leads kmsgen and boto3."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Kmsgen = Callable[..., Ran]


@pytest.fixture
def kmsgen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Kmsgen:
    """Run a command in `tmp_path`, or in another folder."""

    def run(*arguments: str, cwd: Path | None = None) -> Ran:
        monkeypatch.chdir(cwd or tmp_path)
        monkeypatch.setattr(sys, "argv", ["kmsgen", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        return Ran(left.value.code if isinstance(left.value.code, int) else 0, captured.out, captured.err)

    return run


BLUEPRINT = """\
version: 1
accounts: {own: "111122223333"}
defaults: {account: own, region: eu-west-1, admins: [role/Admin]}
keys:
  orders: {aliases: [orders], users: [role/App]}
"""


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    """`blueprints/orders.yaml`, with one key."""
    path = tmp_path / "blueprints" / "orders.yaml"
    path.parent.mkdir()
    path.write_text(BLUEPRINT)
    return path
