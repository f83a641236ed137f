"""Every mistake in a guardrails file is told, at once, with its place and what to write: each beside what it prints.

`KMSGEN_UPDATE=1` writes what is printed now; read the difference before committing it.
"""

from __future__ import annotations

import copy
import os
import random
from pathlib import Path

import pytest
import yaml

from kmsgen import KmsgenError, Problem, check, load_source
from kmsgen.analysis.guardrails.file import read_guardrails
from tests.conftest import Kmsgen
from tests.support import ROOT
from tests.test_mutations import LIBRARY, Reader, Writer, mutated

MISTAKES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_what_a_mistake_prints(kmsgen: Kmsgen, blueprint: Path, path: Path) -> None:
    ran = kmsgen("check", str(blueprint), "--guardrails", path.name, cwd=path.parent)
    golden = path.with_suffix(".txt")
    if os.environ.get("KMSGEN_UPDATE"):
        golden.write_text(ran.err)
    assert (ran.code, ran.out, ran.err) == (2, "", golden.read_text())


def test_the_same_name_in_two_files_is_told_with_both_places(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("version: 1\nguardrails:\n  x: {reason: r, never: {do: use}}\n")
    ran = kmsgen("check", str(blueprint), "--guardrails", "a.yaml", "--guardrails", "b.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: b.yaml:3:3: there is a guardrail `x` already\n"
        "    3 |   x: {reason: r, never: {do: use}}\n"
        "      |   ^\n"
        "  hint: rename one of them\n"
        "  first here: a.yaml:3:3\n"
        "1 problem\n"
    )


def test_a_file_that_is_not_there_is_told(kmsgen: Kmsgen, blueprint: Path) -> None:
    ran = kmsgen("check", str(blueprint), "--guardrails", "nowhere.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "`nowhere.yaml`" in ran.err


def test_a_role_of_ones_own_is_a_capability(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    (tmp_path / "mine" / "roles").mkdir(parents=True)
    (tmp_path / "mine" / "roles" / "read-data.yaml").write_text(
        "summary: Reads.\nsource: https://docs.aws.amazon.com/\nfor: [users]\nusage: [ENCRYPT_DECRYPT]\n"
        'across_accounts: no\ngrants: [kms:Decrypt]\nstatements:\n  - {Sid: R, Effect: Allow, Principal: "{{ principals }}",'
        ' Action: kms:Decrypt, Resource: "*", Condition: "{{ when }}"}\n'
    )
    (tmp_path / "rails.yaml").write_text("version: 1\nguardrails:\n  x: {reason: r, never: {do: read-data}}\n")
    ran = kmsgen("check", str(blueprint), "--guardrails", "rails.yaml", "--templates", "mine")
    assert ran.code == 1
    assert "the guardrail `x` does not hold: `arn:aws:iam::111122223333:role/App` may `kms:Decrypt`" in ran.out


def test_a_guardrail_that_is_for_no_key_is_told(kmsgen: Kmsgen, blueprint: Path, tmp_path: Path) -> None:
    (tmp_path / "rails.yaml").write_text(
        "version: 1\nguardrails:\n  x: {reason: r, never: {do: use}, keys: ordres}\n"
        "  y: {reason: r, never: {do: sign}, keys: {tags: {a: b}}}\n  z: {reason: r, never: {do: sign}, keys: orders}\n"
    )
    ran = kmsgen("check", str(blueprint), "--guardrails", "rails.yaml", "--select", "duplicate-sid")
    assert (ran.code, ran.out) == (0, "1 key: nothing found\n")
    assert ran.err == (
        "note: rails.yaml:3:3: the guardrail `x` is for none of these keys\n"
        "note: rails.yaml:4:3: the guardrail `y` is for none of these keys\n"
    )


def test_guardrails_apply_whichever_rules_are_selected_and_can_be_ignored(
    kmsgen: Kmsgen, blueprint: Path, tmp_path: Path
) -> None:
    (tmp_path / "rails.yaml").write_text("version: 1\nguardrails:\n  x: {reason: r, never: {do: use}}\n")
    common = ("check", str(blueprint), "--guardrails", "rails.yaml", "--select", "duplicate-sid")
    assert kmsgen(*common).code == 1
    ran = kmsgen(*common, "--ignore", "guardrail-broken")
    assert (ran.code, ran.out) == (0, "1 key: nothing found\n")


def test_whatever_stands_where_in_the_file_there_are_guardrails_or_mistakes_with_their_places(blueprint: Path) -> None:
    example = yaml.load((ROOT / "docs" / "examples" / "guardrails.yaml").read_text(encoding="utf-8"), Reader)
    roles = {role.name: role.bound for role in LIBRARY.all("roles")}
    (one,) = load_source(str(blueprint))
    dice, read, problems = random.Random("guardrails"), 0, list[Problem]()
    for _ in range(400):
        text = yaml.dump(mutated(copy.deepcopy(example), dice), Dumper=Writer, allow_unicode=True, sort_keys=False)
        try:
            guardrails = read_guardrails(text, "rails.yaml", roles)
        except KmsgenError as error:
            problems += error.problems
            continue
        read += 1
        assert [result.key for result in check([one], rules=["duplicate-sid"], guardrails=guardrails)] == [one]
    assert read > 20
    assert [one for one in problems if one.at is None or one.message.endswith(".")] == []
