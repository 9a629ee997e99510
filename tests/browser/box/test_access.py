"""For everybody: axe finds nothing in any state, the keyboard goes everywhere, and right-to-left reads so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playwright.sync_api import Page, expect

from product_search.models import Completion
from tests.pictures import picture_bytes

from ..axe import violations
from .conftest import DESKTOP, PHONE, WIDTH, box, unfold

FOCUSED = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    const drawn = (e, p) => getComputedStyle(e, p).outlineStyle !== "none";
    const around = e.closest(".tool, .field");
    return [e.getAttribute("aria-label") || e.textContent.trim() || e.name || e.placeholder || e.type,
        drawn(e) || drawn(e, "::after") || Boolean(around && drawn(around))];
}"""


def states(page: Page) -> Iterator[str]:
    """Every state of the box, one after another."""
    expect(page.locator("product-search .hits").first).to_be_visible()
    yield "results"
    if filters := page.get_by_role("button", name="Filters").all():
        filters[0].click()
        yield "filters"
    box(page).press_sequentially("mu")
    expect(page.get_by_role("listbox", name="Suggestions").get_by_role("option")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    yield "suggestions"
    page.keyboard.press("Escape")
    box(page).fill("")
    page.get_by_label("Search with a picture").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": picture_bytes("red", side=200)}
    )
    expect(page.get_by_role("button", name="Your picture remove")).to_be_visible()
    yield "picture"
    page.get_by_role("button", name="Choose a part of the picture").click()
    expect(page.get_by_role("slider")).to_have_count(4)
    yield "crop"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Search with the camera").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "camera"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the picture").click()
    box(page).fill("mug in " + "extraordinarily" * 6)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="mug in")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    yield "empty"
    page.context.set_offline(True)
    box(page).fill("plate")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "offline"
    page.context.set_offline(False)


def test_axe_finds_nothing_in_any_state_and_nothing_is_wider_than_the_screen(
    open_box: Callable[..., Page],
) -> None:
    Completion.objects.create(query="red mug", language="en", sessions=9)
    wrong: list[str] = []
    for width, lang in ((PHONE, "en"), (DESKTOP, "en"), (PHONE, "ar")):
        page = open_box(width=width, lang=lang, sorts="price")
        for state in states(page):
            where = f"{width} {lang} {state}"
            wrong += [f"{where}: {each}" for each in violations(page)]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"{where}: too wide")
        page.close()
    assert wrong == []


def test_tab_goes_everywhere_and_one_sees_where_it_is(open_box: Callable[..., Page]) -> None:
    page = open_box("?q=mug&filter.in_stock=true")
    expect(page.locator("product-search .hits").first).to_be_visible()
    unfold(page, WIDTH)
    page.evaluate("getSelection().removeAllRanges(); window.scrollTo(0, 0)")
    page.get_by_role("combobox", name="What are you looking for?").focus()
    page.keyboard.press("Shift+Tab")
    seen, unseen = [], []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outlined = page.evaluate(FOCUSED)
        seen.append(" ".join(name.split()))
        if not outlined and page.evaluate("document.activeElement !== document.body"):
            unseen.append(name)
    assert unseen == []
    wanted = [
        "q",
        "Search with the camera",
        "Search",
        "Category",
        "from",
        "to",
        "Apply",
        "Availability: In stock",
        "Best match",
    ]
    wanted += ["Red Mug", "What looks like “Red Mug”"]
    assert [name for name in wanted if not any(name in each for each in seen)] == []


def test_right_to_left_begins_at_the_right(open_box: Callable[..., Page]) -> None:
    for width in (PHONE, DESKTOP):
        page = open_box(width=width, lang="ar", sorts="price")
        hits = page.locator("product-search .hits > li")
        expect(hits).to_have_count(3)
        first, second = hits.nth(0).bounding_box(), hits.nth(1).bounding_box()
        assert first is not None
        assert second is not None
        assert first["x"] > second["x"]
        go, words = (
            page.get_by_role("button", name="Search", exact=True).bounding_box(),
            box(page).bounding_box(),
        )
        assert go is not None
        assert words is not None
        assert go["x"] < words["x"]
        page.close()


def test_german_is_spoken_and_a_page_may_have_its_own_words(open_box: Callable[..., Page]) -> None:
    page = open_box(lang="de", language="de", sorts="price")
    field = page.get_by_role("combobox", name="Was suchen Sie?")
    expect(page.get_by_role("status")).to_have_text("3 Produkte")
    field.press_sequentially("tass")
    expect(page.get_by_role("group", name="Kategorien").get_by_role("option")).to_have_text("TassenKategorie")
    expect(page.get_by_role("status")).to_have_text("3 Vorschläge")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Alle Produkte")).to_be_visible()
    expect(page.get_by_role("article").get_by_text("14,50 €")).to_be_visible()

    page.evaluate("document.querySelector('product-search').setAttribute('language', 'en')")
    expect(page.get_by_role("heading", name="All products")).to_be_visible()
    expect(page.get_by_role("article").get_by_text("€14.50")).to_be_visible()
    assert page.locator("product-search .results").count() == 1

    page.add_init_script(
        "customElements.whenDefined('product-search').then(() => {"
        " document.querySelector('product-search').messages = { all: 'Unsere Dinge', 'facet.price': 'Kosten' } })"
    )
    page.reload()
    expect(page.get_by_role("heading", name="Unsere Dinge")).to_be_visible()
    unfold(page, WIDTH, "Filter")
    expect(page.get_by_role("heading", name="Kosten")).to_be_visible()


def test_who_asked_for_less_motion_gets_none_and_forced_colours_keep_every_edge(open_box):
    page = open_box()
    picture = page.locator("product-search .hits .picture img").first
    expect(picture).to_be_visible()
    moving = "(element) => parseFloat(getComputedStyle(element).transitionDuration)"
    assert picture.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert picture.evaluate(moving) > 0

    page.emulate_media(forced_colors="active")
    unfold(page, WIDTH)
    page.get_by_role("checkbox", name="In stock").check()
    chip = page.locator("product-search .chip").first
    expect(chip).to_be_visible()
    for edged in (chip, page.locator("product-search .go")):
        assert edged.evaluate("(element) => getComputedStyle(element).borderTopStyle") == "solid"
    box(page).press_sequentially("mu")
    page.keyboard.press("ArrowDown")
    suggested = page.get_by_role("listbox", name="Suggestions")
    option = suggested.get_by_role("option", selected=True)
    assert option.evaluate("(element) => getComputedStyle(element).outlineStyle") == "solid"
