"""Pictures: chosen, dropped, pasted, cropped and seen by the camera; small and bare before they leave the browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Page, Request, expect

from tests.pictures import picture_bytes

from .conftest import DESKTOP, PATH, PHONE, box

#: Gives the page a picture file as dragging or pasting does.
TRANSFER = """([type, base64, target]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "mine.png", { type: "image/png" }));
    const given = { bubbles: true, cancelable: true };
    (target ? document.querySelector(target) : document.body).dispatchEvent(type === "paste"
        ? new ClipboardEvent(type, { clipboardData: data, ...given })
        : new DragEvent(type, { dataTransfer: data, ...given }));
}"""
#: The EXIF tags for the way up, for who took it, and for the part with the place.
ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825


def photograph(width: int, height: int) -> bytes:
    """As a phone held upright takes it: red above blue, stored lying on its side, and saying where and by whom."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[ORIENTATION] = 8  # to be turned a quarter to the left
    exif[ARTIST] = "Somebody"
    exif[GPS] = {1: "N", 2: (52.0, 31.0, 0.0)}
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()


def sent(request: Request) -> bytes:
    """The picture of a form that was posted."""
    body = request.post_data_buffer or b""
    return body[body.index(b"\xff\xd8\xff") : body.rindex(b"\xff\xd9") + 2]


def choose(page: Page, data: bytes, name: str = "mine.jpg") -> Request:
    """Choose a file; gives the search that follows."""
    with page.expect_request(
        lambda request: request.method == "POST" and "/v1/search" in request.url
    ) as asked:
        page.get_by_label("Search with a picture").set_input_files(
            {"name": name, "mimeType": "image/jpeg", "buffer": data}
        )
    return asked.value


def found(page: Page) -> None:
    expect(page.get_by_role("heading", name="Products that look like your picture")).to_be_visible()
    expect(page.get_by_role("button", name="Your picture remove")).to_be_visible()
    expect(page.locator("product-search .results")).not_to_have_attribute("aria-busy", "true")


def test_what_is_sent_is_small_the_right_way_up_and_says_nothing_else(open_box):
    page = open_box()
    data = photograph(1600, 1200)
    assert b"Somebody" in data
    arrived = sent(choose(page, data))
    picture = Image.open(io.BytesIO(arrived))
    assert picture.format == "JPEG"
    assert picture.size == (384, 512)
    assert not picture.getexif()
    assert b"Exif" not in arrived
    assert b"Somebody" not in arrived
    assert "comment" not in picture.info
    above, below = (picture.convert("RGB").getpixel((192, y)) for y in (60, 450))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert above[0] > 200 > 60 > above[2]
    assert below[2] > 200 > 60 > below[0]
    found(page)


def test_chosen_dropped_and_pasted_it_stays_with_the_words_and_goes_when_it_is_taken_away(open_box, shop):
    red = picture_bytes("red", side=200)
    for width in (PHONE, DESKTOP):
        page = open_box(width=width)
        for way in ("choose", "drop", "paste"):
            if way == "choose":
                choose(page, red)
            else:
                page.evaluate(TRANSFER, [way, base64.b64encode(red).decode()])
            found(page)
            page.get_by_role("button", name="Remove the picture").click()
            expect(page.get_by_role("heading", name="All products")).to_be_visible()

        choose(page, red)
        found(page)
        name = re.search(r"#picture=(\w+)$", page.url)
        assert name
        box(page).fill("mug")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Results for “mug”")).to_be_visible()
        assert page.url == f"{shop}{PATH}?q=mug#picture={name[1]}"
        page.reload()
        expect(page.locator("product-search .head").get_by_alt_text("Your picture")).to_be_visible()
        page.go_back()
        found(page)
        page.get_by_role("button", name="Your picture remove").click()
        expect(page.get_by_role("button", name="Remove the picture")).to_have_count(0)
        page.close()


def test_words_that_wait_in_the_field_go_with_the_picture(open_box, shop):
    page = open_box()
    expect(page.get_by_role("heading", name="All products")).to_be_visible()
    box(page).fill("mug")
    choose(page, picture_bytes("red", side=200))
    expect(page.get_by_role("heading", name="Results for “mug”")).to_be_visible()
    expect(box(page)).to_have_value("mug")
    box(page).fill("plate")
    page.get_by_role("button", name="Remove the picture").click()
    expect(page.get_by_role("heading", name="Results for “plate”")).to_be_visible()
    assert page.url == f"{shop}{PATH}?q=plate"


def test_what_another_field_of_the_page_is_given_is_left_to_it(open_box):
    page = open_box()
    expect(page.get_by_role("heading", name="All products")).to_be_visible()
    page.evaluate("document.body.append(document.createElement('textarea'))")
    red = base64.b64encode(picture_bytes("red", side=20)).decode()
    for way in ("drop", "paste"):
        page.evaluate(TRANSFER, [way, red, "textarea"])
    page.wait_for_timeout(200)
    expect(page.get_by_role("heading", name="All products")).to_be_visible()


