"""A service is not named as AWS names services.

The name is that of a host, like `cloudtrail.amazonaws.com`, in lower case. KMS refuses other text under `Service`, or
takes it and no service matches.

Avoid:

    Principal: {Service: cloudtrail}

Prefer:

    Principal: {Service: cloudtrail.amazonaws.com}

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

from __future__ import annotations

from collections.abc import Iterator

from kmsgen.analysis.finding import Found
from kmsgen.analysis.naming import flaws
from kmsgen.analysis.subject import View
from kmsgen.semantics.world import KeyFacts

CODE = "KMS416"
SEVERITY = "error"
LIKE = ("access-analyzer INVALID_SERVICE_PRINCIPAL_FORMAT",)


def check_statement(view: View, facts: KeyFacts) -> Iterator[Found]:
    """Every text under `Service` that is certainly no service's name."""
    return flaws(view.statement, "malformed-service")
