"""Books with UUID keys, their covers in a table of their own, and a user model that is not Django's."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    """A reader, who may collect points."""

    points = models.PositiveIntegerField(default=0)


class Author(models.Model):
    """Who wrote a book."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """A product whose title no column holds."""

    isbn_key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work = models.CharField(max_length=200)
    volume = models.PositiveSmallIntegerField(default=0)
    author = models.ForeignKey(Author, on_delete=models.PROTECT)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    in_print = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.full_title()

    def full_title(self) -> str:
        """The title on the spine."""
        return f"{self.work}, volume {self.volume}" if self.volume else self.work


class Cover(models.Model):
    """One picture of a book."""

    book = models.ForeignKey(Book, related_name="covers", on_delete=models.CASCADE)
    picture = models.ImageField()
    shelf_order = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.picture.name
