"""Whatever stands where in a blueprint, there is a policy or a mistake with its place, and never another error.

Each example is taken as nodes; one to three of them are replaced, taken away, or moved to where they do not belong.
"""

from __future__ import annotations

import copy
import io
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from kmsgen.blueprint import parse
from kmsgen.cli import render
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.emitters import EMITTERS, emit
from kmsgen.emitters.artefact import Options
from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.files import read_text
from kmsgen.templates import Library
from tests.support import ROOT

EXAMPLES = [*sorted((ROOT / "blueprints").glob("*.yaml")), Path(__file__).parent / "blueprint" / "everything.yaml"]
LIBRARY = Library()
MUTATIONS = 60
"""For each example; with 1,000 for each nothing else was found when this was written."""


class Tagged:
    """A value with a tag of CloudFormation's."""

    def __init__(self, tag: str, value: Any) -> None:
        self.tag = tag
        self.value = value


class Reader(yaml.SafeLoader):
    """YAML whose scalars stay the text they are, and whose tags stay."""


class Writer(yaml.SafeDumper):
    """YAML without anchors, tags written back."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _tagged(loader: Any, suffix: str, node: Any) -> Tagged:
    if isinstance(node, yaml.ScalarNode):
        return Tagged(f"!{suffix}", loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return Tagged(f"!{suffix}", loader.construct_sequence(node, deep=True))
    return Tagged(f"!{suffix}", loader.construct_mapping(node, deep=True))


def _written(dumper: Any, tagged: Tagged) -> Any:
    if isinstance(tagged.value, str):
        return dumper.represent_scalar(tagged.tag, tagged.value)
    if isinstance(tagged.value, list):
        return dumper.represent_sequence(tagged.tag, tagged.value)
    return dumper.represent_mapping(tagged.tag, tagged.value)


Reader.add_multi_constructor("!", _tagged)
Writer.add_representer(Tagged, _written)
Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

STRANGE: list[Any] = [
    None, True, False, 0, -1, 10**20, 1.5, "", "x", "no", "*", "${", "${x}", "$${", "${environment}", "${aws:x}", "role/",
    "/", "root", "role/App", "arn:aws:iam::111122223333:role/App", "arn:", "sso/", "alias/aws/x", "é東", "\n", "2026-01-01",
    [], {}, [[]], [{}], {"x": {}}, [None], ["a", "a"], {"a": None}, {"principal": None}, {"principal": []},
    {"principal": ["role/App", ["x"]]}, [[["x"]]], {"a": {"b": {"c": 1}}}, {"Effect": "Allow"}, Tagged("!Ref", "x"),
    Tagged("!GetAtt", "A.Arn"), Tagged("!Sub", []), Tagged("!Sub", ["${x}", {}]), Tagged("!Foo", {}),
    {"raw": {"operator": "NumericLessThan", "key": "aws:MultiFactorAuthAge", "values": "abc"}},
    {"terraform": "a.b", "account": "x"}, {"cloudformation": Tagged("!Join", ["", [1]])}, "no-everyone-else",
    {"network-only": {"vpces": "vpce-0a1b2c3d"}},
]  # fmt: skip
MOVED = (
    "+admins", "+users", "for_each", "environments", "root", "deployer", "existing", "multi_region", "region", "spec", "usage",
    "statements", "guards", "services", "when", "pin", "can", "raw", "expect", "${each.key}",
)  # fmt: skip

Place = tuple[Any, ...]


def _places(node: Any, here: Place = ()) -> list[Place]:
    if isinstance(node, Tagged):
        return [here]
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [here, *(place for step, item in below for place in _places(item, (*here, step)))]


def _at(node: Any, place: Place) -> Any:
    for step in place:
        node = node[step]
    return node


def mutated(document: Any, dice: random.Random) -> Any:
    """The document with one to three things wrong with it, or right by chance."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        places = [place for place in _places(document) if place]
        place = dice.choice(places)
        parent, what = _at(document, place[:-1]), dice.random()
        if what < 0.15:
            del parent[place[-1]]
        elif what < 0.3 and isinstance(parent, dict):
            parent[dice.choice(MOVED)] = copy.deepcopy(_at(document, dice.choice(places)))
        else:
            parent[place[-1]] = copy.deepcopy(dice.choice(STRANGE))
    return document


def everything_made_of(text: str, path: str) -> list[Problem]:
    """Every problem that compiling and writing a blueprint in every format comes to."""
    problems = Problems()
    for blueprint in parse(text, path, read_text, problems):
        bundle = compile_blueprint(blueprint, LIBRARY, problems, name="x", source="x.yaml")
        for format_ in EMITTERS if bundle.keys else ():
            for options in (Options(companion=True), Options(emit="policy")):
                try:
                    for artefact in emit(format_, bundle, options):
                        artefact.text.encode()
                except KmsgenError as error:
                    problems.extend(error.problems)
    return list(problems)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_blueprint_with_anything_anywhere_is_compiled_or_its_mistakes_are_told(path: Path) -> None:
    example = yaml.load(path.read_text(encoding="utf-8"), Reader)
    dice = random.Random(path.stem)
    for _ in range(MUTATIONS):
        text = yaml.dump(mutated(copy.deepcopy(example), dice), Dumper=Writer, allow_unicode=True, sort_keys=False)
        problems = everything_made_of(text, path.as_posix())
        render.problems(problems, io.StringIO())
        for problem in problems:
            assert problem.at is not None, f"{problem.message}\n{text}"
            assert not problem.message.endswith("."), problem.message
