"""The parameters that a blueprint gives a template, each held to its type; what is missing gets its default."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from kmsgen.blueprint.grammar import RefusedError
from kmsgen.blueprint.model import Given, TemplateEntry, Who
from kmsgen.blueprint.when import is_private
from kmsgen.catalog.principals import ORGANIZATION, REGION, VPC, VPCE
from kmsgen.compiler.arns import RefusedValueError, arn_of, is_name
from kmsgen.compiler.context import Context
from kmsgen.compiler.leaves import LeafError, compile_leaf
from kmsgen.errors import did_you_mean
from kmsgen.policy.reference import Reference
from kmsgen.templates import Parameter, Template

_NAMED = ("arn", "bucket")
"""Types of which a value may be a name, an ARN, or a reference into a stack."""


def fill(context: Context, template: Template, entry: TemplateEntry) -> dict[str, Any] | None:
    """A value for every parameter of a template; None, with problems, where one cannot be had."""
    before, meant = len(context.problems.errors), set[str]()
    for name in entry.parameters.keys() - template.parameters.keys():
        near = did_you_mean(name, template.parameters)
        known = ", ".join(f"`{one}`" for one in template.parameters)
        hint = near or (f"it takes {known}" if known else "it takes no parameters")
        context.problems.error(f"`{template.name}` has no parameter `{name}`", entry.names[name], hint)
        meant |= {one for one in template.parameters if near and f"`{one}`" in near}
    values: dict[str, Any] = {}
    for name, parameter in template.parameters.items():
        misspelt = name in meant and name not in entry.parameters  # told above
        values[name] = None if misspelt else _value(context, template, entry, parameter, values)
    if template.one_of and not any(name in entry.parameters for name in template.one_of):
        wanted = ", ".join(f"`{name}`" for name in template.one_of)
        context.problems.error(f"`{template.name}` is given none of {wanted}", entry.at, "give at least one of them")
    return None if len(context.problems.errors) > before else values


def _value(
    context: Context, template: Template, entry: TemplateEntry, parameter: Parameter, before: dict[str, Any]
) -> Any:
    given = entry.parameters.get(parameter.name)
    if given is not None:
        items = given.value if isinstance(given.value, tuple) else (given,)
        if isinstance(given.value, tuple) and not parameter.many:
            context.problems.error(f"`{parameter.name}` is one value, not a list", given.at)
            return None
        values = [value for item in items for value in _checked(context, parameter, item)]
        if not items:
            context.problems.error(f"`{parameter.name}` is an empty list", given.at, "leave it out, or give a value")
        return values if parameter.many else next(iter(values), None)
    if parameter.required:
        message = f"`{template.name}` needs `{parameter.name}`: {parameter.summary.rstrip('.')}"
        context.problems.error(message, entry.at, f"add `{parameter.name}: …`")
        return None
    return _default(context, template, entry, parameter, before)


def _default(
    context: Context, template: Template, entry: TemplateEntry, parameter: Parameter, before: dict[str, Any]
) -> Any:
    """The default, which may be made of the parameters before."""
    if parameter.default is None:
        return None
    try:
        value = compile_leaf(str(parameter.default))({**context.variables, **before})
    except LeafError as error:
        hint = f"give `{parameter.name}` here, or mend that"
        context.problems.error(f"`{template.name}`: {error}", entry.at, hint)
        return None
    if parameter.type == "boolean":
        value = value is True or value == "true"
    if parameter.type == "integer":
        value = int(value)
        if (wrong := _out_of_range(parameter, value)) is not None:
            message = f"`{template.name}`: `{parameter.name}` would be {value}: {wrong}"
            context.problems.error(message, entry.at, f"give `{parameter.name}` here, or leave `{template.name}` out")
    if parameter.type in _NAMED and value is not None:
        return _default_arns(context, template, entry, parameter, value)
    return [value] if parameter.many and not isinstance(value, list) else value


def _default_arns(context: Context, template: Template, entry: TemplateEntry, parameter: Parameter, value: Any) -> Any:
    names = value if isinstance(value, list) else [value]
    try:
        arns = [arn_of(context.key, parameter, name, wildcards=True) for name in names]
    except RefusedValueError as refused:
        context.problems.error(f"`{template.name}`: {refused.message}", entry.at, refused.hint)
        return None
    return arns if parameter.many else arns[0]


def _checked(context: Context, parameter: Parameter, given: Given) -> list[Any]:
    try:
        if isinstance(given.value, Reference) and parameter.type not in _NAMED:
            raise RefusedValueError("a reference into a stack cannot stand here", "write the value itself")
        value = _TYPES[parameter.type](context, parameter, given)
    except RefusedValueError as refused:
        context.problems.error(f"`{parameter.name}`: {refused.message}", given.at, refused.hint)
        return []
    return value if isinstance(value, list) else [value]


def _string(context: Context, parameter: Parameter, given: Given) -> Any:
    if not isinstance(given.value, str):
        raise RefusedValueError("expected a string", "put it in quotes")
    return given.value


def _integer(context: Context, parameter: Parameter, given: Given) -> Any:
    if not isinstance(given.value, int) or isinstance(given.value, bool):
        raise RefusedValueError("expected a whole number", "write it without quotes")
    wrong = _out_of_range(parameter, given.value)
    if wrong is not None:
        raise RefusedValueError(wrong, f"write a number from {parameter.minimum} to {parameter.maximum}")
    return given.value


def _out_of_range(parameter: Parameter, value: int) -> str | None:
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return f"{value} is not from {low} to {high}"
    return None


def _boolean(context: Context, parameter: Parameter, given: Given) -> Any:
    if not isinstance(given.value, bool):
        raise RefusedValueError("expected `true` or `false`", "write it without quotes")
    return given.value


def _shaped(shape: re.Pattern[str], what: str, example: str) -> Callable[[Context, Parameter, Given], Any]:
    def check(context: Context, parameter: Parameter, given: Given) -> Any:
        if not isinstance(given.value, str) or not shape.fullmatch(given.value):
            raise RefusedValueError(f"`{given.value}` is not {what}", f"write it like `{example}`")
        return given.value

    return check


def _cidr(context: Context, parameter: Parameter, given: Given) -> Any:
    try:
        network = ipaddress.ip_network(str(given.value))
    except ValueError:
        raise RefusedValueError(f"`{given.value}` is no address range", "write it like `203.0.113.0/24`") from None
    if network.prefixlen == 0:
        raise RefusedValueError(f"`{given.value}` is every address", "name the network")
    if is_private(network):
        raise RefusedValueError(f"`{given.value}` is private: no request comes from there", "use `vpces` or `vpcs`")
    return given.value


def _account(context: Context, parameter: Parameter, given: Given) -> Any:
    accounts = context.key.directory.grammar
    number = accounts.account_number(str(given.value))
    if number is None:
        raise RefusedValueError(f"unknown account `{given.value}`", did_you_mean(str(given.value), accounts.accounts))
    return number


def _principal(context: Context, parameter: Parameter, given: Given) -> list[str]:
    """What `aws:PrincipalArn` of the principal's requests looks like."""
    try:
        return arn_patterns(context.key.directory.find(str(given.value), given.at))
    except RefusedError as refused:
        raise RefusedValueError(refused.message, refused.hint) from None


