from __future__ import annotations

import csv
import zipfile
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from catalog.importing.columns import UnknownColumn
from catalog.importing.csvfile import UnreadableFile
from catalog.importing.report import Trouble
from catalog.importing.run import import_products
from catalog.models import Brand, Category, Collection, Product, ProductImage
from product_search.models import Mark
from tests.pictures import picture_bytes

from .lists import write_list, write_zip

pytestmark = pytest.mark.django_db

MUG = 'M-1,Mug,Tasse,Kitchen > Mugs,Küche > Tassen,Tavola,"14,50",EUR,3,,red.png;green.png,Winter; Gifts'
PLATE = "P-1,Plate,Teller,Kitchen > Plates,Küche > Teller,Tavola,9.90,EUR,0,,blue.png,"


def test_a_row_becomes_a_product_with_its_tree_brand_pictures_and_collections(tmp_path, media):
    report = import_products(write_list(tmp_path, MUG))

    assert (report.new, report.changed, report.unchanged, report.troubles) == (1, 0, 0, [])
    mug = Product.objects.get(sku="M-1")
    assert (mug.name, mug.name_de, mug.price, mug.stock) == ("Mug", "Tasse", Decimal("14.50"), 3)
    assert mug.category.path == "kitchen/mugs"
    assert [(c.path, c.name_de) for c in Category.objects.all()] == [
        ("kitchen", "Küche"),
        ("kitchen/mugs", "Tassen"),
    ]
    assert mug.brand.slug == "tavola"
    assert sorted(c.name for c in mug.collections.all()) == ["Gifts", "Winter"]
    assert [(image.width, image.height, image.position) for image in mug.images.all()] == [
        (32, 32, 0),
        (32, 32, 1),
    ]
    assert (media / mug.images.all()[0].image.name).read_bytes() == picture_bytes("red")


def test_repeating_an_import_changes_nothing_and_stores_nothing_twice(tmp_path, media):
    folder = write_list(tmp_path, MUG, PLATE)
    import_products(folder)
    before = list(Product.objects.values_list("sku", "updated_at")), sorted(media.rglob("*.png"))
    Mark.objects.all().delete()

    report = import_products(folder)

    assert (report.new, report.changed, report.unchanged) == (0, 0, 2)
    assert (list(Product.objects.values_list("sku", "updated_at")), sorted(media.rglob("*.png"))) == before
    assert not Mark.objects.exists()


def test_a_changed_row_changes_its_product_alone(tmp_path):
    import_products(write_list(tmp_path, MUG, PLATE))

    report = import_products(write_list(tmp_path, MUG, PLATE.replace("9.90", "11")))

    assert (report.new, report.changed, report.unchanged) == (0, 1, 1)
    assert Product.objects.get(sku="P-1").price == Decimal("11.00")


def test_pictures_follow_the_list_and_keep_their_rows(tmp_path):
    import_products(write_list(tmp_path, MUG))
    red, green = ProductImage.objects.order_by("position")

    report = import_products(write_list(tmp_path, MUG.replace("red.png;green.png", "green.png;blue.png")))

    assert report.changed == 1
    assert Product.objects.get().images.all()[0].pk == green.pk
    assert not ProductImage.objects.filter(pk=red.pk).exists()
    assert ProductImage.objects.count() == 2


def test_equal_pictures_of_two_products_are_one_file(tmp_path, media):
    rows = (MUG.replace("red.png;green.png", "red.png"), PLATE.replace("blue.png", "copy.png"))
    folder = write_list(tmp_path, *rows)
    (folder / "images" / "copy.png").write_bytes(picture_bytes("red"))

    report = import_products(folder)

    assert (report.pictures_linked, report.pictures_stored) == (2, 1)
    assert len(list(media.rglob("*.png"))) == 1


def test_a_dry_run_reports_and_changes_nothing(tmp_path, media):
    report = import_products(write_list(tmp_path, MUG, PLATE, ",no sku,,,,,,,,,,"), dry_run=True)

    assert (report.new, report.pictures_linked, report.pictures_stored) == (2, 3, 0)
    assert [trouble.line for trouble in report.of("row")] == [4]
    for model in (Product, Category, Brand, Collection, ProductImage, Mark):
        assert not model._default_manager.exists()
    assert not media.exists()


