"""The values of a template: constants, names, and Jinja expressions, each filled natively.

YAML is parsed once; what fills a leaf is a Python value and never text that is parsed again, so that a value cannot
become structure. Jinja runs in its sandbox, without what could make it large: templates come from repositories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from kmsgen.policy.reference import Reference

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

Variables = Mapping[str, Any]
Leaf = Callable[[Variables], Any]

# Names, alone or within a text, are nearly all leaves; they need no Jinja, which is half of what starting up costs.
_NAME = re.compile(r"\{\{\s*([a-z_]+)(?:\s*\|\s*([a-z_]+))?\s*\}\}")
# Methods that make nothing much larger than what they are given: `ljust`, `format` or `to_bytes` could fill the memory.
_METHODS = frozenset(
    "count endswith find get items keys lower lstrip partition removeprefix removesuffix rpartition rsplit rstrip split"
    " startswith strip title upper values".split()
)
_LONGEST = 1_000_000
"""How many characters the filter `replace` may make."""
_MOST_TEXTS = 10_000
"""How many texts the lists within one may make; a key policy has room for far fewer."""
_FILTERS = ("default", "first", "join", "last", "length", "list", "lower", "replace", "sort", "trim", "unique", "upper")


class LeafError(Exception):
    """A leaf that cannot be filled; the message says why."""


def _objects(buckets: Any) -> list[Any]:
    """Both forms in which S3 names a bucket's objects in an encryption context.

    With an S3 Bucket Key it is the bucket, without one the object.
    """
    listed = [] if buckets is None else buckets if isinstance(buckets, list | tuple) else [buckets]
    return [form for bucket in listed for form in (bucket, _join([bucket, "/*"]))]


def _account_of(arns: Any) -> Any:
    """The accounts that ARNs name, each once."""
    if arns is None:
        return None
    listed = list(arns) if isinstance(arns, list | tuple) else [arns]
    accounts = [str(arn).split(":", 5)[4] if str(arn).count(":") >= 5 else "" for arn in listed]
    if not all(accounts):
        raise LeafError("the account is only known to the stack")
    return list(dict.fromkeys(accounts)) if isinstance(arns, list | tuple) else accounts[0]


_OWN_FILTERS: dict[str, Callable[[Any], Any]] = {"account_of": _account_of, "objects": _objects}


@cache
def compile_leaf(text: str) -> Leaf:
    """What fills the leaf `text`.

    Raises `LeafError` where its Jinja is malformed.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return lambda variables: text
    return _names(text) or _expression(text)


def _names(text: str) -> Leaf | None:
    """What fills a text of nothing but names and constants; None where there is more in it."""
    rest = _NAME.sub("", text)
    filters = [found[2] for found in _NAME.finditer(text) if found[2]]
    if "{{" in rest or "{%" in rest or "{#" in rest or any(name not in _OWN_FILTERS for name in filters):
        return None
    pieces: list[str | Leaf] = []
    end = 0
    for found in _NAME.finditer(text):
        pieces += [piece for piece in (text[end : found.start()],) if piece]
        pieces.append(_name(found[1], found[2]))
        end = found.end()
    pieces += [piece for piece in (text[end:],) if piece]
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return pieces[0]
    return lambda variables: _join([piece if isinstance(piece, str) else piece(variables) for piece in pieces])


def _name(name: str, filter_: str | None) -> Leaf:
    def look_up(variables: Variables) -> Any:
        try:
            value = variables[name]
        except KeyError:
            raise LeafError(_unknown(name)) from None
        return value if filter_ is None else _OWN_FILTERS[filter_](value)

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
    """One value as it is; text and numbers side by side as text. Nothing is read again as Python or YAML.

    A list within a text makes one text for each of its items.
    """
    parts = list(values)
    if len(parts) == 1:
        return parts[0]
    if set(map(type, parts)) == {str}:
        return "".join(parts)
    if any(isinstance(part, list | tuple) for part in parts):
        choices = [part if isinstance(part, list | tuple) else [part] for part in parts]
        if prod(map(len, choices)) > _MOST_TEXTS:
            raise LeafError(f"the lists within the text make more than {_MOST_TEXTS:,} texts")
        if all(type(one) is str for choice in choices for one in choice):
            return list(map("".join, product(*choices)))
        return [_join([*combination, ""]) for combination in product(*choices)]
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
    environment.filters = {**{name: environment.filters[name] for name in _FILTERS}, **_OWN_FILTERS}
    environment.filters["replace"] = _replace
    environment.globals.clear()
    return environment
