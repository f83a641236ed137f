"""`init`, `catalog`, `schema`, `--version`: the commands beside `generate`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kmsgen._version import __version__
from kmsgen.blueprint.expansion import FIELDS
from kmsgen.blueprint.when import WORDS
from kmsgen.catalog.actions import ACTIONS
from kmsgen.compiler import conditions
from kmsgen.compiler.parameters import _TYPES
from kmsgen.templates import PARAMETER_TYPES, Library
from tests.compiler.test_properties import Cloudformation
from tests.conftest import Kmsgen

INIT = (
    "--account",
    "111122223333",
    "--region",
    "eu-west-1",
    "--key",
    "app",
    "--admin",
    "role/Admins",
    "--user",
    "role/App",
)


def test_the_version(kmsgen: Kmsgen) -> None:
    assert kmsgen("--version") == (0, f"kmsgen {__version__}\n", "")
    assert kmsgen("--version", "generate") == (0, f"kmsgen {__version__}\n", "")


def test_init_writes_a_blueprint_that_generates(kmsgen: Kmsgen, tmp_path: Path) -> None:
    ran = kmsgen("init", *INIT)
    assert ran.code == 0
    assert ran.err.startswith("wrote blueprints/keys.yaml\nnext: kmsgen generate blueprints/keys.yaml")
    assert kmsgen("generate", "-f", "json", "-f", "terraform", "-f", "cloudformation").code == 0
    again = kmsgen("init", *INIT)
    assert again.code == 2
    assert "`blueprints/keys.yaml` is there already" in again.err
    assert kmsgen("init", "other.yaml", *INIT).code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("111122223333", "1234"), "`1234` will not do for `account`"),
        (("eu-west-1", "europe"), "`europe` will not do for `region`"),
        (("role/Admins", "group/Admins"), "IAM groups cannot be principals"),
        (("role/App", "a: b"), "`a: b` will not do for `user`"),
    ],
)
def test_init_refuses_answers_that_make_no_key(
    kmsgen: Kmsgen, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    ran = kmsgen("init", *(change[1] if argument == change[0] else argument for argument in INIT))
    assert ran.code == 2
    assert message in ran.err
    assert not (tmp_path / "blueprints").exists()


def test_init_without_answers_and_nobody_to_ask_says_what_to_give(
    kmsgen: Kmsgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    ran = kmsgen("init", *INIT[:-2])
    assert ran.code == 2
    assert "give `--user`, as `--user role/App`" in ran.err


def test_init_asks_on_a_terminal(kmsgen: Kmsgen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = iter(["111122223333\n", "\n", "vault\n", "\n", "role/Mine\n"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "readline", lambda: next(answers), raising=False)
    ran = kmsgen("init")
    assert ran.code == 0
    assert "Its Region [eu-west-1]: " in ran.err
    assert "  vault:\n" in (tmp_path / "blueprints" / "keys.yaml").read_text()


@pytest.mark.parametrize("subject", ["roles", "guards", "actions"])
def test_the_catalogue_lists_everything_there_is(kmsgen: Kmsgen, subject: str) -> None:
    expected = list(ACTIONS) if subject == "actions" else list(Library().names(subject))  # type: ignore[arg-type]
    document = json.loads(kmsgen("catalog", subject, "--format", "json").out)
    assert document["format_version"] == "1"
    assert [one["name"] for one in document[subject]] == expected
    assert [line.split()[0] for line in kmsgen("catalog", subject).out.splitlines()] == expected
    for name in expected:
        page = kmsgen("catalog", subject, name)
        assert page.code == 0
        assert page.out.splitlines()[0] == name


def test_the_catalogue_finds_by_word_and_says_what_is_meant(kmsgen: Kmsgen) -> None:
    found = [line.split()[0] for line in kmsgen("catalog", "roles", "data").out.splitlines()]
    assert {"encrypt", "decrypt", "reencrypt"} <= set(found)
    assert "kms:Decrypt" in kmsgen("catalog", "actions", "decrypt").out
    ran = kmsgen("catalog", "roles", "encryptor")
    assert ran.code == 2
    assert "did you mean `encrypt`?" in ran.err


def test_a_page_of_the_catalogue_says_what_parameters_mean(kmsgen: Kmsgen) -> None:
    page = kmsgen("catalog", "guards", "network-only").out
    assert "vpces (vpce, one or several; optional)" in page
    assert "https://docs.aws.amazon.com/" in page


def test_every_field_and_every_form_of_an_entry_compiles(kmsgen: Kmsgen) -> None:
    path = Path(__file__).parent.parent / "blueprint" / "everything.yaml"
    document = yaml.load(path.read_text(), Cloudformation)
    said = {name.removeprefix("+") for key in (document["defaults"], *document["keys"].values()) for name in key}
    assert set(FIELDS) - said == {"services"}
    ran = kmsgen("generate", "-f", "terraform", "-f", "terraform-json", "--companion", str(path))
    assert (ran.code, ran.out) == (0, "")


def test_every_word_of_when_can_be_read_and_compiled() -> None:
    assert set(WORDS) == set(conditions._LOWER) == set(conditions._WORDS) | {"via"}
    assert set(PARAMETER_TYPES) == set(_TYPES)


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m kmsgen schema | head -c 2"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("{\n", "")
