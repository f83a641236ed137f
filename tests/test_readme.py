"""What the README says of the project holds; its commands are run with those of the other pages."""

from __future__ import annotations

import re

from tests.support import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
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
