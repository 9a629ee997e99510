"""Takes the pictures of README and docs from a running demo: `python -m tests.browser.screenshots [URL]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: File name, path in the shop, width and height in pixels.
SHOTS = (("results.png", "/?q=red+striped+mug", 1200, 760),)


def take(url: str) -> None:
    """Write every picture to docs/pictures/; the shop at `url` must hold the catalogue that ships."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, path, width, height in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB")
            page.goto(url + path, wait_until="networkidle")
            page.screenshot(path=PICTURES / name)
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
