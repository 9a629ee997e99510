"""The search box as pages load it: `box.js`, one small file made of the modules in `box/` and the client.

`python -m tests.bundles` writes it anew after one of them was changed; a test says so when that was forgotten. What is
fetched on demand (crop, camera, other languages) stays as it is written.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.node import modules, node

STATIC = Path(__file__).parents[1] / "search" / "static" / "product_search"
MADE = STATIC / "box.js"
#: Fetched when somebody needs them.
ON_DEMAND = ("camera", "crop", "messages.de")
_HEAD = "// Made of box/ by `python -m tests.bundles`: change the modules there.\n"


def bundled() -> str:
    """The text of `box.js` as the modules in `box/` want it."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "box.js"
        node(
            modules() / "esbuild" / "bin" / "esbuild",
            STATIC / "box" / "element.js",
            "--bundle",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--charset=utf8",
            *(f"--external:./{name}.js" for name in ON_DEMAND),
            "--log-level=warning",
            f"--outfile={made}",
            cwd=STATIC,
        )
        return _HEAD + made.read_text(encoding="utf-8").replace('import("./', 'import("./box/')


if __name__ == "__main__":
    MADE.write_text(bundled(), encoding="utf-8")
