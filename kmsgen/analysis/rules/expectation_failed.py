"""The policy does not do what its blueprint expects of it.

An expectation is a test of the policy. `allow` asks for every one of the actions, `deny` for none of them, in every
context there can be or in the one that `context` gives. An entry with conditions allows nothing in every context, so
an expectation about it says in which one.

Avoid:

    users: [{principal: role/Etl, can: decrypt, when: {via: s3}}]
    expect: [{allow: role/Etl, to: decrypt}]

Prefer:

    users: [{principal: role/Etl, can: decrypt, when: {via: s3}}]
    expect: [{allow: role/Etl, to: decrypt, context: {kms:ViaService: s3.eu-west-1.amazonaws.com}}]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

CODE = "KMS604"
SEVERITY = "error"
# The engine itself finds it.
