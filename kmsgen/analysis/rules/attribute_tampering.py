"""Access depends on the key's alias or tags, and somebody may change these who may not change the policy.

Where a policy asks for `kms:RequestAlias`, `kms:ResourceAliases` or `aws:ResourceTag`, whoever can give the key an
alias or a tag, or take it away, decides who gets in: these rights are access rights then. Those who can put the policy
decide that in any case, and are not meant; nor is what is left to IAM.

Avoid:

    {Principal: {AWS: ".../role/App"}, Action: kms:Decrypt, Condition: {StringEquals: {kms:RequestAlias: alias/orders}}}
    {Principal: {AWS: ".../role/Developers"}, Action: [kms:CreateAlias, kms:UpdateAlias]}

Prefer:

    {Principal: {AWS: ".../role/KeyAdmins"}, Action: [kms:CreateAlias, kms:UpdateAlias, kms:PutKeyPolicy, ...]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.holders import about, can_change, holders, said, shown, together
from kmsgen.analysis.subject import Subject, Tested

CODE = "KMS205"
SEVERITY = "warning"

_ALIAS = frozenset({"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"})
_TAG = frozenset({"kms:TagResource", "kms:UntagResource"})
_ALIASES, _TAGS = ("kms:requestalias", "kms:resourcealiases"), ("aws:resourcetag/", "kms:resourcetag/")


def check(subject: Subject) -> Iterator[Found]:
    """Every statement that lets somebody change what another one depends on."""
    for rights, keys in ((_ALIAS, _ALIASES), (_TAG, _TAGS)):
        asked = _asked(subject, keys)
        if asked is None:
            continue
        where, test = asked
        found = ((one, one.statement) for one in holders(subject, rights) if not can_change(subject, one.who))
        for index, some in together(found):
            witness = shown(some)
            right = witness[0].action if witness else min(rights)
            depends = f"{subject.views[where].called} depends on `{test.condition.key}`"
            message = said(some, f"can decide who gets in, by `{right}`: {depends}")
            help_ = "leave this right to those who manage the policy, or let access depend on something else"
            yield Found(message, index, ("Action",), help_, about(some), witness)


def _asked(subject: Subject, keys: tuple[str, ...]) -> tuple[int, Tested] | None:
    """The first statement about more than aliases and tags themselves that asks for such a key."""
    for index, view in enumerate(subject.views):
        if view.keys and view.actions - _ALIAS - _TAG:
            for test in view.tests:
                if test.lower.startswith(keys):
                    return index, test
    return None
