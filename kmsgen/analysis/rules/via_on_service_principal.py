"""A statement for a service principal tests `kms:ViaService`, which comes with calls on a principal's behalf.

A service that calls by itself is the principal, and nothing stands between it and KMS; where a service forwards a
call, the principal is whoever asked it to. AWS prints the two together for a few services alone, whose requests
another one sends on.

Avoid:

    Principal: {Service: cloudtrail.amazonaws.com}
    Condition: {StringEquals: {"kms:ViaService": s3.eu-west-1.amazonaws.com}}

Prefer:

    Principal: {Service: cloudtrail.amazonaws.com}
    Condition: {StringEquals: {"aws:SourceArn": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
Source: https://docs.aws.amazon.com/dtconsole/latest/userguide/set-up-sns.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.conditions import listing, who
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import View
from kmsgen.analysis.via import KEY
from kmsgen.semantics.world import KeyFacts

CODE = "KMS458"
SEVERITY = "warning"

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Investigations-Security.html and the page above.
_SENT_ON = {
    "codestar-notifications.amazonaws.com": {"sns"},
    "aiops.alarms.cloudwatch.amazonaws.com": {"aiops"},
    "aiops.amazonaws.com": {"states"},
}


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every such test, unless AWS documents it for these services."""
    if KEY not in view.keys or not view.services or who(view) != "services":
        return
    for test in view.testing(KEY):
        through = {value.partition(".")[0] for value in test.condition.values}
        plain = [service for service in view.services if not through <= _SENT_ON.get(service, set())]
        if plain and not test.holds_if_absent:
            yield Found(
                f"requests of {listing(plain)}, which calls by itself, do not carry `{test.condition.key}`",
                path=test.path,
                help="test `aws:SourceArn` or `aws:SourceAccount`",
                about=test.condition.operator,
            )
