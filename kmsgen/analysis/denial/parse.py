"""A message as AWS, an SDK or CloudTrail gives it, to the denials that it tells of."""

from __future__ import annotations

import re
from dataclasses import replace

from kmsgen.analysis.denial import trail
from kmsgen.analysis.denial.model import Denial
from kmsgen.analysis.denial.wordings import (
    BARE_ENCODED,
    ENCODED,
    EXPLICIT,
    KEY,
    LAYER,
    LAYERS,
    MISSING,
    OPERATION,
    OPERATIONS,
    PHRASES,
    REQUEST_ID,
    STATES,
    UNAUTHORIZED,
    UNTOLD,
    action_of,
    caller,
)
from kmsgen.catalog import actions
from kmsgen.documents import read_json
from kmsgen.errors import KmsgenError, Problem

EXAMPLE = (
    "one reads: User: arn:aws:iam::111122223333:role/App is not authorized to perform: kms:Decrypt on resource: "
    "arn:aws:kms:eu-west-1:111122223333:key/KEY-ID because no resource-based policy allows the kms:Decrypt action"
)
MAX_CHARACTERS = 4 * 1024 * 1024
_LOG_GROUP = re.compile(r"arn:aws[\w-]*:logs:(?P<region>[a-z0-9-]+):\d{12}:log-group:[\w./#*-]+")


def parse(text: str) -> tuple[Denial, ...]:
    """The denials in a text, in their order.

    Raises `KmsgenError` where it tells of none, with what a message that is understood looks like.
    """
    if len(text) > MAX_CHARACTERS:
        raise KmsgenError(
            Problem(f"the message has more than {MAX_CHARACTERS:,} characters", hint="give one event of it")
        )
    stripped = text.strip().removeprefix("\ufeff")
    if not stripped:
        raise KmsgenError(Problem("there is no message", hint=EXAMPLE))
    if stripped[0] in "{[":
        found = _json(stripped)
        if found is not None:
            return found
    return (_text(stripped),)


def _json(text: str) -> tuple[Denial, ...] | None:
    """The denials in JSON; None where the text is no JSON, but is understood as it is."""
    try:
        data = read_json(text, "the message").data
    except KmsgenError:
        if UNAUTHORIZED.search(text):
            return None
        raise
    said = list(trail.events(data))
    found: list[Denial] = []
    refused: KmsgenError | None = None
    for event in said:
        try:
            denial = _text(event.message) if event.message else Denial("")
        except KmsgenError as error:
            if event.denial is None or event.denial.action is None:
                refused = refused or error
                continue
            denial = Denial(" ".join(event.message.split()))
        one = trail.merged(denial, event)
        if one not in found and (one.action or one.state or one.missing):
            found.append(one)
    if found:
        return tuple(found)
    if refused is not None:
        raise refused
    message = "the JSON tells of no request to KMS that was denied"
    raise KmsgenError(Problem(message, hint="give a CloudTrail event that has an `errorCode`, or its `errorMessage`"))


def _text(text: str) -> Denial:
    said = " ".join(text.split())
    _refuse_encoded(said)
    denial = _explained(said, _unauthorized(said, Denial(said)))
    denial = _called(said, denial)
    plain = REQUEST_ID.sub(" ", said)
    if denial.key is None and (named := KEY.search(plain)) is not None:
        denial = replace(denial, key=named[0].rstrip("."))
    if not denial.action and not denial.state and not denial.missing and denial.via is None and not denial.principal:
        raise KmsgenError(Problem("this is no message that says that a request to KMS was denied", hint=EXAMPLE))
    return denial


def _refuse_encoded(said: str) -> None:
    """An encoded message can be read by AWS alone, so what is told is how to ask it."""
    found = ENCODED.search(said)
    encoded = found["encoded"] if found else said if BARE_ENCODED.fullmatch(said) else None
    if encoded is not None:
        shown = encoded if len(encoded) <= 24 else f"{encoded[:24]}…"
        hint = "aws sts decode-authorization-message --query DecodedMessage --output text --encoded-message "
        raise KmsgenError(
            Problem(f"the message is encoded, and only AWS can decode it: `{shown}`",
                    hint=f"{hint}ENCODED | kmsgen why - SOURCE")
        )  # fmt: skip


