"""The types of `openapi.json` as TypeScript, beside `client.js`; a test fails when the stored file is not this.

PYTHONPATH=build/link:. .venv/bin/python -m tests.typescript
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from .node import modules, node

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "search" / "api" / "openapi.json"
TYPES = ROOT / "search" / "static" / "product_search" / "openapi.d.ts"


def text() -> str:
    """What `openapi-typescript` makes of the stored document."""
    command = modules() / "openapi-typescript" / "bin" / "cli.js"
    # What has a default may be left out of a request.
    return node(command, DOCUMENT, "--default-non-nullable=false", cwd=ROOT)


def check(program: Path) -> str:
    """What the strict compiler says against `program`, and against the types that it imports; "" is nothing."""
    flags = (
        "--strict",
        "--noEmit",
        "--target",
        "es2022",
        "--module",
        "esnext",
        "--moduleResolution",
        "bundler",
    )
    packages = modules()
    command = packages / "typescript" / "bin" / "tsc"
    try:
        found = ("--baseUrl", packages, "--skipLibCheck", "--lib", "es2022,dom")
        return node(command, *flags, *found, program, cwd=program.parent)
    except subprocess.CalledProcessError as error:
        return str(error.stdout)


if __name__ == "__main__":
    TYPES.write_text(text(), encoding="utf-8")
