"""The examples in `blueprints/`, compiled once for all tests that look at them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kmsgen.blueprint import parse
from kmsgen.compiler.compile import compile_blueprint
from kmsgen.errors import Problems
from kmsgen.files import collect, read_text
from kmsgen.policy.key import Bundle
from kmsgen.templates import Library
from tests.support import ROOT

BLUEPRINTS = ROOT / "blueprints"
NOT_CLOUDFORMATION = {"existing-key"}


@cache
def bundles() -> tuple[Bundle, ...]:
    problems, library = Problems(), Library()
    made = [
        compile_blueprint(blueprint, library, problems, name=one.name, source=one.source)
        for one in collect([str(BLUEPRINTS)]).files
        for blueprint in parse(read_text(one.path), one.path, read_text, problems)
    ]
    assert not tuple(problems), "\n".join(map(str, problems))
    return tuple(bundle for bundle in made if bundle.keys)


NAMES = sorted(path.stem for path in Path(BLUEPRINTS).glob("*.yaml"))
