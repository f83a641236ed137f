"""The schema for editors, held by real validators against everything that compiles and everything that does not."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from kmsgen.blueprint.document import TOP_LEVEL
from kmsgen.blueprint.expansion import FIELDS, LISTS
from kmsgen.blueprint.when import WORDS
from kmsgen.cli.schema import TYPES, schema_text
from kmsgen.errors import KmsgenError
from kmsgen.files import Input, read_text
from kmsgen.sources.blueprint import compiled
from kmsgen.templates import PARAMETER_TYPES, Kind, Library
from tests.compiler.test_properties import Cloudformation
from tests.conftest import Kmsgen
from tests.docs.walk import blocks
from tests.support import ROOT
from tests.test_mutations import EXAMPLES, Reader, Writer, mutated

MISTAKES = Path(__file__).parent.parent / "cli" / "mistakes"
LIBRARY = Library()

CAUGHT = frozenset(
    """
    accepted account-numbers anchor-bomb appending characters empty environments expectations for-each guards intrinsics
    no-version not-a-mapping pins principals references regions roles service-linked services settings statements
    unknown-fields when wrong-types wrong-version yaml-1.1
    """.split()
)
"""The files of mistakes that the schema refuses."""

BEYOND_SCHEMAS = {
    "cancelled": "what a guard takes away from an entry beside it is decided over all requests",
    "cancelled-delegation": "what a guard takes away from an entry beside it is decided over all requests",
    "duplicate-keys": "a name that stands twice is gone before a schema sees the file; editors tell of it themselves",
    "guard-parameters": "which addresses are private is arithmetic, and two numbers are compared across fields",
    "include-loop": "other files are not seen by a schema",
    "include-missing": "other files are not seen by a schema",
    "include-with-keys": "other files are not seen by a schema",
    "lockout": "who can change the policy is decided over all statements",
    "merge-keys": "a merge key is merged before a schema sees the file",
    "names-by-case": "names are compared with each other",
    "never": "which conditions can hold is decided over all requests",
    "no-account": "the account may come from defaults, an environment or an include",
    "not-yaml": "there is no document to look at; editors tell of it themselves",
    "renamed": "names are compared with each other",
    "variables": "which variables there are is said elsewhere in the file",
}
"""The others, each with the reason why no schema could."""


class Editor(Cloudformation):
    """YAML as editors read it: tags of any name, no dates of YAML 1.1."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in Cloudformation.yaml_implicit_resolvers.items()
}
Editor.add_constructor("!Nope", lambda loader, node: node.value)


@cache
def schema() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(schema_text(LIBRARY))
    jsonschema.Draft7Validator.check_schema(document)
    return document


@cache
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(schema())


def refusals(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(document)]


def parsed(text: str) -> Any:
    return yaml.load(text, Editor)


def shown_blueprints() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every whole blueprint that a page shows, with the templates of the page, by path."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        shown = list(blocks(page.read_text(encoding="utf-8")))
        own = {one.title: one.text for one in shown if one.title.startswith("templates/")}
        for one in shown:
            if one.language == "yaml" and "\nkeys:" in one.text and one.text.startswith("version: 1\n"):
                yield page.name, one.text, own


def test_every_example_is_valid() -> None:
    examples = [*EXAMPLES, *(ROOT / "blueprints").rglob("*.yaml")]
    assert {path.name: refused for path in examples if (refused := refusals(parsed(path.read_text())))} == {}


def test_every_blueprint_that_a_page_shows_is_valid(tmp_path: Path) -> None:
    shown = list(shown_blueprints())
    assert {"README.md", "blueprint.md", "writing-a-role.md"} <= {page for page, _, _ in shown}
    for page, text, own in shown:
        if not own:
            assert refusals(parsed(text)) == [], page
            continue
        for name, template in own.items():
            (tmp_path / page / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / page / name).write_text(template)
        library = Library([tmp_path / page / "templates"])
        assert jsonschema.Draft7Validator(json.loads(schema_text(library))).is_valid(parsed(text)), page
        assert refusals(parsed(text)) != [], page  # without its own template


def services() -> Iterator[dict[str, Any]]:
    """Every entry of a service that the services' own tests compile, as `{name: options}`."""
    for path in sorted((ROOT / "tests" / "services" / "cases").glob("*.yaml")):
        for case in parsed(path.read_text()).values():
            entry = case["entry"]
            yield entry if isinstance(entry, dict) else {entry: None}


def key_with(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "keys": {"orders": fields}}


