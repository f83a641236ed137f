"""The parameters that a blueprint gives a template, each held to its type; what is missing gets its default."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from kmsgen.blueprint.grammar import RefusedError
from kmsgen.blueprint.model import Given, TemplateEntry, Who
from kmsgen.catalog.principals import ORGANIZATION, REGION
from kmsgen.compiler.context import Context
from kmsgen.compiler.leaves import LeafError, compile_leaf
from kmsgen.errors import did_you_mean
from kmsgen.templates import Parameter, Template

_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(?:[0-9]{12})?:.+", re.DOTALL)


class _Refused(Exception):  # noqa: N818 - told to the user as a problem, never raised out of here
    """A value that is not of its parameter's type; what it should be, and what to write."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def fill(context: Context, template: Template, entry: TemplateEntry) -> dict[str, Any] | None:
    """A value for every parameter of a template; None, with problems, where one cannot be had."""
    before = len(context.problems.errors)
    for name in entry.parameters.keys() - template.parameters.keys():
        near = did_you_mean(name, template.parameters)
        known = ", ".join(f"`{one}`" for one in template.parameters)
        hint = near or (f"it takes {known}" if known else "it takes no parameters")
        context.problems.error(f"`{template.name}` has no parameter `{name}`", entry.names[name], hint)
    values = {
        name: _value(context, template, entry, parameter, entry.parameters.get(name))
        for name, parameter in template.parameters.items()
    }
    if template.one_of and not any(name in entry.parameters for name in template.one_of):
        wanted = ", ".join(f"`{name}`" for name in template.one_of)
        context.problems.error(f"`{template.name}` is given none of {wanted}", entry.at, "give at least one of them")
    return None if len(context.problems.errors) > before else values


def _value(
    context: Context, template: Template, entry: TemplateEntry, parameter: Parameter, given: Given | None
) -> Any:
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
    return _default(context, template, entry, parameter)


def _default(context: Context, template: Template, entry: TemplateEntry, parameter: Parameter) -> Any:
    if parameter.default is None:
        return None
    try:
        value = compile_leaf(str(parameter.default))(context.variables)
    except LeafError as error:
        hint = f"give `{parameter.name}` here, or mend that"
        context.problems.error(f"`{template.name}`: {error}", entry.at, hint)
        return None
    value = int(value) if parameter.type == "integer" else value
    return [value] if parameter.many and not isinstance(value, list) else value


def _checked(context: Context, parameter: Parameter, given: Given) -> list[Any]:
    try:
        value = _TYPES[parameter.type](context, parameter, given)
    except _Refused as refused:
        context.problems.error(f"`{parameter.name}`: {refused.message}", given.at, refused.hint)
        return []
    return value if isinstance(value, list) else [value]


def _string(context: Context, parameter: Parameter, given: Given) -> Any:
    if not isinstance(given.value, str):
        raise _Refused("expected a string", "put it in quotes")
    return given.value


def _integer(context: Context, parameter: Parameter, given: Given) -> Any:
    if not isinstance(given.value, int) or isinstance(given.value, bool):
        raise _Refused("expected a whole number", "write it without quotes")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and given.value < low) or (high is not None and given.value > high):
        raise _Refused(f"{given.value} is not from {low} to {high}", f"write a number from {low} to {high}")
    return given.value


def _boolean(context: Context, parameter: Parameter, given: Given) -> Any:
    if not isinstance(given.value, bool):
        raise _Refused("expected `true` or `false`", "write it without quotes")
    return given.value


def _shaped(shape: re.Pattern[str], what: str, example: str) -> Callable[[Context, Parameter, Given], Any]:
    def check(context: Context, parameter: Parameter, given: Given) -> Any:
        if not isinstance(given.value, str) or not shape.fullmatch(given.value):
            raise _Refused(f"`{given.value}` is not {what}", f"write it like `{example}`")
        return given.value

    return check


def _cidr(context: Context, parameter: Parameter, given: Given) -> Any:
    try:
        network = ipaddress.ip_network(str(given.value))
    except ValueError:
        raise _Refused(f"`{given.value}` is no address range", "write it like `203.0.113.0/24`") from None
    if network.prefixlen == 0:
        raise _Refused(f"`{given.value}` is every address", "name the network")
    return given.value


def _account(context: Context, parameter: Parameter, given: Given) -> Any:
    accounts = context.key.directory.grammar
    number = accounts.account_number(str(given.value))
    if number is None:
        raise _Refused(f"unknown account `{given.value}`", did_you_mean(str(given.value), accounts.accounts))
    return number


def _principal(context: Context, parameter: Parameter, given: Given) -> list[str]:
    """What `aws:PrincipalArn` of the principal's requests looks like."""
    try:
        return arn_patterns(context.key.directory.find(str(given.value), given.at))
    except RefusedError as refused:
        raise _Refused(refused.message, refused.hint) from None


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
    "vpc": _shaped(re.compile(r"vpc-[0-9a-f]{8,17}"), "a VPC", "vpc-0a1b2c3d"),
    "vpce": _shaped(re.compile(r"vpce-[0-9a-f]{8,17}"), "a VPC endpoint", "vpce-0a1b2c3d"),
    "account": _account,
    "organization": _shaped(ORGANIZATION, "an organization id", "o-a1b2c3d4e5"),
    "principal": _principal,
    "arn": _shaped(_ARN, "an ARN", "arn:aws:s3:::my-bucket"),
    "region": _shaped(REGION, "a Region", "eu-west-1"),
}
