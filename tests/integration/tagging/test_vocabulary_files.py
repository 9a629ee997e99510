"""Vocabularies in and out: nothing is lost on the way, and a file that is wrong changes nothing."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from product_search.models import Attribute, AttributeValue
from product_search.tagging.taxonomies import read_google, read_shopify
from product_search.tagging.vocabulary_files import BadVocabulary, read_csv, take, written

pytestmark = pytest.mark.django_db

CSV = """\
attribute,value,parent,label,label_de,synonyms,prompts,choice,templates,promised
colour,,,Colour,Farbe,,,single,a photo of a {} thing|{},0.95
colour,red,,Red,Rot,crimson|scarlet,,,,
colour,blue,,,Blau,,"a thing, blue as the sky",,,
kind,shoes,,,,,,,,
kind,boots,shoes,Boots,Stiefel,,,,,
"""
#: Made up in the form of Shopify's published file.
SHOPIFY = {
    "version": "test",
    "attributes": [
        {
            "id": "gid://x/1",
            "name": "Sail shape",
            "handle": "sail-shape",
            "extended_attributes": [],
            "values": [
                {"id": "gid://x/2", "name": "Lateen", "handle": "sail-shape__lateen"},
                {"id": "gid://x/3", "name": "Square/rigged", "handle": "sail-shape__square-rigged"},
            ],
        },
        {"id": "gid://x/4", "name": "3D print", "handle": "3d-print", "values": []},
    ],
}
#: Made up in the form of Google's.
GOOGLE = """\
# Google_Product_Taxonomy_Version: 2026-01-01
1 - Boats & Sails
2 - Boats & Sails > Dinghies
30 - Boats & Sails > Dinghies > Wood/Steel
"""


def values(name: str) -> list[tuple[str, str]]:
    return list(AttributeValue.objects.filter(attribute__name=name).values_list("value", "label"))


def test_a_file_becomes_a_vocabulary() -> None:
    found = take(read_csv(CSV), using="default")
    assert (found.new_attributes, found.new_values, found.known_values) == (2, 4, 0)
    colour = Attribute.objects.get(name="colour")
    assert (colour.label, colour.translations, colour.promised) == ("Colour", {"de": "Farbe"}, 0.95)
    assert colour.templates == ["a photo of a {} thing", "{}"]
    red, blue = colour.values.all()
    assert (red.synonyms, red.translations, red.label) == (["crimson", "scarlet"], {"de": "Rot"}, "Red")
    assert blue.prompts == ["a thing, blue as the sky"]
    assert values("kind") == [("shoes", ""), ("shoes/boots", "Boots")]


def test_what_was_written_is_read_as_the_same() -> None:
    take(read_csv(CSV), using="default")
    Attribute.objects.filter(name="kind").update(enabled=False, choice="multiple", categories=["a", "b/c"])
    file = "".join(written(Attribute.objects.prefetch_related("values")))
    before = [list(Attribute.objects.values()), list(AttributeValue.objects.values())]
    Attribute.objects.all().delete()
    take(read_csv(file), using="default")
    after = [list(Attribute.objects.values()), list(AttributeValue.objects.values())]
    for rows in (*before, *after):
        for row in rows:
            row.pop("id"), row.pop("attribute_id", None)
    assert after == before
    assert "".join(written(Attribute.objects.prefetch_related("values"))) == file


def test_what_a_file_does_not_name_stays() -> None:
    take(read_csv(CSV), using="default")
    found = take(read_csv("attribute,value,label_fr\ncolour,red,Rouge\ncolour,green,\n"), using="default")
    assert (found.new_values, found.known_values) == (1, 1)
    red = AttributeValue.objects.get(value="red")
    assert (red.translations, red.synonyms) == ({"de": "Rot", "fr": "Rouge"}, ["crimson", "scarlet"])
    assert [value for value, _ in values("colour")] == ["red", "blue", "green"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,value\ncolour,red\n", "Line 1: the column 'name' is unknown"),
        ("value\nred\n", "Line 1: there is no column 'attribute'"),
        ("attribute,value\n,red\n", "Line 2 names no attribute"),
        ("attribute,value\ncolour\n", "Line 2 has another number of cells"),
        ("attribute,value\ncolour,red\nneck shape,v\n", "Line 3: name: Small letters"),
        ("attribute,templates\ncolour,a photo\n", 'Line 2: templates: "a photo" needs {} once'),
        ("attribute,promised\ncolour,much\n", "Line 2: promised is 'much'"),
        ("attribute,promised\ncolour,2\n", "Line 2: promised:"),
        ("attribute,choice\ncolour,some\n", "Line 2: choice:"),
        ("attribute,in_use\ncolour,maybe\n", "Line 2: in_use is 'maybe'"),
        ('attribute,value\ncolour,"red\n', "this is no CSV"),
    ],
)
def test_a_wrong_file_changes_nothing_and_says_where(text: str, said: str) -> None:
    with pytest.raises(BadVocabulary) as caught:
        take(read_csv(text), using="default")
    assert said in str(caught.value)
    assert not Attribute.objects.exists()


def test_shopifys_attributes_come_unused_or_by_name() -> None:
    take(read_shopify(json.dumps(SHOPIFY)), using="default")
    assert dict(Attribute.objects.values_list("name", "enabled")) == {
        "sail_shape": False,
        "a_3d_print": False,
    }
    assert values("sail_shape") == [("lateen", "Lateen"), ("square-rigged", "Square/rigged")]
    take(read_shopify(json.dumps(SHOPIFY), ["sail-shape"]), using="default")
    assert Attribute.objects.get(name="sail_shape").enabled
    with pytest.raises(BadVocabulary, match="no attribute 'sail'"):
        read_shopify(json.dumps(SHOPIFY), ["sail"])


def test_googles_categories_are_a_tree() -> None:
    take(read_google(GOOGLE, "boat"), using="default")
    assert values("boat") == [
        ("boats-sails", "Boats & Sails"),
        ("boats-sails/dinghies", "Dinghies"),
        ("boats-sails/dinghies/wood-steel", "Wood/Steel"),
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "2 - Boats > Dinghies\n", "1 - Boats >  > x\n"])
def test_what_is_no_tree_is_refused(text: str) -> None:
    with pytest.raises(BadVocabulary):
        read_google(text)


@pytest.mark.parametrize("text", ["", "[]", '{"attributes": [1]}', '{"attributes": [{"handle": "x"}]}'])
def test_what_is_not_shopifys_is_refused(text: str) -> None:
    with pytest.raises(BadVocabulary, match=r"attributes\.json"):
        read_shopify(text)


def test_the_command_reads_and_writes(tmp_path: Path) -> None:
    source, target, out = tmp_path / "words.csv", tmp_path / "out.csv", StringIO()
    source.write_text(CSV, encoding="utf-8")
    call_command("vocabulary", "import", str(source), stdout=out)
    assert "2 attributes and 4 values are new" in out.getvalue()
    call_command("vocabulary", "export", str(target))
    assert target.read_text(encoding="utf-8").startswith("attribute,value,parent,label,label_de")
    google = tmp_path / "taxonomy.txt"
    google.write_text(GOOGLE, encoding="utf-8")
    call_command("vocabulary", "import", str(google), "--attribute", "boat", stdout=out)
    assert len(values("boat")) == 3
    for name, content, said in (
        ("none.csv", None, "can't be read"),
        ("x.csv", b"\xff", "not UTF-8"),
        ("x.xml", b"", "--format"),
        ("y.csv", b"value\n", "Nothing was imported"),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(CommandError, match=said):
            call_command("vocabulary", "import", str(file))
