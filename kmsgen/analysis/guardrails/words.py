"""The words of guardrails: people, capabilities and conditions, from YAML to values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kmsgen.analysis.guardrails.model import OWN, Party, When
from kmsgen.catalog import actions
from kmsgen.catalog.principals import (
    ACCOUNT,
    IAM_NAME,
    ORG_PATH,
    ORGANIZATION,
    SESSION_NAME,
    VIA_ALIASES,
    VIA_SERVICES,
    via_hosts,
)
from kmsgen.errors import did_you_mean
from kmsgen.nodes import Node, Scalar
from kmsgen.policy.model import Condition, condition
from kmsgen.policy.operators import BASE_OPERATORS, parse_operator
from kmsgen.reading.conditions import read_tests
from kmsgen.reading.fields import Reader

EVERYBODY = ("anyone", "services", OWN)
"""The words for many at once."""
KINDS = ("role", "user", "root", "session", "sso")
_SERVICE = re.compile(r"[a-z0-9*?-]+(?:\.[a-z0-9*?-]+)*\.amazonaws\.com(?:\.cn)?")
_ARN = re.compile(r"arn:[a-z*?-]+:(?:iam|sts)::([0-9*?]+):([!-~]+)")
_NAME = re.compile(r"[\w+=,.@*?/-]{1,512}", re.ASCII)

CATEGORIES: dict[str, frozenset[str]] = {
    "use": frozenset({"use"}),
    "manage": frozenset({"manage", "policy", "rotation", "alias", "tag", "import", "multi-region", "deletion"}),
    "read": frozenset({"read"}),
}
"""What words for many actions mean, by the categories of the catalogue."""
_EXACT: dict[str, frozenset[str]] = {
    "policy": frozenset({"kms:PutKeyPolicy"}),
    "grant": frozenset({"kms:CreateGrant"}),
    "deletion": frozenset({"kms:ScheduleKeyDeletion", "kms:DeleteImportedKeyMaterial"}),
}
CAPABILITIES = (*CATEGORIES, *_EXACT)
WORDS = ("mfa", "organization", "source_account", "via")
"""The words for conditions, beside the operators of policies."""


def _of_category(names: frozenset[str]) -> frozenset[str]:
    return frozenset(one.name for one in actions.ACTIONS.values() if one.in_key_policy and one.category in names)


@dataclass(frozen=True)
class Words:
    """Reads words in the light of what a file names, and of the roles there are."""

    reader: Reader
    accounts: Mapping[str, str]
    sets: Mapping[str, tuple[Party, ...]]
    """People by the name that the file gives them."""
    roles: Mapping[str, frozenset[str]]

    def parties(self, node: Node) -> tuple[Party, ...]:
        """Who is meant: one word, or a list of them."""
        found = self.reader.each(node, self._party)
        return tuple(dict.fromkeys(party for some in found for party in some))

    def _party(self, node: Node) -> tuple[Party, ...] | None:
        text = self.reader.text(node, "who is meant")
        if text is None:
            return None
        if text in self.sets:
            return self.sets[text]
        one = self._many(text) or self._arn(text) or self._in_account(text)
        if one is None:
            self.reader.fail(node, *self._unknown(text))
            return None
        return (one,)

    def _many(self, text: str) -> Party | None:
        if text in ("anyone", "services"):
            return Party(text, "", "")  # type: ignore[arg-type]
        if (number := self.account(text)) is not None:
            return Party("account", number, "")
        if ORGANIZATION.fullmatch(text) or ORG_PATH.fullmatch(text):
            return Party("organization", "", text)
        return Party("service", "", text) if _SERVICE.fullmatch(text) else None

    def account(self, text: str) -> str | None:
        """The account that a word means: a number, the key's own, one that the file names."""
        return text if text == OWN or ACCOUNT.fullmatch(text) else self.accounts.get(text)

    def _arn(self, text: str) -> Party | None:
        found = _ARN.fullmatch(text)
        if found is None:
            return None
        kind = found[2].partition("/")[0]
        if kind == "assumed-role" and ("*" in text or "?" in text):
            return None
        if kind == "root" and (found[1] == "*" or ACCOUNT.fullmatch(found[1])):
            return Party("root", found[1], "")
        known = kind in ("role", "user", "assumed-role", "federated-user") or kind[-1:] in "*?"
        return Party("arn", "", text) if known else None

    def _in_account(self, text: str) -> Party | None:
        first, slash, rest = text.partition("/")
        account: str | None = OWN
        if first not in KINDS and slash:
            account = "*" if first == "*" else self.account(first)
            first, slash, rest = rest.partition("/")
        if account is None:
            return None
        if first == "root" and not slash:
            return Party("root", account, "")
        if first in ("role", "user") and _NAME.fullmatch(rest):
            return Party("arn", account, f"iam:{first}/{rest}")
        if first == "session" and account != "*":
            role, _, session = rest.partition("/")
            fine = IAM_NAME.fullmatch(role) and SESSION_NAME.fullmatch(session)
            return Party("arn", account, f"sts:assumed-role/{rest}") if fine else None
        return Party("sso", account, rest) if first == "sso" and IAM_NAME.fullmatch(rest) else None

    def _unknown(self, text: str) -> tuple[str, str]:
        if text == "*":
            return "`*` is nobody in a guardrail", "write `anyone`, and `services` where AWS services are meant as well"
        if text.startswith("arn:"):
            hint = "an ARN of a role, a user or a session; a session without wildcards"
            return f"`{text}` is no ARN of somebody who calls", hint
        if ":" in text:
            return f"`{text}` is nobody", "write `role/NAME`, an account, an organization, or a service's name"
        first = text.partition("/")[0]
        known = (*self.sets, *self.accounts, *EVERYBODY, *KINDS)
        hint = "write `role/NAME`, `ACCOUNT/role/NAME`, an account, `o-…`, `NAME.amazonaws.com`, `anyone` or `services`"
        return f"`{text}` is nobody that this file or a key knows", did_you_mean(first, known) or hint

    def does(self, node: Node) -> frozenset[str]:
        """The actions of one capability or of several; may have wildcards."""
        found = self.reader.each(node, self._does)
        return frozenset[str]().union(*found)

    def _does(self, node: Node) -> frozenset[str] | None:
        text = self.reader.text(node, "what somebody does")
        if text is None:
            return None
        if text in CATEGORIES:
            return _of_category(CATEGORIES[text])
        if text in _EXACT:
            return _EXACT[text]
        if text in self.roles:
            return actions.purpose(self.roles[text])
        name = text if ":" in text or text == "*" else f"kms:{text}"
        if text == "*" or (":" not in text and actions.find(name) is None):
            near = "write `kms:*` for everything" if text == "*" else did_you_mean(text, (*self.roles, *CAPABILITIES))
            near = near or did_you_mean(name, actions.ACTIONS)
            hint = near or f"a role, one of {', '.join(f'`{word}`' for word in CAPABILITIES)}, or a `kms:` action"
            self.reader.fail(node, f"unknown capability `{text}`", hint)
            return None
        if (wrong := actions.mistake(name)) is not None:
            self.reader.fail(node, *wrong)
            return None
        known = actions.find(name)
        return frozenset({known.name if known else name})

    def when(self, node: Node, does: frozenset[str]) -> When:
        """Conditions; of a list one must hold, of a mapping all. `does`: what is asked under them."""
        groups: list[tuple[Condition, ...]] = []
        for item in self.reader.items(node):
            alternatives = self._group(item, does)
            groups += [group for group in alternatives if group]
        return tuple(groups)

    def _group(self, node: Node, does: frozenset[str]) -> When:
        ways: list[tuple[Condition, ...]] = [()]
        for word, (key, value) in self.reader.mapping(node, "a condition").items():
            more = self._word(word, key, value)
            if any(not _carried(test, does) for way in more for test in way):
                dead = next(test for way in more for test in way if not _carried(test, does))
                self.reader.fail(key, f"this can never hold: `{dead.key}` is not sent with what is done here")
            ways = [(*way, *group) for way in ways for group in more]
        return tuple(ways)

    def _word(self, word: str, key: Scalar, value: Node) -> When:
        reader = self.reader
        if word == "mfa":
            if reader.boolean(value, "`mfa`") is False:
                reader.fail(value, "`mfa: false` says nothing", "write `unless: {mfa: true}`")
            return ((condition("Bool", "aws:MultiFactorAuthPresent", "true"),),)
        if word == "via":
            hosts = [host for hosts in reader.each(value, self._via) for host in hosts]
            return ((condition("StringLike", "kms:ViaService", hosts),),)
        if word == "organization":
            return self._organization(value)
        if word == "source_account":
            numbers = reader.each(value, self._source)
            # Services say for whom they call by either; a bucket's ARN alone has no account in it.
            arns = [f"arn:*:*:*:{number}:*" for number in numbers]
            return (
                (condition("StringEquals", "aws:SourceAccount", numbers),),
                (condition("ArnLike", "aws:SourceArn", arns),),
            )
        if parse_operator(word) is None:
            near = did_you_mean(word, (*WORDS, *BASE_OPERATORS))
            listed = ", ".join(f"`{one}`" for one in WORDS)
            reader.fail(
                key, f"unknown condition `{word}`", near or f"one of {listed}, or an operator over keys and values"
            )
            return ((),)
        return (read_tests(reader, key, value),)

    def _organization(self, node: Node) -> When:
        def one(item: Node) -> str | None:
            return self.reader.matching(item, ORGANIZATION, "an organization id", "o-a1b2c3d4e5")

        ids = self.reader.each(node, one)
        # Of a service that calls by itself the organization is that of the resource for which it does.
        service = condition("Bool", "aws:PrincipalIsAWSService", "true")
        return (
            (condition("StringEquals", "aws:PrincipalOrgID", ids),),
            (condition("StringEquals", "aws:SourceOrgID", ids), service),
        )

    def _via(self, node: Node) -> tuple[str, ...] | None:
        text = self.reader.text(node, "a service")
        hosts = None if text is None else via_hosts(text, "*")
        if text is not None and hosts is None:
            near = did_you_mean(text, VIA_SERVICES | VIA_ALIASES.keys())
            self.reader.fail(node, f"KMS knows no via-service `{text}`", near or "write it as KMS does: `s3`, `ebs`")
        return hosts

    def _source(self, node: Node) -> str | None:
        text = self.reader.text(node, "an account")
        number = None if text is None else self.account(text)
        if text is not None and number is None:
            near = did_you_mean(text, (*self.accounts, OWN))
            self.reader.fail(node, f"unknown account `{text}`", near or "name it under `accounts`, or write its number")
        return number


def _carried(test: Condition, does: frozenset[str]) -> bool:
    """Whether requests for some of the actions carry a condition key; an action that is not known may."""
    from kmsgen.catalog.condition_keys import carries

    named = [action.name for pattern in does for action in actions.matching(pattern)] or list(does)
    return not named or any(carries(name, test.key) for name in named)
