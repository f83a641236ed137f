"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import kmsgen

NAMES = sorted(
    module.name for module in pkgutil.walk_packages(kmsgen.__path__, "kmsgen.") if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
