"""What people write of keys, as Terraform itself shows it: known is read, unknown until apply is said, nothing guessed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from kmsgen.sources import SourceKey, load
from tests.conftest import ABSENT, TERRAFORM, Kmsgen
from tests.terraform.workspace import Workspace, changes

OWN = "111122223333"
INNER = 'module.outer["{}"].module.inner[{}].aws_kms_key.this["{}"]'
TWICE = "its policy is said twice: by its own `policy` and by `aws_kms_key_policy.twice`"
ROLE = "unknown until apply, refers to aws_iam_role.app.arn"
DOCUMENT = "unknown until apply, refers to data.aws_iam_policy_document.late.json"
DEFAULT = "Enable IAM User Permissions"
MODULES = [(colour, number) for colour in ("blue", "green") for number in (0, 1)]

# Of each key: its one Sid or why there is no policy, first as planned, then as made; and its Region.
KEYS = {
    "aws_kms_key.apart": ("Root", "Root", "eu-west-1"),
    "aws_kms_key.apart_and_late": (ROLE, "Use", "eu-west-1"),
    "aws_kms_key.bare": (DEFAULT, DEFAULT, "eu-west-1"),
    "aws_kms_key.documented": ("Root", "Root", "eu-west-1"),
    "aws_kms_key.late": (DOCUMENT, "Use", "eu-west-1"),
    "aws_kms_key.primary": ("Root", "Root", "eu-west-1"),
    "aws_kms_key.primary_apart": ("Root", "Root", "eu-west-1"),
    "aws_kms_key.twice": (TWICE, "Use", "eu-west-1"),
    "aws_kms_replica_key.replica_apart": ("Replica", "Replica", "us-east-1"),
    "aws_kms_replica_key.inline": ("Root", "Root", "us-east-1"),
    **{INNER.format(*one, "known"): ("Known", "Known", None) for one in MODULES},
    **{INNER.format(*one, "late"): ("unknown until apply, refers to each.value", "Late", None) for one in MODULES},
}
UNKNOWN = {name for name, (planned, made, _) in KEYS.items() if planned != made}
ALIASES = {
    "aws_kms_key.primary": ("alias/primary",),
    "aws_kms_replica_key.inline": ("alias/replica",),
    **{INNER.format(*one, kind): (f"alias/{one[0]}-{one[1]}-{kind}",) for one in MODULES for kind in ("known", "late")},
}


class Shown(NamedTuple):
    """What `terraform show -json` says before and after."""

    plan: Path
    state: Path
    again: Path


@pytest.fixture(scope="module")
def shown(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Shown:
    if TERRAFORM is None:
        pytest.skip(ABSENT)
    folder = tmp_path_factory.mktemp("written") / "root"
    shutil.copytree(Path(__file__).parent / "written", folder)
    workspace = Workspace(TERRAFORM, folder, environment)
    workspace.run("get")
    plan = workspace.plan()
    workspace.apply()
    return Shown(plan, workspace.show(), workspace.plan("again"))


def keys(path: Path) -> dict[str, SourceKey]:
    return {key.name: key for key in load(str(path)).keys}


def said(key: SourceKey) -> str | None:
    return key.reason if key.policy is None else key.policy.statements[-1].sid


def test_a_plan_says_what_is_known_and_what_is_not_until_apply(shown: Shown) -> None:
    found = keys(shown.plan)
    assert {name: (said(key), key.facts.region) for name, key in found.items()} == {
        name: (planned, region) for name, (planned, _, region) in KEYS.items()
    }
    assert {name: key.aliases for name, key in found.items() if key.aliases} == ALIASES


def test_a_state_says_all(shown: Shown) -> None:
    found = keys(shown.state)
    assert {name: said(key) for name, key in found.items()} == {name: made for name, (_, made, _) in KEYS.items()}
    assert {(key.facts.account, key.facts.region) for key in found.values()} == {(OWN, "eu-west-1"), (OWN, "us-east-1")}
    assert {name: key.aliases for name, key in found.items() if key.aliases} == ALIASES
    multi_region = {key.key_id for name, key in found.items() if "primary" in name or "replica" in name}
    assert len(multi_region) == 2
    assert all(str(one).startswith("mrk-") for one in multi_region)


def test_an_arn_as_the_id_of_a_policys_key_is_a_change_in_every_plan(shown: Shown) -> None:
    assert changes(shown.again) == {"aws_kms_key_policy.apart_and_late": ["update"]}


@pytest.mark.parametrize("mode", ["any", "gains", "losses"])
@pytest.mark.parametrize("planned_first", [True, False])
def test_diff_fails_closed_on_what_is_unknown_until_apply(
    kmsgen: Kmsgen, shown: Shown, mode: str, planned_first: bool
) -> None:
    sides = (shown.plan, shown.state) if planned_first else (shown.state, shown.plan)
    ran = kmsgen("diff", str(sides[0]), "--current", str(sides[1]), "--fail-on", mode, "--format", "json")
    verdicts = {one["key"]: one["verdict"] for one in json.loads(ran.out)["keys"]}
    assert verdicts == {name: "unreadable" if name in UNKNOWN else "equal" for name in KEYS}
    assert ran.code == 1


def test_check_says_of_every_unknown_policy_that_it_is_not_judged(kmsgen: Kmsgen, shown: Shown) -> None:
    ran = kmsgen("check", str(shown.plan), "--format", "json", "--severity", "error")
    findings = json.loads(ran.out)["findings"]
    assert {one["key"] for one in findings if one["code"] == "KMS601"} == UNKNOWN
    assert ran.code == 1


def test_explain_says_of_every_unknown_policy_that_it_is_not_decided(kmsgen: Kmsgen, shown: Shown) -> None:
    ran = kmsgen("explain", str(shown.plan))
    assert ran.code == 0
    assert ran.out.count("not decided: ") == len(UNKNOWN)


def test_import_refuses_unknown_policies_and_takes_what_is_made(kmsgen: Kmsgen, shown: Shown) -> None:
    ran = kmsgen("import", str(shown.plan))
    assert (ran.code, ran.out, ran.err.count("has no policy that can be read")) == (2, "", len(UNKNOWN))
    ran = kmsgen("import", str(shown.state), "--out", "imported.yaml")
    assert ran.code == 0, ran.err
    ran = kmsgen("diff", "imported.yaml", "--current", str(shown.state), "--format", "json")
    assert {one["verdict"] for one in json.loads(ran.out)["keys"]} == {"equal"}
