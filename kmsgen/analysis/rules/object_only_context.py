"""A condition on S3's encryption context lets objects through alone, and with S3 Bucket Keys the context is the bucket.

Where a bucket has a Bucket Key, which is the default for many, S3 sends the bucket's ARN as encryption context and
not the object's. A pattern that ends in `/*` matches no such request, and reading and writing fail.

Avoid:

    Condition: {StringLike: {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders/*"}}

Prefer:

    Condition: {StringLike: {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]}}

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.subject import Subject, View
from kmsgen.semantics.conditions import prepared
from kmsgen.semantics.friendly import instance

CODE = "KMS469"
SEVERITY = "warning"
_KEY = "kms:encryptioncontext:aws:s3:arn"
_OBJECT = re.compile(r"arn:[^:]*:s3:::[^/]*/")
"""S3 Tables has ARNs of its own under the same key, and no Bucket Keys."""


def check(subject: Subject) -> Iterator[Found]:
    """Every Allow that takes an object's ARN of some bucket, and the ARN of none, in a policy that people wrote."""
    if not subject.written_by_hand:
        return  # the blueprint says whether the bucket has a Bucket Key
    for index, view in subject.allows:
        if _KEY in view.keys:
            yield from (one._replace(statement=index) for one in _of(view, subject.variables))


def _of(view: View, variables: bool) -> Iterator[Found]:
    for test in view.testing(_KEY):
        if test.holds_if_absent or test.operator.family not in ("string", "arn"):
            continue
        holds = prepared(test.condition, variables)
        objects = [value for value in test.condition.values if _OBJECT.match(value)]
        buckets = [instance(_KEY, value).partition("/")[0] for value in objects]
        if objects and not any(holds({_KEY: (bucket,)}) for bucket in buckets):
            value = objects[0]
            yield Found(
                f"`{value}` is an object's ARN: with an S3 Bucket Key the encryption context is the bucket's",
                path=test.path,
                help=f"add `{value.partition('/')[0]}`",
                about=test.condition.operator,
            )
