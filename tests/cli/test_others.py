"""`catalog`, `--version`: the small commands."""

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


def test_the_version(kmsgen: Kmsgen) -> None:
    assert kmsgen("--version") == (0, f"kmsgen {__version__}\n", "")
    assert kmsgen("--version", "generate") == (0, f"kmsgen {__version__}\n", "")


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
