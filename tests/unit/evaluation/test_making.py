from __future__ import annotations

import ast
import csv
from dataclasses import replace
from pathlib import Path

import pytest

import product_search.evaluation
from product_search.evaluation import BadSpec
from product_search.evaluation.catalogue import folded, read_items, split_of
from product_search.evaluation.files import write_csv
from product_search.evaluation.making import Made, grade, make
from product_search.evaluation.removal import is_stripped, without, write_stripped
from product_search.evaluation.spec import read_spec
from product_search.evaluation.typing_errors import EDITS

from .small import ROWS, write_small

ROOT = Path(__file__).resolve().parents[3]
JUDGEMENTS = ROOT / "fixtures" / "judgements"
#: What makes the queries; the rest of the room asks the search.
GENERATOR = ("making", "catalogue", "removal", "typing_errors", "spec", "judged")

KAGL = "id,title,gender,category,sub_category,article_type,colour,season,year,usage,split"
KAGL_ROWS = (
    "1,Acme Men Blue Walking Shoe,Men,Footwear,Shoes,Casual Shoes,Blue,Summer,2012,Casual,val",
    "2,Acme Women Blue Dress,Women,Apparel,Dress,Dresses,Blue,Summer,2012,Casual,val",
    "3,Acme Men Runner,Men,Footwear,Shoes,Sports Shoes,Black,Fall,2011,Sports,val",
    "4,Other Men Blue Shoe,Men,Footwear,Shoes,Casual Shoes,Blue,Summer,2012,NA,val",
    "5,Acme Men Grey Shoe,Men,Footwear,Shoes,Casual Shoes,Grey,Summer,2012,Casual,train",
)


@pytest.fixture
def small(tmp_path) -> Made:
    spec = read_spec(write_small(tmp_path))
    return make(spec, read_items(spec))


def by_kind(made: Made, kind: str) -> dict[str, dict[str, int]]:
    return {
        query.topic.text or query.topic.picture: dict(query.grades)
        for query in made.queries
        if query.topic.kind == kind
    }


