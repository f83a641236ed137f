"""The page on CloudFormation is walked through, against a stand-in for AWS that makes the stacks."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cloudformation.mended import mend
from tests.conftest import Kmsgen
from tests.guide import walk


@pytest.fixture
def aws(aws_account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty account in which stacks can be made."""
    mend(monkeypatch)


def deploy(folder: Path, arguments: list[str]) -> str:
    """`aws cloudformation deploy`: a stack is made, or changed where it is there."""
    at = arguments.index("--parameter-overrides") if "--parameter-overrides" in arguments else len(arguments)
    options = dict(zip(arguments[:at:2], arguments[1:at:2], strict=True))
    parameters = dict(one.split("=", 1) for one in arguments[at + 1 :])
    client = boto3.client("cloudformation", region_name=options["--region"])
    name = options["--stack-name"]
    known = {one["StackName"] for one in client.describe_stacks()["Stacks"]}
    wanted: dict[str, Any] = {
        "StackName": name,
        "TemplateBody": (folder / options["--template-file"]).read_text(encoding="utf-8"),
        "Parameters": [{"ParameterKey": one, "ParameterValue": value} for one, value in parameters.items()],
    }
    (client.update_stack if name in known else client.create_stack)(**wanted)
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return f"Successfully created/updated stack - {name}"


def output_of(arguments: list[str]) -> str:
    """`aws cloudformation describe-stacks`, asked for one output."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    wanted = re.search(r"OutputKey=='(\w+)'", options["--query"])
    client = boto3.client("cloudformation", region_name=options["--region"])
    (stack,) = client.describe_stacks(StackName=options["--stack-name"])["Stacks"]
    return next(str(one["OutputValue"]) for one in stack["Outputs"] if wanted and one["OutputKey"] == wanted[1])


@pytest.mark.usefixtures("aws")
def test_the_page_on_cloudformation_does_what_it_says(kmsgen: Kmsgen, tmp_path: Path) -> None:
    variables: dict[str, str] = {}

    def run(line: str) -> str:
        if assigned := re.fullmatch(r"(\w+)=\$\((.*)\)", line):
            variables[assigned[1]] = run(assigned[2])
            return ""
        for name, value in variables.items():
            line = line.replace(f"${name}", value)
        program, *arguments = shlex.split(line)
        if program == "kmsgen":
            ran = kmsgen(*arguments)
            return ran.out + ran.err
        assert (program, arguments[0]) == ("aws", "cloudformation")
        return deploy(tmp_path, arguments[2:]) if arguments[1] == "deploy" else output_of(arguments[2:])

    assert walk("cloudformation.md", tmp_path, run) == 12
