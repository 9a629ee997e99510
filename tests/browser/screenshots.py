"""Takes the pictures of README and docs: `python -m tests.browser.screenshots [URL]`.

Without a URL it starts a demo of its own, with the catalogue and the model that ship, and stops it at the end. With
one, the shop there must hold that catalogue and let `admin`/`admin` in, as every demo does.
"""

from __future__ import annotations

import io
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from .chromium import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "fixtures" / "catalogue"
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 250_000
#: On a busy machine the first search waits for the model to be loaded.
PATIENCE_MS = 120_000
ONCE_MORE_MS = 3_000

WIDE = (1440, 900)
PHONE = (390, 844)


def _home(page: Page, url: str) -> None:
    page.goto(url)


def _results(page: Page, url: str) -> None:
    page.goto(f"{url}/products/?q=red+striped+mug")


def _picture_search(page: Page, url: str) -> None:
    page.goto(f"{url}/products/")
    page.get_by_label("Search with a picture").set_input_files(CATALOGUE / "images" / "mug-1001-1.webp")
    page.get_by_role("combobox", name="What are you looking for?").fill("blue")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("heading", name="Results for “blue”").wait_for()


def _box(page: Page, url: str) -> None:
    """Found by a picture, and on the way to something else."""
    page.goto(f"{url}/products/")
    page.get_by_label("Search with a picture").set_input_files(CATALOGUE / "images" / "mug-1001-1.webp")
    page.get_by_role("heading", name="Products that look like your picture").wait_for()
    page.get_by_role("combobox", name="What are you looking for?").press_sequentially("striped m")
    page.get_by_role("option").filter(has=page.locator("img")).first.wait_for()
    page.keyboard.press("ArrowDown")


def _product(page: Page, url: str) -> None:
    page.goto(f"{url}/products/bags/backpacks/?sort=rating")
    page.locator(".tile-link").first.click()
    page.get_by_role("heading", name="More like this").wait_for()


def _index_page(page: Page, url: str) -> None:
    _sign_in(page, url)
    page.goto(f"{url}/admin/product_search/index/")


def _playground(page: Page, url: str) -> None:
    """Why each hit is there; a word that no product says among them."""
    _sign_in(page, url)
    page.goto(f"{url}/admin/product_search/playground/?q=red+striped+mug")
    # Tags are made, and named, after what they are of can be found.
    for _ in range(PATIENCE_MS // ONCE_MORE_MS):
        if page.get_by_text("its tags say").count():
            break
        page.wait_for_timeout(ONCE_MORE_MS)
        page.reload()
    page.locator("img").nth(3).wait_for()
    page.get_by_role("heading", name=re.compile(r"^\d+ products$")).evaluate("each => each.scrollIntoView()")


def _sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/login/?next=/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


#: File name, what is shown, and the window in pixels.
SHOTS: tuple[tuple[str, Callable[[Page, str], None], tuple[int, int]], ...] = (
    ("home", _home, WIDE),
    ("results", _results, WIDE),
    ("picture-search", _picture_search, WIDE),
    ("box", _box, WIDE),
    ("product", _product, WIDE),
    ("phone", _results, PHONE),
    ("index", _index_page, WIDE),
    ("playground", _playground, WIDE),
)


def take(url: str) -> None:
    """Write every picture to docs/pictures/ as WebP."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, show, (width, height) in SHOTS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce"
            )
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            show(page, url)
            page.wait_for_load_state("load")
            # Decoded, not just fetched: a shot may come between the two.
            page.evaluate(
                "Promise.all([...document.images].filter(i => i.loading != 'lazy').map(i => i.decode()))"
            )
            print(f"{name}: {_write(PICTURES / f'{name}.webp', page.screenshot()):,} bytes")
            context.close()
        browser.close()


def _write(path: Path, screenshot: bytes) -> int:
    """Store it as small as its limit asks for; returns its size in bytes."""
    picture = Image.open(io.BytesIO(screenshot)).convert("RGB")
    for quality in (88, 80, 70):
        data = io.BytesIO()
        picture.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= MOST_BYTES:
            path.write_bytes(data.getvalue())
            return data.tell()
    raise ValueError(f"{path.name} has {data.tell():,} bytes, more than {MOST_BYTES:,}")


@contextmanager
def demo() -> Iterator[str]:
    """A demo of its own on a free port, with its things in a temporary folder; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="screenshots-", ignore_cleanup_errors=True) as home:
        command = [sys.executable, "manage.py", "demo", "--port", str(port), "--home", home]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            for line in running.stdout or ():
                print(line, end="")
                if re.search(r"http://127\.0\.0\.1:\d+/$", line.strip()):
                    break
            else:
                raise SystemExit("The demo did not start; what it said stands above.")
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(60)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take(sys.argv[1].rstrip("/"))
    else:
        with demo() as address:
            take(address)
