"""The office's own tests: books have UUID keys, users are readers, and the admin site is not Django's own."""

from typing import Any

from django.core.files.base import ContentFile
from django.test import TestCase

from product_search.models import Entry, Mark
from product_search.testing import index_now

from .management.commands.stock import cover
from .models import Author, Book, Customer

BOOKS = "/office/bookshop/book/"


class OfficeTest(TestCase):
    """What the staff find and do."""

    @classmethod
    def setUpTestData(cls) -> None:
        author = Author.objects.create(name="Ursula K. Le Guin")
        cls.dispossessed, cls.lathe, cls.word = (
            Book.objects.create(
                work=work, author=author, price="9.90", in_print=work != "The Lathe of Heaven"
            )
            for work in ("The Dispossessed", "The Lathe of Heaven", "The Word for World Is Forest")
        )
        for book, colour in ((cls.dispossessed, "navy"), (cls.lathe, "darkred")):
            book.covers.create(picture=ContentFile(cover(colour), name=f"{colour}.png"))
        cls.clerk = Customer.objects.create_superuser("clerk")
        index_now()

    def setUp(self) -> None:
        self.client.force_login(self.clerk)

    def listed(self, **asked: Any) -> list[Book]:
        """The list's first page."""
        answer = self.client.get(BOOKS, asked)
        self.assertEqual(answer.status_code, 200, answer.headers.get("Location"))
        self.page = answer.content.decode()
        return list(answer.context["cl"].result_list)

    def test_words_find_books_out_of_print_too(self) -> None:
        self.assertEqual(self.listed(q="lathe heaven")[0], self.lathe)
        self.assertIn(f'href="{BOOKS}{self.lathe.pk}/change/', self.page)
        self.assertEqual(set(self.listed(q="le guin")), {self.dispossessed, self.lathe, self.word})

    def test_a_key_finds_its_book_first_however_it_is_written(self) -> None:
        for book in (self.dispossessed, self.lathe, self.word):
            for written in (str(book.pk), book.pk.hex, str(book.pk).upper(), f" {book.pk} "):
                self.assertEqual(self.listed(q=written)[0], book)

    def test_thumbnails_are_those_of_the_covers(self) -> None:
        self.listed()
        for book in (self.dispossessed, self.lathe):
            self.assertIn(f'<img class="ps-thumbnail" src="{book.covers.get().picture.url}"', self.page)
        self.assertIn("ps-thumbnail-none", self.page)

    def test_a_cover_finds_its_book(self) -> None:
        upload = ContentFile(cover("darkred"), name="found.png")
        answer = self.client.post(f"{BOOKS}by-picture/", {"picture": upload}, follow=True)
        self.assertEqual(answer.context["cl"].result_list[0], self.lathe)

    def test_a_look_up_names_books_by_their_key(self) -> None:
        asked = {"app_label": "bookshop", "model_name": "cover", "field_name": "book", "term": "disposs"}
        answer = self.client.get("/office/autocomplete/", asked)
        self.assertEqual(
            answer.json()["results"], [{"id": str(self.dispossessed.pk), "text": "The Dispossessed"}]
        )

    def test_a_selection_is_read_again(self) -> None:
        Mark.objects.all().delete()
        chosen = {"action": "read_again", "_selected_action": [str(self.lathe.pk), str(self.word.pk)]}
        self.assertContains(
            self.client.post(f"{BOOKS}?q=le+guin", chosen, follow=True), "2 products are read"
        )
        self.assertEqual(
            set(Mark.objects.values_list("key", flat=True)), {str(self.lathe.pk), str(self.word.pk)}
        )
        Mark.objects.all().delete()
        every = {"action": "read_again", "_selected_action": [str(self.lathe.pk)], "select_across": "1"}
        self.assertContains(self.client.post(BOOKS, every, follow=True), "3 products are read")

    def test_the_index_pages_lead_to_the_books(self) -> None:
        entry = Entry.objects.get(pk=self.lathe.pk)
        found = self.client.get("/office/product_search/entry/", {"q": str(self.lathe.pk)})
        self.assertContains(found, f'href="{BOOKS}{self.lathe.pk}/change/"')
        self.assertContains(
            self.client.get(f"/office/product_search/entry/{entry.pk}/change/"), str(self.lathe.pk)
        )
        self.assertEqual(self.client.get("/office/product_search/index/").status_code, 200)
        chosen = {"action": "read_again", "_selected_action": [str(entry.pk)]}
        answer = self.client.post("/office/product_search/entry/", chosen, follow=True)
        self.assertContains(answer, "1 product is read")
