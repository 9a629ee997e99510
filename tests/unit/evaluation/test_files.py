from __future__ import annotations

import pytest

from product_search.evaluation import BadJudgements, UnreadableJudgements
from product_search.evaluation.files import read_csv, read_trec, write_csv, write_trec
from product_search.evaluation.judged import Judged, Topic, collected

QUERIES = [
    Judged(Topic("q1", "attribute", "tune", "en", "red, “striped” mug"), {"MUG-1": 3, "MUG-2": 0}),
    Judged(Topic("q2", "picture", "check", "de", "", "a b.webp", "MUG-1"), {"MUG-2": 2}),
    Judged(Topic("q3", "nothing_fits", "check", "en", "quarterly report")),
]


def test_csv_gives_back_what_was_written(tmp_path):
    write_csv(tmp_path / "all.csv", QUERIES)
    assert collected(read_csv(tmp_path / "all.csv", "en"))[0] == QUERIES


def test_trec_gives_back_what_was_written(tmp_path):
    write_trec(tmp_path / "qrels", tmp_path / "topics", QUERIES)
    assert (tmp_path / "qrels").read_text().splitlines()[0] == "q1 0 MUG-1 3"
    assert collected(read_trec(tmp_path / "qrels", tmp_path / "topics", "en"))[0] == QUERIES


def test_topics_need_no_more_than_a_name_and_a_text(tmp_path):
    (tmp_path / "topics").write_text("301\tred mug\n302\tblue mug\n")
    (tmp_path / "qrels").write_text("301 0 MUG-1 1\n\n301 Q0 MUG-2 2\n")
    (first, second), _ = collected(read_trec(tmp_path / "qrels", tmp_path / "topics", "de"))
    assert first == Judged(Topic("301", "query", "check", "de", "red mug"), {"MUG-1": 1, "MUG-2": 2})
    assert second.grades == {}


def test_a_spreadsheet_with_three_columns_is_enough(tmp_path):
    (tmp_path / "few.csv").write_text("\ufefftext,product,grade\nred  mug,1,3\nred mug,2,1\nblue mug,2,3\n")
    (red, blue), _ = collected(read_csv(tmp_path / "few.csv", "en"))
    assert (red.topic.text, red.grades, red.topic.language) == ("red mug", {"1": 3, "2": 1}, "en")
    assert blue.topic.name != red.topic.name


def test_every_bad_line_is_named(tmp_path):
    (tmp_path / "bad.csv").write_text(
        "query,kind,split,language,text,product,grade\n"
        "q1,attribute,check,en,red mug,1,3\n"
        "q1,attribute,tune,en,red mug,2,3\n"
        "q1,attribute,check,en,red mug,1,2\n"
        "q2,attribute,later,en,blue mug,1,4\n"
        "q3,two words,check,en,,1,\n"
        "q 4,attribute,check,en,x,,2\n"
    )
    with pytest.raises(BadJudgements) as caught:
        collected(read_csv(tmp_path / "bad.csv", "en"))
    assert caught.value.problems == (
        "bad.csv line 3: query q1 is described otherwise than in bad.csv line 2.",
        "bad.csv line 4: 1 is judged for query q1 in bad.csv line 2 already.",
        "bad.csv line 5: split 'later'; expected tune or check.",
        "bad.csv line 5: grade '4'; expected 0 to 3.",
        "bad.csv line 6: kind 'two words'; expected a word of at most 40 letters, such as known_item.",
        "bad.csv line 6: the query has neither text nor picture.",
        "bad.csv line 6: grade ''; expected 0 to 3.",
        "bad.csv line 7: query name 'q 4'; expected 1 to 120 characters without a space.",
        "bad.csv line 7: grade '2' is of no product.",
    )


def test_an_error_of_a_thousand_lines_shows_the_first_ones(tmp_path):
    rows = "".join(f"red mug,{n},9\n" for n in range(1000))
    (tmp_path / "bad.csv").write_text("text,product,grade\n" + rows)
    with pytest.raises(BadJudgements, match=r"\.\.\. and 980 more\.$"):
        collected(read_csv(tmp_path / "bad.csv", "en"))


def test_bad_lines_of_trec_are_named(tmp_path):
    (tmp_path / "topics").write_text("301\tred mug\n302\n")
    (tmp_path / "qrels").write_text("301 0 1\n999 0 1 1\n")
    with pytest.raises(BadJudgements) as caught:
        read_trec(tmp_path / "qrels", tmp_path / "topics", "en")
    assert caught.value.problems == (
        "topics line 2: expected a name and a text with a tab between.",
        "qrels line 1: 3 columns; expected topic, 0, product and grade.",
        "qrels line 2: topic 999 is not in topics.",
    )


def test_trec_can_not_hold_a_key_with_a_space(tmp_path):
    query = Judged(QUERIES[0].topic, {"MUG 1": 3})
    with pytest.raises(BadJudgements, match="'MUG 1', which has a space: export CSV"):
        write_trec(tmp_path / "qrels", tmp_path / "topics", [query])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"query,product\nq,1\n", "has the columns query, product; expected query, kind"),
        (b"", r"has the columns \(none\)"),
        (b"text,product,grade\n\xff\xfe,1,3\n", "can't decode"),
        (None, "No such file"),
    ],
)
def test_what_is_no_such_file_says_so(tmp_path, content, message):
    if content is not None:
        (tmp_path / "odd.csv").write_bytes(content)
    with pytest.raises(UnreadableJudgements, match=message):
        read_csv(tmp_path / "odd.csv", "en")
