"""`kmsgen check` over several sources: what is accepted by the blueprint, by a baseline, and how one is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import BLUEPRINT, Kmsgen

USE = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/App"}, "Resource": "*"}
TWICE = [{"Sid": "A", "Action": "kms:Decrypt", **USE}, {"Sid": "A", "Action": "kms:Encrypt", **USE}]
SELECT = ("--select", "duplicate-sid,KMS6", "--today", "2026-06-01")


def policy(path: Path, statements: Sequence[object]) -> str:
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return path.name


@pytest.fixture
def foreign(tmp_path: Path) -> str:
    return policy(tmp_path / "orders.json", TWICE)


def test_a_baseline_is_written_and_then_accepts_what_it_holds(kmsgen: Kmsgen, foreign: str, tmp_path: Path) -> None:
    assert kmsgen("check", foreign, *SELECT).code == 1
    ran = kmsgen("check", foreign, *SELECT, "--write-baseline", "known.json")
    assert (ran.code, ran.err) == (0, "wrote 1 finding to known.json\n")
    assert kmsgen("check", foreign, *SELECT, "--baseline", "known.json").code == 0
    written = (tmp_path / "known.json").read_text()
    (tmp_path / "known.json").write_text(written.replace("known when the baseline was written", "see the wiki"))
    ran = kmsgen("check", foreign, *SELECT, "--write-baseline", "known.json")
    assert (ran.code, ran.err) == (0, "wrote 1 finding to known.json\n")
    assert json.loads((tmp_path / "known.json").read_text())["findings"][0]["reason"] == "see the wiki"


def test_what_is_mended_is_to_leave_the_baseline(kmsgen: Kmsgen, foreign: str, tmp_path: Path) -> None:
    kmsgen("check", foreign, *SELECT, "--write-baseline", "known.json")
    policy(tmp_path / foreign, TWICE[:1])
    ran = kmsgen("check", foreign, *SELECT, "--baseline", "known.json")
    assert ran.code == 1
    assert "known.json:4:5" in ran.out
    assert "`duplicate-sid` is accepted, and there is no such finding" in ran.out
    ran = kmsgen("check", foreign, *SELECT, "--write-baseline", "known.json")
    assert (ran.code, ran.err) == (0, "wrote 0 findings to known.json\n")


def test_what_cannot_be_accepted_is_still_told_when_a_baseline_is_written(
    kmsgen: Kmsgen, foreign: str, tmp_path: Path
) -> None:
    (tmp_path / "rails.yaml").write_text("version: 1\nguardrails:\n  x: {reason: r, never: {do: use}}\n")
    ran = kmsgen("check", foreign, *SELECT, "--guardrails", "rails.yaml", "--write-baseline", "known.json")
    assert (ran.code, ran.err) == (1, "wrote 1 finding to known.json\n")
    assert "the guardrail `x` does not hold" in ran.out


def test_nothing_is_written_where_a_source_cannot_be_read(kmsgen: Kmsgen, foreign: str, tmp_path: Path) -> None:
    ran = kmsgen("check", foreign, "nowhere.json", *SELECT, "--write-baseline", "known.json")
    assert ran.code == 2
    assert not (tmp_path / "known.json").exists()
    ran = kmsgen("check", foreign, *SELECT, "--write-baseline", "no/such/folder/known.json")
    assert (ran.code, "`no/such/folder/known.json` cannot be written" in ran.err) == (2, True)


def test_mistakes_of_all_files_are_told_at_once(kmsgen: Kmsgen, foreign: str, tmp_path: Path) -> None:
    (tmp_path / "rails.yaml").write_text("version: 1\n")
    (tmp_path / "known.json").write_text("[]")
    ran = kmsgen("check", foreign, "--guardrails", "rails.yaml", "--baseline", "known.json")
    assert (ran.code, ran.out) == (2, "")
    assert [line for line in ran.err.splitlines() if line.startswith("error:")] == [
        "error: known.json:1:1: a baseline is a mapping, not a list",
        "error: rails.yaml:1:1: the file has no `guardrails`",
    ]


def test_a_blueprint_that_accepts_what_it_cannot_is_told_at_its_line_and_other_sources_are_checked(
    kmsgen: Kmsgen, foreign: str, tmp_path: Path
) -> None:
    (tmp_path / "keys.yaml").write_text(f"{BLUEPRINT}    allow_findings: [{{rule: duplicate-sids, reason: r}}]\n".replace(
        "orders: {aliases: [orders], users: [role/App]}", "orders:\n    users: [role/App]"
    ))  # fmt: skip
    ran = kmsgen("check", "keys.yaml", foreign, *SELECT)
    assert ran.code == 2
    assert "duplicate-sid" in ran.out
    assert ran.err == (
        "error: keys.yaml:7:22: unknown rule `duplicate-sids`\n"
        "    7 |     allow_findings: [{rule: duplicate-sids, reason: r}]\n"
        "      |                      ^\n"
        "  hint: did you mean `duplicate-sid`?\n"
        "1 problem\n"
    )


def test_mistakes_in_what_a_blueprint_expects_accepts_and_asks_for_are_told_at_once(
    kmsgen: Kmsgen, tmp_path: Path
) -> None:
    (tmp_path / "keys.yaml").write_text(
        BLUEPRINT.replace("users: [role/App]", "users: [role/App], expect: {allow: role/App, to: decrypted}")
        + "  more: {users: [role/App], allow_findings: {rule: undecided, reason: r}, services: [nonesuch]}\n"
    )
    ran = kmsgen("check", "keys.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert [line.partition(": ")[2] for line in ran.err.splitlines() if line.startswith("error:")] == [
        "keys.yaml:5:80: unknown role `decrypted`",
        "keys.yaml:6:45: `undecided` cannot be accepted",
        "keys.yaml:6:86: unknown service `nonesuch`",
    ]


def test_what_a_blueprint_accepts_for_nothing_is_told_at_its_line(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(
        BLUEPRINT.replace("admins: [role/Admin]", "admins: [role/Admin], allow_findings: {rule: KMS421, reason: r}")
        + "  more: {users: [role/App]}\n"
    )
    ran = kmsgen("check", "keys.yaml", *SELECT)
    assert ran.code == 1
    assert ran.out.count("keys.yaml:3:") == ran.out.count("unused-suppression") == 1


EXPECTING = BLUEPRINT.replace(
    "users: [role/App]", "users: [role/App], expect: [{allow: role/App, to: decrypt}, {deny: role/App, to: encrypt}]"
)


def test_expectations_are_counted_and_reported_like_tests(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(EXPECTING)
    ran = kmsgen("check", "keys.yaml", "--select", "expectation-failed")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "1 key: 1 error in 1 of them; 1 of 2 expectations met")
    ran = kmsgen("check", "keys.yaml", "--select", "expectation-failed", "--format", "json")
    assert json.loads(ran.out)["summary"]["expectations"] == {"passed": 1, "failed": 1}
    ran = kmsgen("check", "keys.yaml", "--select", "expectation-failed", "--format", "junit")
    suite = ElementTree.fromstring(ran.out)[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [(case.get("name"), case.get("line"), len(case)) for case in suite] == [
        ("KMS604 expectation-failed: `role/App` is to be denied `encrypt`, and it is allowed `kms:Encrypt`: by"
         " `EncryptDecrypt`", "5", 1),
        ("expectation: `role/App` is allowed `decrypt`", "5", 0),
    ]  # fmt: skip


def test_what_is_stale_of_a_baseline_is_no_key_of_its_own(kmsgen: Kmsgen, foreign: str, tmp_path: Path) -> None:
    kmsgen("check", foreign, *SELECT, "--write-baseline", "known.json")
    policy(tmp_path / foreign, TWICE[:1])
    ran = kmsgen("check", foreign, *SELECT, "--baseline", "known.json")
    assert ran.out.splitlines()[-1] == "1 key: 1 warning"
