"""What was taken of the shop to train on, in numbers, and why the rest was not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..errors import ProductSearchError

FILE = "taken.json"
#: Groups below which nothing can be learnt, and of which hardly one would be held out.
FEWEST_GROUPS = 16
MOST_NAMED = 20


class NothingToLearnFrom(ProductSearchError):
    """The shop shows too little to train on; the message says what is missing."""


@dataclass
class Taken:
    """Numbers of products or of pictures. `broken` counts pictures by reason; the first MOST_NAMED are `named`."""

    products: int = 0
    pictures: int = 0
    groups: int = 0
    largest_group: int = 0
    without_picture: int = 0
    without_words: int = 0
    unreadable_products: int = 0
    held_back: int = 0
    stand_ins: int = 0
    broken: dict[str, int] = field(default_factory=dict)
    named: list[str] = field(default_factory=list)

    def broke(self, reason: str, name: str) -> None:
        """Count a picture that can't be read."""
        self.broken[reason] = self.broken.get(reason, 0) + 1
        if len(self.named) < MOST_NAMED:
            self.named.append(name)

    def lines(self) -> Iterator[str]:
        """What a person should know of it, a sentence a line."""
        yield (
            f"Taken from the shop: {self.pictures:,} pictures of {self.products:,} products in {self.groups:,} groups, "
            f"the largest of {self.largest_group:,}."
        )
        yield from self.left_out()

    def left_out(self) -> Iterator[str]:
        """What was not taken, and why."""
        for count, what in (
            (self.without_picture, "products without a picture that can be used"),
            (self.without_words, "products without title, category or value"),
            (self.unreadable_products, "products that could not be read"),
            (self.held_back, "pictures that are flagged by moderation or in doubt"),
            (self.stand_ins, "pictures that stand in for missing ones"),
        ):
            if count:
                yield f"Left out: {count:,} {what}."
        if self.broken:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(self.broken.items()))
            yield f"Left out: {sum(self.broken.values()):,} pictures that can't be read ({reasons}):"
            yield from (f"  {name}" for name in self.named)

    def require_enough(self) -> None:
        """Raise `NothingToLearnFrom` where there is too little."""
        if self.groups >= FEWEST_GROUPS:
            return
        left_out = "\n".join(self.left_out())
        if not self.groups:
            raise NothingToLearnFrom(
                "No product that an anonymous shopper sees has words and a picture that can be read: see visible(), "
                f"the texts and the pictures of your ProductDocument.\n{left_out}"
            )
        raise NothingToLearnFrom(
            f"The shop has {self.groups} groups of products with words and a picture (variants, duplicates and equal "
            f"titles are one group); training needs {FEWEST_GROUPS} at least.\n{left_out}"
        )

    def write(self, folder: Path) -> None:
        """Keep it in the folder."""
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Taken:
        """What was kept in the folder."""
        return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))
