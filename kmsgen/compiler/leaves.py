"""The values of a template: constants, names, and Jinja expressions, each filled natively.

YAML is parsed once; what fills a leaf is a Python value and never text that is parsed again, so that a value cannot
become structure. Jinja runs in its sandbox, without what could make it large: templates come from repositories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from kmsgen.policy.reference import Reference

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

Variables = Mapping[str, Any]
Leaf = Callable[[Variables], Any]

# One name alone is by far the most common leaf; it needs no Jinja, which is half of what starting up costs.
_NAME = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
# Methods that make nothing much larger than what they are given: `ljust`, `format` or `to_bytes` could fill the memory.
_METHODS = frozenset(
    "count endswith find get items keys lower lstrip partition removeprefix removesuffix rpartition rsplit rstrip split"
    " startswith strip title upper values".split()
)
_LONGEST = 1_000_000
"""How many characters the filter `replace` may make."""
_FILTERS = ("default", "first", "join", "last", "length", "list", "lower", "replace", "sort", "trim", "unique", "upper")


class LeafError(Exception):
    """A leaf that cannot be filled; the message says why."""


@cache
def compile_leaf(text: str) -> Leaf:
    """What fills the leaf `text`.

    Raises `LeafError` where its Jinja is malformed.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return lambda variables: text
    if (found := _NAME.fullmatch(text)) is not None:
        return _name(found[1])
    return _expression(text)


def _name(name: str) -> Leaf:
    def look_up(variables: Variables) -> Any:
        try:
            return variables[name]
        except KeyError:
            raise LeafError(_unknown(name)) from None

    return look_up


def _unknown(name: str) -> str:
    missing = {
        "region": "the key says no `region`, and the template needs it",
        "organization": "the blueprint says no `organization`, and the template needs it",
    }
    return missing.get(name, f"unknown name `{name}`")


def _expression(text: str) -> Leaf:
    import jinja2

    environment = _environment()
    try:
        tree = environment.parse(text)
        if any(not isinstance(node, jinja2.nodes.Output) for node in tree.body):
            raise LeafError("a template has expressions `{{ … }}` as values, and no Jinja statements or comments")
        template = environment.from_string(text)
    except jinja2.TemplateSyntaxError as error:
        raise LeafError(f"not a Jinja expression: {error.message}") from error

    def fill(variables: Variables) -> Any:
        try:
            value = environment.concat(template.root_render_func(template.new_context(dict(variables))))
            if isinstance(value, jinja2.Undefined):
                str(value)  # a strict undefined says here what it is that is not defined
        except jinja2.UndefinedError as error:
            name = re.match(r"'(\w+)' is undefined", str(error.message))
            raise LeafError(_unknown(name[1]) if name else str(error.message)) from error
        except LeafError:
            raise
        except Exception as error:
            # An expression can fail in as many ways as Python can, and each is the template's mistake, not ours.
            raise LeafError(f"the expression fails: {error}") from error
        return value

    return fill


def _join(values: Iterable[Any]) -> Any:
    """One value as it is; text and numbers side by side as text. Nothing is read again as Python or YAML."""
    parts = list(values)
    if len(parts) == 1:
        return parts[0]
    for part in parts:
        if isinstance(part, Reference) and part.arn is None:
            raise LeafError(f"`{part.name}` is only known to the stack, and cannot be part of a longer text")
        if not isinstance(part, str | int) or isinstance(part, bool):
            raise LeafError(f"a {type(part).__name__} cannot be part of a text")
    return "".join(str(part) for part in parts)


def _replace(text: Any, old: str, new: str) -> str:
    """Jinja's filter, within bounds: chained, it could multiply a text as often as it stands there."""
    if str(text).count(old) * len(new) > _LONGEST:
        raise LeafError(f"`replace` makes more than {_LONGEST:,} characters")
    return str(text).replace(old, new)


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.exceptions import SecurityError
    from jinja2.nativetypes import NativeCodeGenerator
    from jinja2.nodes import Impossible, TemplateData
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Native(NativeCodeGenerator):
        """Native values, constants too: folding would write `{{ [] }}` down as text."""

        def _output_child_to_const(self, node: Any, frame: Any, finalize: Any) -> Any:
            if not isinstance(node, TemplateData):
                raise Impossible
            return super()._output_child_to_const(node, frame, finalize)

    class Leaves(ImmutableSandboxedEnvironment):
        """Jinja's sandbox with native values and without operators that multiply."""

        code_generator_class = Native
        concat = staticmethod(_join)
        intercepted_binops = frozenset({"*", "**", "%"})

        def call(self, context: Any, called: Any, *args: Any, **named: Any) -> Any:
            if getattr(called, "__name__", None) not in _METHODS:
                raise SecurityError(f"`{getattr(called, '__name__', called)}` is not available in templates")
            return super().call(context, called, *args, **named)

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            raise SecurityError(f"`{operator}` is not available in templates")

    environment = Leaves(undefined=StrictUndefined, autoescape=False)
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.filters["replace"] = _replace
    environment.globals.clear()
    return environment
