"""The catalogue against the KMS API's own model, and against the errors that people make."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from kmsgen.catalog import actions, condition_keys, key_specs
from kmsgen.catalog.actions import ACTIONS, GRANT_OPERATIONS

MODEL: Any = botocore.session.get_session().get_service_model("kms")
# `ReEncrypt` is one operation and two permissions; one permission belongs to a service-linked role and to no operation.
NO_OPERATION = {"kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:SynchronizeMultiRegionKey"}


def enum(shape: str) -> set[str]:
    return set(MODEL.shape_for(shape).enum)


def test_every_operation_of_the_api_is_an_action() -> None:
    operations = {f"kms:{name}" for name in MODEL.operation_names} - {"kms:ReEncrypt"}
    assert set(ACTIONS) == operations | NO_OPERATION


def test_key_specs_usages_and_origins_are_those_of_the_api() -> None:
    assert set(key_specs.SPECS) == enum("KeySpec")
    assert set(key_specs.USAGES) == enum("KeyUsageType")
    assert set(key_specs.ORIGINS) == enum("OriginType")


def test_grant_operations_are_those_of_the_api() -> None:
    assert enum("GrantOperation") == GRANT_OPERATIONS


def test_every_action_that_a_key_policy_can_grant_works_on_some_key() -> None:
    working: set[str] = set()
    for spec in key_specs.SPECS.values():
        for usage in spec.usages:
            for origin in spec.origins:
                working |= key_specs.working_actions(spec.name, usage, origin, spec.multi_region)
    assert working == {name for name, action in ACTIONS.items() if action.in_key_policy}


@pytest.mark.parametrize(
    ("spec", "usage", "uses"),
    [
        (
            "SYMMETRIC_DEFAULT",
            "ENCRYPT_DECRYPT",
            "Decrypt Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext"
            " GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo",
        ),
        ("RSA_2048", "ENCRYPT_DECRYPT", "Decrypt Encrypt GetPublicKey ReEncryptFrom ReEncryptTo"),
        ("RSA_4096", "SIGN_VERIFY", "GetPublicKey Sign Verify"),
        ("ECC_NIST_P256", "KEY_AGREEMENT", "DeriveSharedSecret GetPublicKey"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "GetPublicKey Sign Verify"),
        ("ML_DSA_87", "SIGN_VERIFY", "GetPublicKey Sign Verify"),
        ("HMAC_512", "GENERATE_VERIFY_MAC", "GenerateMac VerifyMac"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "Decapsulate Encapsulate GetPublicKey"),
        ("SM2", "KEY_AGREEMENT", "DeriveSharedSecret GetPublicKey"),
    ],
)
def test_what_a_key_can_be_used_for(spec: str, usage: str, uses: str) -> None:
    working = key_specs.working_actions(spec, usage, "AWS_KMS", False)
    found = {name.removeprefix("kms:") for name in working if ACTIONS[name].category in ("use", "public-key")}
    assert found == set(uses.split())


def test_what_the_origin_and_replication_of_a_key_change() -> None:
    def works(origin: str, multi_region: bool) -> frozenset[str]:
        return key_specs.working_actions("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", origin, multi_region)

    plain = works("AWS_KMS", False)
    assert works("AWS_KMS", True) - plain == {
        "kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:SynchronizeMultiRegionKey",
    }  # fmt: skip
    imports = {"kms:ImportKeyMaterial", "kms:GetParametersForImport", "kms:DeleteImportedKeyMaterial"}
    assert works("EXTERNAL", False) - plain == imports
    assert plain - works("EXTERNAL", False) == {"kms:EnableKeyRotation", "kms:DisableKeyRotation"}
    assert "kms:GenerateDataKeyPair" not in works("AWS_CLOUDHSM", False)
    assert "kms:RotateKeyOnDemand" not in works("EXTERNAL_KEY_STORE", False)


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("kms:DeleteKey", "there is no action `kms:DeleteKey`", None),
        ("kms:ReEncrypt", "there is no action `kms:ReEncrypt`", None),
        ("kms:decryp", "unknown action `kms:decryp`", "did you mean `kms:Decrypt`?"),
        ("kms=Decrypt", "`kms=Decrypt` is not a KMS action", "did you mean `kms:Decrypt`?"),
        ("s3:GetObject", "`s3:GetObject` is not a KMS action", None),
        ("kms:CreateKey", "a key policy cannot grant `kms:CreateKey`", "put it in the caller's IAM policy"),
        ("kms:RetireGrant", "a key policy cannot grant `kms:RetireGrant`", "put it in the caller's IAM policy"),
        ("kms:Foo*", "unknown action `kms:Foo*`", None),
    ],
)
def test_what_is_no_action(written: str, message: str, hint: str | None) -> None:
    wrong = actions.mistake(written)
    assert wrong is not None
    assert wrong[0].startswith(message)
    assert wrong[1] == hint


@pytest.mark.parametrize("written", ["kms:Decrypt", "KMS:DECRYPT", "kms:*", "*", "kms:ReEncrypt*", "kms:QuantumLeap"])
def test_what_may_be_an_action(written: str) -> None:
    assert actions.mistake(written) is None


@pytest.mark.parametrize(
    ("action", "key", "kind", "carried"),
    [
        ("kms:Decrypt", "kms:EncryptionContext:app", actions.SYMMETRIC, True),
        ("kms:Decrypt", "kms:EncryptionContext:app", actions.ASYMMETRIC_ENCRYPT, False),
        ("kms:DescribeKey", "kms:EncryptionContext:app", actions.SYMMETRIC, False),
        ("kms:DescribeKey", "KMS:encryptioncontextkeys", actions.SYMMETRIC, False),
        ("kms:DescribeKey", "kms:ViaService", actions.SYMMETRIC, True),
        ("kms:DescribeKey", "kms:RequestAlias", actions.SYMMETRIC, True),
        ("kms:PutKeyPolicy", "kms:RequestAlias", actions.SYMMETRIC, False),
        ("kms:CreateGrant", "kms:GrantIsForAWSResource", actions.SYMMETRIC, True),
        ("kms:Decrypt", "kms:GrantIsForAWSResource", actions.SYMMETRIC, False),
        ("kms:Decrypt", "kms:RecipientAttestation:PCR3", actions.SYMMETRIC, True),
        ("kms:Encrypt", "kms:RecipientAttestation:ImageSha384", actions.SYMMETRIC, False),
        ("kms:TagResource", "aws:RequestTag/team", actions.SYMMETRIC, True),
        ("kms:Decrypt", "aws:RequestTag/team", actions.SYMMETRIC, False),
        ("kms:Decrypt", "aws:PrincipalTag/team", actions.SYMMETRIC, True),
        ("kms:Sign", "kms:SigningAlgorithm", actions.ASYMMETRIC_SIGN, True),
    ],
)
def test_which_requests_carry_a_condition_key(action: str, key: str, kind: str, carried: bool) -> None:
    assert condition_keys.carries(action, key, kind) is carried


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("kms:ResourceAliases", "cannot stand in a key policy"),
        ("aws:ResourceTag/team", "cannot stand in a key policy"),
        ("kms:ViaServices", "unknown condition key"),
        ("aws:SourceARNs", "unknown condition key"),
        ("ViaService", "is not a condition key"),
    ],
)
def test_what_is_no_condition_key(key: str, message: str) -> None:
    wrong = condition_keys.mistake(key)
    assert wrong is not None
    assert message in wrong[0]


@pytest.mark.parametrize("key", ["kms:viaservice", "aws:PrincipalTag/x", "kms:EncryptionContext:aws:s3:arn", "foo:bar"])
def test_what_may_be_a_condition_key(key: str) -> None:
    assert condition_keys.mistake(key) is None
