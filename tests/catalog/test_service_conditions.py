"""What is known of services' conditions is what the service catalogue writes, neither more nor less."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kmsgen.catalog.service_conditions import CONDITIONS, THROUGH_OTHERS, UNHELD, named, why_unheld
from kmsgen.policy.model import SERVICE, Statement
from kmsgen.semantics.fences import of_source
from tests.services.harness import LIBRARY, scenarios

READ = frozenset({"kms:DescribeKey", "kms:GetPublicKey"})


def documented() -> Iterator[tuple[str, Statement]]:
    """Every statement of the catalogue for a service principal, with what the service is called."""
    for template in set(LIBRARY.names("services")) - {"aws-service"}:  # whatever service its user names
        for scenario in scenarios(template):
            for statement in scenario.statements:
                yield from ((named(value), statement) for kind, value in statement.principals if kind == SERVICE)


DOCUMENTED = tuple(documented())


def held_by(statement: Statement) -> set[str]:
    return {test.key for test in statement.conditions if of_source(test.key.lower()) is not None}


def test_the_conditions_of_services_are_those_of_the_catalogue() -> None:
    found: dict[str, set[str]] = {}
    for service, statement in DOCUMENTED:
        if keys := held_by(statement):
            found.setdefault(service, set()).update(keys)
    assert {service: set(keys) for service, keys in CONDITIONS.items()} == found


def test_the_statements_that_nothing_holds_are_those_of_the_catalogue() -> None:
    found = {
        (service, statement.actions - READ)
        for service, statement in DOCUMENTED
        if not held_by(statement) and statement.actions - READ
    }
    assert {(service, one.actions) for service, ones in UNHELD.items() for one in ones} == found


def test_services_work_through_others_where_the_catalogue_says_so() -> None:
    found = {
        service for service, statement in DOCUMENTED for test in statement.conditions if test.key == "kms:ViaService"
    }
    assert found == THROUGH_OTHERS


@pytest.mark.parametrize(
    ("principal", "actions", "what"),
    [
        ("events.amazonaws.com", "Decrypt GenerateDataKey GenerateDataKeyPair", "events to SNS topics"),
        ("events.amazonaws.com", "Decrypt Encrypt", None),
        ("cloudtrail.amazonaws.com", "Decrypt GenerateDataKey", "event data stores"),
        ("cloudtrail.amazonaws.com", "Decrypt", "event data stores"),
        ("s3.amazonaws.com", "Decrypt GenerateDataKey", None),
        ("s3.amazonaws.com", "Decrypt GenerateDataKey GenerateDataKeyWithoutPlaintext", "exports of Audit Manager"),
        (
            "cloudtrail.amazonaws.com",
            "Decrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair",
            None,
        ),
        ("scn.eu-west-1.amazonaws.com", "CreateGrant", "instances of Supply Chain"),
        ("nosuchservice.amazonaws.com", "Decrypt", None),
    ],
)
def test_a_statement_is_known_by_service_and_actions(principal: str, actions: str, what: str | None) -> None:
    assert why_unheld(principal, frozenset(f"kms:{name}" for name in actions.split())) == what
