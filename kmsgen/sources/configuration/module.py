"""The files of one Terraform module, put together: its resources, data, locals, variables and providers by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kmsgen.errors import KmsgenError, Problem, Problems
from kmsgen.sources.configuration import hcl, json_form
from kmsgen.sources.configuration.syntax import Attribute, Block, Body, Chunk, Span, Template, Text
from kmsgen.sources.files import CONFIGURATION, Files

_VALUES = (".auto.tfvars", ".auto.tfvars.json")
_OPENTOFU = (".tofu", ".tofu.json")
_OVERRIDES = ("override.tf", "override.tf.json", "_override.tf", "_override.tf.json")


@dataclass(frozen=True)
class Module:
    """What a module says."""

    files: Files
    resources: Mapping[str, Block] = field(default_factory=dict)
    """By address: `aws_kms_key.orders`, `data.aws_iam_policy_document.orders`."""
    locals: Mapping[str, Attribute] = field(default_factory=dict)
    variables: Mapping[str, Block] = field(default_factory=dict)
    given: Mapping[str, Attribute] = field(default_factory=dict)
    """The values of variables that stand in files which Terraform reads by itself."""
    providers: Mapping[str, Block] = field(default_factory=dict)
    """Configurations of the provider for AWS, by alias; without one, by the empty text."""
    calls: Mapping[str, Block] = field(default_factory=dict)
    """Calls of other modules."""
    twice: tuple[Problem, ...] = ()
    """What stands twice, which Terraform refuses."""
    bodies: tuple[Body, ...] = ()
    """The whole files."""


def parse(text: str, name: str) -> Body:
    """What a file says.

    Raises `KmsgenError` with every mistake and its place.
    """
    in_json = name.endswith(".json") or (not name.endswith(".tf") and text.lstrip().startswith("{"))
    return json_form.parse(text, name) if in_json else hcl.parse(text, name)


def read_module(files: Files) -> Module:
    """The module that is in a folder.

    Raises `KmsgenError` with every mistake in its files, and where there are files by which Terraform changes others.
    """
    problems = Problems()
    bodies: list[Body] = []
    for name in sorted(files.names):
        path = files.path(name)
        if name.endswith(_OVERRIDES) and (name in _OVERRIDES or "_override." in name):
            problems.error(f"`{path}` changes what other files say, and is not read", None, _HINT)
        elif name.endswith(_OPENTOFU):
            problems.error(f"`{path}` is OpenTofu's alone, and is not read", None, _HINT)
        elif name.endswith(CONFIGURATION):
            try:
                bodies.append(parse(files.read(path), path))
            except KmsgenError as error:
                problems.extend(error.problems)
    given = _given(files, problems)
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return put_together(files, bodies, given)


_HINT = "run `terraform show -json` of a plan, and give what it prints"


def put_together(files: Files, bodies: Iterable[Body], given: Mapping[str, Attribute]) -> Module:
    """The module that some files make, with values for its variables."""
    made, listed = _Gathering(), tuple(bodies)
    for body in listed:
        for block in body.blocks:
            made.take(block)
    return Module(
        files, made.resources, made.locals, made.variables, given, made.providers, made.calls, tuple(made.twice), listed
    )


def _given(files: Files, problems: Problems) -> dict[str, Attribute]:
    """The values of variables, as Terraform takes them: the last one that is said is taken."""
    first = [name for name in ("terraform.tfvars", "terraform.tfvars.json") if name in files.names]
    given: dict[str, Attribute] = {}
    for name in [*first, *sorted(one for one in files.names if one.endswith(_VALUES))]:
        path = files.path(name)
        try:
            text = files.read(path)
            body = json_form.parse_values(text, path) if name.endswith(".json") else hcl.parse(text, path)
            given |= body.attributes
        except KmsgenError as error:
            problems.extend(error.problems)
    return given


def with_values(module: Module, values: Mapping[str, str]) -> Module:
    """The module with the values that the user gives to its variables, read as Terraform's `-var` reads them.

    Raises `KmsgenError` for a value of a variable of another type than text that is no expression.
    """
    given, problems = dict(module.given), Problems()
    for name, value in values.items():
        if name not in module.variables:
            continue
        type_ = module.variables[name].body.attributes.get("type")
        if type_ is None or type_.value.span.written.strip('"') == "string":
            span = Span(Text(f"--parameter {name}", value), 0, len(value))
            given[name] = Attribute(name, span, Template(span, (Chunk(value, 0),)))
            continue
        try:
            given |= hcl.parse(f"{name} = {value}", f"--parameter {name}").attributes
        except KmsgenError as error:
            problems.extend(error.problems)
    if problems.errors:
        raise KmsgenError(*problems.errors)
    return replace(module, given=given)


class _Gathering:
    def __init__(self) -> None:
        self.resources: dict[str, Block] = {}
        self.locals: dict[str, Attribute] = {}
        self.variables: dict[str, Block] = {}
        self.providers: dict[str, Block] = {}
        self.calls: dict[str, Block] = {}
        self.twice: list[Problem] = []
        self._seen: dict[str, Span] = {}

    def take(self, block: Block) -> None:
        """Take one block of a file."""
        match block.type, block.labels:
            case "resource", (type_, name):
                self._put(self.resources, f"{type_}.{name}", block)
            case "data", (type_, name):
                self._put(self.resources, f"data.{type_}.{name}", block)
            case "variable", (name,):
                self._put(self.variables, name, block, f"var.{name}")
            case "module", (name,):
                self._put(self.calls, name, block, f"module.{name}")
            case "provider", ("aws",):
                alias = block.body.attributes.get("alias")
                self.providers[_literal(alias)] = block
            case "locals", _:
                for name, attribute in block.body.attributes.items():
                    if self._is_first(f"local.{name}", attribute.span):
                        self.locals[name] = attribute

    def _put(self, known: dict[str, Block], name: str, block: Block, shown: str | None = None) -> None:
        if self._is_first(shown or name, block.span):
            known[name] = block

    def _is_first(self, shown: str, span: Span) -> bool:
        first = self._seen.setdefault(shown, span)
        if first is not span:
            related = (("first here", first.at),)
            self.twice.append(Problem(f"`{shown}` stands twice in the module", span.at, None, related))
        return first is span


def _literal(attribute: Attribute | None) -> str:
    literal = getattr(attribute.value, "literal", None) if attribute is not None else None
    return literal or ""
