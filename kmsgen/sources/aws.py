"""The keys that an account has now as a source: `aws[:PROFILE][@REGION]`, through boto3, read only.

What may not be read of one key is said of that key; the others are not held up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kmsgen.catalog.key_specs import AWS_KMS, DEFAULT_SPEC, can_rotate
from kmsgen.errors import KmsgenError, Problem
from kmsgen.semantics.grants import Grant
from kmsgen.semantics.world import KeyFacts
from kmsgen.sources.model import PENDING_IMPORT, Loaded, Options, SourceKey, distinct, facts_of_arn
from kmsgen.sources.text import read_embedded

WORKERS = 8
"""How many keys are read at once; KMS allows tens to thousands of such requests a second, by account and operation."""
_ATTEMPTS = 10
_DEFAULT = "default"
_RAM = "AWS_RAM"
_NOT_ROTATED = ("UnsupportedOperationException", "KMSInvalidStateException")


def load(profile: str | None, region: str | None, options: Options) -> Loaded:
    """The customer-managed keys of the account that the credentials are for, in one Region.

    Raises `KmsgenError` where boto3 is not installed, or where there are no credentials, no Region, no way to AWS, or
    no permission to list keys.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        hint = "install it with kmsgen: `pip install 'kmsgen[aws]'`"
        raise KmsgenError(Problem("`aws` needs the library boto3, and it is not installed", hint=hint)) from error
    config = Config(retries={"mode": "adaptive", "total_max_attempts": _attempts()}, max_pool_connections=WORKERS)
    from concurrent.futures import ThreadPoolExecutor

    try:
        session = boto3.Session(profile_name=profile, region_name=region or options.region)
        kms = session.client("kms", config=config)
        listed = [key for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]]
        aliases = _aliases(kms)
    except (BotoCoreError, ClientError) as error:
        raise KmsgenError(Problem(f"AWS cannot be asked: {_said(error)}", hint=_hint(error))) from error
    reader = _Reader(kms, aliases, (BotoCoreError, ClientError))
    with ThreadPoolExecutor(WORKERS) as pool:
        read = list(pool.map(reader.key, (key["KeyArn"] for key in sorted(listed, key=lambda one: one["KeyArn"]))))
    keys = [key for key in read if key is not None]
    left_out = len(read) - len(keys)
    notes = (f"{left_out} keys that AWS manages are left out: their policies cannot be changed",) if left_out else ()
    return Loaded(distinct(keys), notes)


def _attempts() -> int:
    """How often a request is made until it is given up; what the environment says holds, as for AWS's own tools."""
    said = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return int(said) if said.isdecimal() and int(said) > 0 else _ATTEMPTS


def _aliases(kms: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for page in kms.get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            if "TargetKeyId" in alias:
                found.setdefault(alias["TargetKeyId"], []).append(alias["AliasName"])
    return {key: tuple(sorted(names)) for key, names in found.items()}


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__))


def _is_primary(metadata: dict[str, Any]) -> bool | None:
    """Of a multi-Region key, whether it is the primary."""
    kind = metadata.get("MultiRegionConfiguration", {}).get("MultiRegionKeyType")
    return None if kind is None else bool(kind == "PRIMARY")


