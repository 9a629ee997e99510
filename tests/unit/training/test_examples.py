from __future__ import annotations

import zipfile

import pytest
from PIL import Image

from product_search.training.examples import (
    Telling,
    UnreadableTrainingData,
    is_held_out,
    is_validation,
    label_captions,
    read_examples,
)


def test_a_training_csv_is_read_by_file_and_by_folder(training_csv):
    examples = read_examples(training_csv)
    assert examples == read_examples(training_csv.parent)
    assert len(examples) == 40
    assert examples[0].captions == ("red square", "a red thing")
    assert examples[0].group == examples[1].group == "squares/0"
    assert examples[0].set_name == "squares"
    assert examples[0].open().mode == "RGB"


def test_a_labelled_folder_gets_captions_in_both_languages(labelled_folder):
    examples = read_examples(labelled_folder)
    assert [example.label for example in examples[:2]] == ["Pants", "Hat"]
    assert examples[0].group == "photographs/0"
    assert {"pants", "a photo of a pants", "Hose"} <= set(examples[0].captions)


@pytest.fixture
def list_of_products(tmp_path):
    """A shop's own list, and a picture of each of its three products."""
    folder = tmp_path / "shop"
    (folder / "images").mkdir(parents=True)
    (folder / "products.csv").write_text(
        "id,title,colour,type,split\n1,Nord,Navy Blue,Mug,train\n2,Alba,NA,Mug,train\n3,Vento,Red,Vase,val\n"
    )
    for name in "123":
        Image.new("RGB", (8, 8)).save(folder / "images" / f"{name}.png")
    return folder


def test_of_a_shops_own_list_one_tells_what_to_say(list_of_products):
    telling = Telling(("{colour} {type}", "{type}", "{title}"), {"split": "train"})
    examples = read_examples(list_of_products, telling)
    assert [example.captions for example in examples] == [("Navy Blue Mug", "Mug", "Nord"), ("Mug", "Alba")]
    assert [(example.group, example.label) for example in examples] == [("shop/1", ""), ("shop/2", "")]
    assert examples[0].open().size == (8, 8)


def test_titles_and_categories_stand_in_columns_that_are_named(
    list_of_products, training_csv, labelled_folder
):
    telling = Telling(("{type}",), {"split": "train"}, title="title", category="colour")
    shown = read_examples(list_of_products, telling)
    assert [(example.asked, example.category) for example in shown] == [("Nord", "Navy Blue"), ("Alba", "NA")]
    assert read_examples(list_of_products, Telling(("{type}",)))[0].asked == "Mug"
    assert {example.category for example in read_examples(labelled_folder)} == {"Pants", "Hat"}
    rows = training_csv.read_text().splitlines()
    told = [f"{rows[0]},title,category", f"{rows[1]},Nord,squares", *(f"{row},," for row in rows[2:])]
    training_csv.write_text("\n".join(told))
    first, second, *_ = read_examples(training_csv)
    assert (first.asked, first.category, second.asked) == ("Nord", "squares", "red square")


def test_a_column_that_the_list_has_not_is_named(list_of_products, labelled_folder):
    with pytest.raises(UnreadableTrainingData, match="no column shade"):
        read_examples(list_of_products, Telling(("{shade}",)))
    with pytest.raises(UnreadableTrainingData, match="no column kind"):
        read_examples(list_of_products, Telling(("{type}",), category="kind"))
    with pytest.raises(UnreadableTrainingData, match="no column label"):
        read_examples(list_of_products)
    assert read_examples(labelled_folder, Telling(("{shade}",))) == read_examples(labelled_folder)


def test_pictures_may_lie_in_an_archive(labelled_folder):
    before = [example.open().getpixel((0, 0)) for example in read_examples(labelled_folder)]
    with zipfile.ZipFile(labelled_folder / "images.zip", "w") as archive:
        for path in sorted((labelled_folder / "images").iterdir()):
            archive.write(path, f"pictures/{path.name}")
            path.unlink()
    assert [example.open().getpixel((0, 0)) for example in read_examples(labelled_folder)] == before


def test_no_group_is_in_two_parts_and_the_part_does_not_depend_on_the_order(training_csv):
    examples = read_examples(training_csv)
    held_out = {example.group for example in examples if is_held_out(example.group, 0.3)}
    shown = {example.group for example in examples if not is_held_out(example.group, 0.3)}
    assert held_out
    assert shown
    assert not held_out & shown
    assert held_out == {e.group for e in reversed(examples) if is_held_out(e.group, 0.3)}


def test_what_chooses_is_another_draw_than_what_is_held_out():
    groups = [f"senders/{number}" for number in range(2000)]
    both = sum(is_held_out(group, 0.3) and is_validation(group, 0.3) for group in groups)
    assert 120 <= both <= 240


def test_a_larger_share_keeps_what_a_smaller_one_held_out():
    groups = [f"senders/{number}" for number in range(2000)]
    small = {group for group in groups if is_held_out(group, 0.1)}
    large = {group for group in groups if is_held_out(group, 0.2)}
    assert small < large
    assert 150 <= len(small) <= 250


def test_a_label_without_a_german_word_is_still_captioned():
    assert label_captions("Kilt") == (
        "kilt",
        "a photo of a kilt",
        "a picture of a kilt",
        "kilt for sale",
        "a worn kilt",
    )


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("image,captions", "a.png,[]", "no column group"),
        ("image,group,captions", "a.png,1,red", "line 2: captions is no JSON list"),
        ("image,group,captions", 'a.png,1,"""red"""', "line 2: captions"),
        ("image,group,captions", "a.png,1,[]", "line 2: captions"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path, header, row, message):
    (tmp_path / "training.csv").write_text(f"{header}\n{row}\n")
    with pytest.raises(UnreadableTrainingData, match=message):
        read_examples(tmp_path)


def test_a_folder_without_data_says_what_it_should_hold(tmp_path):
    with pytest.raises(UnreadableTrainingData, match=r"neither training\.csv nor products\.csv"):
        read_examples(tmp_path)


def test_a_missing_photograph_is_named(labelled_folder):
    (labelled_folder / "images" / "p3.png").unlink()
    with pytest.raises(UnreadableTrainingData, match="line 5: no picture p3"):
        read_examples(labelled_folder)
