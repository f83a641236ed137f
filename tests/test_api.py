"""The library: every public name, used as its documentation says."""

from __future__ import annotations

import datetime
import inspect
import json
from pathlib import Path

import pytest

import kmsgen
from kmsgen import api

BLUEPRINT = """\
version: 1
accounts: {own: "111122223333"}
keys:
  orders: {account: own, region: eu-west-1, admins: [role/Admin], users: [role/App]}
"""


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(BLUEPRINT)
    (bundle,) = kmsgen.compile_file(path)
    (key,) = bundle.keys
    request = kmsgen.Request("arn:aws:iam::111122223333:role/App", "kms:Decrypt")
    assert kmsgen.evaluate(key.policy, request).access == "direct"
    (artefact,) = kmsgen.emit("json", bundle, kmsgen.Options())
    assert artefact.path == "json/orders/orders.json"
    assert kmsgen.read_policy(json.loads(artefact.text)) == key.policy
    assert kmsgen.to_document(key.policy) == json.loads(artefact.text)


def test_mistakes_are_raised_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(BLUEPRINT.replace("users", "usres"))
    with pytest.raises(kmsgen.KmsgenError) as error:
        kmsgen.compile_file(path)
    (problem,) = error.value.problems
    assert str(problem) == f"{path}:4:67: unknown field `usres` in key `orders` (did you mean `users`?)"
    assert str(error.value) == str(problem)


def test_every_public_name_is_documented_and_can_be_had_from_the_package() -> None:
    assert set(kmsgen.__all__) == {*api.__all__, "__version__"}
    for name in api.__all__:
        assert inspect.getdoc(getattr(kmsgen, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        kmsgen.nothing  # noqa: B018


def test_keys_are_loaded_from_any_source_and_compared(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(BLUEPRINT)
    (planned,) = kmsgen.load_source(str(path))
    assert planned.policy is not None
    (tmp_path / "orders.json").write_text(json.dumps(kmsgen.to_document(planned.policy)))
    (current,) = kmsgen.load_source(f"{tmp_path / 'orders.json'}#orders", account="111122223333")
    assert current.policy == planned.policy == kmsgen.read_policy_text((tmp_path / "orders.json").read_text(), "x")
    made = kmsgen.diff([planned], [current])
    assert [(one.pair.name, one.verdict, one.pair.by) for one in made.changes] == [("orders", "equal", "name")]


def test_keys_are_checked_against_rules_guardrails_and_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "orders.yaml"
    path.write_text(BLUEPRINT.replace("users: [role/App]", "users: [role/App], expect: {deny: role/App, to: decrypt}"))
    (tmp_path / "rails.yaml").write_text("version: 1\nguardrails:\n  x: {reason: r, never: {do: use}}\n")
    (tmp_path / "known.json").write_text('{"format_version": "1", "findings": []}')
    keys, rails = kmsgen.load_source(str(path)), kmsgen.load_guardrails(tmp_path / "rails.yaml")
    baseline = kmsgen.load_baseline(tmp_path / "known.json")
    today = datetime.date(2026, 6, 1)
    (result,) = kmsgen.check(keys, today=today, rules=["KMS604"], guardrails=rails, baseline=baseline)
    assert {one.rule for one in result.findings} == {"expectation-failed", "guardrail-broken"}
    assert [one.holds for one in result.expectations] == [False]
    (result,) = kmsgen.check(keys, today=today, rules=["duplicate-sid"])
    assert result.findings == ()
    with pytest.raises(kmsgen.KmsgenError, match="unknown rule `nope`"):
        kmsgen.check(keys, rules=["nope"])


def test_mistakes_in_files_of_guardrails_are_raised_together(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("version: 2\nguardrails:\n  x: {reason: r, never: {do: use}}\n")
    with pytest.raises(kmsgen.KmsgenError) as error:
        kmsgen.load_guardrails(tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "none.yaml")
    assert len(error.value.problems) == 3
