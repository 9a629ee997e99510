"""What a peer is asked for, and what it is given: products and their vectors, the same for all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Settings = Mapping[str, Any]


class Unsupported(Exception):
    """The peer has no such search; the message says what it lacks, for the table."""


@dataclass(frozen=True)
class Products:
    """Products by rows: `ids` count from 1, `prices` are `(n,)` whole numbers from 1 on, `vectors` `(n, dim)` float32
    of length 1, by what they are of.

    `texts` are all that is said of a product, its title first. Variants of one product have one of `groups`. `place`
    names the data, and `like_queries` `(m, dim)` are vectors such as will be asked with.
    """

    ids: NDArray[np.int64]
    titles: Sequence[str]
    texts: Sequence[str]
    prices: NDArray[np.int64]
    vectors: Mapping[str, Vectors]
    groups: Sequence[str]
    place: str
    like_queries: Vectors

    def __len__(self) -> int:
        return len(self.ids)

    def first(self, number: int) -> Products:
        """The first `number` of them, with their prices put in order anew."""
        prices = np.argsort(np.argsort(self.prices[:number])).astype(np.int64) + 1
        vectors = {name: each[:number] for name, each in self.vectors.items()}
        return Products(
            self.ids[:number],
            self.titles[:number],
            self.texts[:number],
            prices,
            vectors,
            self.groups[:number],
            "",
            self.like_queries,
        )

    @classmethod
    def read(cls, folder: Path) -> Products:
        """What `tests.benchmarks.products` wrote; vectors are mapped, not read."""
        said = json.loads((folder / "products.json").read_text(encoding="utf-8"))
        vectors = {
            path.stem.removeprefix("vectors-"): np.load(path, mmap_mode="r")
            for path in sorted(folder.glob("vectors-*.npy"))
        }
        count = len(said["titles"])
        return cls(
            np.arange(1, count + 1),
            said["titles"],
            said["texts"],
            np.array(said["prices"], dtype=np.int64),
            vectors,
            said["groups"],
            folder.name,
            np.load(folder / "tuning.npy"),
        )


@dataclass(frozen=True)
class Query:
    """Words, their vector `(dim,)`, and where it was judged the grades of product ids."""

    words: str
    vector: Vectors
    grades: Mapping[int, int]
    kind: str = ""

    @classmethod
    def read(cls, folder: Path, part: str) -> list[Query]:
        """The queries of the part, `tuning` or `queries`."""
        said = json.loads((folder / f"{part}.json").read_text(encoding="utf-8"))
        vectors = np.load(folder / f"{part}.npy")
        return [
            cls(
                each["words"],
                vector,
                {int(key): grade for key, grade in each["grades"].items()},
                each["kind"],
            )
            for each, vector in zip(said, vectors, strict=True)
        ]


class Engine(Protocol):
    """One peer over one lot of products. Ids come best first; a search that a peer lacks raises `Unsupported`."""

    def __init__(self, folder: Path, threads: int) -> None:
        """`folder` is empty and its own; it may use so many threads."""

    def build(self, products: Products, table: str, settings: Settings) -> None:
        """Take in `products` and index them for the kind of search `table`: vectors, words or hybrid.

        Whatever was built before is gone, and everything can be found when it returns.
        """

    def choose(self, settings: Settings) -> None:
        """Search with these settings from now on."""

    def making(self, settings: Settings, products: int) -> Settings:
        """What makes a difference to what is built of so many products; what does not is not built twice."""

    def telling(self, settings: Settings) -> Settings:
        """Those of the settings that make a difference to what was built; ones that don't are not tried twice."""

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        """The nearest to a vector `(dim,)`."""

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        """The nearest of those whose price is at most `most`."""

    def words(self, words: str, hits: int) -> list[int]:
        """Those that say the words."""

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        """Both at once."""

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        """Give the products `ids` this price, as its documentation says to."""

    def server_ms(self) -> float | None:
        """Milliseconds that a server of its own was at work since it began; None where there is no server."""

    def server_mb(self) -> float:
        """Memory of processes of its own beside this one, pages that they share counted once; 0 without any."""

    def close(self) -> None:
        """Leave nothing behind."""


class InProcess:
    """What peers without a server have in common; what they don't override, they lack."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.folder, self.threads = folder, threads

    def choose(self, settings: Settings) -> None:
        """Nothing to choose."""

    def making(self, settings: Settings, products: int) -> Settings:
        return settings

    def telling(self, settings: Settings) -> Settings:
        return settings

    def nearest(self, vector: Vectors, hits: int) -> list[int]:
        raise Unsupported("it knows no vectors")

    def under(self, vector: Vectors, most: int, hits: int) -> list[int]:
        raise Unsupported("it knows no vectors")

    def words(self, words: str, hits: int) -> list[int]:
        raise Unsupported("it knows no words")

    def hybrid(self, words: str, vector: Vectors, hits: int) -> list[int]:
        raise Unsupported("it knows no search by both")

    def change_prices(self, ids: Sequence[int], price: int) -> None:
        raise Unsupported("it keeps no prices")

    def server_ms(self) -> float | None:
        return None

    def server_mb(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing that the process does not take with it."""
