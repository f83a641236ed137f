"""What every statement of a service is held to, whoever wrote its template: no open door, and none that never opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kmsgen.blueprint.model import TemplateEntry
from kmsgen.catalog import condition_keys
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.compiler.context import Context
from kmsgen.nodes import Mapping
from kmsgen.policy.model import AWS, SERVICE, Condition, Statement
from kmsgen.policy.operators import parse_operator
from kmsgen.templates import Template
from kmsgen.templates.model import EVERY_ACTION

_SOURCES = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
"""What tells for whose resource a service calls."""
_CONTEXT = "kms:encryptioncontext:"
_CONTEXT_KEYS = "kms:encryptioncontextkeys"
_CALLERS = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "kms:calleraccount", "aws:sourceorgid"}
)
"""What tells who of everybody is meant."""
_GRANTS = frozenset(
    {
        "kms:grantisforawsresource", "kms:grantoperations", "kms:granteeprincipal", "kms:granteeserviceprincipal",
        "kms:grantconstrainttype", "kms:grantconstraintsourcearn", "kms:viaservice",
    }
)  # fmt: skip
"""What bounds a grant: whom it is for, what it allows, or that a service asks for it on somebody's behalf."""


def check(context: Context, template: Template, node: Mapping, statement: Statement, entry: TemplateEntry) -> None:
    """Report what is wrong with a statement, at the template's line and at the entry's."""
    for message, hint in _mistakes(template, statement, entry):
        context.problems.error(message, node.at, hint, (("used here", entry.at),))


def _mistakes(template: Template, statement: Statement, entry: TemplateEntry) -> Iterator[tuple[str, str | None]]:
    kinds = {SERVICE if principal.kind == SERVICE else AWS for principal in statement.principals}
    held = {test.key.lower() for test in statement.conditions if _narrows(test)}
    everybody = any(principal.is_everyone for principal in statement.principals)
    if len(kinds) > 1:
        yield "a service and a principal of IAM never send the same conditions", "write a statement for each"
    if everybody and not held & _CALLERS:
        yield "the template lets everybody in every account in", "say whose requests are meant"
    elif everybody and entry.whole_account and "kms:viaservice" not in held:
        hint = "name the principals: `for: [role/NAME]`"
        yield f"`{template.name}` cannot be for the whole account: nothing says that the service forwards a call", hint
    if kinds == {SERVICE} and not _fenced(held):
        for action in sorted(statement.actions):
            if not {action, EVERY_ACTION} & template.unfenced.keys():
                hint = "add the conditions that AWS documents, or say in `unfenced` why there are none"
                yield f"the service may do `{action}` for any resource of any account", hint
    if template.exception is None:
        yield from _dead(statement.conditions, kinds)
    if (strange := _of_two_accounts(statement.conditions)) is not None:
        arn, account = strange
        hint = "give the account of the resource as well, or name one of the key's own account"
        yield f"no request has both: `{arn}` is of another account than aws:SourceAccount, `{account}`", hint
    if "kms:CreateGrant" in statement.actions and not _bounded(held, kinds):
        hint = "test `kms:GrantIsForAWSResource`, `kms:GrantOperations`, `kms:ViaService` or the encryption context"
        yield "the template allows grants of anything to anybody", hint


def _narrows(test: Condition) -> bool:
    """Whether a condition holds only for some requests that carry its key, and for none without it."""
    operator = parse_operator(test.operator)
    if operator is None or operator.negated or operator.if_exists or not test.values:
        return False
    if operator.base == "Null":
        return test.values == ("false",)
    # Every CreateGrant request names its operations, so for that key nothing absent meets `ForAllValues`.
    return operator.set_word != "ForAllValues" or test.key.lower() == "kms:grantoperations"


def _of_two_accounts(conditions: Iterable[Condition]) -> tuple[str, str] | None:
    """A resource and an account of two conditions that never hold together: a service calls for one resource."""
    told = {test.key.lower(): test.values for test in conditions if _narrows(test)}
    arns, accounts = told.get("aws:sourcearn", ()), told.get("aws:sourceaccount", ())
    owners = [account_of(arn) for arn in arns]
    if not accounts or not owners or not all(ACCOUNT.fullmatch(one) for one in (*owners, *accounts)):
        return None
    return None if set(owners) & set(accounts) else (arns[0], accounts[0])


def _fenced(held: Iterable[str]) -> bool:
    return any(key in _SOURCES or key.startswith(_CONTEXT) or key == _CONTEXT_KEYS for key in held)


def _bounded(held: Iterable[str], kinds: set[str]) -> bool:
    """A service that calls by itself makes grants for the resource that it calls for, and so that bounds them too."""
    keys = set(held)
    own = kinds == {SERVICE} and "aws:sourcearn" in keys
    return own or bool(keys & _GRANTS) or any(key.startswith(_CONTEXT) or key == _CONTEXT_KEYS for key in keys)


def _dead(conditions: Iterable[Condition], kinds: set[str]) -> Iterator[tuple[str, str | None]]:
    hint = "take it out, or say in `exception` where AWS documents it"
    for test in sorted(conditions):
        known = condition_keys.find(test.key)
        if known is None or not _narrows(test):
            continue
        if known.sender == "principal" and kinds == {SERVICE}:
            yield f"`{test.key}` never holds: a service that calls by itself does not send it", hint
        if known.sender == "service" and kinds == {AWS}:
            yield f"`{test.key}` never holds: only a service that calls by itself sends it", hint
