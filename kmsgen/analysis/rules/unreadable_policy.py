"""A key's policy could not be read, or is not known yet.

What cannot be judged is not called good: a policy that is only known after an apply, or that CloudFormation alone can
work out, may allow anything.

Avoid:

    KeyPolicy: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: s3://elsewhere/policy.json}}}

Prefer:

    KeyPolicy: {Version: "2012-10-17", Statement: [...]}

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

CODE = "KMS601"
SEVERITY = "error"
# The engine itself finds it, where there is no policy to hand to a rule.
