"""A statement holds from a date on that has not come yet.

Until then an Allow gives nothing and a Deny denies nothing. It is worth knowing while one wonders why, and whether
the date is meant.

Avoid:

    # on the first of June 2026, for somebody who needs it now
    Condition: {DateGreaterThan: {"aws:CurrentTime": "2026-07-01T00:00:00Z"}}

Prefer:

    Condition: {DateGreaterThan: {"aws:CurrentTime": "2026-06-01T00:00:00Z"}}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws-dates.html
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.dates import due
from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject

CODE = "KMS479"
SEVERITY = "note"


def check(subject: Subject) -> Iterator[Found]:
    """Every such statement."""
    for index, view in enumerate(subject.views):
        for one in due(view, subject.asked.today) if view.tests else ():
            if one.when == "pending":
                does = "allows" if view.allows else "denies"
                message = f"{view.called} {does} nothing yet: it waits for `{one.value}`"
                yield Found(message, index, one.test.path, None, f"{one.test.condition.operator} {one.value}")
