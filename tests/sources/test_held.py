from __future__ import annotations

from pathlib import Path

from benchmarks.estate import name_of, write_blueprints, write_policies
from kmsgen.policy.model import Policy
from kmsgen.sources import load
from kmsgen.sources.held import Held
from kmsgen.sources.model import Options, SourceKey


def of(key: SourceKey) -> Policy:
    assert key.policy is not None
    return key.policy


def test_what_is_held_of_keys_is_the_same_to_a_comparison(tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", 2)
    write_blueprints(tmp_path / "blueprints", 2)
    for folder in ("policies", "blueprints"):
        whole, held = load(str(tmp_path / folder)), load(str(tmp_path / folder), Options(keep=Held()))
        assert held == whole
        origins = [[statement.origin for statement in of(key).statements] for key in held.keys]
        assert origins == [[statement.origin for statement in of(key).statements] for key in whole.keys]


def test_nothing_is_held_that_leads_to_the_text(tmp_path: Path) -> None:
    write_policies(tmp_path / "policies", 1)
    write_blueprints(tmp_path / "blueprints", 1)
    for folder in ("policies", "blueprints"):
        (key,) = load(str(tmp_path / folder), Options(keep=Held())).keys
        assert (key.at, key.place, key.resolve, key.accepted, key.expected) == (None, None, None, (), ())


def test_equal_parts_of_both_sides_are_held_once(tmp_path: Path) -> None:
    held = Held()
    sides = []
    for side in ("one", "other"):
        write_policies(tmp_path / side, 1)
        sides.append(load(str(tmp_path / side), Options(keep=held)).keys[0])
    one, other = sides
    assert one.name == other.name == name_of(0)
    for mine, theirs in zip(of(one).statements, of(other).statements, strict=True):
        assert mine.principals is theirs.principals
        assert mine.actions is theirs.actions
        assert mine.conditions is theirs.conditions
        assert mine.origin != theirs.origin
