"""A statement is there to let the account's root user itself use the key.

The root user cannot be limited by IAM policies, and everyday work in its name cannot be told from an intruder's. AWS
recommends to keep it for the few tasks that only it can do; repairing a key policy is one, decrypting data is none.
That a statement about the whole account takes in its root user too is another matter, and not meant.

Avoid:

    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: kms:Decrypt,
     Condition: {StringEquals: {aws:PrincipalType: Account}}}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:root"}, Action: [kms:GetKeyPolicy, kms:PutKeyPolicy],
     Condition: {StringEquals: {aws:PrincipalType: Account}}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from kmsgen.analysis.able import ROOT_USER
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Tested, View
from kmsgen.catalog.actions import ACTIONS
from kmsgen.policy.model import Policy, Statement
from kmsgen.semantics.prove import Never, Requests, callers, prove
from kmsgen.semantics.world import KeyFacts

CODE = "KMS208"
SEVERITY = "warning"

_USE = frozenset(name for name, action in ACTIONS.items() if action.category == "use")


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """An Allow of use that nobody but a root user gets."""
    used = view.actions & _USE if facts.working is None else view.actions & _USE & facts.working
    telling = next(filter(_means_root, view.testing("aws:principaltype", "aws:principalarn")), None)
    if view.allows and used and telling is not None and _only_root(replace(view.statement, sid=None, origin=())):
        message = f"only the root user may do `{min(used)}` here, and no IAM policy limits what it does"
        yield Found(message, path=telling.path, help="let in a role for that")


def _means_root(test: Tested) -> bool:
    """Whether a condition may be there to name root users; a proof tells whether it does."""
    return all(value.endswith((":root", "Account")) for value in test.condition.values)


@lru_cache(maxsize=1024)
def _only_root(statement: Statement) -> bool:
    """Whether a statement lets in root users, and nobody else."""
    alone = Policy((statement,))
    others = prove(alone, Never("", Requests((callers(actions=_USE),), (ROOT_USER,))))
    root = prove(alone, Never("", Requests((replace(ROOT_USER, actions=_USE),))))
    return bool(others.holds) and root.holds is False
