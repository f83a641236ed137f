"""Parameters of stacks as the user gives them: what is refused, and which must be some template's."""

from __future__ import annotations

import pytest

from kmsgen.errors import KmsgenError
from kmsgen.sources.parameters import Parameters, parameters_of


def test_a_value_may_hold_anything() -> None:
    assert parameters_of(["A=b=c, d", "E=", "A=b=c, d"]).values == {"A": "b=c, d", "E": ""}


def test_every_mistake_is_told() -> None:
    with pytest.raises(KmsgenError) as refused:
        parameters_of(["A", "=b", "AWS::Region=x", "AWS::NotificationARNs=x", "C=1", "C=2"])
    assert [one.message for one in refused.value.problems] == [
        "`--parameter` takes `NAME=VALUE`, not `A`",
        "`--parameter` takes `NAME=VALUE`, not `=b`",
        "`AWS::Region` is given by `--region`",
        "`AWS::NotificationARNs` cannot be given",
        "`--parameter C` is given as `1` and as `2`",
    ]


@pytest.mark.parametrize(
    ("met", "wanted", "problems"),
    [
        (["Env", "Other"], True, []),
        (["Envs"], True, ["there is no parameter `Env` (did you mean `Envs`?)"]),
        (["Team", "Size"], True, ["there is no parameter `Env` (the parameters are `Size`, `Team`)"]),
        ([], True, ["there is no parameter `Env` (none of the sources is a template with parameters)"]),
        ([], False, []),
    ],
)
def test_a_name_that_no_template_has_is_a_mistake_of_the_command_line(
    met: list[str], wanted: bool, problems: list[str]
) -> None:
    given = Parameters({"Env": "a", "AWS::StackName": "b"}, wanted)
    given.meet(met)
    assert [str(one) for one in given.unmet()] == problems
