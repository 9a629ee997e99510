"""New products before the camera of the search box: what its live label says of them, with the model that ships."""

from __future__ import annotations

import base64
import io
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog.models import Category
from catalog.rendering.looks import random_view
from catalog.rendering.scene import draw
from tests.acceptance import nothing_sold, reports
from tests.acceptance.new_looks import SIDE, category_path, random_looks
from tests.browser.box.conftest import PATH, PHONE, answered, serve

SEED = 20_261_123
LEAST_RIGHT = 0.85
#: A camera that sees what the test holds before it, in the middle of 640 by 480 pixels, ten times a second.
CAMERA = """() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const drawn = canvas.getContext("2d");
    let held = null;
    setInterval(() => {
        drawn.fillStyle = "#ddd";
        drawn.fillRect(0, 0, 640, 480);
        if (held) drawn.drawImage(held, 80, 0, 480, 480);
    }, 100);
    window.hold = async (url) => {
        const image = new Image();
        image.src = url;
        await image.decode();
        held = image;
    };
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
}"""


def held_before(page: Page, picture: Any) -> None:
    """Hold a picture before the camera, and wait until a look that was asked for after that is answered."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "PNG")
    page.evaluate(
        "(url) => window.hold(url)", f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    )
    page.wait_for_timeout(250)  # two frames of the camera
    for _ in range(2):  # the first may have been on its way
        with page.expect_response(re.compile("/v1/classify")) as answer:
            pass
        assert answer.value.ok


def label(page: Page) -> str:
    """What the box says it sees; "" where it says that it knows nothing of the kind."""
    said = page.get_by_role("dialog").get_by_role("status").inner_text()
    return said.removeprefix("Looks like: ") if said.startswith("Looks like: ") else ""


@pytest.mark.acceptance_size(name="box-camera")
def test_the_camera_says_what_it_sees(
    browser: Browser, shop: None, live_server: Any, new_page: Callable[..., Page], model_settings, settings
) -> None:
    settings.PRODUCT_SEARCH = model_settings
    asked = reports.asked("box-camera")
    rng = random.Random(SEED)
    looks = random_looks(int(asked["products"]), rng)
    shown = [draw(look, random_view(rng, look, calm=True), SIDE) for look in looks]
    categories = {each.path: each for each in Category.objects.all()}
    truth = [_names(category_path(look, categories), categories) for look in looks]
    nothing = [nothing_sold.picture(number) for number in range(int(asked["nothing"]))]

    page = new_page(width=PHONE)
    serve(page, live_server.url, "en", {})
    page.goto(f"{live_server.url}{PATH}")
    page.evaluate(CAMERA)
    page.get_by_role("button", name="Search with the camera").click()
    said, matched = [], 0
    matches = page.get_by_role("dialog").get_by_role("list", name="Matches").get_by_role("link")
    for picture in shown:
        held_before(page, picture)
        page.wait_for_timeout(300)  # until the label and its matches are drawn
        said.append(label(page))
        matched += matches.count() > 0
    of_nothing = []
    for picture in nothing:
        held_before(page, picture)
        page.wait_for_timeout(300)
        of_nothing.append(label(page))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.close()
    answered()

    right = [name in names for name, names in zip(said, truth, strict=True) if name]
    reports.write_report(
        "box-camera",
        sizes={"products": len(shown), "nothing": len(nothing)},
        seeds={"looks": SEED},
        result={
            "said": round(len(right) / len(shown), 4),
            "right": round(sum(right) / len(right), 4),
            "with_matches": matched,
            "nothing_named": sum(name == "" for name in of_nothing),
        },
    )
    assert len(right) >= LEAST_RIGHT * len(shown)
    assert sum(right) >= LEAST_RIGHT * len(right)
    assert sum(name == "" for name in of_nothing) >= LEAST_RIGHT * len(nothing)


def _names(path: str, categories: dict[str, Category]) -> set[str]:
    """Of a category and of those above it: "Kitchen" is no wrong name for a mug."""
    parts = path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    return {categories[each].name for each in above if each in categories}
