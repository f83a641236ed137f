"""Finds templates by name, the user's own before the shipped ones, and reads them.

A template is a YAML file whose header says what it is and bounds what it may do, and whose `statements` read as
key-policy statements with Jinja expressions as values.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from kmsgen import nodes
from kmsgen.errors import Location, Problem, Problems, TemplateError
from kmsgen.nodes import Mapping
from kmsgen.templates.header import Families, Header
from kmsgen.templates.model import Kind, Template

_log = logging.getLogger(__name__)

_FAMILIES = "services/families"
# One line of each file, because reading all of them takes a hundred times as long.
_ALIASES = re.compile(r"^aliases: \[([^\]]*)\]", re.MULTILINE)


def shipped_folder() -> Path:
    """The folder of the templates that come with kmsgen: inside a wheel, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_templates"
    return inside if inside.is_dir() else package.parent / "templates"


class Library:
    """Templates by kind and name; each is read when it is first asked for."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """`folders` are the user's own, the strongest first; the shipped ones come last."""
        self._folders = (*folders, shipped_folder())
        self._loaded: dict[tuple[Kind, str], Template | TemplateError] = {}

    def names(self, kind: Kind) -> tuple[str, ...]:
        """The names of all templates of a kind, sorted."""
        found = {path.stem for folder in self._folders for path in (folder / kind).glob("*.yaml")}
        return tuple(sorted(found))

    def find(self, kind: Kind, name: str) -> Template | None:
        """The template of that name or alias, or None where there is none.

        Raises `TemplateError` where its file is malformed.
        """
        if (kind, name) not in self._loaded:
            path = self._path(kind, name)
            if path is None:
                known = self.aliases.get(name) if kind == "services" else None
                return self.find(kind, known) if known else None
            try:
                shipped = path.is_relative_to(shipped_folder())
                _log.debug("uses the template `%s/%s` of %s", kind, name, "kmsgen" if shipped else f"`{path}`")
                self._loaded[kind, name] = load(kind, name, _read(path), _shown(path), self._family)
            except TemplateError as error:
                self._loaded[kind, name] = error
        found = self._loaded[kind, name]
        if isinstance(found, TemplateError):
            raise found
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What services may also be called, each with the name of its template."""
        found: dict[str, str] = {}
        for name in self.names("services"):
            path = self._path("services", name)
            line = _ALIASES.search(_read(path)) if path else None
            for alias in line[1].split(",") if line else ():
                if alias.strip():
                    found.setdefault(alias.strip(), name)
        return found

    def all(self, kind: Kind) -> Iterator[Template]:
        """Every template of a kind, sorted by name."""
        for name in self.names(kind):
            template = self.find(kind, name)
            if template is not None:
                yield template

    def _path(self, folder: str, name: str) -> Path | None:
        if "/" in name or "\\" in name or name.startswith("."):
            return None
        paths = (root / folder / f"{name}.yaml" for root in self._folders)
        return next((path for path in paths if path.is_file()), None)

    def _family(self, name: str) -> Mapping | None:
        """The shared part of that name, read anew for each use: templates are read once."""
        path = self._path(_FAMILIES, name)
        if path is None:
            return None
        root, problems = nodes.read(_read(path), _shown(path))
        if problems or not isinstance(root, Mapping):
            raise TemplateError(*problems or [Problem("a family is a mapping", Location(_shown(path), 1, 1))])
        return root


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(Problem(f"the template `{_shown(path)}` cannot be read: {error}")) from error


def _shown(path: Path) -> str:
    """How messages name a template's file: from `templates/` on where it is a shipped one."""
    try:
        return f"templates/{path.relative_to(shipped_folder()).as_posix()}"
    except ValueError:
        return path.as_posix()


def load(kind: Kind, name: str, text: str, file: str, family: Families = lambda name: None) -> Template:
    """The template that a text holds; `family` finds the shared part that it may name.

    Raises `TemplateError` with every mistake in its header.
    """
    root, problems = nodes.read(text, file)
    if problems:
        raise TemplateError(*problems)
    if not isinstance(root, Mapping):
        raise TemplateError(Problem("a template is a mapping", Location(file, 1, 1), "begin with `summary:`"))
    header = Header(Problems(), root, family)
    template = header.template(kind, name)
    if header.problems.errors:
        raise TemplateError(*header.problems.errors)
    return template
