"""What is stored and embedded of a product's texts and files."""

from __future__ import annotations

import hashlib
import io

from product_search.documents.reading import PictureContent, ProductContent
from product_search.indexing.content import read_picture, terms_of, texts_of


class Folder:
    """A storage of one file, or of none."""

    def __init__(self, data: bytes | Exception) -> None:
        self.data = data

    def open(self, name: str, mode: str) -> io.BytesIO:
        if isinstance(self.data, Exception):
            raise self.data
        return io.BytesIO(self.data)


def picture(data: bytes | Exception) -> PictureContent:
    return PictureContent("7", 0, "mug.png", Folder(data))  # type: ignore[arg-type]


def product(**fields: str) -> ProductContent:
    return ProductContent(1, {"en": fields}, ())


def test_the_first_text_that_is_not_empty_is_embedded():
    (text,) = texts_of(product(title="", brand="  Morgen\n licht ", description="A long story"))
    assert text.embedded == "Morgen licht"
    assert text.digest == hashlib.sha256(b"Morgen licht").hexdigest()
    assert text.fields["description"] == "A long story"


def test_a_product_without_words_embeds_nothing():
    (text,) = texts_of(product(title=" "))
    assert text.embedded == ""
    assert terms_of(text).terms == []


def test_a_nul_that_no_column_can_hold_is_dropped():
    (text,) = texts_of(product(title="Mu\x00g"))
    assert text.fields["title"] == "Mug"


def test_frequencies_lie_field_by_field_under_each_term():
    (text,) = texts_of(product(title="red red mug", brand="red"))
    found = terms_of(text)
    assert found.terms == ["mug", "red"]
    assert found.frequencies == [1, 0, 2, 1]
    assert found.lengths == [3, 1]


def test_a_file_is_its_bytes_and_their_digest():
    file = read_picture(1, picture(b"bytes"))
    assert (file.data, file.digest) == (b"bytes", hashlib.sha256(b"bytes").hexdigest())


def test_a_missing_file_is_final_and_a_silent_storage_is_not():
    missing = read_picture(1, picture(FileNotFoundError()))
    assert (missing.reason, missing.transient) == ("missing_file", False)
    silent = read_picture(1, picture(TimeoutError("slow")))
    assert (silent.reason, silent.transient) == ("storage_error", True)
    assert "slow" in silent.detail
