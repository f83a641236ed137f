"""A session, a service or a service-linked role administers the key.

Who may put the policy should be somebody whom you appoint and can dismiss. A session's name is chosen by whoever takes
on the role, so that naming one session keeps out nobody who can take it on; a federated user lasts for hours; what a
service-linked role or a service does is AWS's to decide, and no service needs to write key policies.

Avoid:

    {Principal: {AWS: "arn:aws:sts::111122223333:assumed-role/Admin/alice"}, Action: kms:PutKeyPolicy}

Prefer:

    {Principal: {AWS: "arn:aws:iam::111122223333:role/KeyAdmins"}, Action: kms:PutKeyPolicy}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.able import telling
from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import is_service_linked, listed
from kmsgen.analysis.subject import View
from kmsgen.semantics.request import Request
from kmsgen.semantics.world import KeyFacts

CODE = "KMS210"
SEVERITY = "warning"

_ADMINISTERING = frozenset({"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial"})


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """An Allow of administration to such principals, kind by kind."""
    able_to = sorted(view.actions & _ADMINISTERING, key=telling)
    if not view.allows or not able_to:
        return
    kinds: dict[str, list[str]] = {}
    for value in (*view.arns, *view.services):
        if (kind := _kind(value)) is not None:
            kinds.setdefault(kind, []).append(value)
    for kind, values in kinds.items():
        message = f"{listed(f'`{one}`' for one in values)} can do `{able_to[0]}`: {kind}"
        yield Found(message, path=("Principal",), help="let a role administer the key", about=" ".join(values))


def _kind(value: str) -> str | None:
    if is_service_linked(value):
        return "what a service-linked role does is AWS's to decide"
    said = {
        "session": "whoever takes on the role chooses the name of the session",
        "federated": "a federated user lasts for hours",
        "service": "no AWS service needs to administer your key" if value.endswith((".com", ".cn")) else None,
    }
    return said.get(Request(value, "").kind)
