"""The writer of Terraform's language, against Terraform itself: what it formats, and what it reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsgen.emitters import hcl
from tests.conftest import run

TEXT = st.text(
    st.one_of(
        st.sampled_from(list('"\\${}%\n\t a#/*é東🔑\u0301')), st.characters(exclude_categories=["Cs"], min_codepoint=1)
    ),
    max_size=12,
)
VALUE = st.recursive(
    st.one_of(TEXT, st.integers(-(10**9), 10**9), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT.filter(bool), inner, max_size=4)),
    max_leaves=12,
)
HOSTILE = (
    "${x}", "$${x}", "$$${x}", "%{if true}", "%%{x}", "$", "$$", "%", '"', "\\", "\\n", "a\nb", "\t", "\r", "\x01", "\x7f",
    "#", "//", "/*", "<<EOT", "${", "%{", "}", "é", "東京", "🔑", "\u2028", "\ufeff", "~}", "$${aws:username}",
)  # fmt: skip


def canonical(value: Any) -> Any:
    """A value as Terraform has it: texts in Unicode's composed form, keys of an object sorted."""
    import unicodedata

    if isinstance(value, dict):
        return {canonical(key): canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def test_terraform_reads_hostile_strings_as_they_are(evaluated: Callable[[dict[str, str]], dict[str, Any]]) -> None:
    assert evaluated({f"v{number}": hcl.quoted(text) for number, text in enumerate(HOSTILE)}) == {
        f"v{number}": text for number, text in enumerate(HOSTILE)
    }


@given(values=st.lists(VALUE, min_size=10, max_size=20))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_terraform_reads_any_value_as_it_is(
    evaluated: Callable[[dict[str, str]], dict[str, Any]], values: list[Any]
) -> None:
    named = {f"v{number}": value for number, value in enumerate(values) if _distinct(value)}
    read = evaluated({name: hcl.value(value, "  ") for name, value in named.items()})
    assert read == {name: canonical(value) for name, value in named.items()}


def _distinct(value: Any) -> bool:
    """Whether the names in a value stay distinct when composed; Terraform refuses two names that are one."""
    if isinstance(value, dict):
        return len({canonical(key) for key in value}) == len(value) and all(map(_distinct, value.values()))
    return all(map(_distinct, value)) if isinstance(value, list) else True


@given(values=st.lists(VALUE, min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_terraform_fmt_leaves_it_as_it_is(terraform: str, tmp_path: Path, values: list[Any]) -> None:
    body: list[Any] = [(f"name_{'x' * number}", value) for number, value in enumerate(values)]
    body[1:1] = [None, ("call", hcl.Call("jsonencode", {"a": values, "bcd": 1, "東京": 2, "e f": "x"}))]
    body += [None, hcl.Block("lifecycle", (), (("prevent_destroy", True), ("ignore", [])))]
    text = hcl.document("Generated.", [hcl.Block("resource", ("a", "b"), tuple(body)), hcl.Block("moved", (), ())])
    path = tmp_path / "main.tf"
    path.write_text(text, encoding="utf-8", newline="\n")
    run(terraform, "fmt", "-check", "-diff", str(path), cwd=tmp_path)


@pytest.mark.parametrize(
    ("content", "written"),
    [
        ({}, "{}"),
        ([], "[]"),
        (True, "true"),
        (-3, "-3"),
        (hcl.Raw("var.x"), "var.x"),
        (["a"], '[\n  "a",\n]'),
        ({"a": 1, "long": 2, "b": {"c": 3}, "d": 4}, "{\n  a    = 1\n  long = 2\n  b = {\n    c = 3\n  }\n  d = 4\n}"),
        ({"kms:ViaService": "x"}, '{\n  "kms:ViaService" = "x"\n}'),
    ],
)
def test_how_a_value_is_written(content: Any, written: str) -> None:
    assert hcl.value(content) == written
