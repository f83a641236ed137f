"""Who a user means by a principal on the command line: a blueprint's words, an ARN, an account, a service."""

from __future__ import annotations

from kmsgen.blueprint.grammar import Directory, Grammar
from kmsgen.catalog.principals import ACCOUNT, PARTITIONS, SERVICE_PRINCIPAL
from kmsgen.errors import KmsgenError, Problem
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.request import Request
from kmsgen.sources.blueprint import principal
from kmsgen.sources.model import SourceKey, partition_in

_PREFIXES = tuple(f"arn:{partition}:" for partition in PARTITIONS)


def principal_of(key: SourceKey, text: str) -> str:
    """The principal of a request as AWS writes it.

    Raises `KmsgenError` where it is none.
    """
    plain = text.startswith("arn:") or is_symbolic(text) or text in ("*", "anonymous")
    if plain or ACCOUNT.fullmatch(text) or SERVICE_PRINCIPAL.fullmatch(text):
        if text.startswith("arn:") and (not text.startswith(_PREFIXES) or len(text.split(":", 5)) < 6):
            raise KmsgenError(Problem(f"`{text}` is no ARN", hint="write `arn:aws:iam::111122223333:role/NAME`"))
        return text
    if key.resolve is not None:
        return key.resolve(text)
    account, region = key.facts.account, key.facts.region
    if (account is None or is_symbolic(account)) and ACCOUNT.fullmatch(named := text.partition("/")[0]):
        account = named  # in front of the name, it is whose name it is
    if account is None or is_symbolic(account):
        hint = "give the whole ARN, or `--account DIGITS` for the key's account"
        raise KmsgenError(Problem(f"`{text}` is a name within an account, and the key's is not known", hint=hint))
    return principal(text, Directory(Grammar(account, partition_in(region), {}), {}))


_CALLERS = {"role": 2, "user": 2, "assumed-role": 3, "federated-user": 2}
"""What can apply a policy beside a root user, by what its ARN calls it, and in how many parts its name comes."""


def caller_of(key: SourceKey, text: str) -> str:
    """Who applies a key's policy, as AWS writes it: a role, a user, a session, a root user.

    Raises `KmsgenError` where it is nobody who could.
    """
    caller = principal_of(key, text)
    if is_symbolic(caller):
        return caller
    asked = Request(caller, "")
    named = caller.split(":", 5)[-1].split("/")
    whole = asked.kind == "root" or (all(named) and len(named) >= _CALLERS.get(named[0], len(named) + 1))
    if not whole or not ACCOUNT.fullmatch(asked.account) or "*" in caller or "?" in caller:
        message = f"`--caller` is the principal that applies the policy, and `{text}` can be none"
        hint = "name a role, a user or a session: `role/Deployer`, `arn:aws:iam::111122223333:role/Deployer`"
        raise KmsgenError(Problem(message, hint=hint))
    return caller
