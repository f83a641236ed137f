"""`out/` is what kmsgen makes of `blueprints/`: no drift, no orphans, and the tools it is for take it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.cli import manifest
from kmsgen.emitters import EMITTERS, emit
from kmsgen.emitters.artefact import Artefact, Options
from kmsgen.errors import OutputError
from kmsgen.policy.key import Bundle, Key
from kmsgen.policy.model import Policy
from kmsgen.policy.read import read_policy
from kmsgen.policy.reference import Reference
from kmsgen.policy.write import to_document
from tests.compiler.test_properties import Cloudformation, unescaped
from tests.conftest import Kmsgen, run
from tests.examples import NOT_CLOUDFORMATION, bundles
from tests.support import ROOT

OUT = ROOT / "out"
PAIRS = [(bundle, format_) for bundle in bundles() for format_ in EMITTERS]


def supported(bundle: Bundle, format_: str) -> bool:
    return not (format_.startswith("cloudformation") and bundle.name in NOT_CLOUDFORMATION)


def made(bundle: Bundle, format_: str) -> list[Artefact]:
    return list(emit(format_, bundle, Options(companion=True)))


@pytest.mark.parametrize(("bundle", "format_"), PAIRS, ids=[f"{bundle.name}-{format_}" for bundle, format_ in PAIRS])
def test_every_example_is_in_out_as_it_is_made_now(bundle: Bundle, format_: str) -> None:
    if not supported(bundle, format_):
        with pytest.raises(OutputError, match="does not manage"):
            made(bundle, format_)
        return
    for artefact in made(bundle, format_):
        assert (OUT / artefact.path).read_text(encoding="utf-8") == artefact.text


def test_nothing_else_is_in_out_and_the_manifest_lists_it_all() -> None:
    expected = {
        artefact.path for bundle, format_ in PAIRS if supported(bundle, format_) for artefact in made(bundle, format_)
    }
    there = {path.relative_to(OUT).as_posix() for path in OUT.rglob("*") if path.is_file()}
    assert there == expected | {"manifest.json"}
    entries = manifest.read(OUT)
    assert set(entries) == expected
    for path, entry in entries.items():
        assert manifest.digest((OUT / path).read_text(encoding="utf-8")) == entry.sha256
        for key in entry.keys:
            file, _, line = key["origin"].partition(":")
            written = (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
            assert key["key"].startswith(written.strip().split(":")[0].split("-${")[0])


def test_there_are_examples_of_every_kind() -> None:
    assert len({bundle.source for bundle in bundles()}) >= 12
    keys = [key for bundle in bundles() for key in bundle.keys]
    assert {"aws", "aws-us-gov"} <= {key.partition for key in keys}
    assert {"", "primary", "replica"} == {key.replication for key in keys}
    assert any(key.existing for key in keys)


def arn(policy: Policy) -> dict[str, Any]:
    """A policy as JSON data with its references as their ARNs."""
    return json.loads(json.dumps(to_document(policy)))  # type: ignore[no-any-return]


def resolved(data: Any, references: dict[str, str]) -> Any:
    """CloudFormation data with its parameters and imports replaced by the ARNs that they stand for."""
    if isinstance(data, list):
        return [resolved(item, references) for item in data]
    if isinstance(data, dict):
        function = next(iter(data), "")
        if len(data) == 1 and (function == "Ref" or function.startswith("Fn::")):
            return references[json.dumps(data)]
        return {name: resolved(item, references) for name, item in data.items()}
    return data


def references_of(bundle: Bundle) -> dict[str, str]:
    from kmsgen.words import camel

    found: dict[str, str] = {}
    for key in bundle.keys:
        for statement in key.policy.statements:
            for principal in statement.principals:
                if isinstance(principal.value, Reference):
                    reference = principal.value
                    found[json.dumps({"Ref": f"{camel(reference.name)}Arn"})] = str(reference)
                    found[json.dumps(reference.cloudformation)] = str(reference)
    return found


@pytest.mark.parametrize("bundle", bundles(), ids=lambda bundle: bundle.name)
def test_every_artefact_read_back_holds_the_policy_that_was_compiled(bundle: Bundle) -> None:
    for artefact in emit("json", bundle, Options()):
        (key,) = artefact.keys
        assert read_policy(json.loads(artefact.text)) == key.policy
    if not supported(bundle, "cloudformation"):
        return
    for format_, load in (
        ("cloudformation-json", json.loads),
        ("cloudformation", lambda text: yaml.load(text, Cloudformation)),
    ):
        for artefact in emit(format_, bundle, Options()):
            policies = [
                resource["Properties"]["KeyPolicy"]
                for resource in load(artefact.text)["Resources"].values()
                if "KeyPolicy" in resource["Properties"]
            ]
            assert [resolved(one, references_of(bundle)) for one in policies] == [
                arn(key.policy) for key in artefact.keys
            ]


@pytest.mark.parametrize("bundle", bundles(), ids=lambda bundle: bundle.name)
def test_terraform_json_read_back_holds_the_policy_that_was_compiled(bundle: Bundle) -> None:
    (artefact,) = emit("terraform-json", bundle, Options())
    resources = json.loads(artefact.text)["resource"]
    policies = [one["policy"] for type_, made in resources.items() if type_ != "aws_kms_alias" for one in made.values()]
    assert len(policies) == len(bundle.keys)
    literal = [json.loads(unescaped(one)) for one in policies if not one.startswith("${jsonencode(")]
    expected = [arn(key.policy) for key in bundle.keys]
    assert all(one in expected for one in literal)
    assert len(literal) == sum(
        not any(isinstance(p.value, Reference) for s in key.policy.statements for p in s.principals)
        for key in bundle.keys
    )


def jsonencoded(module: str) -> list[str]:
    """The arguments of `policy = jsonencode(…)` in a module, as they stand."""
    return re.findall(r"^  policy = (jsonencode\(\{.*?^  \}\))$", module, re.DOTALL | re.MULTILINE)


def test_terraform_evaluates_every_policy_to_exactly_the_json(
    evaluated: Callable[[dict[str, str]], dict[str, Any]],
) -> None:
    expressions: dict[str, str] = {}
    expected: dict[str, Any] = {}
    for bundle in bundles():
        (artefact,) = emit("terraform", bundle, Options())
        found = jsonencoded(artefact.text)
        keys = sorted(bundle.keys, key=lambda key: artefact.text.index(f'"{_label(bundle, key)}" {{'))
        assert len(found) == len(keys)
        for key, expression in zip(keys, found, strict=True):
            for name, value in _variables(key).items():
                expression = expression.replace(f"var.{name}", json.dumps(value))
            expressions[f"p{len(expressions)}"] = f"jsondecode({expression})"
            expected[f"p{len(expected)}"] = arn(key.policy)
    assert evaluated(expressions) == expected


def _label(bundle: Bundle, key: Key) -> str:
    from kmsgen.emitters.terraform_module import label

    return label(bundle, key)


def _variables(key: Key) -> dict[str, str]:
    from kmsgen.words import snake

    values = [principal.value for statement in key.policy.statements for principal in statement.principals]
    return {f"{snake(value.name)}_arn": str(value) for value in values if isinstance(value, Reference)}


def test_terraform_fmt_would_change_nothing(terraform: str) -> None:
    run(terraform, "fmt", "-check", "-recursive", str(OUT / "terraform"), cwd=ROOT)


def test_cfn_lint_finds_nothing() -> None:
    templates = sorted(
        str(path) for folder in ("cloudformation", "cloudformation-json") for path in (OUT / folder).rglob("*.*")
    )
    assert len(templates) > 40
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *templates], capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_generated_files_say_so_on_their_first_line() -> None:
    for path in [*(OUT / "terraform").rglob("*.tf"), *(OUT / "cloudformation").rglob("*.yaml")]:
        assert path.read_text(encoding="utf-8").startswith("# Generated by kmsgen from blueprints/")
    for path in (OUT / "terraform-json").rglob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["//"].startswith("Generated by kmsgen from blueprints/")


def test_no_statement_of_an_example_uses_a_wildcard_where_actions_could_be_named() -> None:
    for path in (OUT / "json").rglob("*.json"):
        for statement in json.loads(path.read_text(encoding="utf-8"))["Statement"]:
            if statement["Effect"] == "Allow":
                actions = statement["Action"]
                assert "*" not in "".join(actions if isinstance(actions, list) else [actions]), path


def test_the_tables_of_formats_agree() -> None:
    from kmsgen.cli.choices import Format

    assert [one.value for one in Format] == list(EMITTERS)


def test_whoever_generates_here_without_a_flag_makes_what_is_committed(kmsgen: Kmsgen) -> None:
    ran = kmsgen("generate", "--check", cwd=ROOT)
    assert (ran.code, ran.out) == (0, "")
    assert re.fullmatch(r"out is what the blueprints make: \d+ artefacts\n", ran.err)
