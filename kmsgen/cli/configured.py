"""How the command line comes by its configuration: read when a command asks for its first parameter, never for help."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cached_property
from inspect import cleandoc
from typing import Any, cast

import typer
from typer.core import TyperCommand
from typer.main import get_command_from_info
from typer.models import CommandInfo


class Command(TyperCommand):
    """A command whose parameters are worked out when they are first asked for, which takes longer than to import it.

    Its help is the same whatever the configuration says, also where that is wrong.
    """

    def __init__(self, name: str, function: Callable[..., None]) -> None:
        super().__init__(name, help=cleandoc(function.__doc__ or ""), rich_markup_mode=None)
        self._function = function
        del self.params, self.callback  # so that `__getattr__` is asked for them

    def __getattr__(self, attribute: str) -> Any:
        if attribute not in ("params", "callback"):
            raise AttributeError(attribute)
        info = CommandInfo(self.name, callback=self._function)
        whole = get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
        self.params, self.callback = whole.params, whole.callback
        return getattr(self, attribute)

    def get_help(self, ctx: Any) -> str:
        """The help, without a look at the configuration."""
        ctx.default_map = None
        return super().get_help(ctx)


class _Parameters(Mapping[str, Any]):
    """The parameters of one command that the configuration fills."""

    def __init__(self, command: str, file: str | None) -> None:
        self._command = command
        self._file = file

    @cached_property
    def _values(self) -> Mapping[str, Any]:
        from kmsgen.cli import configuration, render

        found = configuration.load(self._command, os.environ, self._file)
        render.problems(found.warnings, sys.stderr)
        return found.parameters(self._command)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def configure(context: typer.Context, file: str | None, *, quiet: bool, verbose: bool) -> None:
    """Give the command that follows its configuration, of `file` or of what is found, and settle how much is said."""
    from kmsgen.cli import render

    if quiet and verbose:
        raise typer.BadParameter("`--quiet` and `--verbose` do not go together")
    render.hush(quiet)
    if verbose:
        from kmsgen.cli import talk

        context.call_on_close(talk.aloud())
    command = context.invoked_subcommand
    if command is not None:
        context.default_map = cast(MutableMapping[str, Any], {command: _Parameters(command, file)})
