"""The browser: Debian's Chromium or whatever is on PATH, else Playwright's own; `python -m` says when there is none."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# The shell is the same engine without windows: pages cost it half as much.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
# Within the folder of `playwright install`, whose names change with its versions.
INSTALLED = ("chromium*/*/chrome-headless-shell", "chromium*/*/headless_shell", "chromium*/*/chrome")
FOLDER = ".cache/ms-playwright" if sys.platform != "darwin" else "Library/Caches/ms-playwright"
MISSING = (
    "*** NOT TESTED: the browser tests, for want of Chromium. Fix: sudo apt-get install chromium-headless-shell, "
    "or .venv/bin/playwright install --with-deps chromium ***"
)


def found(installed: Path) -> str | None:
    """The browser to test with; `installed` is where Playwright keeps its own."""
    on_path = (path for name in NAMES if (path := shutil.which(name)))
    of_playwright = (str(path) for pattern in INSTALLED for path in sorted(installed.glob(pattern)))
    return next(on_path, None) or next(of_playwright, None)


CHROMIUM = found(Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / FOLDER))

if __name__ == "__main__" and CHROMIUM is None:
    print(MISSING)