def _unauthorized(said: str, denial: Denial) -> Denial:
    """Who is not authorized to do what with what; of several sentences, the one about KMS."""
    sentences = list(UNAUTHORIZED.finditer(said))
    about = next((one for one in sentences if one["action"].lower().startswith("kms:")), None)
    if about is None:
        if sentences:
            other = sentences[0]["action"]
            message = f"the message is about `{other}`, and a key policy decides about `kms:` actions alone"
            raise KmsgenError(Problem(message, hint="look at the IAM policies and at the resource's own policy"))
        return denial
    known = actions.find(about["action"])
    return replace(
        denial,
        action=known.name if known else about["action"],
        principal=caller(about["principal"]),
        key=about["resource"].rstrip(".:") if about["resource"] else None,
    )


def _explained(said: str, denial: Denial) -> Denial:
    """Which layer the message names, and what it says of the key."""
    if (found := LAYER.search(said)) is not None:
        kind = " ".join((found["type"] or "").lower().split())
        layer = LAYERS[kind] if kind else "permissions-boundary"
        arn = found["arn"].rstrip(".") if found["arn"] else None
        denial = replace(denial, layer=layer, explicit=found["explicit"] is not None, policy_arn=arn)
    elif UNTOLD.search(said):
        denial = replace(denial, layer="key-policy")
    elif EXPLICIT.search(said):
        denial = replace(denial, explicit=True)
    if denial.action is None:
        state = next((state for pattern, state in STATES if pattern.search(said)), None)
        denial = replace(denial, state=state)
    return replace(denial, missing=MISSING.search(said) is not None)


def _called(said: str, denial: Denial) -> Denial:
    """By which operation of which service KMS came to be asked."""
    for phrase in PHRASES:
        if not phrase.pattern.search(said):
            continue
        denial = replace(denial, via=denial.via or phrase.service)
        if denial.action is None and phrase.action is not None:
            denial = replace(denial, action=phrase.action, assumed=(*denial.assumed, f"the action is {phrase.action}"))
        if denial.principal is None and phrase.principal is not None:
            denial = _caller(said, replace(denial, principal=phrase.principal))
        if phrase.service is None and phrase.action is None and denial.action is None and not denial.assumed:
            denial = replace(denial, assumed=("the message does not say which action was denied",))
    found = OPERATION.search(said)
    if found is None:
        return denial
    operation = found["boto"] or found["go"] or found["other"] or found["lambda"]
    own = action_of(operation)
    if own is not None or operation.lower() == "reencrypt":
        own = denial.action or own
        return replace(denial, action=own, absent=(*denial.absent, "kms:viaservice"))
    call = OPERATIONS.get(operation.lower())
    if call is None or (denial.action is None and not _about_kms(denial)):
        return denial
    if denial.action is None:
        denial = replace(denial, action=call.action, assumed=(f"the action is {call.action}",))
    return replace(denial, via=denial.via or call.service)


def _about_kms(denial: Denial) -> bool:
    return bool(denial.missing or denial.state or denial.assumed or denial.via)


def _caller(said: str, denial: Denial) -> Denial:
    """The caller that a phrase implies: CloudWatch Logs under its Region's name, for the log group that is named."""
    group = _LOG_GROUP.search(said)
    if denial.principal != "logs":
        words = f"the caller is {denial.principal}, as AWS documents for this message"
        context = {"kms:GrantIsForAWSResource": ("true",)}  # for the volumes of the instances
        return replace(denial, assumed=(*denial.assumed, words), context=context)
    if group is None:
        return replace(denial, principal=None)
    context = {"kms:EncryptionContext:aws:logs:arn": (group[0],)}
    return replace(denial, principal=f"logs.{group['region']}.amazonaws.com", region=group["region"], context=context)
