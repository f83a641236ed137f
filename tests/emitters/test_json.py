"""JSON files are what the standard library writes of the canonical document, whatever stands in a policy."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kmsgen.emitters import emit
from kmsgen.emitters.artefact import Options
from kmsgen.policy.key import Bundle
from kmsgen.policy.model import ANYONE, AWS, PRINCIPAL_KINDS, Condition, Effect, Policy, Principal, Statement
from kmsgen.policy.write import to_document
from tests.support import HEAD, bundle

TEXT = st.text(min_size=1, max_size=6)
PRINCIPALS = st.one_of(
    st.frozensets(st.builds(Principal, st.sampled_from(PRINCIPAL_KINDS), TEXT), max_size=4),
    st.sampled_from([frozenset({Principal(ANYONE, "*")}), frozenset({Principal(AWS, "*")})]),
)
CONDITIONS = st.dictionaries(
    st.tuples(st.sampled_from(["StringEquals", "ArnLike", "Null"]), TEXT), st.frozensets(TEXT, max_size=3), max_size=3
).map(lambda tests: frozenset(Condition(*test, tuple(sorted(values))) for test, values in tests.items()))
STATEMENTS = st.builds(
    Statement,
    effect=st.sampled_from(Effect),
    principals=PRINCIPALS,
    not_principals=PRINCIPALS,
    actions=st.frozensets(TEXT, max_size=3),
    not_actions=st.frozensets(TEXT, max_size=2),
    resources=st.frozensets(TEXT, max_size=2),
    not_resources=st.frozensets(TEXT, max_size=2),
    conditions=CONDITIONS,
    sid=st.none() | TEXT,
)
POLICIES = st.builds(
    Policy,
    st.lists(STATEMENTS, max_size=3).map(tuple),
    version=st.sampled_from(["2012-10-17", "2008-10-17", None]),
    id=st.none() | TEXT,
)
(KEY,) = bundle(f"{HEAD}keys:\n  key: {{admins: [role/Admin]}}\n").keys


@given(POLICIES)
def test_a_policy_is_written_as_its_document_is_with_an_indent_of_two(policy: Policy) -> None:
    (artefact,) = emit("json", Bundle("test", "test.yaml", (replace(KEY, policy=policy),)), Options())
    assert artefact.text == json.dumps(to_document(policy), indent=2, ensure_ascii=False) + "\n"
