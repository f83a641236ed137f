"""An account in a condition is no number of twelve digits.

No account has such a number, so the value matches no request. YAML and spreadsheets take zeros away from the front of
a number that is not in quotes: `012345678901` becomes eleven digits.

Avoid:

    Condition: {StringEquals: {"aws:SourceAccount": "12345678901"}}

Prefer:

    Condition: {StringEquals: {"aws:SourceAccount": "012345678901"}}

Source: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.placeholders import ACCOUNTS, is_placeholder
from kmsgen.analysis.subject import Tested, View
from kmsgen.catalog.principals import ACCOUNT, account_of
from kmsgen.policy.reference import is_symbolic
from kmsgen.semantics.world import KeyFacts

CODE = "KMS476"
SEVERITY = "error"
_DIGITS = 12


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such account, by itself or in an ARN."""
    for test in view.tests:
        for value in test.condition.values if test.operator.family in ("string", "arn") else ():
            account = _account(test, value)
            if account is not None and not is_placeholder(test, value):
                yield Found(
                    f"`{account}` is no account number: one has twelve digits",
                    path=test.path,
                    help=_help(account),
                    about=f"{test.condition.key} {value}",
                )


def _account(test: Tested, value: str) -> str | None:
    """What stands in a value where an account belongs, and is none."""
    if "*" in value or "?" in value or "${" in value or is_symbolic(value):
        in_arn = account_of(value) if value.startswith("arn:") else ""
        return in_arn if in_arn.isdigit() and not ACCOUNT.fullmatch(in_arn) else None
    if test.lower in ACCOUNTS:
        return None if ACCOUNT.fullmatch(value) else value
    account = account_of(value) if value.startswith("arn:") else ""
    return account if account.isdigit() and not ACCOUNT.fullmatch(account) else None


def _help(account: str) -> str | None:
    if ACCOUNT.fullmatch(account_of(account)):
        return f"write `{account_of(account)}`"
    lost = account.isdigit() and _DIGITS - 2 <= len(account) < _DIGITS
    return f"if a zero was lost, write `{account.zfill(_DIGITS)}`" if lost else None