def test_the_generator_knows_nothing_of_searching():
    """Judgements that came from the engine's own output would prove nothing."""
    room = Path(product_search.evaluation.__file__).parent
    own = {path.stem for path in room.glob("*.py")}
    for name in GENERATOR:
        tree = ast.parse((room / f"{name}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                module = node.module or ""
                if node.level == 1:
                    assert module in GENERATOR, f"{name} imports {module}"
                assert module.split(".")[0] not in {"retrieval", "indexing", "encoders"}, f"{name}: {module}"
    assert set(GENERATOR) < own


def test_one_title_is_one_known_item_however_it_is_spelt(small):
    assert by_kind(small, "known_item")["Otto"] == {"4": 3, "5": 3}
    assert len(by_kind(small, "known_item")) == 5


def test_categories_are_each_step_of_a_path(small):
    assert by_kind(small, "category") == {
        "kitchen": {"1": 3, "2": 3, "3": 3},
        "mugs": {"1": 3, "2": 3, "3": 3},
        "furniture": {"4": 3, "5": 3, "6": 3},
    }


def test_attributes_are_asked_by_every_combination_but_what_nobody_asks(small):
    assert by_kind(small, "attribute") == {
        "red mug": {"1": 3, "2": 1, "3": 3},
        "blue mug": {"1": 1, "2": 3, "3": 1},
        "red sofa": {"4": 3, "5": 1, "6": 1},
        "blue sofa": {"4": 1, "5": 3, "6": 1},
    }
    assert by_kind(small, "phrase")["mug of ceramic in red"] == {"1": 3, "2": 2, "3": 2}


def test_a_grade_is_what_a_shopper_would_say(tmp_path):
    spec = read_spec(write_small(tmp_path))
    (mug, *_, sofa) = read_items(spec)
    assert grade(mug, {"type": "mug"}) == 3
    assert grade(mug, {"type": "mug", "colour": "blue"}) == 1
    assert grade(mug, {"type": "mug", "colour": "blue", "material": "ceramic"}) == 2
    assert grade(mug, {"type": "mug", "colour": "blue", "material": "steel"}) == 1
    assert grade(sofa, {"type": "mug", "colour": "plain", "material": "wood"}) == 0


def test_shoppers_words_are_those_that_no_text_has(small):
    assert by_kind(small, "shopper_words") == {
        "settee": {"4": 3, "5": 3, "6": 3},
        "tumblers": {"1": 3, "2": 3, "3": 3},
    }
    assert small.unused == ("seat",)  # "A seat for two."


def test_a_picture_finds_others_of_its_kind_and_neither_itself_nor_its_variants(small):
    found = by_kind(small, "picture")
    assert found["3.webp"] == {"1": 2, "2": 1}
    assert "1.webp" in found
    assert set(found["1.webp"]) == {"3"}
    assert {q.topic.pictured for q in small.queries if q.topic.kind == "picture"} <= {row[0] for row in ROWS}


def test_typos_have_the_answers_of_the_query_that_they_come_from(small):
    plain = {query.topic.name: query for query in small.queries if query.topic.kind != "typo"}
    typed = [query for query in small.queries if query.topic.kind == "typo"]
    assert typed
    for query in typed:
        name, edit = query.topic.name.split("~")
        assert edit in EDITS
        assert query.topic.text != plain[name].topic.text
        assert (query.grades, query.topic.split) == (plain[name].grades, plain[name].topic.split)


def test_the_same_catalogue_gives_the_same_queries(small, tmp_path):
    spec = read_spec(write_small(tmp_path, reversed(ROWS)))
    assert make(spec, read_items(spec)) == small


def test_words_go_from_half_of_the_titles_and_only_what_is_hidden_is_asked(tmp_path):
    rows = [
        (
            str(n),
            f"Name {n} Red Mug",
            "",
            "Holds tea.",
            "Kitchen > Mugs",
            "mug",
            ("red", "blue")[n % 2],
            "",
            "",
        )
        for n in range(60)
    ]
    spec = read_spec(write_small(tmp_path, rows))
    items = read_items(spec)
    changed = write_stripped(tmp_path / "less.csv", spec, items)
    assert 18 <= changed <= 42
    with (tmp_path / "less.csv").open(newline="", encoding="utf-8") as file:
        less = {row["id"]: row for row in csv.DictReader(file)}
    for item in items:
        row = less[item.key]
        if is_stripped(item.title):
            assert (row["name"], row["department"]) == (f"Name {item.key}", "Kitchen")
        else:
            assert row == dict(item.row)
    assert {query.topic.text for query in make(spec, items).words_removed} == {"red mug", "blue mug"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Red Mug “Dana”", "“Dana”"),
        ("Mug “Dana” in Red", "“Dana”"),
        ("Dana Mugs, Red", "Dana"),
        ("Stoneware Dana – Red", "Stoneware Dana"),
        ("Holds tea. Shown in red.", "Holds tea. Shown."),
        ("Shown in red with dots.", "Shown with dots."),
        ("Kitchen > Drinkware > Mugs", "Kitchen > Drinkware"),
        ("Infrared Mugwort", "Infrared Mugwort"),
        ("RED MUG", ""),
    ],
)
def test_what_is_left_reads_as_a_title(text, left):
    assert without(text, frozenset({"red", "mug"})) == left


def test_no_title_and_no_query_is_in_both_parts():
    spec = read_spec(JUDGEMENTS / "catalogue.toml")
    items = read_items(spec)
    made = make(spec, items)
    parts: dict[str, set[str]] = {"tune": set(), "check": set()}
    for query in (*made.queries, *made.words_removed):
        parts[query.topic.split].add(folded(query.topic.text) or query.topic.picture)
    assert not parts["tune"] & parts["check"]
    titles = {item.key: item.digest for item in items}
    for query in made.queries:
        if query.topic.kind in {"known_item", "picture"}:
            sources = [query.topic.pictured] if query.topic.pictured else list(query.grades)
            assert {split_of(titles[key]) for key in sources} == {query.topic.split}


def test_the_judgements_that_ship_are_what_the_command_makes(tmp_path):
    spec = read_spec(JUDGEMENTS / "catalogue.toml")
    made = make(spec, read_items(spec))
    for folder, queries in (("", made.queries), ("words-removed", made.words_removed)):
        for split in ("tune", "check"):
            write_csv(tmp_path / "again.csv", [query for query in queries if query.topic.split == split])
            there = (JUDGEMENTS / folder / f"{split}.csv").read_bytes()
            assert (tmp_path / "again.csv").read_bytes() == there, f"{folder}/{split}.csv: make it again"


def test_another_catalogue_needs_only_another_spec(tmp_path):
    (tmp_path / "products.csv").write_text("\n".join([KAGL, *KAGL_ROWS]) + "\n", encoding="utf-8")
    spec = replace(read_spec(JUDGEMENTS / "kagl-fashion.toml"), products=tmp_path / "products.csv")
    items = read_items(spec)
    assert [item.key for item in items] == ["1", "2", "3", "4"]  # 5 is of the part that models are trained on
    made = make(spec, items)
    assert by_kind(made, "category")["shoes"] == {"1": 3, "3": 3, "4": 3}
    assert by_kind(made, "attribute")["blue casual shoes"] == {"1": 3, "4": 3}
    assert by_kind(made, "attribute")["casual casual shoes"] == {"1": 3, "4": 1}
    assert by_kind(made, "phrase")["blue casual shoes for men"] == {"1": 3, "4": 3}
    assert by_kind(made, "shopper_words")["sneakers"] == {"1": 3, "3": 3, "4": 3}
    assert by_kind(made, "picture")["1.webp"] == {"4": 3}
    assert not any("na " in query.topic.text for query in made.queries)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('key = "id"', 'key = "sku"'), "there is no column 'sku'; there are id, name"),
        (('key = "id"\n', ""), "key is missing"),
        (('colour = "colour"\n', ""), r"\[attributes\] lacks colour"),
        (('title = "name"', 'titel = "name"'), "titel is unknown; known are attribute_queries"),
        (('"products.csv"', '"nothing.csv"'), "nothing.csv"),
        (('name = "small"', 'name = "small'), "spec.toml"),
    ],
)
def test_a_spec_that_fits_nothing_says_what_to_change(tmp_path, change, message):
    path = write_small(tmp_path)
    old, new = change
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadSpec, match=message):
        read_items(read_spec(path))
