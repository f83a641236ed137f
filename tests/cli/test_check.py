"""`kmsgen check`: exit codes, whole reports beside mistakes, and how much of a folder is in memory at once."""

from __future__ import annotations

import json
import subprocess
import weakref
from pathlib import Path
from typing import Any, TextIO

import pytest

from kmsgen.analysis.engine import KeyFindings
from kmsgen.cli.reports import REPORTS, Counts, Run
from kmsgen.sources import SourceKey
from tests.conftest import BLUEPRINT, Kmsgen

ROOT = {"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
PUBLIC = {"Sid": "Use", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt"}
TEMPLATE = """\
Resources:
  Orders: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {"Fn::Transform": {Name: AWS::Include}}}}
"""


def write(path: Path, *statements: dict[str, Any]) -> None:
    path.parent.mkdir(exist_ok=True)
    listed = [{**one, "Resource": "*"} for one in statements]
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": listed}, indent=2))


def found(said: str) -> list[tuple[str, str, int | None]]:
    return [(one["source"], one["rule"], one["line"]) for one in json.loads(said)["findings"]]


@pytest.mark.parametrize(
    ("statements", "rule", "severity", "code"),
    [
        ([ROOT, PUBLIC], "public-access", "error", 1),
        ([ROOT, PUBLIC], "public-access", "note", 1),
        ([ROOT, ROOT], "duplicate-sid", "warning", 1),
        ([ROOT, ROOT], "duplicate-sid", "error", 0),
        ([ROOT, ROOT], "public-access", "note", 0),
    ],
)
def test_what_is_found_decides_the_exit_code(
    kmsgen: Kmsgen, tmp_path: Path, statements: list[dict[str, Any]], rule: str, severity: str, code: int
) -> None:
    write(tmp_path / "key.json", *statements)
    ran = kmsgen("check", "key.json", "--select", rule, "--severity", severity)
    assert (ran.code, ran.err) == (code, "")


@pytest.mark.parametrize("format_", REPORTS)
def test_a_report_is_whole_beside_files_that_cannot_be_read(kmsgen: Kmsgen, tmp_path: Path, format_: str) -> None:
    write(tmp_path / "keys" / "a.json", ROOT, PUBLIC)
    write(tmp_path / "keys" / "z.json", ROOT)
    alone = kmsgen("check", "keys", "--format", format_)
    (tmp_path / "keys" / "broken.json").write_text('{"Statement": [\n{"Effect": "No"}]}')
    (tmp_path / "keys" / "broken.yaml").write_text("version: 1\nkeys: {a: {}}\n")
    ran = kmsgen("check", "keys", "nowhere", "--format", format_)
    assert (ran.code, ran.out) == (2, alone.out)
    told = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert [line.removeprefix("error: ").split(":")[0] for line in told] == [
        "there is no file or folder `nowhere`", "keys/broken.json", "keys/broken.json", "keys/broken.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize("format_", REPORTS)
def test_where_nothing_can_be_read_there_is_no_report(kmsgen: Kmsgen, tmp_path: Path, format_: str) -> None:
    (tmp_path / "broken.json").write_text("{")
    ran = kmsgen("check", "broken.json", "--format", format_)
    assert (ran.code, ran.out) == (2, "")
    (tmp_path / "none.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n")
    ran = kmsgen("check", "none.yaml", "--format", format_)
    assert ran.code == 2
    assert "there are no keys to check" in ran.err


def test_keys_that_cannot_be_judged_have_a_finding_where_they_stand(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(TEMPLATE)
    ran = kmsgen("check", "stack.yaml", "--format", "json")
    assert (ran.code, found(ran.out)) == (1, [("stack.yaml", "unreadable-policy", 2)])


def test_what_is_to_be_said_of_a_source_is_said(kmsgen: Kmsgen, tmp_path: Path) -> None:
    write(tmp_path / "key.json", ROOT)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "commit", "--quiet", "--allow-empty", "-m", "a"], cwd=tmp_path, check=True)
    ran = kmsgen("check", "git:HEAD:nowhere", "key.json")
    assert (ran.code, ran.err) == (0, "note: git:HEAD: there is nothing at `nowhere` in that revision\n")


def test_a_file_whose_name_is_no_text_is_reported_by_it(kmsgen: Kmsgen, tmp_path: Path) -> None:
    name = b"\xff.json".decode("utf-8", "surrogateescape")
    write(tmp_path / name, ROOT, ROOT)
    for format_ in REPORTS:
        assert kmsgen("check", name, "--format", format_, "--select", "KMS4").code == 1
    assert found(kmsgen("check", name, "--format", "json", "--select", "duplicate-sid").out) == [
        (name, "duplicate-sid", 14)
    ]


def test_a_folder_is_checked_a_file_at_a_time(kmsgen: Kmsgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        write(tmp_path / "keys" / f"{number}.json", ROOT, {**PUBLIC, "Sid": f"Use{number}"})
        (tmp_path / "keys" / f"{number}.yaml").write_text(BLUEPRINT.replace("role/App", f"role/App{number}"))
        (tmp_path / "keys" / f"{number}.template").write_text(TEMPLATE)
    seen, alive = list[weakref.ref[SourceKey]](), list[int]()

    class Counting:
        def __init__(self, stream: TextIO, run: Run) -> None:
            pass

        def key(self, one: KeyFindings) -> None:
            seen.append(weakref.ref(one.key))
            alive.append(sum(key() is not None for key in seen))

        def end(self, counts: Counts) -> None:
            pass

    monkeypatch.setitem(REPORTS, "json", Counting)
    assert kmsgen("check", "keys", "--format", "json").code == 1
    assert len(seen) == 36
    # The one that is checked, and the one before it until it has been replaced.
    assert max(alive) <= 2
