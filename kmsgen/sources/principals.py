"""Who a user means by a principal on the command line: a blueprint's words, an ARN, an account, a service."""

from __future__ import annotations

from kmsgen.blueprint.grammar import Directory, Grammar
from kmsgen.catalog.principals import ACCOUNT, PARTITIONS, SERVICE_PRINCIPAL
from kmsgen.errors import KmsgenError, Problem
from kmsgen.policy.reference import is_symbolic
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
    if account is None or is_symbolic(account):
        hint = "give the whole ARN, or `--account DIGITS` for the key's account"
        raise KmsgenError(Problem(f"`{text}` is a name within an account, and the key's is not known", hint=hint))
    return principal(text, Directory(Grammar(account, partition_in(region), {}), {}))
