"""Reads docs for their own files and commands, so that what a page tells people to do is what its test does."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import textwrap
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

ROOT = Path(__file__).resolve().parents[2]
#: Indented where it belongs to a step of a list.
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"(?:#|//) (?P<path>[\w./-]+\.\w+)(?P<added>, added)?\n")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and text."""

    language: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What a server said to a `curl` line."""

    status: int
    body: Any


def section(page: str, heading: str = "") -> str:
    """The text under `## heading` of docs/`page`; without one, what stands before the first such heading."""
    whole = (ROOT / "docs" / page).read_text(encoding="utf-8")
    before, *parts = re.split(r"^## ", whole, flags=re.MULTILINE)
    if not heading:
        return before
    (found,) = (part for part in parts if part.startswith(heading))
    return found


def blocks(text: str, *languages: str) -> list[Block]:
    """Fenced blocks in order, those only of `languages` where any is given."""
    found = [Block(language, textwrap.dedent(body)) for _, language, body in _BLOCK.findall(text)]
    return [block for block in found if not languages or block.language in languages]


def commands(text: str) -> list[str]:
    """The commands of the shell blocks, one a line; a backslash goes on in the next."""
    lines = "".join(block.text for block in blocks(text, "sh", "bash")).replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def write_files(text: str, folder: Path) -> list[str]:
    """Write each block whose first line names a file, or add it there; returns the names. Folders become packages."""
    written = []
    for block in blocks(text, "python", "json"):
        named = _NAMED.match(block.text)
        if named is None:
            continue
        path = folder / named["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            for parent in path.relative_to(folder).parents[:-1]:
                (folder / parent / "__init__.py").touch()
        body = block.text[named.end() :]
        if path.suffix == ".json":
            json.loads(body)
        path.write_text((path.read_text() if named["added"] else "") + body)
        written.append(named["path"])
    return written


def curl(line: str, *, variables: Mapping[str, str], folder: Path) -> Answer:
    """What curl would do with this command line, for the options our docs use; any other option is an error.

    `variables` replaces parts of the line, such as the server's address.
    """
    for name, value in variables.items():
        line = line.replace(name, value)
    program, *arguments = shlex.split(line)
    assert program == "curl", line
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("address")
    parser.add_argument("-sS", dest="quiet", action="store_true")
    parser.add_argument("-F", dest="parts", action="append", default=[])
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-G", dest="get", action="store_true")
    parser.add_argument("--data-urlencode", dest="encoded", action="append", default=[])
    given = parser.parse_args(arguments)
    if given.get:
        given.address += "?" + urllib.parse.urlencode([tuple(pair.split("=", 1)) for pair in given.encoded])
    headers = dict(header.split(": ", 1) for header in given.headers)
    body = None if given.data is None else given.data.encode()
    if given.parts:
        form: dict[str, list[Any]] = {}
        for name, value in (part.split("=", 1) for part in given.parts):
            file = (folder / value[1:]).open("rb") if value.startswith("@") else None
            form.setdefault(name, []).append(file or value)
        body = encode_multipart(BOUNDARY, form)
        headers["Content-Type"] = MULTIPART_CONTENT
        for value in (each for values in form.values() for each in values):
            if not isinstance(value, str):
                value.close()
    try:
        with urllib.request.urlopen(
            urllib.request.Request(given.address, body, headers), timeout=60
        ) as response:
            return Answer(response.status, _read(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _read(error))


def _read(response: Any) -> Any:
    """The body: JSON read, anything else as text."""
    text = response.read().decode()
    return json.loads(text) if "json" in response.headers["Content-Type"] else text
