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
    return re.findall(r'class="tile-title">([^<]*)<', response.content.decode())


def links(response, text: str) -> list[str]:
    """The addresses of the links that hold `text`."""
    found = re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', response.content.decode(), re.DOTALL)
    return [url.replace("&amp;", "&") for url, inner in found if text in re.sub(r"<[^>]*>", "", inner)]


def test_browsing_shows_what_is_published_with_prices_and_stock(client, shop):
    response = client.get("/")

    assert response.status_code == 200
    assert set(titles(response)) == {"Red Mug", "Blue Mug", "Plate"}
    page = response.content.decode()
    assert "3 products" in page
    assert "€1,234.50" in page
    assert page.count("Sold out</span>") >= 1
    assert "Hidden" not in page


def test_words_find_their_product_first(client, shop):
    assert titles(client.get("/", {"q": "blue mug"}))[0] == "Blue Mug"
    assert titles(client.get("/", {"q": "green mug"}))[0] == "Green Mug", (
        "the member that matches stands for its group"
    )


def test_the_form_answers_with_an_address(client, shop):
    response = client.post("/", {"q": "blue mug"})

    assert response.status_code == 303
    assert response["Location"] == "/?q=blue+mug"


def test_a_picture_is_kept_shown_and_refined(client, shop):
    response = client.post("/", {"q": "", "upload": picture_file()})
    assert response.status_code == 303
    token = parse_qs(urlsplit(response["Location"]).query)["picture"][0]

    page = client.get(response["Location"])
    kept = client.get(reverse("catalog:picture", args=[token]))
    refined = client.post("/", {"q": "mug", "picture": token})

    assert page.status_code == 200
    assert reverse("catalog:picture", args=[token]) in page.content.decode()
    assert kept["Content-Type"] == "image/webp"
    assert "private" in kept["Cache-Control"]
    assert parse_qs(urlsplit(refined["Location"]).query) == {"q": ["mug"], "picture": [token]}
    assert client.get(refined["Location"]).status_code == 200
    assert f'name="picture" value="{token}"' in page.content.decode(), "new words keep the picture"
    assert links(page, "Your picture") == ["/"]


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

    response = client.post("/", {"q": "mug", "upload": SimpleUploadedFile("picture.jpg", content)})

    assert response.status_code == status
    page = response.content.decode()
    assert message in page
    assert 'role="alert"' in page
    assert links(response, "words alone") == ["/?q=mug"]


def test_an_upload_that_is_too_large_is_refused(client, shop, settings):
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "MAX_UPLOAD_BYTES": 50}

    response = client.post("/", {"upload": picture_file()})

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
    response = client.get(f"/?{query}")

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


def test_foreign_parameters_and_odd_words_are_no_error(client, shop):
    assert client.get("/?utm_source=mail&q=%00mug").status_code == 200
    assert client.get("/?category=nowhere").status_code == 200


def test_a_picture_that_expired_is_explained(client, shop):
    response = client.get("/?q=mug&picture=AAAAAAAAAAAAAAAAAAAAAA")

    assert response.status_code == 410
    assert "was kept for an hour" in response.content.decode()
    assert client.get("/?picture=../../etc/passwd").status_code == 410
    assert client.get("/picture/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


def test_facets_choose_and_let_go(client, shop):
    home = client.get("/")
    (kitchen,) = [url for url in links(home, "Kitchen") if "category" in url]
    assert links(home, "Mugs") == [], "a branch unfolds when it is chosen"

    branch = client.get(kitchen)
    (mugs,) = links(branch, "Mugs")
    leaf = client.get(mugs)

    assert parse_qs(urlsplit(mugs).query)["category"] == ["kitchen/mugs"], "a leaf takes its branch's place"
    assert set(titles(leaf)) == {"Red Mug", "Blue Mug"}
    assert "/" in links(leaf, "Category:"), "the chip takes the filter away"


def test_price_and_stock_filter_the_live_table(client, shop):
    assert set(titles(client.get("/?price_from=13&price_to=20"))) == {"Red Mug"}
    assert titles(client.get("/?price_from=1000,50")) == ["Plate"]
    assert "Blue Mug" not in titles(client.get("/?in_stock=true"))
    Product.objects.filter(sku="M-2").update(stock=5)
    assert "Blue Mug" in titles(client.get("/?in_stock=true"))


def test_nothing_found_says_what_to_do(client, shop):
    response = client.get("/?category=kitchen/plates&price=1..2")

    assert "Nothing found" in response.content.decode()
    assert "/" in links(response, "without filters")


def test_pages_link_to_each_other(client, tmp_path):
    rows = [f"{number},Product {number},{number + 1}" for number in range(60)]
    import_products(write_list(tmp_path / "many", *rows, header="sku,title,price", pictures={}))
    index_now()

    first = client.get("/?price=1..50")
    second = client.get(links(first, "Next")[0])

    assert "50 products" in first.content.decode()
    assert len(titles(first)) == len(titles(second)) == 24
    assert not set(titles(first)) & set(titles(second))
    assert links(second, "Previous") == ["/?price=1..50"]


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

    page = client.get("/?q=rote+Tasse").content.decode()

    assert '<html lang="de">' in page
    assert titles(client.get("/?q=rote+Tasse"))[0] == "Rote Tasse"
    assert "14,50 €" in page
    assert "Küche" in page
    assert "Suchen" in page


def test_names_are_escaped(client, tmp_path):
    import_products(
        write_list(tmp_path / "list", "X,<script>alert(1)</script>,5", header="sku,title,price", pictures={})
    )
    index_now()

    for address in ("/", Product.objects.get().get_absolute_url(), "/?q=<script>alert(1)</script>"):
        assert "<script>alert" not in client.get(address).content.decode()


def test_pages_need_no_inline_script_or_style(client, shop):
    for address in ("/", "/?q=mug", Product.objects.get(sku="M-1").get_absolute_url()):
        page = client.get(address).content.decode()
        assert "<script" not in page
        assert "<style" not in page
        assert " style=" not in page
        assert not re.search(r" on\w+=", page)


def test_a_page_of_hits_needs_a_number_of_queries_that_does_not_grow(
    client, tmp_path, django_assert_max_num_queries
):
    rows = [f"{number},Product {number},{number},red.png" for number in range(24)]
    import_products(write_list(tmp_path / "many", *rows, header="sku,title,price,images"))
    index_now()
    client.get("/")

    with django_assert_max_num_queries(20):
        assert len(titles(client.get("/"))) == 24


def test_prices_are_kept_exactly(shop):
    assert Product.objects.get(sku="P-1").price == Decimal("1234.50")
