"""A request to KMS: who calls which action with which context, and what AWS adds to that context by itself.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kmsgen.catalog.patterns import SYMBOL_OPEN
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.policy.reference import is_symbolic

CallerKind = Literal["role", "session", "user", "root", "federated", "service", "anonymous"]
Values = tuple[str, ...]

_CONTEXT_KEY = "kms:encryptioncontext:"
_TYPES: dict[CallerKind, str] = {
    "role": "AssumedRole",
    "session": "AssumedRole",
    "user": "User",
    "root": "Account",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


@dataclass(frozen=True)
class Request:
    """One request, as KMS sees it."""

    principal: str
    """A role, user, session, root or federated-user ARN; a service's name (`sns.amazonaws.com`); `*` for nobody known.

    A role's ARN means any session of the role; a twelve-digit account means its root user.
    """
    action: str
    context: Mapping[str, Values | str] = field(default_factory=dict)
    """Condition keys, in any case, and their values."""
    key_arn: str | None = None

    @cached_property
    def kind(self) -> CallerKind:
        """What kind of caller it is."""
        if ACCOUNT.fullmatch(self.principal) or self.principal.endswith(":root"):
            return "root"
        resource = self.principal.split(":", 5)[-1] if self.principal.startswith("arn:") else ""
        kinds: dict[str, CallerKind] = {
            "role": "role", "assumed-role": "session", "user": "user", "federated-user": "federated",
        }  # fmt: skip
        if (found := kinds.get(resource.partition("/")[0])) is not None:
            return found
        if is_symbolic(self.principal) and not _is_host(self.principal):
            return "role"  # what a stack makes: nothing more is known of it
        return "anonymous" if self.principal in ("*", "anonymous", "") else "service"

    @cached_property
    def account(self) -> str:
        """The caller's account; empty for a service and for nobody."""
        return self.principal if ACCOUNT.fullmatch(self.principal) else account_of(self.principal)

    @cached_property
    def role_name(self) -> str | None:
        """The name of the role, without its path, whose session calls."""
        resource = self.principal.split(":", 5)[-1]
        if self.kind == "session":
            return resource.split("/")[1]
        return resource.rpartition("/")[2] if self.kind == "role" else None

    @cached_property
    def lower_action(self) -> str:
        """The action, as patterns are matched with it."""
        return self.action.lower()

    @cached_property
    def tells_role(self) -> bool:
        """Whether the context says what role it is whose session calls."""
        return any(key.lower() == "aws:principalarn" for key in self.context)

    @cached_property
    def values(self) -> Mapping[str, Values]:
        """The whole context by lower-case key: what was given, and what AWS adds to every such request."""
        given = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in self.context.items()
        }
        return {**self._added(given), **given}

    def _added(self, given: Mapping[str, Values]) -> dict[str, Values]:
        kind, is_service = self.kind, self.kind == "service"
        added: dict[str, Values] = {
            "aws:principalisawsservice": ("true" if is_service else "false",),
            "aws:viaawsservice": ("true" if "kms:viaservice" in given else "false",),
            "aws:securetransport": ("true",),
        }
        if kind in _TYPES:
            added["aws:principaltype"] = (_TYPES[kind],)
        if is_service:
            added["aws:principalservicename"] = (self.principal,)
        elif kind != "anonymous":
            added["aws:principalarn"] = (self._principal_arn(),)
            added["aws:principalaccount"] = added["kms:calleraccount"] = (self.account,)
        if kind == "user":
            added["aws:username"] = (self.principal.rpartition("/")[2],)
        if names := tuple(key[len(_CONTEXT_KEY) :] for key in self.context if key.lower().startswith(_CONTEXT_KEY)):
            added["kms:encryptioncontextkeys"] = names
        return added

    def _principal_arn(self) -> str:
        """What `aws:PrincipalArn` says: for a session the role, whose path its own ARN does not tell."""
        if ACCOUNT.fullmatch(self.principal):
            return f"arn:aws:iam::{self.principal}:root"
        if self.kind != "session":
            return str(self.principal)
        partition = self.principal.split(":", 2)[1]
        return f"arn:{partition}:iam::{self.account}:role/{self.role_name}"


def _is_host(text: str) -> bool:
    """Whether a text with a symbol in it is the name of a service, as `logs.⟨AWS.Region⟩.amazonaws.com` is.

    >>> _is_host("logs.⟨AWS.Region⟩.amazonaws.com"), _is_host("⟨Role.Arn⟩"), _is_host("arn:aws:iam::⟨Id⟩:role/App")
    (True, False, False)
    """
    return text.endswith(".amazonaws.com") or not text.startswith(("arn:", SYMBOL_OPEN))
