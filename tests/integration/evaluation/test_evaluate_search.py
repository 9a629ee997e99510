from __future__ import annotations

import json
import zipfile
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from catalog.models import Product
from product_search.models import Space, State, TextVector
from tests.pictures import picture_bytes

HEADER = "query,kind,split,language,text,picture,pictured,product,grade\n"


@pytest.fixture
def judged(shop, tmp_path):
    """Imports lines as the set NAME, products by SKU."""

    def take(lines: str, name: str = "shop") -> None:
        (tmp_path / "some.csv").write_text(HEADER + lines, encoding="utf-8")
        call_command("judgements", "import", tmp_path / "some.csv", set=name, key="sku", verbosity=0)

    return take


def evaluated(capsys, **options) -> dict[str, dict[str, dict[str, float]]]:
    """The measures of each set-up by query."""
    capsys.readouterr()
    call_command("evaluate_search", json=True, **options)
    written = json.loads(capsys.readouterr().out)
    runs = [*written["runs"], *([written["against"]["run"]] if "against" in written else [])]
    return {run["setup"]: run["scores"] for run in runs}


def test_the_real_search_is_measured_and_each_leg_alone(judged, capsys):
    judged(
        "known,known_item,check,en,red mug,,,M1,3\n"
        "part,attribute,check,en,mug without,,,M1,3\n"
        "none,nothing_fits,check,en,xqzvw kpfl,,,,\n"
    )
    found = evaluated(capsys, legs="hybrid,keyword,text")
    assert found["hybrid"]["known"]["nDCG@10"] == 1
    assert found["hybrid"]["none"] == {"empty": 1.0}
    # A leg alone has no floor: whatever it ranks counts, so that it is not made to look worse than it is.
    assert found["text"]["none"] == {"empty": 0.0}
    assert found["keyword"]["part"]["MRR"] == 1
    assert found["keyword"]["none"] == {"empty": 1.0}
    assert evaluated(capsys, legs="picture")["picture"]["known"]["empty"] == 0


def test_settings_are_another_set_up(judged, capsys):
    judged("none,nothing_fits,check,en,xqzvw kpfl,,,,\n")
    found = evaluated(capsys, legs="hybrid,hybrid:RELEVANCE_FLOOR=0.0,LEG_SIZE=5")
    assert found["hybrid"]["none"]["empty"] == 1
    assert found["hybrid:RELEVANCE_FLOOR=0.0,LEG_SIZE=5"]["none"]["empty"] == 0


def test_words_can_be_taken_as_they_were_typed(judged, capsys):
    judged("slip,typo,check,en,bowll,,,B1,3\n")
    found = evaluated(capsys, legs="keyword,keyword:UNDERSTANDING=off")
    assert found["keyword"]["slip"]["MRR"] == 1
    assert found["keyword:UNDERSTANDING=off"]["slip"]["empty"] == 1


def test_the_right_product_in_the_wrong_colour_is_no_hit(judged, capsys):
    # Both mugs are one result, which shows its best member: for "red mug" that is the red one.
    judged("right,attribute,check,en,red mug,,,M1,3\nwrong,attribute,check,en,red mug,,,M2,3\n")
    found = evaluated(capsys)["hybrid"]
    assert found["right"]["MRR"] == 1
    assert found["wrong"]["MRR"] == 0


