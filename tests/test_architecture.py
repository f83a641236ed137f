"""Who may import whom, and how large a module may be: the map of the project, held."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kmsgen"

EVERYTHING = {
    "errors", "_version", "words", "nodes", "json_text", "documents", "files", "catalog", "policy", "reading", "templates",
    "blueprint", "compiler", "semantics", "emitters", "sources", "changes", "analysis", "why",
    "importer",
}  # fmt: skip
MAY_IMPORT = {
    "errors": set(),
    "_version": set(),
    "words": set(),
    "nodes": {"errors"},
    "catalog": {"errors"},
    "json_text": {"errors", "nodes"},
    "documents": {"errors", "nodes", "json_text"},
    "policy": {"errors", "catalog", "documents"},
    "templates": {"errors", "nodes", "catalog"},
    "reading": {"errors", "nodes", "catalog", "policy"},
    "blueprint": {"errors", "nodes", "catalog", "policy", "reading"},
    "semantics": {"errors", "catalog", "policy"},
    "compiler": {"errors", "nodes", "catalog", "policy", "templates", "blueprint", "semantics", "words"},
    "emitters": {"errors", "catalog", "policy", "words"},
    "files": {"errors", "nodes"},
    "sources": {
        "errors",
        "nodes",
        "documents",
        "words",
        "files",
        "catalog",
        "policy",
        "templates",
        "blueprint",
        "compiler",
        "semantics",
    },
    "changes": {"errors", "catalog", "policy", "semantics", "sources"},
    "analysis": {"errors", "nodes", "documents", "catalog", "policy", "reading", "semantics", "sources"},
    "why": {"errors", "catalog", "policy", "semantics", "sources", "templates", "analysis"},
    "importer": {
        "errors",
        "nodes",
        "words",
        "catalog",
        "policy",
        "templates",
        "blueprint",
        "compiler",
        "semantics",
        "sources",
    },
    "api": EVERYTHING,
    "cli": EVERYTHING,
    "__main__": {"_version", "errors", "words", "cli"},
    "__init__": {"_version", "api"},
}
"""The parts of the package (modules and folders at its top), and which of the others each may import."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The full names of kmsgen's own modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.split(".")[0] == "kmsgen"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_what_its_part_may(path: Path) -> None:
    part = part_of(path)
    parts = {name.split(".")[1] for name in imported(path) if "." in name}
    known = {one for one in parts if (PACKAGE / one).is_dir() or (PACKAGE / f"{one}.py").is_file()}
    assert known - {part} <= MAY_IMPORT[part]


def test_every_part_is_in_the_table() -> None:
    assert {part_of(path) for path in MODULES} == set(MAY_IMPORT)


def test_no_module_is_in_an_import_cycle() -> None:
    names = {".".join(("kmsgen", *path.relative_to(PACKAGE).with_suffix("").parts)): path for path in MODULES}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    graph = {name: {one for one in imported(path) if one in names and one != name} for name, path in names.items()}
    # A package's own __init__ is loaded before its modules; naming the package is no import of what is beside.
    graph = {name: {one for one in ones if not name.startswith(f"{one}.")} for name, ones in graph.items()}
    finished: set[str] = set()

    def visit(name: str, chain: tuple[str, ...]) -> None:
        assert name not in chain, " → ".join((*chain[chain.index(name) :], name))
        if name not in finished:
            for one in sorted(graph[name]):
                visit(one, (*chain, name))
            finished.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_opens_with_one_sentence_and_stays_readable(path: Path) -> None:
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring
    assert docstring.split("\n\n")[0].rstrip().endswith(".")
    assert len(text.splitlines()) <= 330
