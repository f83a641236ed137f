"""A policy's statements to a draft: root mode, roles, services and guards where they mean the same."""

from __future__ import annotations

from kmsgen.importer.bench import Bench
from kmsgen.importer.model import Draft
from kmsgen.importer.settle import nobody
from kmsgen.importer.verbatim import Cleaned, written_out


def recognised(bench: Bench, statements: tuple[Cleaned, ...]) -> Draft:
    """The draft that the statements of a policy make."""
    items = [written_out(place, one) for place, one in enumerate(statements) if one.statement is not None]
    return Draft(nobody(), tuple(items))
