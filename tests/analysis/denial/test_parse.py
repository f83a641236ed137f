"""What is understood of a text, what is refused, and that no text at all is a bug."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmsgen.analysis.denial.model import Denial
from kmsgen.analysis.denial.parse import parse
from kmsgen.errors import KmsgenError

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::111122223333:role/App"
REFUSED = f"User: {ROLE} is not authorized to perform: kms:Decrypt on resource: {KEY}"


@pytest.mark.parametrize(
    ("why", "layer", "explicit", "arn"),
    [
        ("because no identity-based policy allows the kms:Decrypt action", "identity-policy", False, None),
        ("because no resource-based policy allows the kms:Decrypt action", "key-policy", False, None),
        ("because no service control policy allows the kms:Decrypt action", "service-control-policy", False, None),
        ("because no permissions boundary allows the kms:Decrypt action", "permissions-boundary", False, None),
        ("because no session policy allows the kms:Decrypt action", "session-policy", False, None),
        ("because no VPC endpoint policy allows the kms:Decrypt action", "vpc-endpoint-policy", False, None),
        ("with an explicit deny in an identity-based policy", "identity-policy", True, None),
        ("with an explicit deny in a resource-based policy", "key-policy", True, None),
        ("with an explicit deny in a service control policy", "service-control-policy", True, None),
        ("with an explicit deny in a resource control policy", "resource-control-policy", True, None),
        ("with an explicit deny in a permissions boundary", "permissions-boundary", True, None),
        ("with an explicit deny in a session policy", "session-policy", True, None),
        ("with an explicit deny in a VPC endpoint policy", "vpc-endpoint-policy", True, None),
        ("due to an explicit deny in a Service Control Policy", "service-control-policy", True, None),
        (
            "with an explicit deny in a permissions boundary: arn:aws:iam::111122223333:policy/Edge",
            "permissions-boundary", True, "arn:aws:iam::111122223333:policy/Edge",
        ),
        ("with an explicit deny", None, True, None),
        ("", None, None, None),
    ],
)  # fmt: skip
def test_the_layer_is_read_from_every_documented_wording(
    why: str, layer: str | None, explicit: bool | None, arn: str | None
) -> None:
    (denial,) = parse(f"{REFUSED} {why}".strip())
    assert denial == Denial(
        f"{REFUSED} {why}".strip(), "kms:Decrypt", ROLE, KEY, layer, explicit, arn,  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "there is no message", "one reads: User: "),
        ("hello", "this is no message that says that a request to KMS was denied", "one reads: User: "),
        ("Access Denied", "this is no message that says that a request to KMS was denied", "one reads: User: "),
        (
            f"User: {ROLE} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k",
            "the message is about `s3:GetObject`, and a key policy decides about `kms:` actions alone",
            "look at the IAM policies",
        ),
        (
            f"An error occurred. Encoded authorization failure message: {'Ab-_9' * 60}",
            "the message is encoded, and only AWS can decode it: `Ab-_9Ab-_9Ab-_9Ab-_9Ab-_…`",
            "aws sts decode-authorization-message",
        ),
        ("Ab-_9" * 60, "the message is encoded, and only AWS can decode it", "| kmsgen why - SOURCE"),
        ("{}", "the JSON tells of no request to KMS that was denied", "give a CloudTrail event"),
        ('{"Records": []}', "the JSON tells of no request to KMS that was denied", "give a CloudTrail event"),
        ('{"Records": ', "not valid JSON", ""),
        ('{"message": "hello"}', "this is no message that says that a request to KMS was denied", "one reads"),
        ("x" * (4 * 1024 * 1024 + 1), "the message has more than 4,194,304 characters", "give one event of it"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_no_denial_of_kms_is_refused_with_what_to_give(text: str, message: str, hint: str) -> None:
    with pytest.raises(KmsgenError) as error:
        parse(text)
    (problem,) = error.value.problems
    assert problem.message.startswith(message)
    assert hint in (problem.hint or "")


def test_the_id_of_a_request_is_not_taken_for_that_of_a_key() -> None:
    (denial,) = parse(
        "AccessDenied when calling the Decrypt operation (Request ID: 59647aab-d88f-4bf5-8ac7-b358b03f4722)"
    )
    assert denial.key is None


def test_of_several_events_each_denial_is_told_once() -> None:
    event = {"eventName": "Decrypt", "eventSource": "kms.amazonaws.com", "userIdentity": {}, "errorMessage": REFUSED}
    other = {**event, "errorMessage": REFUSED.replace("Decrypt", "Encrypt")}
    fine = {"eventName": "Decrypt", "eventSource": "kms.amazonaws.com", "userIdentity": {}}
    found = parse(json.dumps({"Records": [event, fine, event, other]}))
    assert [one.action for one in found] == ["kms:Decrypt", "kms:Encrypt"]


@pytest.mark.parametrize(
    ("operation", "asked", "context"),
    [
        ("ScheduleKeyDeletion", {"pendingWindowInDays": 7}, {"kms:ScheduleKeyDeletionPendingWindowInDays": ("7",)}),
        ("ScheduleKeyDeletion", {"pendingWindowInDays": True}, {}),
        ("PutKeyPolicy", {"bypassPolicyLockoutSafetyCheck": False}, {"kms:BypassPolicyLockoutSafetyCheck": ("false",)}),
        ("CreateGrant", {"operations": ["Decrypt", "Encrypt"]}, {"kms:GrantOperations": ("Decrypt", "Encrypt")}),
    ],
)
def test_what_an_event_asks_for_is_what_conditions_test(
    operation: str, asked: dict[str, object], context: dict[str, tuple[str, ...]]
) -> None:
    event = {
        "eventName": operation, "eventSource": "kms.amazonaws.com", "userIdentity": {}, "requestParameters": asked,
        "errorMessage": REFUSED.replace("Decrypt", operation),
    }  # fmt: skip
    (denial,) = parse(json.dumps(event))
    assert denial.context == context


WORDS = st.sampled_from(
    ["User:", ROLE, KEY, "is not authorized to perform:", "kms:Decrypt", "kms:", "on resource:", "with an explicit deny in a",
     "because no", "policy", "allows", "resource-based", "when calling the", "GetObject", "operation:", "Records",
     "arn:aws:logs:eu-west-1:111122223333:log-group:x", "does not exist", "Client.InternalError", "alias/x", "is disabled",
     "KMS key does not exist or is not allowed to be used with LogGroup", "service-linked/autoscaling", "{", '"', "::"]
)  # fmt: skip
TEXTS = st.text() | st.lists(WORDS | st.text(max_size=5), max_size=12).map(" ".join)
NAMES = st.sampled_from(
    ["Records", "detail", "eventName", "eventSource", "userIdentity", "errorMessage", "errorCode", "context", "allowed",
     "requestParameters", "encryptionContext", "resources", "sessionContext", "sessionIssuer", "arn", "conditions", "items",
     "values", "value", "key", "action", "principal", "resource", "invokedBy", "type", "operations", "keyId", "attributes"]
)  # fmt: skip
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


@given(TEXTS | DATA.map(json.dumps))
def test_no_text_is_a_bug(text: str) -> None:
    try:
        found = parse(text)
    except KmsgenError:
        return
    assert all(isinstance(one, Denial) for one in found)
