"""The bookshop's own tests: the plugin inside an ordinary TestCase, without torch and without a worker."""

import sys

from django.core.files.base import ContentFile
from django.test import TestCase

from product_search.testing import index_now

from .management.commands.stock import cover
from .models import Author, Book


class SearchTest(TestCase):
    """What a reader finds."""

    @classmethod
    def setUpTestData(cls) -> None:
        author = Author.objects.create(name="Ursula K. Le Guin")
        cls.book = Book.objects.create(work="The Dispossessed", author=author, price="9.90")
        cls.gone = Book.objects.create(
            work="The Lathe of Heaven", author=author, price="9.90", in_print=False
        )

    def found(self, query: str) -> list[str]:
        """Keys of the hits, best first."""
        answer = self.client.get("/shelves/finder/v1/search", {"q": query})
        assert answer.status_code == 200, answer.content
        return [hit["id"] for hit in answer.json()["hits"]]

    def test_a_saved_book_is_found_by_title_and_by_author(self) -> None:
        index_now()
        self.assertEqual(self.found("dispossessed"), [str(self.book.pk)])
        self.assertEqual(self.found("le guin"), [str(self.book.pk)])

    def test_a_method_s_new_title_replaces_the_old_one(self) -> None:
        index_now()
        self.book.volume = 3
        self.book.save()
        index_now()
        self.assertEqual(self.found("dispossessed volume 3"), [str(self.book.pk)])

    def test_a_renamed_author_is_found_by_the_new_name(self) -> None:
        index_now()
        self.book.author.name = "Le Guin, Ursula Kroeber"
        self.book.author.save()
        index_now()
        self.assertEqual(self.found("kroeber"), [str(self.book.pk)])

    def test_a_book_out_of_print_is_never_shown(self) -> None:
        index_now()
        self.assertEqual(self.found("lathe heaven"), [])

    def test_a_book_is_suggested_while_its_title_is_typed(self) -> None:
        index_now()
        for typed in ("the dispo", "dispossesed", "le gui"):
            answer = self.client.get("/shelves/finder/v1/suggest", {"q": typed})
            self.assertEqual(answer.status_code, 200, answer.content)
            self.assertEqual([product["id"] for product in answer.json()["products"]], [str(self.book.pk)])

    def test_a_cover_finds_its_book(self) -> None:
        self.book.covers.create(picture=ContentFile(cover("navy"), name="navy.png"))
        index_now()
        answer = self.client.post(
            "/shelves/finder/v1/search", {"picture": ContentFile(cover("navy"), name="upload.png")}
        )
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertEqual(answer.json()["hits"][0]["id"], str(self.book.pk))

    def test_torch_stays_out(self) -> None:
        index_now()
        self.found("dispossessed")
        self.assertNotIn("torch", sys.modules)
