"""The schema in the YAML language server itself, which VS Code, Neovim and others run; skipped where it is not here.

`npm install -g yaml-language-server` brings it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kmsgen.cli.init import SCHEMA
from kmsgen.cli.schema import schema_text
from kmsgen.templates import Library

SERVER = shutil.which("yaml-language-server")
pytestmark = pytest.mark.skipif(SERVER is None, reason="the program yaml-language-server is not here")

HEAD = f"""\
# yaml-language-server: $schema={SCHEMA}
version: 1
"""
KEY = f"{HEAD}keys:\n  orders:\n"
GOOD = f"""\
{KEY}\
    account: "111122223333"
    users:
      - {{principal: role/App, can: decrypt, when: {{via: s3}}}}
    services:
      - ebs
      - cloudtrail: {{trail: org, readers: role/Reader}}
      - {{service: s3, bucket: orders}}
    guards: [no-lockout-bypass]
"""
BAD = f"""\
{KEY}\
    acount: "111122223333"
    users:
      - {{principal: group/Admins, can: decrypt}}
      - {{principal: role/App, when: {{vai: s3}}}}
    services:
      - cloudtrail: {{trial: org}}
      - {{service: s3, buckets: orders}}
"""


class Server:
    """The language server, spoken to over its standard input and output."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process, self._folder, self._count = process, folder, 0
        self.diagnostics: dict[str, list[str]] = {}
        self.ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={"workspace": {}})
        self._send(method="initialized", params={})

    def open(self, text: str) -> dict[str, str]:
        """Open a text as a blueprint beside the schema."""
        self._count += 1
        document = {"uri": (self._folder / f"{self._count}.yaml").as_uri()}
        opened = {**document, "languageId": "yaml", "version": 1, "text": text}
        self._send(method="textDocument/didOpen", params={"textDocument": opened})
        return document

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request; what comes in between is taken note of."""
        self._count += 1
        self._send(id=self._count, method=method, params=params)
        while True:
            message = self._receive()
            if message.get("id") == self._count and "method" not in message:
                return message["result"]

    def told(self, document: dict[str, str]) -> list[str]:
        """What is underlined, once the server has looked at the text."""
        while document["uri"] not in self.diagnostics:
            self._receive()
        return self.diagnostics[document["uri"]]

    def _send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            lines = [f"{one['range']['start']['line'] + 1}: {one['message']}" for one in params["diagnostics"]]
            self.diagnostics[params["uri"]] = lines
        elif "method" in message and "id" in message:
            asked = message.get("params", {}).get("items", [])
            self._send(id=message["id"], result=[{} for _ in asked])
        return message


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("edited")
    (folder / SCHEMA).write_text(schema_text(Library()), encoding="utf-8")
    pipe = subprocess.PIPE
    with subprocess.Popen([str(SERVER), "--stdio"], stdin=pipe, stdout=pipe) as process:
        yield Server(process, folder)
        process.kill()


def place(text: str, mark: str) -> dict[str, int]:
    """The place of a mark in a text."""
    before = text[: text.index(mark)]
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}|", {"accounts", "defaults", "keys", "environments"}),
        (f"{KEY}    |", {"account", "spec", "rotation", "users", "services", "guards", "expect"}),
        (f"{KEY}    spec: |", {"SYMMETRIC_DEFAULT", "RSA_2048", "ML_DSA_65"}),
        (f"{KEY}    users:\n      - principal: role/A\n        |", {"can", "when", "pin"}),
        (f"{KEY}    users:\n      - principal: role/A\n        can: |", {"decrypt", "encrypt-decrypt", "sign"}),
        (f"{KEY}    users:\n      - principal: role/A\n        when:\n          |", {"via", "mfa", "source_vpce"}),
        (f"{KEY}    users:\n      - principal: role/A\n        when:\n          via: |", {"s3", "ebs", "dynamodb"}),
        (f"{KEY}    services:\n      - |", {"ebs", "cloudtrail", "service"}),
        (f"{KEY}    services:\n      - cloudtrail:\n          |", {"trail", "accounts", "readers", "when"}),
        (f"{KEY}    services:\n      - service: s3\n        |", {"bucket", "readers", "for", "when"}),
        (f"{KEY}    guards:\n      - network-only:\n          |", {"vpces", "vpcs", "cidrs", "except"}),
        (f"{KEY}    root: |", {"recovery", "delegate", "delegate-admin"}),
        (f"{KEY}    allow_findings:\n      - rule: |", {"rotation-off", "KMS101"}),
    ],
)
def test_what_is_completed(server: Server, text: str, expected: set[str]) -> None:
    document = server.open(text.replace("|", ""))
    result = server.ask("textDocument/completion", textDocument=document, position=place(text, "|"))
    labels = {one["label"] for one in (result["items"] if isinstance(result, dict) else result)}
    assert expected <= labels


@pytest.mark.parametrize(
    ("service", "other"),
    [("s3", "s3-storage-lens"), ("cloudtrail", "cloudtrail-lake-import"), ("dynamodb", "dynamodb-zero-etl")],
)
def test_a_service_whose_name_begins_that_of_another_has_its_own_parameters(
    server: Server, service: str, other: str
) -> None:
    text = f"{KEY}    services:\n      - service: {service}\n        |"
    document = server.open(text.replace("|", ""))
    result = server.ask("textDocument/completion", textDocument=document, position=place(text, "|"))
    labels = {one["label"] for one in (result["items"] if isinstance(result, dict) else result)}
    found = [Library().find("services", name) for name in (service, other)]
    own, others = (set(one.parameters) if one else set[str]() for one in found)
    assert own <= labels
    assert others - own
    assert not (others - own) & labels


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("account:", "The key's account: a name from `accounts`"),
        ("decrypt,", "Reads data encrypted under the key"),
        ("via:", "Only through these services"),
        ("ebs", "Principals create, attach and copy encrypted volumes"),
        ("cloudtrail:", "CloudTrail encrypts the log and digest files"),
        ("cloudtrail:", "[How AWS documents it](https://docs.aws.amazon.com/"),
        ("readers:", "Principals that read the log files from S3."),
        ("s3, bucket", "Principals write and read the objects of a bucket"),
        ("bucket:", "The buckets, by name or ARN."),
        ("no-lockout-bypass", "Denies putting a policy with the safety check switched off"),
    ],
)
def test_what_is_shown(server: Server, mark: str, expected: str) -> None:
    document = server.open(GOOD)
    shown = server.ask("textDocument/hover", textDocument=document, position=place(GOOD, mark))
    assert expected in shown["contents"]["value"]


def test_what_is_underlined(server: Server) -> None:
    assert server.told(server.open(GOOD)) == []
    told = server.told(server.open(BAD))
    assert {line.split(":")[0] for line in told} == {"5", "7", "8", "10", "11"}
    assert "5: Property acount is not allowed." in told
    assert '11: Missing property "bucket".' in told
