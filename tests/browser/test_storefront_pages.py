"""Every page of the shop: within the screen, still while pictures load, reached by keyboard, clean for axe and CSP."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from catalog.models import Product

from .axe import violations
from .conftest import CATALOGUE

#: Largest sum of layout shifts that a page may have; 0.1 is what Google calls good.
CLS = 0.05
OBSERVE = """window.moved = 0; new PerformanceObserver((list) => {
    for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.moved += shift.value;
}).observe({ type: "layout-shift", buffered: true });"""
#: Pictures within the screen have come, and what a script does then is done.
COMPLETE = """() => [...document.images].every((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    const shown = image.checkVisibility() && bottom >= 0 && top <= innerHeight;
    return image.complete || !shown;
}) && new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""
CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"

#: The control with the focus: its number, whether one sees that, and what it is.
FOCUSED = """() => {
    let e = document.activeElement;
    while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    const outline = (e, p) => getComputedStyle(e, p).outlineStyle !== "none", around = e.closest(".tool, .field");
    return [e.dataset.control ?? "", outline(e) || outline(e, "::after") || (around && outline(around)),
        e.outerHTML.slice(0, 120)];
}"""


def addresses(shop: str) -> Iterator[str]:
    """Every kind of page that the shop has, the wide and the empty ones too."""
    variant = Product.objects.filter(parent__isnull=False).first()
    yield shop
    yield f"{shop}/products/"
    yield f"{shop}/products/?sort=price&page=2"
    yield f"{shop}/products/kitchen/"
    yield f"{shop}/products/kitchen/?in_stock=true&price=1..500&sort=-price"
    yield f"{shop}/products/?q=striped+{'extraordinarily' * 6}"
    yield f"{shop}/products/?brand=nobody&price=1..2"
    yield f"{shop}/products/?price=cheap"
    yield f"{shop}/product/123456-x/"
    yield shop + variant.get_absolute_url()


def with_picture(page: Page, shop: str) -> str:
    """The address of results for a picture."""
    page.goto(f"{shop}/products/")
    page.get_by_label("Search with a picture").set_input_files(CATALOGUE / "images" / "mug-1001-1.webp")
    expect(page.locator("#results").get_by_alt_text("Your picture")).to_be_visible()
    return page.url


def test_pages_fit_the_screen_and_do_not_move_and_axe_finds_nothing(new_page, rendered_shop):
    found: list[str] = []
    for width in (390, 1440):
        page = new_page(width=width)
        page.set_default_timeout(60_000)
        page.add_init_script(OBSERVE)
        # Pictures come after the page was laid out.
        network = page.context.new_cdp_session(page)
        conditions = {"offline": False, "latency": 50, "downloadThroughput": -1, "uploadThroughput": -1}
        network.send("Network.emulateNetworkConditions", conditions)
        for address in [*addresses(rendered_shop), with_picture(page, rendered_shop)]:
            page.goto(address)
            if "#picture=" in address:  # which the server does not know: the box asks for it
                expect(page.locator("#results").get_by_alt_text("Your picture")).to_be_visible()
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # lazy pictures too
            page.wait_for_function(COMPLETE)
            found += [f"{width}: {address}: {fault}" for fault in faults(page, width)]
    assert found == []


def faults(page: Page, width: int) -> Iterator[str]:
    """What is wrong with the page that is shown."""
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
        yield f"{wide} px wide"
    if (moved := page.evaluate("window.moved")) >= CLS:
        yield f"moved by {moved:.3f}"
    yield from violations(page, looked=10)


def test_the_measure_of_movement_notices_a_picture_without_room(new_page, shop):
    page = new_page(width=390)
    page.add_init_script(OBSERVE)
    page.goto(f"{shop}/products/")
    page.wait_for_load_state("networkidle")
    page.evaluate("""async () => {
        const picture = new Image();
        picture.src = document.querySelector(".tile img").src;
        document.querySelector("#results").prepend(picture);
        await picture.decode();
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)));
    }""")
    assert page.evaluate("window.moved") > CLS


def test_a_foreign_script_is_refused_and_that_is_noticed(new_page, shop, errors):
    page = new_page()
    page.goto(shop)
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        document.body.setAttribute("style", "color: red");
    }""")
    page.wait_for_timeout(100)
    assert page.evaluate("window.ran") is None
    assert len(errors) == 2
    errors.clear()


def test_every_control_is_reached_by_tab_with_its_focus_seen(new_page, rendered_shop):
    for width, path in ((1440, "/"), (390, "/products/kitchen/"), (1440, "/products/?sort=price")):
        page = new_page(width=width)
        page.goto(rendered_shop + path)
        wanted = page.evaluate(
            "(controls) => { let n = 0; for (const e of document.querySelectorAll(controls))"
            " if (e.checkVisibility() && e.tabIndex >= 0) e.dataset.control = String(n++); return n }",
            CONTROLS,
        )
        seen: set[str] = set()
        unseen: list[str] = []
        for _ in range(wanted + 10):
            page.keyboard.press("Tab")
            name, outlined, where = page.evaluate(FOCUSED)
            if name:
                seen.add(name)
                unseen += [where] * (not outlined)
        assert unseen == []
        assert len(seen) == wanted > 20
