"""`kmsgen check` as people call it: what it exits with, what it selects, and how it takes what it cannot read."""

from __future__ import annotations

import json
import subprocess
import weakref
from pathlib import Path
from typing import Any, TextIO

import pytest

from kmsgen.analysis.engine import KeyFindings
from kmsgen.cli.reports import REPORTS, Counts, Run
from kmsgen.sources import SourceKey, batches, load
from tests.conftest import BLUEPRINT, Kmsgen

APP = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"}, "Resource": "*"}
PUBLIC = {"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}
TWICE = [{**APP, "Sid": "Use", "Action": "kms:Decrypt"}, {**APP, "Sid": "Use", "Action": "kms:Encrypt"}]
TEMPLATE = """\
Resources:
  Orders: {Type: AWS::KMS::Key, Properties: {KeyPolicy: {"Fn::Transform": {Name: AWS::Include}}}}
"""


def write(folder: Path, name: str, statements: list[dict[str, Any]]) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2))


def found(said: str) -> list[tuple[str, str, int | None]]:
    return [(one["source"], one["rule"], one["line"]) for one in json.loads(said)["findings"]]


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


@pytest.mark.parametrize("format_", REPORTS)
def test_a_report_is_whole_beside_files_that_cannot_be_read(kmsgen: Kmsgen, tmp_path: Path, format_: str) -> None:
    write(tmp_path, "keys/a.json", [PUBLIC])
    write(tmp_path, "keys/z.json", TWICE)
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


def test_keys_that_cannot_be_judged_have_a_finding_where_they_stand(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(TEMPLATE)
    for options, code in (((), 1), (("--select", "exposure"), 1), (("--ignore", "unreadable-policy"), 0)):
        ran = kmsgen("check", "stack.yaml", "--format", "json", *options)
        assert (ran.code, found(ran.out)) == (code, [("stack.yaml", "unreadable-policy", 2)] * code)


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


def test_a_folder_is_checked_a_file_at_a_time(kmsgen: Kmsgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        write(tmp_path, f"keys/{number}.json", [{**PUBLIC, "Sid": f"Use{number}"}])
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


def test_parts_of_a_folder_are_all_of_it(tmp_path: Path) -> None:
    keys = [key for part in batches("blueprints") for key in part().keys]
    assert sorted(key.where for key in keys) == sorted(key.where for key in load("blueprints").keys)


def test_what_is_to_be_said_of_a_source_is_said(kmsgen: Kmsgen, tmp_path: Path) -> None:
    write(tmp_path, "key.json", TWICE)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, "commit", "--quiet", "--allow-empty", "-m", "a"], cwd=tmp_path, check=True)
    ran = kmsgen("check", "git:HEAD:nowhere", "key.json", "--select", "public-access")
    assert (ran.code, ran.err) == (0, "note: git:HEAD: there is nothing at `nowhere` in that revision\n")


def test_a_file_whose_name_is_no_text_is_reported_by_it(kmsgen: Kmsgen, tmp_path: Path) -> None:
    name = b"\xff.json".decode("utf-8", "surrogateescape")
    write(tmp_path, name, TWICE)
    for format_ in REPORTS:
        assert kmsgen("check", name, "--format", format_, "--select", "KMS4").code == 1
    assert found(kmsgen("check", name, "--format", "json", "--select", "duplicate-sid").out) == [
        (name, "duplicate-sid", 19)
    ]


PRIMARY = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
ROOT = {**APP, "Sid": "Root", "Principal": {"AWS": "111122223333"}, "Action": "kms:*"}


def state(*resources: tuple[str, dict[str, Any]]) -> str:
    """What Terraform shows of a state, of resources by kind."""
    made = [
        {"address": f"{kind}.one", "mode": "managed", "type": kind, "name": "one", "values": values}
        for kind, values in resources
    ]
    return json.dumps({"format_version": "1.0", "values": {"root_module": {"resources": made}}})


@pytest.fixture
def replicas(tmp_path: Path) -> None:
    """A primary in a state, and a replica of it in a template, which lets somebody else in."""
    kept = json.dumps({"Version": "2012-10-17", "Statement": [ROOT]})
    values = {"arn": PRIMARY, "key_id": PRIMARY.rpartition("/")[2], "multi_region": True, "policy": kept}
    (tmp_path / "state.json").write_text(state(("aws_kms_key", values)))
    policy = {"Version": "2012-10-17", "Statement": [ROOT, {**APP, "Action": "kms:CreateGrant"}]}
    replica = {"Type": "AWS::KMS::ReplicaKey", "Properties": {"PrimaryKeyArn": {"Ref": "Primary"}, "KeyPolicy": policy}}
    template = {"Parameters": {"Primary": {"Type": "String"}}, "Resources": {"Replica": replica}}
    (tmp_path / "stack.json").write_text(json.dumps(template))


GIVEN = ("--account", "111122223333", "--region", "us-east-1", "--parameter", f"Primary={PRIMARY}")


@pytest.mark.parametrize("sources", [("state.json", "stack.json"), ("stack.json", "state.json"), (".",)])
@pytest.mark.usefixtures("replicas")
def test_a_replica_is_held_against_its_primary_in_another_source(kmsgen: Kmsgen, sources: tuple[str, ...]) -> None:
    ran = kmsgen("check", *sources, *GIVEN, "--select", "replica-differs", "--format", "json")
    document = json.loads(ran.out)
    (one,) = document["findings"]
    assert (ran.code, ran.err, document["summary"]["keys"]) == (1, "", 2)
    assert (one["key"], one["source"].removeprefix("./"), one["message"]) == (
        "Replica", "stack.json",
        "the policy allows what that of `aws_kms_key.one` does not: `kms:CreateGrant` for `role/App of 111122223333`",
    )  # fmt: skip


@pytest.mark.usefixtures("replicas")
def test_what_a_replica_differs_in_can_stand_in_a_baseline(kmsgen: Kmsgen) -> None:
    asked = ("check", "state.json", "stack.json", *GIVEN, "--select", "replica-differs,unused-suppression")
    assert kmsgen(*asked, "--write-baseline", "known.json").code == 0
    assert kmsgen(*asked, "--baseline", "known.json").out == "2 keys: nothing found; 1 accepted\n"


@pytest.mark.usefixtures("replicas")
def test_a_replica_whose_primary_is_not_there_is_named(kmsgen: Kmsgen) -> None:
    said = "note: the replica `Replica` is held against no primary: no source has a key that is known to be it\n"
    assert kmsgen("check", "stack.json", *GIVEN, "--select", "KMS510").err == said
    assert kmsgen("check", "state.json", "stack.json", *GIVEN[:4], "--select", "KMS510").err == said
    assert kmsgen("check", "stack.json", *GIVEN, "--select", "KMS101").err == ""
