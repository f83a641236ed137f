"""A finding is accepted that is not there.

What was accepted has been mended, or never was there. Left standing, the acceptance would hide the next such finding,
which nobody has looked at. It is only told of rules that this run applies.

Avoid:

    allow_findings: [{rule: duplicate-sid, reason: from before the rewrite}]    # the rewrite is done

Prefer:

    allow_findings: []

Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/access.html
"""

from __future__ import annotations

CODE = "KMS606"
SEVERITY = "warning"
# The engine itself finds it.
