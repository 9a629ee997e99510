from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from catalog.importing.run import import_products
from catalog.models import Product
from product_search.testing import index_now
from tests.pictures import picture_bytes, picture_file

from .lists import write_list

pytestmark = pytest.mark.django_db

ROWS = (
    "M-1,Red Mug,Rote Tasse,Kitchen > Mugs,Küche > Tassen,Tavola,14.50,EUR,3,,red.png,",
    "M-2,Blue Mug,Blaue Tasse,Kitchen > Mugs,Küche > Tassen,Tavola,12,EUR,0,,blue.png,",
    "M-1-G,Green Mug,Grüne Tasse,Kitchen > Mugs,Küche > Tassen,Tavola,15,EUR,1,M-1,green.png,",
    "P-1,Plate,Teller,Kitchen > Plates,Küche > Teller,Nordhus,1234.5,EUR,,,,",
    "H-1,Hidden Mug,Versteckte Tasse,Kitchen > Mugs,Küche > Tassen,Tavola,1,EUR,1,,,",
)


@pytest.fixture
def shop(tmp_path) -> None:
    """Three mugs (one a variant), a plate, and a mug that is not published, indexed."""
    import_products(write_list(tmp_path / "list", *ROWS))
    Product.objects.filter(sku="H-1").update(published=False)
    index_now()


def titles(response) -> list[str]:
    """The titles of the hits, in order."""
    found = re.findall(r'class="tile-title">(.*?)</span>', response.content.decode())
    return [re.sub(r"</?mark>", "", title) for title in found]


