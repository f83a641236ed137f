"""kmsgen compiles short YAML blueprints into least-privilege AWS KMS key policies.

The library is what `kmsgen.api` has; its names are found here too, and imported when they are first used, so that the
command line starts without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmsgen._version import __version__

if TYPE_CHECKING:
    from kmsgen.api import (
        Always,
        Artefact,
        Baseline,
        Bundle,
        Comparison,
        Decision,
        Denial,
        Difference,
        ExpectationResult,
        Explanation,
        Finding,
        Guardrail,
        Imported,
        ImportedKey,
        Key,
        KeyAccess,
        KeyChange,
        KeyFacts,
        KeyFindings,
        KmsgenError,
        Library,
        Never,
        NeverBoth,
        Options,
        Policy,
        Problem,
        Proof,
        Report,
        Request,
        Requests,
        SourceKey,
        Statement,
        Supplement,
        callers,
        check,
        compare,
        compile_file,
        condition,
        diff,
        emit,
        evaluate,
        explain,
        explain_denial,
        import_keys,
        load_baseline,
        load_guardrails,
        load_source,
        no_public_access,
        only_accounts,
        parse_denial,
        prove,
        read_policy,
        read_policy_text,
        separate_duties,
        to_document,
    )

__all__ = [
    "Always",
    "Artefact",
    "Baseline",
    "Bundle",
    "Comparison",
    "Decision",
    "Denial",
    "Difference",
    "ExpectationResult",
    "Explanation",
    "Finding",
    "Guardrail",
    "Imported",
    "ImportedKey",
    "Key",
    "KeyAccess",
    "KeyChange",
    "KeyFacts",
    "KeyFindings",
    "KmsgenError",
    "Library",
    "Never",
    "NeverBoth",
    "Options",
    "Policy",
    "Problem",
    "Proof",
    "Report",
    "Request",
    "Requests",
    "SourceKey",
    "Statement",
    "Supplement",
    "__version__",
    "callers",
    "check",
    "compare",
    "compile_file",
    "condition",
    "diff",
    "emit",
    "evaluate",
    "explain",
    "explain_denial",
    "import_keys",
    "load_baseline",
    "load_guardrails",
    "load_source",
    "no_public_access",
    "only_accounts",
    "parse_denial",
    "prove",
    "read_policy",
    "read_policy_text",
    "separate_duties",
    "to_document",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kmsgen import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(__all__)
