from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.checking import SETTINGS
from benchmarks.estate import mutated, name_of, policy, text_of, write_blueprints, write_policies
from benchmarks.peers import floor
from kmsgen.analysis.engine import check
from kmsgen.policy.read import read_policy
from kmsgen.policy.write import to_document
from kmsgen.semantics.compare import compare
from kmsgen.sources import load

FEW = 3


@pytest.fixture(params=[1, FEW], ids=["one file each", "all in one file"])
def blueprints(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    write_blueprints(tmp_path / "blueprints", FEW, request.param)
    return tmp_path / "blueprints"


def test_the_benchmark_keys_compile_to_the_policies_that_peers_build(blueprints: Path) -> None:
    made = {key.name: to_document(key.policy) for key in load(str(blueprints)).keys if key.policy is not None}
    assert made == {name_of(number): policy(name_of(number)) for number in range(FEW)}


def test_nothing_is_found_in_the_benchmark_keys(blueprints: Path) -> None:
    assert [one for key in check(load(str(blueprints)).keys, SETTINGS) for one in key.findings] == []


def test_the_floor_writes_the_same_files(blueprints: Path, tmp_path: Path) -> None:
    floor.build(blueprints, tmp_path / "out")
    written = {path.stem: path.read_text() for path in (tmp_path / "out").rglob("*.json")}
    assert written == {name_of(number): text_of(policy(name_of(number))) for number in range(FEW)}


def test_troposphere_builds_the_same_policies(tmp_path: Path) -> None:
    pytest.importorskip("troposphere", reason="troposphere is not installed: pip install '.[bench]'")
    pytest.importorskip("awacs", reason="awacs is not installed: pip install '.[bench]'")
    from benchmarks.peers import troposphere

    troposphere.build(FEW, tmp_path / "out")
    built = {path.stem: read_policy(json.loads(path.read_text())) for path in (tmp_path / "out").iterdir()}
    assert built == {name_of(number): read_policy(policy(name_of(number))) for number in range(FEW)}


@pytest.mark.parametrize(("number", "verdict"), [(0, "changed"), (1, "broader"), (2, "broader"), (3, "narrower")])
def test_every_mutated_policy_differs(number: int, verdict: str) -> None:
    name = name_of(number)
    assert compare(read_policy(policy(name)), read_policy(mutated(name, number))).verdict == verdict


def test_a_folder_of_policies_holds_the_same_keys(tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", FEW)
    held = {key.name: key.policy for key in load(str(tmp_path / "policies")).keys}
    assert held == {name_of(number): read_policy(policy(name_of(number))) for number in range(FEW)}