def test_bad_rows_are_named_by_line_and_stop_nobody(tmp_path):
    rows = (
        MUG,
        "B-1,,,,,,,,,,,",
        "B-2,Bowl,,Kitchen > Bowls,,New Brand,cheap,EUR,1,,,",
        "B-3,Bowl,,,,,5,EUR,-2,,,",
        '"B-4","Two\nlines",,,,,5,EUR,1,,,',
        "B-5,Bowl,,,,,5,EURO,1,,,",
        "B-6,Bowl,,,,,1.234,EUR,1,,,",
        "M-1,Mug again,,,,,5,EUR,1,,,",
        PLATE,
    )

    report = import_products(write_list(tmp_path, *rows))

    assert [(trouble.line, trouble.sku) for trouble in report.of("row")] == [
        (3, "B-1"),
        (4, "B-2"),
        (5, "B-3"),
        (8, "B-5"),
        (9, "B-6"),
        (10, "M-1"),
    ]
    reasons = " | ".join(str(trouble) for trouble in report.of("row"))
    for part in (
        "the title is empty",
        '"cheap" is no number',
        "no currency",
        "a thousand times",
        "came already in line 2",
    ):
        assert part in reasons
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["B-4", "M-1", "P-1"]
    # What a bad row had begun is gone with it.
    assert not Brand.objects.filter(slug="new-brand").exists()
    assert not Category.objects.filter(path="kitchen/bowls").exists()


def test_a_bad_picture_is_named_and_its_product_lives(tmp_path):
    pictures = {
        "good.png": picture_bytes("red"),
        "text.jpg": b"this is no picture",
        "cut.png": picture_bytes("blue", side=300)[:200],
        "empty.png": b"",
    }
    row = MUG.replace("red.png;green.png", "good.png;text.jpg;cut.png;empty.png;gone.png")

    report = import_products(write_list(tmp_path, row, pictures=pictures))

    assert report.new == 1
    assert [trouble.line for trouble in report.of("picture")] == [2, 2, 2, 2]
    for trouble, name in zip(
        report.of("picture"), ("text.jpg", "cut.png", "empty.png", "gone.png"), strict=True
    ):
        assert f'"{name}"' in trouble.reason
    assert Product.objects.get().images.count() == 1


def test_a_missing_picture_removes_none_of_those_that_were_there(tmp_path):
    folder = write_list(tmp_path, MUG)
    import_products(folder)
    (folder / "images" / "red.png").unlink()

    report = import_products(folder)

    assert len(report.of("picture")) == 1
    assert Product.objects.get().images.count() == 2


def test_variants_find_their_parent_wherever_it_stands(tmp_path):
    report = import_products(
        write_list(
            tmp_path,
            "V-1,Mug blue,,,,,5,EUR,1,M-1,,",
            MUG,
            "V-2,Mug red,,,,,5,EUR,1,M-1,,",
            "V-3,Lost,,,,,5,EUR,1,NONE,,",
        )
    )

    assert sorted(Product.objects.get(sku="M-1").variants.values_list("sku", flat=True)) == ["V-1", "V-2"]
    assert report.of("row") == [
        Trouble("row", 5, "V-3", 'its parent "NONE" is not in the list or the shop; imported by itself')
    ]
    again = import_products(tmp_path)
    assert (again.new, again.changed) == (0, 0)


def test_columns_are_found_by_alias_and_the_rest_is_kept_as_attributes(tmp_path):
    folder = write_list(tmp_path, "red,T-Shirt,False,148", header="id,label,kids,sender")

    report = import_products(folder)

    shirt = Product.objects.get()
    assert report.troubles == []
    assert (shirt.sku, shirt.name) == ("red", "T-Shirt")
    assert shirt.attributes == {"kids": "False", "sender": "148"}
    assert shirt.images.count() == 1, "a picture named after the SKU belongs to it"


def test_a_mapping_overrules_names_and_an_empty_sku_falls_back_to_the_id(tmp_path):
    header = "id,sku,Product Title,category,article_type"
    folder = write_list(tmp_path, "7,,Blue Jeans,Apparel,Jeans", header=header)

    import_products(folder, mapping={"article_type": "category", "product title": "title"})

    jeans = Product.objects.get()
    assert (jeans.sku, jeans.name, jeans.category.path) == ("7", "Blue Jeans", "jeans")
    assert jeans.attributes == {"category": "Apparel"}


