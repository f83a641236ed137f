"""Whether the policy does what its blueprint expects of it could not be decided.

There are too many cases to tell apart. A test that was not run to its end has not passed.

Avoid:

    expect: [{deny: role/Intern, to: decrypt}]

Prefer:

    expect: [{deny: role/Intern, to: decrypt, context: {kms:ViaService: s3.eu-west-1.amazonaws.com}}]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

CODE = "KMS605"
SEVERITY = "error"
# The engine itself finds it.
