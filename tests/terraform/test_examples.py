"""What is emitted of every example goes through Terraform: validated, planned, made, and nothing left to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kmsgen.emitters.terraform_module import label, resource_type
from kmsgen.policy.key import Key
from kmsgen.sources import load
from tests.conftest import Kmsgen
from tests.examples import bundles
from tests.support import ROOT
from tests.terraform.conftest import Estate
from tests.terraform.workspace import changes

SHOWN = ("plan", "state", "again", "json")


def test_every_example_is_made_and_then_has_nothing_left_to_change(estate: Estate) -> None:
    planned = changes(estate.plan)
    assert set(map(tuple, planned.values())) == {("create",)}
    assert {address.split(".")[1] for address in planned} == set(estate.modules)
    assert changes(estate.again) == {}


def test_the_json_is_planned_exactly_as_the_hcl(estate: Estate) -> None:
    assert planned(estate.json) == planned(estate.plan)


def planned(plan: Path) -> dict[str, Any]:
    """All that a plan makes, its policies as what they mean to JSON, and what it gives out."""
    shown = json.loads(plan.read_text(encoding="utf-8"))
    made = {one["address"]: one["change"] for one in shown["resource_changes"]}
    for change in made.values():
        if "policy" in change["after"]:
            change["after"]["policy"] = json.loads(change["after"]["policy"])
    return made


def keys_of_examples() -> dict[str, Key]:
    """Every key that the examples make or attach a policy to, by its address."""
    return {
        f"module.{bundle.name.replace('/', '-')}.{resource_type(key)}.{label(bundle, key)}": key
        for bundle in bundles()
        for key in bundle.keys
    }


@pytest.mark.parametrize("shown", SHOWN)
def test_every_key_is_read_back_with_its_place_from_what_terraform_shows(estate: Estate, shown: str) -> None:
    found = {key.name: key for key in load(str(getattr(estate, shown))).keys}
    wanted = keys_of_examples()
    assert found.keys() == wanted.keys()
    for address, key in wanted.items():
        attached = shown == "state" and key.existing is not None  # no configuration, no ARN: the id alone is there
        place = (None, key.region) if attached else (key.account, key.region)
        assert (found[address].facts.account, found[address].facts.region) == place, address
        assert (found[address].reason, found[address].aliases) == (None, key.aliases), address


@pytest.mark.parametrize("shown", SHOWN)
def test_diff_finds_every_example_equal_to_what_terraform_plans_and_made(
    kmsgen: Kmsgen, estate: Estate, shown: str
) -> None:
    ran = kmsgen("diff", "blueprints", "--current", str(getattr(estate, shown)), "--format", "json", cwd=ROOT)
    keys = json.loads(ran.out)["keys"]
    assert [one for one in keys if one["verdict"] != "equal" or one["attributes"]] == []
    assert (ran.code, len(keys)) == (0, len(keys_of_examples()))
