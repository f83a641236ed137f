"""The grammar of principals: `role/app/Orders`, `analytics/role/Etl`, `sso/Admins`, an ARN.

What KMS takes as a principal: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kmsgen.blueprint.model import Who
from kmsgen.catalog.principals import (
    ACCOUNT,
    IAM_NAME,
    SERVICE_LINKED,
    SERVICE_PRINCIPAL,
    SESSION_NAME,
    SUFFIXABLE,
    root_arn,
    sso_patterns,
)
from kmsgen.errors import Location, did_you_mean

KINDS = ("role", "user", "root", "session", "sso", "service-linked")
"""The first word of a principal, and so no name for an account."""

_PATH = re.compile(r"[!-~]*")
_NEVER = {
    "group": "IAM groups cannot be principals: KMS does not know who is in one",
    "instance-profile": "an instance profile is no principal",
    "policy": "a policy is no principal",
    "oidc-provider": "an identity provider is no principal of a key policy",
    "saml-provider": "an identity provider is no principal of a key policy",
    "mfa": "an MFA device is no principal",
    "server-certificate": "a certificate is no principal",
}
_INSTEAD = {
    "group": "name the role that its members take on",
    "instance-profile": "name the role inside it: `role/NAME`",
}


class RefusedError(Exception):
    """A principal that cannot be one; the reason, and what to write instead."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Grammar:
    """Parses principals for one key, which gives the account and the partition that they leave out."""

    account: str
    partition: str
    accounts: Mapping[str, str]
    """Account numbers by name."""

    def parse(self, text: str, at: Location, names: Iterable[str] = ()) -> Who:
        """The principal that `text` means; `names` are only for saying what else could be meant.

        Raises `RefusedError` where KMS takes no such principal.
        """
        self._no_wildcards(text)
        if text.startswith("arn:"):
            return self._arn(text, at)
        return self._short(text, at, names)

    @staticmethod
    def _no_wildcards(text: str) -> None:
        if text == "*":
            raise RefusedError(
                "`*` would be everybody in every account", "name the principals, or an account under `accounts`"
            )
        if "${" in text:
            raise RefusedError(
                f"KMS does not take policy variables in a principal: `{text}`", "use `principal_tags` under `when`"
            )
        if "*" in text or "?" in text:
            raise RefusedError(
                f"KMS does not take wildcards in a principal: `{text}`",
                "name each role; for a permission set's roles write `sso/NAME`",
            )

    def _short(self, text: str, at: Location, names: Iterable[str]) -> Who:
        first, slash, rest = text.partition("/")
        if not slash and first != "root":
            raise self._unknown_word(text, names)
        account = self.account
        if first not in KINDS and first not in _NEVER:
            if (number := self.account_number(first)) is None:
                near = did_you_mean(first, (*self.accounts, *KINDS))
                raise RefusedError(
                    f"unknown account `{first}` in `{text}`", near or "name it under the top-level `accounts`"
                )
            account = number
            first, slash, rest = rest.partition("/")
        return self._of_kind(first, rest if slash else "", account, text, at)

    def _unknown_word(self, text: str, names: Iterable[str]) -> RefusedError:
        if self.account_number(text) is not None:
            return RefusedError(f"`{text}` is a whole account", "let an account in under `accounts`, not here")
        if SERVICE_PRINCIPAL.fullmatch(text):
            return RefusedError(f"`{text}` is an AWS service", "give services under `services`")
        near = did_you_mean(text, names)
        return RefusedError(
            f"unknown principal `{text}`", near or "write `role/NAME`, `user/NAME`, or a name from `principals`"
        )

    def account_number(self, name: str) -> str | None:
        """The twelve digits of an account given by name or by number."""
        return name if ACCOUNT.fullmatch(name) else self.accounts.get(name)

    def _of_kind(self, kind: str, name: str, account: str, text: str, at: Location) -> Who:
        iam = f"arn:{self.partition}:iam::{account}"
        if kind == "root" and not name:
            arn = root_arn(self.partition, account)
            return Who("root", account, arn, (arn,), text, at)
        if kind in ("role", "user"):
            self._iam_name(kind, name)
            arn = f"{iam}:{kind}/{name}"
            return Who("role" if kind == "role" else "user", account, arn, (arn,), text, at)
        if kind == "session":
            role, _, session = name.partition("/")
            if not IAM_NAME.fullmatch(role) or not SESSION_NAME.fullmatch(session):
                raise RefusedError(
                    f"`{text}` is no session", "write `session/ROLE/SESSION`; the role's path is not part of it"
                )
            return Who("session", account, f"arn:{self.partition}:sts::{account}:assumed-role/{name}", (), text, at)
        if kind == "sso":
            if name.startswith("AWSReservedSSO_"):
                meant = name.removeprefix("AWSReservedSSO_")
                hint = (
                    f"write `sso/{meant.rpartition('_')[0] or meant}`, without what IAM Identity Center puts around it"
                )
                raise RefusedError(f"`{name}` is a role's name, and no permission set's", hint)
            if not IAM_NAME.fullmatch(name) or len(name) > 32:
                raise RefusedError(f"`{name}` is no name of a permission set", "write `sso/PermissionSetName`")
            return Who("sso", account, "", sso_patterns(self.partition, account, name), text, at)
        if kind == "service-linked":
            arn = f"{iam}:role/{self._service_linked(name)}"
            return Who("service-linked", account, arn, (arn,), text, at)
        if kind in _NEVER:
            raise RefusedError(f"{_NEVER[kind]}: `{text}`", _INSTEAD.get(kind))
        near = did_you_mean(kind, KINDS)
        raise RefusedError(f"unknown kind of principal `{kind}` in `{text}`", near or f"one of {', '.join(KINDS)}")

    @staticmethod
    def _iam_name(kind: str, name: str) -> None:
        path, _, last = name.rpartition("/")
        if not IAM_NAME.fullmatch(last):
            raise RefusedError(
                f"`{last}` is no name of an IAM {kind}", "letters, digits and `_+=,.@-`, at most 64, after its path"
            )
        if not _PATH.fullmatch(path) or "//" in f"/{name}" or len(path) > 510:
            raise RefusedError(
                f"`/{path}/` is no path of an IAM {kind}", "write it as IAM shows it: `role/team/app/NAME`"
            )

    @staticmethod
    def _service_linked(name: str) -> str:
        service, _, suffix = name.partition("_")
        known = SERVICE_LINKED.get(service)
        if known is None:
            near = did_you_mean(service, SERVICE_LINKED)
            listed = ", ".join(SERVICE_LINKED)
            raise RefusedError(
                f"unknown service-linked role `{service}`",
                near or f"known: {listed}; any other as `role/aws-service-role/SERVICE.amazonaws.com/NAME`",
            )
        if suffix and service not in SUFFIXABLE:
            raise RefusedError(
                f"the service-linked role of `{service}` takes no suffix", f"write `service-linked/{service}`"
            )
        return f"{known}_{suffix}" if suffix else known

    def _arn(self, text: str, at: Location) -> Who:
        parts = text.split(":", 5)
        if len(parts) < 6:
            raise RefusedError(f"`{text}` is no ARN", "an ARN has six parts: `arn:aws:iam::111122223333:role/NAME`")
        _, partition, service, region, account, resource = parts
        if service not in ("iam", "sts"):
            raise RefusedError(f"`{text}` is no principal: its ARN is of `{service}`", "name a role or a user")
        if region or not ACCOUNT.fullmatch(account):
            raise RefusedError(f"`{text}` names no account", "an IAM ARN has no Region and twelve digits of account")
        if partition != self.partition:
            raise RefusedError(
                f"`{text}` is in the partition `{partition}`, and the key is in `{self.partition}`",
                "no principal of another partition can use a key",
            )
        kind, _, name = resource.partition("/")
        if service == "sts":
            if kind == "assumed-role":
                return self._of_kind("session", name, account, text, at)
            if kind == "federated-user" and SESSION_NAME.fullmatch(name):
                return Who("federated", account, text, (), text, at)
            raise RefusedError(
                f"`{text}` is no principal", "an `sts` principal is an `assumed-role` or a `federated-user`"
            )
        if kind in ("sso", "service-linked", "session"):
            raise RefusedError(f"`{text}` is no ARN of a role or a user")
        return self._of_kind(kind, name, account, text, at)


@dataclass(frozen=True)
class Directory:
    """Finds principals for the keys of one account, partition and environment."""

    grammar: Grammar
    named: Mapping[str, Who]

    def find(self, text: str, at: Location) -> Who:
        """The principal that a name or a text of the grammar means.

        Raises `RefusedError` where KMS takes no such principal.
        """
        known = self.named.get(text)
        return known._replace(text=text, at=at) if known else self.grammar.parse(text, at, self.named)
