"""A statement held until a date that is past, and never matches again.

What an Allow gave is over, so the entry can go, and the principals that it names need not be kept. A Deny that has
ended denies nothing any more, which is worse where nobody noticed.

Avoid:

    # on the first of June 2026
    Condition: {DateLessThan: {"aws:CurrentTime": "2026-05-01T00:00:00Z"}}

Prefer:

    Condition: {DateLessThan: {"aws:CurrentTime": "2026-12-01T00:00:00Z"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws-dates.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dates import due
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS478"
SEVERITY = "warning"


def check(subject: Subject) -> Iterator[Found]:
    """Every such statement."""
    for index, view in enumerate(subject.views):
        for one in due(view, subject.asked.today) if view.tests else ():
            if one.when == "past":
                does, help_ = ("allows", "take it out") if view.allows else ("denies", "take it out, or move the date")
                message = f"{view.called} {does} nothing any more: `{one.value}` is past"
                yield Found(message, index, one.test.path, help_, f"{one.test.condition.operator} {one.value}")
