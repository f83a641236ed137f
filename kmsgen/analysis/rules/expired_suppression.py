"""A finding was accepted until a day that is past.

The finding counts again. Whoever accepted it wanted to be asked on that day.

Avoid:

    allow_findings: [{rule: duplicate-sid, reason: until the rewrite, until: 2025-01-31}]

Prefer:

    allow_findings: [{rule: duplicate-sid, reason: the rewrite is planned for summer, until: 2027-08-31}]

Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/access.html
"""

from __future__ import annotations

CODE = "KMS607"
SEVERITY = "warning"
# The engine itself finds it.
