from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.demo.client import form_fields
from catalog.importing.run import import_products
from catalog.models import Product

from .lists import write_list
from .test_import import MUG, PLATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant(client):
    """A client that is logged in as a superuser."""
    client.force_login(User.objects.create_superuser("merchant"))
    return client


def test_a_list_is_imported_in_two_steps(merchant):
    listed = "id;label;category;sender\n1;T-Shirt;Tops > Shirts;148\n2;;Tops;5\n".encode("utf-8-sig")
    upload = SimpleUploadedFile("list.csv", listed.replace(b";", b","))

    preview = merchant.post("/admin/catalog/product/import/", {"format": "0", "import_file": upload})
    assert preview.status_code == 200
    assert not Product.objects.exists(), "a preview changes nothing"
    assert "the title is empty" in preview.content.decode()

    good = SimpleUploadedFile("list.csv", b"id,label,category,sender\n1,T-Shirt,Tops > Shirts,148\n")
    preview = merchant.post("/admin/catalog/product/import/", {"format": "0", "import_file": good})
    confirm = {
        name: value for name, value in preview.context["confirm_form"].initial.items() if value is not None
    }
    answer = merchant.post("/admin/catalog/product/process_import/", confirm)

    assert answer.status_code == 302
    shirt = Product.objects.get()
    assert (shirt.sku, shirt.name, shirt.category.path) == ("1", "T-Shirt", "tops/shirts")
    assert shirt.attributes == {"sender": "148"}


def test_what_is_exported_can_be_imported_again(merchant, tmp_path):
    import_products(write_list(tmp_path / "list", MUG, PLATE))
    page = merchant.get("/admin/catalog/product/export/")
    fields = {"format": "0"}
    fields |= {name: "on" for name in page.context["form"].fields if name.startswith("productresource_")}

    answer = merchant.post("/admin/catalog/product/export/", fields)

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == ["Mug", "Plate"]
    assert rows[0]["category"] == "Kitchen > Mugs"
    assert rows[0]["category_de"] == "Küche > Tassen"
    (tmp_path / "again.csv").write_bytes(answer.content)
    report = import_products(tmp_path / "again.csv")
    assert (report.new, report.changed, report.unchanged) == (0, 0, 2)


def test_the_change_form_sends_back_what_it_shows(merchant, tmp_path):
    import_products(write_list(tmp_path / "list", MUG))
    mug = Product.objects.get()
    page = merchant.get(f"/admin/catalog/product/{mug.pk}/change/")
    fields = form_fields(page.content.decode(), "product_form")

    answer = merchant.post(f"/admin/catalog/product/{mug.pk}/change/", {**dict(fields), "name": "Beaker"})

    assert answer.status_code == 302
    changed = Product.objects.get()
    assert changed.name == "Beaker"
    assert changed.published
    assert (changed.price, changed.category, changed.images.count()) == (mug.price, mug.category, 2)


def test_products_are_found_by_sku_and_name(merchant, tmp_path):
    import_products(write_list(tmp_path / "list", MUG, PLATE))

    for words, found, missed in (("P-1", "Plate", "Mug<"), ("mug", "Mug<", "Plate")):
        page = merchant.get("/admin/catalog/product/", {"q": words}).content.decode()
        assert found in page
        assert missed not in page
