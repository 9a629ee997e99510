"""A space's figures beside those of the serving one: measured, kept for the admin, and told to whoever decides.

Nothing is switched here: a person reads the figures, and `manage.py spaces switch` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ..errors import ProductSearchError, SpaceMissing
from ..evaluation.desk import kept_picture
from ..evaluation.evaluating import ALL, Run
from ..evaluation.running import measured, opened_pictures
from ..evaluation.setups import in_space, read_setup
from ..evaluation.store import StoredQuery, load
from ..indexing import heartbeat
from ..indexing.embedding import encoder_for
from ..models import Generation, JudgedQuery, Space, Split
from ..training.examples import is_held_out
from .figures import Figure, Verdict, paired, verdict
from .heldout import held_out_figures
from .snapshot import read_rows

#: Heartbeat that keeps a space's figures.
KEPT = "beside:"
#: Judged queries of each kind that are put to both spaces, and the measure that is told of them.
QUERIES = 200
MEASURE = "nDCG@10"

#: Opens a bar over so many things, and is told how many more are done.
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], Any]]]


class NothingToCompare(ProductSearchError):
    """Two spaces can't be told apart: the message says what is missing."""


@dataclass(frozen=True)
class Beside:
    """Figures of a space and of `other`, which served when they were measured, over the same questions."""

    space: str
    other: str
    figures: tuple[Figure, ...]

    @property
    def verdict(self) -> Verdict:
        """What the leading figures say together."""
        return verdict(self.figures)


def no_bar(name: str, count: int) -> AbstractContextManager[Callable[[int], Any]]:
    """Shows nothing."""
    return nullcontext(lambda done: None)


def measure(new: Space, folder: Path, held_out: float, *, using: str, bar: Bar = no_bar) -> Beside:
    """Measure `new` beside the serving space and keep the figures: held-out titles to pictures, and judged queries.

    `folder` is the training set that `snapshot.write` wrote, of which `held_out` was not trained on. Judged queries are
    put to the whole engine, over all products. Raises `NothingToCompare`, and `NotSearchable` of an unfilled space.
    """
    serving, generation = Space.serving(using), Generation.serving(using)
    if serving is None or generation is None:
        raise SpaceMissing("No embedding space serves yet. Run `manage.py index` first.")
    if serving.pk == new.pk:
        raise NothingToCompare(f"Space {new.pk} serves already: there is nothing to compare it with.")
    shown = {(row.product, row.picture) for row in read_rows(folder) if is_held_out(row.group, held_out)}
    figures = held_out_figures(new, serving, shown, generation, using=using)
    encoder_for(serving)  # loaded now: a search waits for no model, and answers by words alone meanwhile
    for name in JudgedQuery.objects.order_by("set").values_list("set", flat=True).distinct():
        figures += _judged(name, new, bar)
    if not figures:
        raise NothingToCompare(
            f"Nothing is held out with --held-out {held_out:g} that spaces {new.pk} and {serving.pk} both hold with "
            "title and picture, and there are no judged queries. Hold out more, or fill the space."
        )
    found = Beside(new.name, serving.name, tuple(figures))
    keep(new, found, using=using)
    return found


def keep(space: Space, beside: Beside, *, using: str) -> None:
    """Keep the figures of `space`, in the place of earlier ones."""
    heartbeat.beat(
        f"{KEPT}{space.pk}",
        using=using,
        digest=space.digest,
        space=beside.space,
        other=beside.other,
        figures=[figure.as_json() for figure in beside.figures],
    )


def kept(space: Space, *, using: str) -> tuple[float, Beside] | None:
    """The figures that were last measured of `space`, and how many seconds ago; None where none were."""
    found = heartbeat.age(f"{KEPT}{space.pk}", using=using)
    if found is None or found[1].get("digest") != space.digest:
        return None
    age, detail = found
    figures = tuple(Figure(**each) for each in detail["figures"])
    return age, Beside(detail["space"], detail["other"], figures)


def _judged(name: str, new: Space, bar: Bar) -> list[Figure]:
    """The set's nDCG through the engine in both spaces; none where it has no query that can be asked here."""
    queries = _asked(load(name, split=Split.CHECK))
    if not queries:
        return []
    runs = []
    for text in (in_space("hybrid", new.pk), "hybrid"):
        with bar(f"{name}, {text}", len(queries)) as advance, opened_pictures(None) as pictures:
            found = measured(queries, read_setup(text), pictures, advance=advance)
        kinds = {query.topic.name: query.topic.kind for query in queries}
        runs.append(Run(text, found.scores, kinds, {}).of(ALL, MEASURE))
    both = sorted(runs[0].keys() & runs[1].keys())
    if not both:
        return []
    return [paired(MEASURE, "judged", name, 0, *([run[each] for each in both] for run in runs))]


def _asked(queries: Sequence[StoredQuery]) -> list[StoredQuery]:
    """The first QUERIES of each kind, by names that end in a digest, without those whose picture is not kept here."""
    here = [query for query in queries if not query.topic.picture or kept_picture(query.topic.picture)]
    by_kind = groupby(sorted(here, key=lambda query: query.topic.kind), key=lambda query: query.topic.kind)
    return [query for _, group in by_kind for query in list(group)[:QUERIES]]