def test_a_brand_among_the_attributes_is_the_brand(tmp_path):
    row = 'S-1,Plimsolls,"{""Brand"": [""Loom""], ""Size"": [""39"", ""40""]}"'
    import_products(write_list(tmp_path, row, header="sku,title,attributes"))

    plimsolls = Product.objects.get()
    assert plimsolls.brand.name == "Loom"
    assert plimsolls.attributes["Size"] == ["39", "40"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"nothing": "title"}, 'the file has no "nothing"'),
        ({"label": "name of it"}, 'the shop has no "name of it"'),
    ],
)
def test_a_wrong_mapping_says_what_there_is(tmp_path, mapping, message):
    with pytest.raises(UnknownColumn, match=message):
        import_products(write_list(tmp_path, "1,T-Shirt", header="id,label"), mapping=mapping)


def test_a_list_without_titles_is_refused_whole(tmp_path):
    with pytest.raises(ValueError, match="No column is the title"):
        import_products(write_list(tmp_path, "1,9.90", header="id,price"))


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t"), ("utf-8", "|")]
)
def test_files_come_as_spreadsheets_write_them(tmp_path, encoding, delimiter):
    path = tmp_path / "list.csv"
    rows = (["SKU", "Titel", "Preis", "Name"], ["1", "Käse", "1.234,50 €", "Cheese"])
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)

    report = import_products(path)

    cheese = Product.objects.get()
    assert (cheese.name, cheese.name_de, cheese.price) == ("Cheese", "Käse", Decimal("1234.50"))
    assert any("cp1252" in notice for notice in report.notices) == (encoding == "cp1252")


def test_what_is_no_list_is_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x00\x01\x02")
    with pytest.raises(UnreadableFile, match="no text file"):
        import_products(tmp_path)
    (tmp_path / "b.csv").write_text("sku,title\n")
    with pytest.raises(UnreadableFile, match=r"holds no products\.csv but a\.csv, b\.csv"):
        import_products(tmp_path)
    with pytest.raises(UnreadableFile, match="neither a file nor a folder"):
        import_products(tmp_path / "missing")


def test_pictures_come_from_a_zip_and_stay_inside(tmp_path, media):
    outside = tmp_path / "outside.png"
    outside.write_bytes(picture_bytes("green"))
    archive = write_zip(tmp_path / "pictures.zip", deep__red=picture_bytes("red"))
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("../../evil.png", picture_bytes("blue"))
    rows = ("1,Red,red.png", "2,Evil,../../evil.png", f"3,Outside,{outside}", "4,Up,../outside.png")
    folder = write_list(tmp_path / "list", *rows, header="sku,title,images", pictures={})

    report = import_products(folder, images=archive)

    assert [trouble.sku for trouble in report.of("picture")] == ["3", "4"]
    assert not list(tmp_path.rglob("evil.png")), "no entry may be unpacked to the path it names"
    assert len(list(media.rglob("*.png"))) == 2


def test_links_out_of_the_pictures_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture_bytes("red"))
    folder = write_list(
        tmp_path / "list", "1,Red,link.png;../../secret.png", header="sku,title,images", pictures={}
    )
    (folder / "images" / "link.png").symlink_to(secret)

    report = import_products(folder)

    assert len(report.of("picture")) == 2
    assert not ProductImage.objects.exists()


def test_the_command_tells_by_its_exit_status(tmp_path, capsys):
    folder = write_list(tmp_path, MUG, "B-1,,,,,,,,,,,")
    with pytest.raises(SystemExit) as left:
        call_command("import_products", str(folder), "--dry-run", verbosity=0)
    assert left.value.code == 2
    assert "line 3 (B-1): name: the title is empty" in capsys.readouterr().out
    with pytest.raises(CommandError, match="expected THEIRS=OURS"):
        call_command("import_products", str(folder), "--map", "label", verbosity=0)
    call_command("import_products", str(write_list(tmp_path, MUG)), verbosity=0)
    assert "1 new, 0 changed, 0 unchanged" in capsys.readouterr().out


def test_more_rows_than_one_transaction_holds(tmp_path):
    rows = [f"{number},Product {number},{'0' if number > 1 else ''}" for number in range(450)]

    report = import_products(write_list(tmp_path, *rows, header="sku,title,parent"))

    assert (report.new, report.troubles) == (450, [])
    assert Product.objects.get(sku="0").variants.count() == 448
