from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from product_search.evaluation.store import load
from product_search.models import JudgedQuery, Judgement

HEADER = "query,kind,split,language,text,picture,pictured,product,grade\n"
LINES = (
    "q1,attribute,check,en,red mug,,,M1,3\n"
    "q1,attribute,check,en,red mug,,,M2,1\n"
    "q2,picture,tune,de,,red.png,M1,B1,2\n"
    "q3,nothing_fits,check,en,quarterly report,,,,\n"
)


@pytest.fixture
def taken(shop, tmp_path):
    """Imports the text of a CSV file into the set `shop`, with more options; what the command says."""

    def take(lines: str, capsys, **options) -> str:
        (tmp_path / "some.csv").write_text(HEADER + lines, encoding="utf-8")
        call_command("judgements", "import", tmp_path / "some.csv", set="shop", key="sku", **options)
        return capsys.readouterr().out.strip()

    return take


def test_an_import_can_be_repeated_and_changes_what_the_file_changes(taken, shop, capsys):
    assert taken(LINES, capsys) == "Queries: 3 new, 0 changed, 0 unchanged, with 3 judgements."
    assert taken(LINES, capsys) == "Queries: 0 new, 0 changed, 3 unchanged, with 3 judgements."
    other = "q1,attribute,check,en,red mug,,,M1,2\nq4,typo,check,en,rde mug,,,M1,3\n"
    assert taken(other, capsys) == "Queries: 1 new, 1 changed, 0 unchanged, with 2 judgements."
    by_name = {query.topic.name: query for query in load("shop")}
    assert by_name["q1"].grades == {shop["M1"].pk: 2}
    assert by_name["q2"].pictured == shop["M1"].pk
    assert (by_name["q3"].grades, by_name["q3"].topic.text) == ({}, "quarterly report")
    assert taken(other, capsys, replace=True) == (
        "Queries: 0 new, 0 changed, 2 unchanged, 2 removed, with 2 judgements."
    )
    assert sorted(JudgedQuery.objects.values_list("name", flat=True)) == ["q1", "q4"]


def test_a_dry_run_changes_nothing(taken, capsys):
    assert taken(LINES, capsys, dry_run=True) == "Would be: 3 new, 0 changed, 0 unchanged, with 3 judgements."
    assert not JudgedQuery.objects.exists()


def test_one_bad_line_keeps_all_out_and_each_is_named(taken, capsys):
    bad = (
        "q5,attribute,check,en,red mug,,,M9,3\n"
        "q6,attribute,check,fr,tasse,,,M1,3\n"
        "q7,picture,check,en,,red.png,X1,M1,3\n"
        f"q8,attribute,check,en,{'x' * 1001},,,M1,3\n"
    )
    with pytest.raises(CommandError) as caught:
        taken(LINES + bad, capsys)
    assert str(caught.value).splitlines() == [
        "some.csv line 7: language 'fr'; the document has en, de.",
        "some.csv line 9: The query has 1001 characters; at most 1000 are searched.",
        "some.csv line 6: there is no product with sku 'M9'.",
        "query q7: there is no product with sku 'X1'.",
    ]
    assert not JudgedQuery.objects.exists()


@pytest.mark.parametrize("trec", [False, True])
def test_what_is_exported_comes_back_the_same(taken, capsys, tmp_path, trec):
    taken(LINES, capsys)
    before = load("shop")
    options = {"topics": tmp_path / "topics"} if trec else {}
    call_command("judgements", "export", tmp_path / "out", set="shop", key="sku", **options)
    assert "M1" in (tmp_path / "out").read_text()
    JudgedQuery.objects.all().delete()
    call_command("judgements", "import", tmp_path / "out", set="shop", key="sku", **options)
    assert load("shop") == before


def test_without_a_field_products_are_named_by_their_key_and_one_part_can_be_taken(
    taken, shop, capsys, tmp_path
):
    taken(LINES, capsys)
    call_command("judgements", "export", tmp_path / "out.csv", set="shop", split="tune")
    (line,) = (tmp_path / "out.csv").read_text().splitlines()[1:]
    assert line == f"q2,picture,tune,de,,red.png,{shop['M1'].pk},{shop['B1'].pk},2"


@pytest.mark.parametrize("field", ["name", "nothing", "variants"])
def test_products_are_named_by_a_unique_field_alone(taken, capsys, field, tmp_path):
    taken(LINES, capsys)
    with pytest.raises(CommandError, match="has no such unique field; it has id, sku"):
        call_command("judgements", "export", tmp_path / "out", set="shop", key=field)


def test_an_unknown_set_names_the_known_ones(taken, capsys, tmp_path):
    taken(LINES, capsys)
    with pytest.raises(CommandError, match="no set of judgements 'other'; there are: shop"):
        call_command("judgements", "export", tmp_path / "out", set="other")


def test_a_product_that_is_gone_stays_in_the_set_by_its_key(taken, shop, capsys, tmp_path):
    taken(LINES, capsys)
    key = shop["M2"].pk
    shop["M2"].delete()
    call_command("judgements", "export", tmp_path / "out.csv", set="shop")
    assert f",{key},1\n" in (tmp_path / "out.csv").read_text()
    call_command("judgements", "export", tmp_path / "out.csv", set="shop", key="sku")
    assert ",M2," not in (tmp_path / "out.csv").read_text()


def test_the_database_keeps_grades_and_judgements_in_order(taken, shop, capsys):
    taken(LINES, capsys)
    query = JudgedQuery.objects.get(name="q1")
    for product, grade in ((shop["M1"].pk, 3), (shop["B1"].pk, 4)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Judgement.objects.create(query=query, product=product, grade=grade)
    with pytest.raises(IntegrityError), transaction.atomic():
        JudgedQuery.objects.create(set="shop", name="q1", kind="typo", split="check", language="en", text="x")
