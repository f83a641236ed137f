"""What the README shows is what happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.conftest import Kmsgen
from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_example_prints_what_the_readme_shows(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (text,), (shown,) = blocks("yaml"), blocks("json")
    (tmp_path / "orders.yaml").write_text(text)
    ran = kmsgen("generate", "--stdout", "orders.yaml")
    assert ran.code == 0
    assert json.loads(shown) in json.loads(ran.out)["Statement"]
    assert len(json.loads(ran.out)["Statement"]) == 3


def test_the_mistake_prints_what_the_readme_shows(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (text,), (shown,) = blocks("yaml"), blocks("text")
    mistaken = text.replace("        when: {via: dynamodb}\n", "        can: sign\n")
    (tmp_path / "orders.yaml").write_text(mistaken)
    ran = kmsgen("generate", "orders.yaml")
    assert (ran.code, ran.err) == (2, shown)


def test_the_comparison_prints_what_the_readme_shows(kmsgen: Kmsgen, tmp_path: Path) -> None:
    (text,), (shown,) = blocks("yaml"), blocks("console")
    (tmp_path / "old.yaml").write_text(text)
    (several, user) = re.findall(r"`(via: \[.*?\]|\{principal: .*?\})`", README)
    changed = text.replace("via: dynamodb", several) + f"      - {user}\n"
    (tmp_path / "orders.yaml").write_text(changed)
    ran = kmsgen("diff", "orders.yaml", "--current", "old.yaml")
    assert (ran.code, ran.out, ran.err) == (1, shown, "")


def test_the_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_commands_are_those_of_the_makefile() -> None:
    (shell,) = blocks("sh")
    makefile = (ROOT / "Makefile").read_text()
    for command in re.findall(r"^make (\w+)", shell, re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()


def test_the_counts_in_the_changelog_are_true() -> None:
    from kmsgen.templates import Library

    text = (ROOT / "CHANGELOG.md").read_text()
    for kind, word in (("roles", "roles"), ("guards", "guards"), ("root", "root modes")):
        assert f"{len(Library().names(kind))} {word}" in text  # type: ignore[arg-type]
