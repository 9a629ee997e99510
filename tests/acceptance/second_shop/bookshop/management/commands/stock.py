"""`manage.py stock`: puts two books on the shelf and indexes them, or indexes again what is there."""

import io

from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand
from PIL import Image

from bookshop.models import Author, Book
from product_search.testing import index_now


def cover(colour: str) -> bytes:
    """A cover in one colour, as PNG bytes."""
    file = io.BytesIO()
    Image.new("RGB", (48, 64), colour).save(file, "PNG")
    return file.getvalue()


class Command(BaseCommand):
    """Stocks the shop once; a second run only indexes."""

    def handle(self, *args: object, **options: object) -> None:
        if not Book.objects.exists():
            author = Author.objects.create(name="Mary Shelley")
            for work, volume, colour in (("Frankenstein", 2, "darkgreen"), ("The Last Man", 0, "darkred")):
                book = Book.objects.create(work=work, volume=volume, author=author, price="12.50")
                book.covers.create(picture=ContentFile(cover(colour), name=f"{colour}.png"))
        index_now()
        self.stdout.write(
            " ".join(str(key) for key in Book.objects.order_by("work").values_list("pk", flat=True))
        )