def test_a_picture_does_not_find_what_it_was_taken_of(judged, capsys, tmp_path):
    for name, colour in (("red.png", "red"), ("green.png", "green")):
        (tmp_path / name).write_bytes(picture_bytes(colour))
    judged(
        "own,picture,check,en,,red.png,M1,M1,3\n"  # nothing is left to be found
        "other,picture,check,en,,green.png,,B1,3\n"
    )
    found = evaluated(capsys, pictures=tmp_path)["hybrid"]
    assert set(found["own"]) == {"empty"}
    assert found["other"]["MRR"] == 1
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("red.png", "green.png"):
            archive.write(tmp_path / name, f"deep/{name}")
    assert evaluated(capsys, pictures=tmp_path / "all.zip")["hybrid"] == found


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (None, "name the folder or zip file it is in with --pictures"),
        ("empty", "'red.png' can't be read"),
        ("some.csv", "name a folder or a zip file"),
    ],
)
def test_a_picture_that_is_not_there_is_named(judged, tmp_path, pictures, message):
    judged("own,picture,check,en,,red.png,,M1,3\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match=message):
        call_command("evaluate_search", pictures=tmp_path / pictures if pictures else None, verbosity=0)


def test_what_shoppers_can_not_see_is_not_asked_of_the_search(judged, capsys):
    judged("q,attribute,check,en,red draft,,,D1,3\nq,attribute,check,en,red draft,,,M1,2\n")
    call_command("evaluate_search", verbosity=0)
    captured = capsys.readouterr()
    assert "hybrid: 1 judgements are of products that no shopper sees." in captured.err
    Product.objects.filter(sku="D1").update(published=True)
    assert evaluated(capsys)["hybrid"]["q"]["MRR"] == 1


def test_parts_and_kinds_are_kept_apart(judged, capsys):
    judged(
        "q1,attribute,check,en,red mug,,,M1,3\n"
        "q2,attribute,tune,en,blue mug,,,M2,3\n"
        "q3,known_item,check,en,red bowl,,,B1,3\n"
        "q4,known_item,check,de,Red mug,,,M1,3\n"
    )
    assert set(evaluated(capsys)["hybrid"]) == {"q1", "q3", "q4"}
    assert set(evaluated(capsys, split="tune")["hybrid"]) == {"q2"}
    assert set(evaluated(capsys, kind=["known_item"])["hybrid"]) == {"q3", "q4"}
    assert set(evaluated(capsys, sample=1)["hybrid"]) == {"q1", "q3"}
    with pytest.raises(CommandError, match="has no kind 'typo'; it has attribute, known_item"):
        call_command("evaluate_search", kind=["typo"])


def test_it_fails_under_what_is_asked(judged, capsys):
    judged("q1,attribute,check,en,red mug,,,M1,3\nq2,typo,check,en,xqzvw,,,M1,3\n")
    call_command("evaluate_search", fail_under=["nDCG@10=0.5", "attribute:MRR=1"], verbosity=0)
    with pytest.raises(SystemExit) as caught:
        call_command("evaluate_search", fail_under=["nDCG@10=0.51", "typo:MRR=0.1"], verbosity=0)
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert "nDCG@10 of all is 0.5000 with hybrid, under 0.51." in said
    assert "MRR of typo is 0.0000 with hybrid, under 0.1." in said


def test_two_set_ups_are_compared_query_by_query_and_with_an_earlier_run(judged, capsys, tmp_path):
    judged("q1,attribute,check,en,red mug,,,M1,3\nq2,typo,check,en,xqzvw,,,M1,3\n")
    call_command("evaluate_search", against="text", plot=tmp_path / "plot.svg", verbosity=0)
    shown = capsys.readouterr().out
    assert "nDCG@10, hybrid less text (paired randomisation test):" in shown
    assert "better" in shown
    assert (tmp_path / "plot.svg").read_text().count("<svg") == 1

    call_command("evaluate_search", json=True, verbosity=0)
    (tmp_path / "before.json").write_text(capsys.readouterr().out)
    Product.objects.filter(sku="M1").update(published=False)
    call_command("evaluate_search", against=str(tmp_path / "before.json"), json=True, verbosity=0)
    differences = json.loads(capsys.readouterr().out)["against"]["differences"]
    # The red mug's judgement is of nothing that can be found now, so no query is left in both runs.
    assert differences == {}


def test_it_says_which_judgements_it_needs(judged, capsys, db):
    with pytest.raises(CommandError, match=r"There are no judgements yet: manage\.py judgements import FILE"):
        call_command("evaluate_search")
    judged("q1,attribute,check,en,red mug,,,M1,3\n", "one")
    judged("q1,attribute,check,en,red mug,,,M1,3\n", "two")
    with pytest.raises(CommandError, match="--set is needed; there are one, two"):
        call_command("evaluate_search")
    with pytest.raises(CommandError, match="has no query in the part tune"):
        call_command("evaluate_search", set="one", split="tune")
    with pytest.raises(CommandError, match="There is no set-up 'words'"):
        call_command("evaluate_search", set="one", legs="words")


def test_weights_are_proposed_by_what_each_reaches_on_the_part_tune(judged, capsys, tmp_path):
    (tmp_path / "red.png").write_bytes(picture_bytes("red"))
    judged(
        "mug,attribute,tune,en,red mug,,,M1,3\n"
        "bowl,attribute,tune,en,red bowl,,,B1,3\n"
        "look,picture,tune,en,,red.png,,M1,3\n"
        "known,known_item,check,en,blue mug,,,M2,3\n"
    )
    capsys.readouterr()
    call_command("evaluate_search", propose=True, json=True, pictures=tmp_path)
    written = json.loads(capsys.readouterr().out)
    assert written["split"] == "tune"
    assert set(written["proposed"]) == {"VECTOR_WEIGHT", "DESCRIBED_WEIGHT"}
    reached = written["proposed"]["VECTOR_WEIGHT"]["reached"]
    setup = "hybrid:VECTOR_WEIGHT=0.7"
    words = evaluated(capsys, legs=setup, split="tune", kind=["attribute"])[setup]
    assert reached["0.7"] == pytest.approx(sum(each["nDCG@10"] for each in words.values()) / 2)
    assert written["proposed"]["DESCRIBED_WEIGHT"]["now"] == 0.75

    call_command("evaluate_search", propose=True, pictures=tmp_path)
    shown = capsys.readouterr().out
    assert "VECTOR_WEIGHT, by the mean nDCG@10 over the kinds of queries:" in shown
    assert "may stay as it is" in shown or "Set PRODUCT_SEARCH[" in shown


@pytest.fixture
def other_space(shop) -> int:
    """The number of a space that does not serve, and holds nothing yet."""
    call_command("spaces", "create", "--encoder", "hash:32", stdout=StringIO())
    return Space.objects.get(state=State.FILLING).pk


def test_a_space_is_measured_before_it_serves(judged, shop, other_space, capsys):
    judged("known,known_item,check,en,a bowl of a bright red,,,B1,3\n")
    with pytest.raises(CommandError, match=f"spaces fill {other_space}"):
        call_command("evaluate_search", space=other_space)
    call_command("spaces", "fill", str(other_space), verbosity=0, stdout=StringIO())
    name = f"text:SPACE={other_space}"
    found = evaluated(capsys, legs="text", space=other_space, against="text")
    assert found[name] == found["text"]
    # In the other space alone the bowl now lies as far from what it says as can be, and nothing is as near as a mug.
    for row in TextVector.objects.filter(space_id=other_space, product=shop["B1"].pk):
        away = -np.array(row.vector, dtype=np.float32)
        TextVector.objects.filter(space_id=other_space, id=row.id).update(vector=away)
    found = evaluated(capsys, legs=f"text,{name}")
    assert found[name]["known"]["MRR"] < found["text"]["known"]["MRR"] == 1
    assert Space.objects.get(state=State.SERVING).pk != other_space


def test_a_space_that_can_not_be_measured_is_refused(judged, other_space):
    judged("known,known_item,check,en,red bowl,,,B1,3\n")
    with pytest.raises(CommandError, match="There is no space 987"):
        call_command("evaluate_search", space=987)
    call_command("spaces", "fill", str(other_space), verbosity=0, stdout=StringIO())
    Space.objects.filter(pk=other_space).update(name="hash:16")
    with pytest.raises(CommandError, match="made with other weights"):
        call_command("evaluate_search", space=other_space)
    with pytest.raises(CommandError, match="SPACE=NUMBER"):
        call_command("evaluate_search", legs="hybrid:SPACE=new")
