"""A statement is about something else than the key that it is attached to.

An alias, another key, or a resource of another service is not this key: the statement never matches. Who is to have the
permission has not, and what a Deny is to keep out is not kept out.

Avoid:

    Resource: arn:aws:kms:eu-west-1:111122223333:alias/orders

Prefer:

    Resource: "*"
    Condition: {StringEquals: {"kms:RequestAlias": alias/orders}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-request-alias
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.reaching import reaches, resources
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS410"
SEVERITY = "warning"


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """A statement of whose resources none can be the key, or that excepts every key."""
    element, listed = resources(view.statement)
    if not listed or reaches(view.statement, facts):
        return
    shown = f"`{listed[0]}`" if len(listed) == 1 else f"`{listed[0]}` and {len(listed) - 1} more"
    alias = any(":alias/" in value or value.startswith("alias/") for value in listed)
    hint = 'write `Resource: "*"`: this key' + ("; to tell requests by alias, test `kms:RequestAlias`" if alias else "")
    said = "all but" if element == "NotResource" else "about"
    why = "and so never about this key" if element == "NotResource" else "which is not this key: it has no effect"
    yield Found(f"{view.called} is {said} {shown}, {why}", path=(element,), help=hint)
