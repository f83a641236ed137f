"""Templates: roles, services, guards and root modes, found by name and read; the compiler fills them."""

from __future__ import annotations

from kmsgen.templates.library import Library, load, shipped_folder
from kmsgen.templates.model import KINDS, PARAMETER_TYPES, Kind, Parameter, ParameterType, Pattern, Template

__all__ = [
    "KINDS",
    "PARAMETER_TYPES",
    "Kind",
    "Library",
    "Parameter",
    "ParameterType",
    "Pattern",
    "Template",
    "load",
    "shipped_folder",
]