def _caller(context: Context, parameter: Parameter, given: Given) -> Who:
    """Somebody whom a statement will name."""
    if not isinstance(given.value, str):
        raise RefusedValueError("expected a principal", "write it like `role/NAME`")
    try:
        who = context.key.directory.find(given.value, given.at)
    except RefusedError as refused:
        raise RefusedValueError(refused.message, refused.hint) from None
    if who.kind == "root" and who.account == context.key.account:
        hint = "say what the key's own account may do with `root:`"
        raise RefusedValueError(f"`{who.text}` is the whole account, not a principal of it", hint)
    return who


def _arn(context: Context, parameter: Parameter, given: Given) -> str:
    if not isinstance(given.value, str):
        raise RefusedValueError("expected a name or an ARN", "put it in quotes")
    return arn_of(context.key, parameter, given.value)


def _name(context: Context, parameter: Parameter, given: Given) -> str:
    if not isinstance(given.value, str):
        raise RefusedValueError("expected a name", "put it in quotes")
    if not is_name(given.value, wildcards=parameter.wildcards):
        raise RefusedValueError(f"`{given.value}` is no name", "letters, digits and `_.@/+=,:#-`")
    return given.value


def arn_patterns(who: Who) -> list[str]:
    """What `aws:PrincipalArn` of a principal's requests looks like; of a session, that of its role."""
    return list(who.patterns) or session_role(who.arn) or [who.arn]


def session_role(arn: str) -> list[str]:
    """What the role of a session is called, whose path the session's ARN leaves out; nothing for other ARNs."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("assumed-role/"):
        return []
    role = parts[5].split("/")[1]
    return [f"arn:{parts[1]}:iam::{parts[4]}:role/{path}{role}" for path in ("", "*/")]


_TYPES: dict[str, Callable[[Context, Parameter, Given], Any]] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "cidr": _cidr,
    "vpc": _shaped(VPC, "a VPC", "vpc-0a1b2c3d"),
    "vpce": _shaped(VPCE, "a VPC endpoint", "vpce-0a1b2c3d"),
    "account": _account,
    "organization": _shaped(ORGANIZATION, "an organization id", "o-a1b2c3d4e5"),
    "principal": _principal,
    "arn": _arn,
    "bucket": _arn,
    "name": _name,
    "caller": _caller,
    "region": _shaped(REGION, "a Region", "eu-west-1"),
}
