"""Who of other accounts gets in by a statement, and whether anything but their account's own word holds them."""

from __future__ import annotations

from kmsgen.analysis.exposure import ACROSS, USE, accounts_tested, to_anybody
from kmsgen.analysis.subject import Subject, View
from kmsgen.semantics.fences import is_exact


def unheld_accounts(one: View, subject: Subject, own: str | None) -> dict[str, frozenset[str]]:
    """The accounts, other than the key's, whose principals a statement all lets in, with what each of them can do.

    An account counts where just any role of it gets in, calling by itself, with no context and no service in between.
    """
    named = [*one.accounts, *(accounts_tested(one) if one.everyone else ())]
    found = {}
    for account in dict.fromkeys(named):
        if account != own:
            given = to_anybody(one, subject, account, USE & ACROSS)
            if actions := frozenset[str]().union(*given.values()):
                found[account] = actions
    return found


def organizations(one: View) -> list[str]:
    """The organizations whose principals a statement for everybody is held to."""
    found = []
    for test in one.testing("aws:principalorgid", "aws:principalorgpaths"):
        if not test.holds_if_absent and test.operator.base != "Null":
            found += [value.partition("/")[0] for value in test.condition.values if is_exact(value.partition("/")[0])]
    return sorted(set(found))
