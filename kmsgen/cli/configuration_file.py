"""What a configuration file says: its settings, each held to its kind, and each mistake at its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kmsgen.cli.settings import SETTINGS, Setting, Value, unfit
from kmsgen.cli.toml_places import Places, read, table
from kmsgen.errors import KmsgenError, Problem, Problems, did_you_mean
from kmsgen.files import read_text

_PROJECT = "pyproject.toml"
_TABLE = ("tool", "kmsgen")
_KINDS = {bool: "a boolean", int: "an integer", float: "a number", str: "a string", list: "a list", dict: "a table"}


def shown(file: Path) -> str:
    """A file as messages name it: from the current folder, or from the top where that is shorter."""
    return min(Path(os.path.relpath(file)).as_posix(), file.as_posix(), key=len)


def has_settings(project: Path) -> bool:
    """Whether a `pyproject.toml` has a table of ours.

    Raises `BlueprintError` where it is no TOML.
    """
    return table(read(read_text(shown(project)), shown(project)), _TABLE) is not None


class File:
    """Reads the settings of one file, each held to its kind."""

    def __init__(self, file: Path, command: str, problems: Problems) -> None:
        """`command`: the one that runs, whose paths and rules must exist.

        Raises `KmsgenError` where the file cannot be read at all.
        """
        self._base = file.parent
        self._shown = shown(file)
        self._command = command
        self._problems = problems
        path = _TABLE if file.name == _PROJECT else ()
        text = read_text(self._shown)
        self._said = table(read(text, self._shown), path)
        self._places = Places(text, self._shown, path)
        if self._said is not None and not isinstance(self._said, dict):
            at = Places(text, self._shown, _TABLE[:1]).key(_TABLE[1])
            raise KmsgenError(Problem("`tool.kmsgen` is a table", at, "write `[tool.kmsgen]` above the settings"))

    def values(self) -> Iterator[tuple[str, Value]]:
        """The settings; what is wrong goes to the problems."""
        for name, said in (self._said or {}).items():
            setting = SETTINGS.get(name)
            if setting is None:
                hint = did_you_mean(name, SETTINGS) or f"the settings are {', '.join(f'`{one}`' for one in SETTINGS)}"
                self._problems.error(f"unknown setting `{name}`", self._places.key(name), hint)
            elif not _is_of(said, setting):
                kind = _KINDS.get(type(said), "a date or time")
                message = f"`{name}` is {setting.noun}, not {kind}"
                if isinstance(said, list) and setting.many:
                    message = f"`{name}` is {setting.noun}, and not every item is one"
                self._problems.error(message, self._places.key(name), _instead(name, said, setting))
            else:
                made = [self._one(name, setting, one) for one in (said if setting.many else [said])]
                yield name, Value(made if setting.many else made[0], self._shown)

    def _one(self, name: str, setting: Setting, said: Any) -> Any:
        """One value as the command takes it."""
        if setting.flag:
            return said
        made = said
        if setting.place:
            made = os.path.normpath(said if os.path.isabs(said) else os.path.relpath(self._base / said))
        problem = unfit(name, setting, said)
        if problem is None and self._command in setting.parameters:
            problem = self._missing(setting, made) or _unknown_rule(setting, said)
        if problem is not None:
            self._problems.add(replace(problem, at=self._places.item(name, said)))
        return made

    def _missing(self, setting: Setting, path: str) -> Problem | None:
        wanted = {"file": os.path.isfile, "folder": os.path.isdir, "any": os.path.exists}.get(setting.place)
        if wanted is None or wanted(path):
            return None
        noun = "file or folder" if setting.place == "any" else setting.place
        return Problem(f"there is no {noun} `{path}`", hint=f"paths are relative to the folder of `{self._shown}`")


def _unknown_rule(setting: Setting, word: str) -> Problem | None:
    if not setting.rules:
        return None
    from kmsgen.analysis.registry import selected  # every rule is a module, and only `check` needs them

    try:
        selected((word,), ())
    except KmsgenError as error:
        return error.problems[0]
    return None


def _is_of(said: Any, setting: Setting) -> bool:
    if setting.flag:
        return isinstance(said, bool)
    if setting.many:
        return isinstance(said, list) and all(isinstance(one, str) for one in said)
    return isinstance(said, str)


def _instead(name: str, said: Any, setting: Setting) -> str | None:
    """What to write, where that is plain."""
    if setting.many and isinstance(said, str):
        return f'write `{name} = ["{said}"]`'
    if setting.flag and isinstance(said, str) and said.lower() in ("true", "false"):
        return f"write `{name} = {said.lower()}`"
    if not setting.many and not setting.flag and type(said) is int:
        return f'write `{name} = "{said}"`'
    return None
