"""The page on guardrails: its example is the file beside it, every blueprint keeps to it, every word is explained."""

from __future__ import annotations

import re

import pytest

from kmsgen.analysis.guardrails.words import CAPABILITIES, EVERYBODY, KINDS, WORDS
from tests.conftest import Kmsgen
from tests.support import ROOT

PAGE = (ROOT / "docs" / "guardrails.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "guardrails.yaml"


def test_the_example_of_the_page_is_the_file() -> None:
    assert re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) == [EXAMPLE.read_text(encoding="utf-8")]


def test_every_blueprint_keeps_to_the_example(kmsgen: Kmsgen) -> None:
    rails = str(EXAMPLE.relative_to(ROOT))
    ran = kmsgen("check", "blueprints", "--guardrails", rails, "--select", "expectation-failed", cwd=ROOT)
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"\d+ keys: nothing found; (\d+) of \1 expectations met\n", ran.out)


@pytest.mark.parametrize("word", [*CAPABILITIES, *EVERYBODY, *KINDS, *WORDS])
def test_every_word_is_on_the_page(word: str) -> None:
    assert re.search(rf"^\|[^|]*`{word}[`:/]", PAGE, re.MULTILINE)
