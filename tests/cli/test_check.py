"""`kmsgen check` as people call it: what it exits with, what it selects, and how it takes what it cannot read."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest

from kmsgen.sources import batches
from tests.conftest import Kmsgen

APP = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"}, "Resource": "*"}
TWICE = [{**APP, "Sid": "Use", "Action": "kms:Decrypt"}, {**APP, "Sid": "Use", "Action": "kms:Encrypt"}]


def write(folder: Path, name: str, statements: list[dict[str, Any]]) -> None:
    (folder / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--severity", "error"), 0),
        (("--ignore", "KMS421"), 0),
        (("--ignore", "KMS1,duplicate-sid"), 0),
        (("--select", "KMS6"), 0),
    ],
)
def test_the_exit_code_is_about_what_is_selected_and_how_bad_it_is(
    kmsgen: Kmsgen, tmp_path: Path, options: tuple[str, ...], code: int
) -> None:
    write(tmp_path, "key.json", TWICE)
    selected = options if "--select" in options else ("--select", "duplicate-sid", *options)
    assert kmsgen("check", "key.json", *selected).code == code


def test_unknown_rules_are_all_told_with_what_is_near(kmsgen: Kmsgen, tmp_path: Path) -> None:
    write(tmp_path, "key.json", TWICE)
    ran = kmsgen("check", "key.json", "--select", "duplicat-sid", "--ignore", "KMS999")
    assert (ran.code, ran.out) == (2, "")
    assert "unknown rule `duplicat-sid`" in ran.err
    assert "did you mean `duplicate-sid`?" in ran.err
    assert "unknown rule `KMS999`" in ran.err


def test_a_file_that_cannot_be_read_does_not_hide_what_is_found_in_others(kmsgen: Kmsgen, tmp_path: Path) -> None:
    write(tmp_path, "a.json", TWICE)
    (tmp_path / "b.json").write_text('{"Statement": [{"Effect": "Allw"}]}')
    ran = kmsgen("check", ".", "--select", "duplicate-sid")
    assert ran.code == 2
    assert "a.json:1:" in ran.out
    assert "[KMS421 duplicate-sid]" in ran.out
    assert "`Effect` is `Allow` or `Deny`, not `Allw`" in ran.err


def test_where_nothing_can_be_read_nothing_is_reported(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("{")
    ran = kmsgen("check", ".", "nowhere", "--format", "sarif")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no file or folder `nowhere`" in ran.err
    assert "b.json:1:2" in ran.err


def test_a_folder_without_keys_is_a_mistake(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert kmsgen("check", "empty").code == 2


def test_a_policy_that_is_not_known_fails_at_every_threshold(kmsgen: Kmsgen, tmp_path: Path) -> None:
    template = {
        "Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"Fn::Transform": {"Name": "AWS::Include"}}}}
    }
    (tmp_path / "stack.json").write_text(json.dumps(template))
    ran = kmsgen("check", "stack.json", "--severity", "error")
    assert ran.code == 1
    assert "[KMS601 unreadable-policy]" in ran.out


def test_a_finding_in_a_blueprint_stands_at_its_line(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(
        "version: 1\nkeys:\n  k:\n    account: '111122223333'\n    region: eu-west-1\n    admins: [role/A]\n    users:\n"
        "      - role/App\n      - user/Ann\n"
    )
    ran = kmsgen("check", "b.yaml", "--select", "user-principal", "--format", "json")
    assert [(one["source"], one["line"]) for one in json.loads(ran.out)["findings"]] == [("b.yaml", 8)]


def test_a_fingerprint_survives_lines_that_move_and_tells_findings_apart(kmsgen: Kmsgen, tmp_path: Path) -> None:
    def prints(statements: list[dict[str, Any]], indent: int | None) -> list[str]:
        (tmp_path / "key.json").write_text(
            json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=indent)
        )
        ran = kmsgen("check", "key.json", "--select", "duplicate-sid", "--format", "json")
        return [one["fingerprint"] for one in json.loads(ran.out)["findings"]]

    three = [*TWICE, {**APP, "Sid": "Use", "Action": "kms:Sign"}]
    first = prints(three, None)
    assert len(set(first)) == 2
    assert prints([{**APP, "Action": "kms:Verify"}, *three], 4) == first


def test_keys_are_let_go_of_file_by_file(tmp_path: Path) -> None:
    """Counted, not timed: of a folder of any size no more than one file's keys are held."""
    for number in range(40):
        write(tmp_path, f"key-{number:02}.json", TWICE)
    alive, most = list[weakref.ref[Any]](), 0
    for load in batches(str(tmp_path)):
        alive += [weakref.ref(key) for key in load().keys]
        gc.collect()
        most = max(most, sum(one() is not None for one in alive))
    assert len(alive) == 40
    assert most <= 1


def test_parts_of_a_folder_are_all_of_it(tmp_path: Path) -> None:
    from kmsgen.sources import load

    keys = [key for part in batches("blueprints") for key in part().keys]
    assert sorted(key.where for key in keys) == sorted(key.where for key in load("blueprints").keys)
