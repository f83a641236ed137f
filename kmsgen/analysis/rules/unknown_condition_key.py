"""A condition key that neither AWS nor KMS is known to have.

KMS takes a policy with any condition key. One that no request carries makes a positive test false and a negated test
true for everybody, so a slip of the pen opens or closes the key. AWS adds condition keys: where this one is new,
accept the finding.

Avoid:

    Condition: {StringEquals: {"kms:CallerAcount": "111122223333"}}

Prefer:

    Condition: {StringEquals: {"kms:CallerAccount": "111122223333"}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.keys import flaw, no_variable
from kmsgen.analysis.subject import View
from kmsgen.catalog import condition_keys
from kmsgen.semantics.conditions import variables_in
from kmsgen.semantics.world import KeyFacts

CODE = "KMS454"
SEVERITY = "warning"
LIKE = (
    "access-analyzer INVALID_GLOBAL_CONDITION_KEY",
    "access-analyzer INVALID_SERVICE_CONDITION_KEY",
    "access-analyzer UNSUPPORTED_GLOBAL_CONDITION_KEY",
)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such key, whether it is tested or stands in a policy variable."""
    for test in view.tests:
        key = test.condition.key
        if test.known is None and flaw(key) is None:
            message, help_ = condition_keys.mistake(key) or (f"unknown condition key `{key}`", None)
            yield Found(message, path=test.path, help=help_, about=f"{test.condition.operator} {key}")
        if test.operator.family not in ("string", "arn"):
            continue
        named = {name: value for value in test.condition.values for name in variables_in(value)}
        for name, value in named.items():
            if no_variable(name):
                at = value.lower().index(name)
                message = f"the policy variable `{value[at : at + len(name)]}` stands for nothing: there is no such key"
                near = (condition_keys.mistake(name) or ("", None))[1] if ":" in name else None
                yield Found(message, path=test.path, help=near, about=f"{test.condition.operator} {key} {name}")