def links(response, text: str) -> list[str]:
    """The addresses of the links that hold `text`."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', response.content.decode(), re.DOTALL)
    return [url.replace("&amp;", "&") for url, inner in found if text in re.sub(r"<[^>]*>", "", inner)]


def test_browsing_shows_what_is_published_with_prices_and_stock(client, shop):
    response = client.get("/products/")

    assert response.status_code == 200
    assert set(titles(response)) == {"Red Mug", "Blue Mug", "Plate"}
    page = response.content.decode()
    assert "3 products" in page
    assert "€1,234.50" in page
    assert page.count("Sold out</span>") >= 1
    assert "Hidden" not in page


def test_words_find_their_product_first(client, shop):
    assert titles(client.get("/products/", {"q": "blue mug"}))[0] == "Blue Mug"
    assert titles(client.get("/products/", {"q": "green mug"}))[0] == "Green Mug", (
        "the member that matches stands for its group"
    )


def test_the_form_answers_with_an_address(client, shop):
    response = client.post("/products/", {"q": "blue mug"})

    assert response.status_code == 303
    assert response["Location"] == "/products/?q=blue+mug"


def test_a_picture_is_kept_shown_and_refined(client, shop):
    response = client.post("/products/", {"q": "", "upload": picture_file()})
    assert response.status_code == 303
    token = parse_qs(urlsplit(response["Location"]).query)["picture"][0]

    page = client.get(response["Location"])
    kept = client.get(reverse("catalog:picture", args=[token]))
    refined = client.post("/products/", {"q": "mug", "picture": token})

    assert page.status_code == 200
    assert reverse("catalog:picture", args=[token]) in page.content.decode()
    assert kept["Content-Type"] == "image/webp"
    assert "private" in kept["Cache-Control"]
    assert parse_qs(urlsplit(refined["Location"]).query) == {"q": ["mug"], "picture": [token]}
    assert client.get(refined["Location"]).status_code == 200
    assert f'name="picture" value="{token}"' in page.content.decode(), "new words keep the picture"
    assert links(page, "Your picture") == ["/products/"]


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"", 400, "empty"),
        (b"this is a text, named .jpg", 415, "no picture"),
        (picture_bytes("red", side=400)[:300], 400, "damaged"),
    ],
)
def test_a_bad_upload_is_explained(client, shop, content, status, message):
    from django.core.files.uploadedfile import SimpleUploadedFile

    response = client.post("/products/", {"q": "mug", "upload": SimpleUploadedFile("picture.jpg", content)})

    assert response.status_code == status
    page = response.content.decode()
    assert message in page
    assert 'role="alert"' in page
    assert links(response, "words alone") == ["/products/?q=mug"]


def test_an_upload_that_is_too_large_is_refused(client, shop, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 50}

    response = client.post("/products/", {"upload": picture_file()})

    assert response.status_code == 413


@pytest.mark.parametrize(
    "query",
    [
        "page=-1",
        "page=x",
        "page=0",
        "page=99999999999",
        "page=9999",
        "price=cheap",
        "price_from=a",
        "in_stock=maybe",
        "q=" + "word+" * 10_000,
    ],
)
def test_what_can_not_be_asked_is_a_clear_400(client, shop, query):
    response = client.get(f"/products/?{query}", follow=True)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


def test_foreign_parameters_and_odd_words_are_no_error(client, shop):
    assert client.get("/products/?utm_source=mail&q=%00mug").status_code == 200
    assert client.get("/products/?brand=nobody").status_code == 200
    assert client.get("/products/nowhere/").status_code == 404


def test_a_picture_that_expired_is_explained(client, shop):
    response = client.get("/products/?q=mug&picture=AAAAAAAAAAAAAAAAAAAAAA")

    assert response.status_code == 410
    assert "was kept for an hour" in response.content.decode()
    assert client.get("/products/?picture=../../etc/passwd").status_code == 410
    assert client.get("/picture/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_facets_choose_and_let_go(client, shop):
    everything = client.get("/products/")
    (kitchen,) = [url for url in links(everything, "Kitchen") if "kitchen" in url]
    assert links(everything, "Mugs") == [], "a branch unfolds when it is chosen"

    branch = client.get(kitchen)
    assert kitchen == "/products/kitchen/", "a category has its own address"
    assert set(links(branch, "Mugs")) == {"/products/kitchen/mugs/"}, "a leaf takes its branch's place"
    leaf = client.get("/products/kitchen/mugs/?brand=tavola")

    assert set(titles(leaf)) == {"Red Mug", "Blue Mug"}
    assert "<h1" in leaf.content.decode().partition("Mugs</h1>")[0], "the category's name is the heading"
    assert links(leaf, "Category:") == ["/products/?brand=tavola"], "a chip takes its own filter away"
    assert links(leaf, "Brand:") == ["/products/kitchen/mugs/"]
    assert "/products/" in links(leaf, "Clear all")


def test_every_page_has_one_address(client, shop):
    for untidy, tidy in (
        ("/?q=mug&utm_source=mail", "/products/?q=mug&utm_source=mail"),
        ("/products/?category=kitchen/mugs&q=red", "/products/kitchen/mugs/?q=red"),
        ("/products/?price_from=&price_to=13,5&brand=tavola", "/products/?brand=tavola&price=..13.5"),
        ("/products/?q=mug&page=3", "/products/?q=mug"),
    ):
        response = client.get(untidy)
        assert (response.status_code, response["Location"]) == (302, tidy)
    both = "/products/?category=kitchen%2Fmugs&category=kitchen%2Fplates"
    assert len(titles(client.get(both))) == 3


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price", ["Blue Mug", "Red Mug", "Plate"]),
        ("-price", ["Plate", "Red Mug", "Blue Mug"]),
        ("newest", ["Plate", "Blue Mug", "Red Mug"]),
    ],
)
def test_a_sort_orders_what_is_shown_and_stays_while_filters_change(client, shop, sort, expected):
    page = client.get(f"/products/?sort={sort}")

    assert titles(page) == expected
    assert links(page, "In stock") == [f"/products/?in_stock=true&sort={sort}"]
    assert "/products/" in links(page, "Most popular")
    assert client.get("/products/?sort=cheapest").status_code == 400


def test_the_home_page_leads_into_every_part_of_the_shop(client, shop):
    page = client.get("/")

    assert page.status_code == 200
    assert links(page, "Kitchen") == ["/products/kitchen/"]
    assert {"Red Mug", "Blue Mug", "Plate"} <= set(titles(page))
    assert "/products/?sort=newest" in links(page, "See all")
    assert "Reduced" not in page.content.decode(), "no shelf without anything on it"
    assert client.get("/?utm_source=mail").status_code == 200, "a campaign's address is still the home page"


def test_an_empty_shop_says_so(client, db):
    index_now()
    assert "The shelves are empty" in client.get("/").content.decode()
    assert client.get("/products/").status_code == 200


def test_reduced_prices_and_last_pieces_are_shown(client, shop):
    Product.objects.filter(sku="M-1").update(list_price=29)
    Product.objects.filter(sku="P-1").update(list_price=1000)  # it costs more now

    page = client.get("/products/?reduced=true")
    product = client.get(Product.objects.get(sku="M-1").get_absolute_url()).content.decode()

    assert titles(page) == ["Red Mug"]
    for html in (page.content.decode(), product):
        assert "50 %</span>" in html
        assert "€29.00" in html
        assert "Only 3 left" in html
    assert "/products/?reduced=true" in links(client.get("/"), "See all")


def test_a_picture_of_the_shop_can_be_searched_with_and_changed_by_words(client, shop):
    mug = Product.objects.get(sku="M-1")
    picture = mug.images.get().pk
    assert f'name="like" value="{picture}"' in client.get(mug.get_absolute_url()).content.decode()

    response = client.post("/products/", {"like": picture, "q": "in blue"})

    asked = parse_qs(urlsplit(response["Location"]).query)
    assert asked["q"] == ["in blue"]
    assert client.get(reverse("catalog:picture", args=asked["picture"])).status_code == 200
    Product.objects.filter(pk=mug.pk).update(published=False)
    for foreign in (picture, "9999999", "x", "²"):
        assert client.post("/products/", {"like": foreign}).status_code == 404


def test_price_and_stock_filter_the_live_table(client, shop):
    assert set(titles(client.get("/products/?price_from=13&price_to=20", follow=True))) == {"Red Mug"}
    assert titles(client.get("/products/?price_from=1000,50", follow=True)) == ["Plate"]
    assert "Blue Mug" not in titles(client.get("/products/?in_stock=true"))
    Product.objects.filter(sku="M-2").update(stock=5)
    assert "Blue Mug" in titles(client.get("/products/?in_stock=true"))


def test_nothing_found_says_what_to_leave_out_and_how_much_that_brings(client, shop):
    response = client.get("/products/kitchen/?brand=tavola&price=1000..2000")

    page = response.content.decode()
    assert "Nothing found" in page
    assert links(response, "Without “Brand: Tavola”") == ["/products/kitchen/?price=1000..2000"]
    assert links(response, "Without “Price: 1000 – 2000”") == ["/products/kitchen/?brand=tavola"]
    assert links(response, "Without “Category") == [], "leaving this out brings nothing"
    assert page.index("1 product<") < page.index("2 products<"), "the narrowest way out comes first"
    assert "Popular right now" in page


def test_nothing_found_for_all_words_offers_fewer_of_them(client, shop, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "RELEVANCE_FLOOR": 0.99, "VECTOR_WEIGHT": 0.0}

    response = client.get("/products/?q=blue+plate")

    assert links(response, "Search for “plate”") == ["/products/?q=plate"]
    assert links(response, "Search for “blue”") == ["/products/?q=blue"]
    unknown = client.get("/products/?q=plate+xyqwfpbg")
    assert links(unknown, "Search for “plate”") == ["/products/?q=plate"]
    assert links(unknown, "Search for “xyqwfpbg”") == []
    misspelt = client.get("/products/?q=plaet+xyqwfpbg")
    assert links(misspelt, "Search for “plate”") == ["/products/?q=plate"], "as it was corrected"


def test_every_page_forbids_foreign_and_inline_scripts(client, shop):
    for address in ("/", "/products/", "/products/?price=x", "/nowhere/", "/admin/login/"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy


def test_pages_link_to_each_other(client, tmp_path):
    rows = [f"{number},Product {number},{number + 1}" for number in range(60)]
    import_products(write_list(tmp_path / "many", *rows, header="sku,title,price", pictures={}))
    index_now()

    first = client.get("/products/?price=1..50")
    second = client.get(links(first, "Next")[0])

    assert "50 products" in first.content.decode()
    assert len(titles(first)) == len(titles(second)) == 24
    assert not set(titles(first)) & set(titles(second))
    assert links(second, "Previous") == ["/products/?price=1..50"]


def test_the_product_page_shows_it_with_its_variants_and_its_likes(client, shop):
    mug = Product.objects.get(sku="M-1")

    response = client.get(mug.get_absolute_url())

    page = response.content.decode()
    assert "<h1>Red Mug</h1>" in page
    assert "€14.50" in page
    assert links(response, "Green Mug") == [Product.objects.get(sku="M-1-G").get_absolute_url()]
    assert 'width="32" height="32"' in page
    assert "Hidden" not in page


def test_what_is_not_published_is_not_there(client, shop):
    hidden = Product.objects.get(sku="H-1")

    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get("/product/123456-x/").status_code == 404


def test_an_old_address_leads_to_the_product(client, shop):
    mug = Product.objects.get(sku="M-1")

    response = client.get(f"/product/{mug.pk}-old-name/")

    assert (response.status_code, response["Location"]) == (301, mug.get_absolute_url())


def test_the_shop_speaks_german(client, shop):
    client.post("/language/setlang/", {"language": "de", "next": "/"})

    page = client.get("/products/?q=rote+Tasse").content.decode()

    assert '<html lang="de">' in page
    assert titles(client.get("/products/?q=rote+Tasse"))[0] == "Rote Tasse"
    assert "14,50 €" in page
    assert "Küche" in page
    assert "Suchen" in page


def test_names_are_escaped(client, tmp_path):
    import_products(
        write_list(tmp_path / "list", "X,<script>alert(1)</script>,5", header="sku,title,price", pictures={})
    )
    index_now()

    for address in (
        "/",
        "/products/",
        Product.objects.get().get_absolute_url(),
        "/products/?q=<script>alert(1)</script>",
    ):
        assert "<script>alert" not in client.get(address).content.decode()


def test_pages_need_no_inline_script_or_style(client, shop):
    for address in ("/", "/products/?q=mug", Product.objects.get(sku="M-1").get_absolute_url()):
        page = client.get(address).content.decode()
        assert re.findall(r"<script[^>]*>", page) == [
            f'<script type="module" src="/static/{name}.js">'
            for name in ("catalog/shop", "product_search/box")
        ]
        assert "<style" not in page
        assert " style=" not in page
        assert not re.search(r" on\w+=", page)


def test_a_page_of_hits_needs_a_number_of_queries_that_does_not_grow(
    client, tmp_path, django_assert_max_num_queries
):
    rows = [f"{number},Product {number},{number},red.png" for number in range(24)]
    import_products(write_list(tmp_path / "many", *rows, header="sku,title,price,images"))
    index_now()
    client.get("/products/")

    with django_assert_max_num_queries(20):
        assert len(titles(client.get("/products/"))) == 24
    with django_assert_max_num_queries(60):
        assert client.get("/").status_code == 200


def test_prices_are_kept_exactly(shop):
    assert Product.objects.get(sku="P-1").price == Decimal("1234.50")
