"""The configuration that applies in a folder: what a file says, under what `KMSGEN_…` variables say."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kmsgen.cli.settings import SETTINGS, Value, unfit, variable
from kmsgen.errors import KmsgenError, Problem, Problems, did_you_mean
from kmsgen.files import read_text

_log = logging.getLogger(__name__)

_FILE, _PROJECT = "kmsgen.toml", "pyproject.toml"
_PREFIX = "KMSGEN_"
_OTHER_VARIABLES = ("KMSGEN_CONFIG", "KMSGEN_TRACEBACK")
_WORDS = tuple(variable(name).removeprefix(_PREFIX) for name in SETTINGS)
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


@dataclass(frozen=True)
class Configuration:
    """The settings that something was said about."""

    values: Mapping[str, Value]
    warnings: tuple[Problem, ...] = ()

    def parameters(self, command: str) -> dict[str, Any]:
        """What the parameters of a command are where no flag says it."""
        return {
            SETTINGS[name].parameters[command]: one.value
            for name, one in self.values.items()
            if command in SETTINGS[name].parameters
        }


def load(command: str, environment: Mapping[str, str], named: str | None = None) -> Configuration:
    """The configuration that applies to a command in the current folder; `named`: the file, instead of looking for it.

    The system's empty file, `/dev/null`, is none at all.

    Raises `KmsgenError` with everything that is wrong with the file and the variables.
    """
    problems = Problems()
    file = _find(Path.cwd()) if named is None else None if named == os.devnull else Path(named)
    values = dict[str, Value]()
    if file is not None:
        from kmsgen.cli.configuration_file import File  # reads TOML, which takes longer to import than all of this

        values.update(File(file, command, problems).values())
    values.update(_variables(environment, problems))
    if problems.errors:
        raise KmsgenError(*problems.errors)
    _log.debug("the configuration is %s", "nowhere" if file is None else f"`{_shown(file)}`")
    for name, one in values.items():
        if command in SETTINGS[name].parameters:
            _log.debug("`%s` is %s (%s)", name, json.dumps(one.value, ensure_ascii=False), one.origin)
    return Configuration(values, problems.warnings)


def _shown(file: Path) -> str:
    from kmsgen.cli.configuration_file import shown

    return shown(file)


def _find(folder: Path) -> Path | None:
    """The nearest file, from a folder up to the top of its git repository; outside of one, nobody else's is taken."""
    chain = (folder, *folder.parents)
    # Of os.path, which takes a folder above that may not be looked into for one without a repository.
    top = next((place for place, one in enumerate(chain) if os.path.exists(one / ".git")), 0)
    for one in chain[: top + 1]:
        if os.path.isfile(one / _FILE):
            return one / _FILE
        project = one / _PROJECT
        if os.path.isfile(project) and _concerns_us(project):
            return project
    return None


def _concerns_us(project: Path) -> bool:
    """Whether a `pyproject.toml` has settings of ours; most have no word of it, and are not read as TOML at all."""
    if "kmsgen" not in read_text(os.path.relpath(project)):
        return False
    from kmsgen.cli.configuration_file import has_settings

    return has_settings(project)


def _variables(environment: Mapping[str, str], problems: Problems) -> Iterator[tuple[str, Value]]:
    """What variables say; an empty one says nothing."""
    names = {variable(name): name for name in SETTINGS}
    for key in sorted(environment):
        said = environment[key].strip()
        if not said or not key.startswith(_PREFIX) or key in _OTHER_VARIABLES:
            continue
        if key not in names:
            # It may be somebody else's, unless it looks like a slip.
            if near := did_you_mean(key.removeprefix(_PREFIX), _WORDS, likeness=0.8):
                hint = near.replace("`", f"`{_PREFIX}", 1)
                problems.warning(f"`{key}` is no setting of kmsgen", hint=hint)
            continue
        setting = SETTINGS[names[key]]
        if setting.flag:
            if said.lower() not in (*_TRUE, *_FALSE):
                problems.error(f"`{key}` is `true` or `false`, not `{said}`")
            yield names[key], Value(said.lower() in _TRUE, key)
            continue
        words = [word.strip() for word in said.split(",") if word.strip()] if setting.many else [said]
        for word in words:
            if problem := unfit(key, setting, word):
                problems.add(problem)
        yield names[key], Value(words if setting.many else said, key)