def test_every_use_of_a_service_is_valid_in_each_of_its_forms() -> None:
    named = list(services())
    assert len(named) > 300
    spelt = [{"service": name, **(options or {})} for one in named for name, options in one.items()]
    bare = [name for one in named for name, options in one.items() if options is None]
    item = validator().evolve(schema={"$ref": "#/definitions/service", "definitions": schema()["definitions"]})
    one_each = {next(iter(one)): one for one in named}
    assert [one for one in [*named, *spelt[:: len(spelt) // 40], *bare] if not item.is_valid(one)] == []
    assert refusals(key_with(services=[*one_each.values()][:40])) == []


@pytest.mark.parametrize(
    ("field", "entry"),
    [
        ("services", "cloudtrail"),
        ("services", "cloudtrial"),
        ("services", {"cloudtrail": None}),
        ("services", {"cloudtrail": {"trial": "x"}}),
        ("services", {"cloudtrail": {"trail": 7}}),
        ("services", {"cloudtrail": {"trail": "x", "for": "role/App"}}),
        ("services", {"service": "cloudtrail"}),
        ("services", {"service": "cloudtrail", "trial": "x"}),
        ("services", {"service": "trail", "trail": ["x", 7]}),
        ("services", {"service": "nothing"}),
        ("guards", "network-only"),
        ("guards", {"guard": "network-only", "except": "role/App"}),
        ("guards", {"minimum-deletion-window": {"days": 300}}),
        ("guards", {"tls-only": {"when": {}}}),
        ("users", {"principal": "role/App", "can": "decrypted"}),
        ("users", "group/Admins"),
        ("users", {"role/App": {"mfa": True}}),
        ("allow_findings", {"rule": "no-such-rule", "reason": "x"}),
    ],
)
def test_what_a_template_or_rule_does_not_take_is_refused(field: str, entry: Any) -> None:
    assert refusals(key_with(**{field: []})) == []
    (refused,) = refusals(key_with(**{field: [entry]}))
    assert refused.startswith("$.keys.orders: ")


def test_every_file_of_mistakes_is_refused_or_beyond_any_schema() -> None:
    names = {path.stem for path in MISTAKES.glob("*.yaml")}
    assert names == CAUGHT | BEYOND_SCHEMAS.keys()
    assert not CAUGHT & BEYOND_SCHEMAS.keys()


@pytest.mark.parametrize("name", sorted(CAUGHT))
def test_a_mistake_that_a_schema_can_see_is_refused(name: str) -> None:
    assert refusals(parsed((MISTAKES / f"{name}.yaml").read_text()))


@pytest.mark.parametrize("name", sorted(BEYOND_SCHEMAS))
def test_a_mistake_beyond_schemas_is_in_the_right_list(name: str) -> None:
    if name != "not-yaml":
        assert refusals(parsed((MISTAKES / f"{name}.yaml").read_text())) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_whatever_compiles_is_valid(path: Path) -> None:
    example, dice = yaml.load(path.read_text(), Reader), random.Random(f"schema {path.stem}")
    # Nobody reads a default that every key replaces, and so nothing is said of what is wrong in it.
    for _ in range(12):
        text = yaml.dump(mutated(copy.deepcopy(example), dice), Dumper=Writer, allow_unicode=True, sort_keys=False)
        if _compiles(text, path) and "defaults" not in text:
            assert refusals(parsed(text)) == [], text


def _compiles(text: str, path: Path) -> bool:
    one = Input(path.as_posix(), "x", "x")
    try:
        compiled([(one, lambda name: text if name == one.path else read_text(name))], LIBRARY)
    except KmsgenError:
        return False
    return True


def test_everything_that_may_be_written_is_described() -> None:
    document = schema()
    definitions = document["definitions"]
    key = definitions["key"]["properties"]
    assert set(document["properties"]) == set(TOP_LEVEL)
    assert set(key) == {*FIELDS, *(f"+{name}" for name in LISTS)}
    assert set(definitions["when"]["properties"]) == set(WORDS)
    kinds: dict[Kind, str] = {"roles": "role", "services": "service", "guards": "guard"}
    for kind, label in kinds.items():
        for template in LIBRARY.all(kind):
            name = definitions[f"{label}.{template.name}.name"]
            assert name["enum"] == [template.name, *template.aliases]
            assert name["description"] == template.summary
            if label != "role":
                taken = definitions[f"{label}.{template.name}"]
                assert set(taken["properties"]) >= set(template.parameters)
                assert taken["description"] == template.summary
    undescribed = [
        f"{name}: {field}"
        for name, one in (("the file", document), *definitions.items())
        for field, said in one.get("properties", {}).items()
        if not said.get("description") and "$ref" not in said
    ]
    assert undescribed == []
    assert set(TYPES) == set(PARAMETER_TYPES)


def test_where_text_is_code_it_is_shown_as_code() -> None:
    undecorated = [
        name
        for name, one in schema()["definitions"]["key"]["properties"].items()
        if "`" in one["description"] and "markdownDescription" not in one
    ]
    assert undecorated == []


def test_patterns_are_those_of_javascript_too(tmp_path: Path) -> None:
    """check-jsonschema compiles every pattern as ECMAScript does, and reads YAML as another library."""
    (tmp_path / "schema.json").write_text(schema_text(LIBRARY), encoding="utf-8")
    blueprints = [str(path) for path in sorted((ROOT / "blueprints").glob("*.yaml")) if "!" not in path.read_text()]
    assert len(blueprints) > 10
    good = check_jsonschema(tmp_path / "schema.json", *blueprints)
    assert (good.returncode, good.stdout) == (0, "ok -- validation done\n")
    bad = check_jsonschema(tmp_path / "schema.json", str(MISTAKES / "settings.yaml"))
    assert bad.returncode == 1
    assert "$.keys.rotation.rotation" in bad.stdout or "$.keys" in bad.stdout


def check_jsonschema(schemafile: Path, *files: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schemafile), *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_template_of_ones_own_is_in_the_schema(kmsgen: Kmsgen, tmp_path: Path) -> None:
    own = tmp_path / "mine" / "roles" / "peek.yaml"
    own.parent.mkdir(parents=True)
    own.write_text((ROOT / "templates" / "roles" / "decrypt-only.yaml").read_text())
    ran = kmsgen("schema", "--templates", "mine", "--out", "editors/blueprint.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "wrote editors/blueprint.json\n")
    written = json.loads((tmp_path / "editors" / "blueprint.json").read_text())
    assert written["definitions"]["role.peek.name"]["enum"] == ["peek"]
    assert kmsgen("schema", "--templates", "nowhere").code == 2


def test_the_schema_is_the_same_each_time(kmsgen: Kmsgen) -> None:
    first, second = kmsgen("schema"), kmsgen("schema")
    assert first.out == second.out == schema_text(LIBRARY)
