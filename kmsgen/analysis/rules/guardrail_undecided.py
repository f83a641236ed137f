"""Whether a guardrail of the organisation holds for the key could not be decided.

Something that the guardrail depends on is not known, as the key's account or its tags, or there are too many cases to
tell apart. What is not proved is not called good.

Avoid:

    kmsgen check policy.json --guardrails guardrails.yaml

Prefer:

    kmsgen check policy.json --guardrails guardrails.yaml --account 111122223333 --region eu-west-1

Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

CODE = "KMS603"
SEVERITY = "error"
# The engine itself finds it.
