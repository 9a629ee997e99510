"""The words that a model was taught, where its folder says so: `words.txt` beside the weights, by `train_clip`.

A model puts a word that it never met somewhere, too, and as near to a picture as one that it knows. Published models
have met nearly every word, and say nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

WORDS_FILE = "words.txt"


@lru_cache(maxsize=8)
def words_taught(name: str) -> frozenset[str]:
    """The words that the model of an ENCODER `name` was taught, in lower case; none where it does not say."""
    scheme, _, folder = name.strip().partition(":")
    path = Path(folder) / WORDS_FILE
    if scheme != "local-dir" or not path.is_file():
        return frozenset()
    return frozenset(path.read_text(encoding="utf-8").split())


def write_words(folder: Path, words: Iterable[str]) -> None:
    """Write the words beside the weights, one a line, for `words_taught`."""
    (folder / WORDS_FILE).write_text("\n".join(sorted(words)) + "\n", encoding="utf-8")
