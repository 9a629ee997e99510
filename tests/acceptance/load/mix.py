"""What shoppers ask of the rendered catalogue: words, filters, letters typed into the box, and a few pictures."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.utils.text import slugify

CATALOGUE = Path(__file__).resolve().parents[3] / "fixtures" / "catalogue"
#: Of a hundred requests.
SHARES = {"words": 45, "filters": 30, "suggestions": 20, "pictures": 5}
_FORM = "multipart/form-data; boundary=-------a-picture"


@dataclass(frozen=True)
class Request:
    """One request, with a path below the include and the type of its body, if it has one."""

    kind: str
    path: str
    body: bytes = b""

    @property
    def content_type(self) -> str:
        return _FORM if self.body else ""

    def raw(self, shopper: int, prefix: str = "/search") -> bytes:
        """As the web server in front hands it on: each shopper has an address of his own."""
        head = [f"{'POST' if self.body else 'GET'} {prefix}{self.path} HTTP/1.1", "Host: 127.0.0.1"]
        head.append(f"X-Forwarded-For: 10.0.{shopper // 250}.{shopper % 250}")
        if self.body:
            head += [f"Content-Type: {_FORM}", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*head, "", ""]).encode() + self.body


def requests(seed: int, many: int = 100) -> list[Request]:
    """So many, in the shares above; the same for the same seed."""
    dice = random.Random(seed)
    with (CATALOGUE / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = sorted((CATALOGUE / "images").glob("*.webp"))
    make: dict[str, Callable[[], Request]] = {
        "words": lambda: Request("words", "/v1/search?" + urlencode({"q": _words(dice, rows)})),
        "filters": lambda: Request("filters", "/v1/search?" + urlencode(_filters(dice, rows))),
        "suggestions": lambda: Request("suggestions", "/v1/suggest?" + urlencode({"q": _typed(dice, rows)})),
        "pictures": lambda: Request("pictures", "/v1/search", _form(dice.choice(pictures).read_bytes())),
    }
    return [make[kind]() for kind, share in SHARES.items() for _ in range(many * share // 100)]


def _words(dice: random.Random, rows: Sequence[dict[str, str]]) -> str:
    said = re.findall(r"\w{3,}", dice.choice(rows)["title"].lower())
    return " ".join(dice.sample(said, min(len(said), dice.choice([1, 2, 2, 3]))))


def _filters(dice: random.Random, rows: Sequence[dict[str, str]]) -> dict[str, str]:
    row = dice.choice(rows)
    chosen = {"filter.category": slugify(row["category"].split(" > ")[0])}
    if dice.random() < 0.5:
        chosen["filter.price"] = dice.choice(["..30", "10..60", "50.."])
    if dice.random() < 0.3:
        chosen["sort"] = dice.choice(["price", "-price", "newest"])
    return chosen | ({"page": "2"} if dice.random() < 0.2 else {})


def _typed(dice: random.Random, rows: Sequence[dict[str, str]]) -> str:
    word = dice.choice(re.findall(r"\w{3,}", dice.choice(rows)["title"].lower()))
    return word[: dice.randint(1, 4)]


def _form(picture: bytes) -> bytes:
    edge = f"--{_FORM.partition('=')[2]}"
    head = f'{edge}\r\nContent-Disposition: form-data; name="picture"; filename="photo"\r\n'
    return f"{head}Content-Type: image/webp\r\n\r\n".encode() + picture + f"\r\n{edge}--\r\n".encode()