def _said(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _hint(error: Exception) -> str | None:
    return {
        "NoRegionError": "name the Region: `aws@eu-west-1`",
        "NoCredentialsError": "log in, or name a profile: `aws:PROFILE`",
        "ProfileNotFound": "`aws configure list-profiles` lists what there is",
        "AccessDeniedException": "reading keys takes kms:ListKeys and kms:ListAliases, and on each key "
        "kms:DescribeKey, GetKeyPolicy, ListKeyPolicies, GetKeyRotationStatus, ListResourceTags, ListGrants",
    }.get(_code(error))


def _grant(told: dict[str, Any]) -> Grant:
    bound = told.get("Constraints") or {}
    equals = bound.get("EncryptionContextEquals")
    return Grant(
        told["GrantId"],
        told.get("GranteeServicePrincipal") or told.get("GranteePrincipal", ""),
        frozenset(told.get("Operations", ())),
        told.get("Name") or None,
        tuple(sorted((bound.get("EncryptionContextSubset") or {}).items())),
        None if equals is None else tuple(sorted(equals.items())),
        bound.get("SourceArn"),
    )


class _Reader:
    """Reads one key at a time; boto3's clients may be used from several threads."""

    def __init__(self, kms: Any, aliases: dict[str, tuple[str, ...]], errors: tuple[type[Exception], ...]) -> None:
        self._kms = kms
        self._aliases = aliases
        self._errors = errors

    def key(self, arn: str) -> SourceKey | None:
        """One key with all that may be read of it; None for one that AWS manages."""
        key_id = arn.rpartition("/")[2]
        aliases = self._aliases.get(key_id, ())
        name = aliases[0].removeprefix("alias/") if aliases else key_id
        names = tuple(alias.removeprefix("alias/") for alias in aliases[1:])
        made = SourceKey(
            name, None, "aws", arn, facts=facts_of_arn(arn), key_id=key_id, aliases=aliases, names=names,
        )  # fmt: skip
        try:
            metadata = self._kms.describe_key(KeyId=arn)["KeyMetadata"]
        except self._errors as error:
            if aliases and all(alias.startswith("alias/aws/") for alias in aliases):
                return None
            return replace(made, reason=f"kms:DescribeKey: {_said(error)}")
        if metadata.get("KeyManager") == "AWS":
            return None
        notes = list[str]()
        settings = self._settings(metadata, aliases, notes)
        facts = KeyFacts(
            made.facts.account, made.facts.region, arn, settings.get("spec"), settings.get("usage"),
            settings.get("origin"), settings["multi_region"],
        )  # fmt: skip
        policy, reason = None, None
        text = self._ask("kms:GetKeyPolicy", lambda: self._policy(arn), notes)
        if text is None:
            reason = notes.pop()
        else:
            policy, reason = read_embedded(text)
        if metadata.get("KeyState") not in ("Enabled", "Disabled", None):
            notes.append(f"its state is {metadata['KeyState']}")
        self._beside(arn, notes)
        return replace(
            made,
            policy=policy,
            reason=reason,
            facts=facts,
            settings=settings,
            notes=tuple(notes),
            grants=lambda: self.grants(arn),
            is_primary=_is_primary(metadata),
        )

    def grants(self, arn: str) -> tuple[Grant, ...]:
        """All grants on a key; raises `KmsgenError` where they may not be read."""
        try:
            pages = self._kms.get_paginator("list_grants").paginate(KeyId=arn)
            return tuple(_grant(one) for page in pages for one in page["Grants"])
        except self._errors as error:
            raise KmsgenError(Problem(f"kms:ListGrants: {_said(error)}")) from error

    def _ask(self, permission: str, question: Callable[[], Any], notes: list[str]) -> Any:
        """An answer of KMS; None, with the reason among the notes, where there is none."""
        try:
            return question()
        except self._errors as error:
            notes.append(f"{permission}: {_said(error)}")
            return None

    def _policy(self, arn: str) -> str:
        return str(self._kms.get_key_policy(KeyId=arn, PolicyName=_DEFAULT)["Policy"])

    def _settings(self, metadata: dict[str, Any], aliases: tuple[str, ...], notes: list[str]) -> dict[str, Any]:
        arn = metadata["Arn"]
        settings: dict[str, Any] = {
            "description": metadata.get("Description", ""),
            "enabled": metadata.get("Enabled", True),
            "multi_region": metadata.get("MultiRegion", False),
            "aliases": list(aliases),
        }
        if metadata.get("KeyState") not in ("Enabled", "Disabled", None):
            settings["state"] = metadata["KeyState"]
        if metadata.get("KeyState") == PENDING_IMPORT:
            del settings["enabled"]
        names = (("spec", "KeySpec"), ("usage", "KeyUsage"), ("origin", "Origin"))
        settings |= {name: metadata[member] for name, member in names if metadata.get(member)}
        tags = self._ask("kms:ListResourceTags", lambda: self._tags(arn), notes)
        if tags is not None:
            settings["tags"] = tags
        if can_rotate(settings.get("spec", DEFAULT_SPEC), settings.get("origin", AWS_KMS)):
            rotation = self._ask("kms:GetKeyRotationStatus", lambda: self._rotation(arn), notes)
            if rotation is not None:
                settings["rotation"] = rotation or None
        else:
            settings["rotation"] = None
        return settings

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self._kms.get_paginator("list_resource_tags").paginate(KeyId=arn)
        return {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]}

    def _rotation(self, arn: str) -> int | bool:
        """The days between rotations, True where they are not told, False where it is not rotated."""
        try:
            status = self._kms.get_key_rotation_status(KeyId=arn)
        except self._errors as error:
            if _code(error) in _NOT_ROTATED:
                return False
            raise
        return bool(status["KeyRotationEnabled"]) and status.get("RotationPeriodInDays", True)

    def _beside(self, arn: str, notes: list[str]) -> None:
        """What lets people use a key and is not in its policy."""

        def names() -> list[str]:
            pages = self._kms.get_paginator("list_key_policies").paginate(KeyId=arn)
            return [name for page in pages for name in page["PolicyNames"]]

        if _RAM in (self._ask("kms:ListKeyPolicies", names, notes) or ()):
            notes.append("has an AWS_RAM policy beside its own: it is shared through AWS RAM, which is not compared")
        grants = self._ask("kms:ListGrants", lambda: self._kms.list_grants(KeyId=arn, Limit=1)["Grants"], notes)
        if grants:
            notes.append("has grants, which allow more than its policy says and are not compared")
