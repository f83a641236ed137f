"""Policies that others wrote to blueprints that provably mean the same: the compiler's mirror."""

from kmsgen.importer.keys import import_keys
from kmsgen.importer.model import Finding, Findings, Imported, ImportedKey, Removal

__all__ = ["Finding", "Findings", "Imported", "ImportedKey", "Removal", "import_keys"]