def test_what_is_no_picture_or_is_no_longer_here_is_said(open_box, shop):
    page = open_box()
    expect(page.get_by_role("status")).to_have_text("3 products")
    page.get_by_label("Search with a picture").set_input_files(
        {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    expect(page.locator("product-search .told")).to_contain_text("can't be read as a picture")
    page.goto(f"{shop}{PATH}?q=mug#picture=a1b2c3")
    page.reload()
    expect(page.locator("product-search .told")).to_contain_text("no longer here")
    expect(page.get_by_role("heading", name="Results for “mug”")).to_be_visible()


def test_a_part_is_chosen_by_keyboard_and_by_finger(open_box):
    data = io.BytesIO()
    picture = Image.new("RGB", (800, 800), "red")
    picture.paste("blue", (400, 0, 800, 800))
    picture.save(data, "PNG")
    for width in (PHONE, DESKTOP):
        page = open_box(width=width)
        choose(page, data.getvalue())
        found(page)
        page.get_by_role("button", name="Choose a part of the picture").click()
        dialog = page.get_by_role("dialog", name="Choose a part of the picture")
        left, right = (dialog.get_by_role("slider", name=name) for name in ("Left edge", "Right edge"))
        if width == DESKTOP:
            left.focus()
            page.keyboard.press("End")
            assert left.get_attribute("aria-valuenow") == "80"
            right.focus()
            page.keyboard.press("End")
            assert right.get_attribute("aria-valuetext") == "100 %"
        else:
            edge, area = left.bounding_box(), dialog.get_by_alt_text("Your picture").bounding_box()
            assert edge is not None
            assert area is not None
            page.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2)
            page.mouse.down()
            page.mouse.move(area["x"] + 0.6 * area["width"], edge["y"], steps=3)
            page.mouse.up()
            assert left.get_attribute("aria-valuenow") == "60"
        with page.expect_request("**/v1/search**") as asked:
            dialog.get_by_role("button", name="Search with this part").click()
        part = Image.open(io.BytesIO(sent(asked.value))).convert("RGB")
        assert part.width < part.height
        colour = part.getpixel((2, 2))
        assert isinstance(colour, tuple)
        assert colour[2] > 200 > 60 > colour[0], "the blue half alone"
        expect(dialog).to_have_count(0)
        found(page)

        page.get_by_role("button", name="Choose a part of the picture").click()
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("button", name="Choose a part of the picture")).to_be_focused()
        page.close()


def test_the_camera_says_what_it_sees_shows_matches_and_takes_a_picture(open_box, shop):
    for width in (PHONE, DESKTOP):
        page = open_box(width=width)
        page.route("**/v1/classify**", said("Mugs"))
        page.route("**/v1/search", instead_of_matches(page, shop))
        page.get_by_role("button", name="Search with the camera").click()
        dialog = page.get_by_role("dialog", name="Search with the camera")
        expect(dialog.get_by_role("status")).to_have_text("Looks like: Mugs")
        expect(dialog.get_by_role("list", name="Matches").get_by_role("link").first).to_be_visible()
        page.unroute("**/v1/classify**")
        page.route("**/v1/classify**", said(""))
        expect(dialog.get_by_role("status")).to_have_text("Nothing that is known here")
        live = "document.querySelector('product-search').shadowRoot.querySelector('video').srcObject"
        page.evaluate(f"window.stream = {live}")
        with page.expect_request(
            lambda request: b'"per_page"\r\n\r\n24' in (request.post_data_buffer or b"")
        ):
            dialog.get_by_role("button", name="Search with this").click()
        found(page)
        assert page.evaluate("window.stream.getTracks().every((track) => track.readyState === 'ended')")
        page.close()

    page = open_box()
    page.evaluate("void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('refused')))")
    page.get_by_role("button", name="Search with the camera").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("choose a picture instead")


def instead_of_matches(page: Page, shop: str) -> Callable[[Any], None]:
    """What looks like the camera's pattern is nothing; answers with what is browsed."""

    def search(route: Any) -> None:
        if b'"per_page"\r\n\r\n4' in (route.request.post_data_buffer or b""):
            route.fulfill(response=page.request.get(f"{shop}/search/v1/search?per_page=4"))
        else:
            route.continue_()

    return search


def said(label: str) -> Callable[[Any], None]:
    """An answer of v1/classify: the encoder without torch has no opinion."""
    labels = [{"value": "kitchen/mugs", "label": "Mugs", "probability": 0.9}]
    answer = {"labels": labels, "said": "kitchen/mugs" if label else "", "doubt": "", "none_of_these": 0}

    def classify(route: Any) -> None:
        assert b"\xff\xd8\xff" in (route.request.post_data_buffer or b"")
        route.fulfill(json={**answer, "not_a_product": 0, "took_ms": 1})

    return classify
