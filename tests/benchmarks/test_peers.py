"""Peers that this environment has answer a small case as brute force does; the others are held to it by each run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.db import connection

from product_search.evaluation.measures import answers_found, answers_wanted, score

from . import cell, judging, measuring
from .bench import jobs, measured
from .cell import Best, choose_search, run, write_cell
from .measuring import Task, Wrong, check, updates
from .peers import own, pgvector
from .peers.protocol import InProcess, Products, Query
from .products import lifted
from .rows import read_rows

ROWS = read_rows()
COUNT, DIM = 300, 16
LAST = {name: ROWS.peers[name].grids["vectors"] for name in ROWS.peers if "vectors" in ROWS.peers[name].grids}


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def few() -> tuple[Products, list[Query]]:
    """Products in clusters, named by a number in words, and queries near to some."""
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((12, DIM))
    vectors = unit(centres[np.arange(COUNT) % 12] + 0.4 * rng.standard_normal((COUNT, DIM)))
    asked = unit(vectors[:20] + 0.2 * rng.standard_normal((20, DIM)))
    titles = [f"cluster{number % 12} item{number} lamp" for number in range(COUNT)]
    products = Products(
        np.arange(1, COUNT + 1),
        titles,
        [f"{title}. Made by hand." for title in titles],
        rng.permutation(COUNT) + 1,
        {"picture": vectors},
        [str(number) for number in range(COUNT)],
        "pictures-300",
        asked,
    )
    return products, [Query(f"cluster{n} lamp", vector, {}) for n, vector in enumerate(asked)]


@pytest.fixture
def peers(settings: Any, tmp_path: Path) -> Any:
    """This project's two ways and pgvector, in the database of the tests."""
    settings.PRODUCT_SEARCH = dict(settings.PRODUCT_SEARCH)
    connection.ensure_connection()
    here: Any = SimpleNamespace(url=connection.connection.info.dsn, close=lambda: None, mb=lambda: 1.0)
    plain = pgvector.PgVector.on(here)
    yield {
        "product-search": own.Own.on(here, tmp_path),
        "product-search-leg": own.Leg.on(here, tmp_path),
        "pgvector": plain,
    }
    plain.connection.execute("DROP TABLE IF EXISTS products")
    plain.connection.close()


@pytest.mark.django_db(transaction=True)
def test_they_find_what_brute_force_finds_and_see_a_price_at_once(peers, monkeypatch):
    monkeypatch.setattr(measuring, "UPDATES", {1: 2})
    products, queries = few()
    row = replace(ROWS.by_name["update-1"], changed=1)
    for name, peer in peers.items():
        check(peer, ROWS.peers[name], products, queries, ["vectors"])
        seen = updates(Task(row, ROWS, products, queries, queries), peer)
        assert 0 < seen["change_ms"] < seen["p50_ms"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["product-search", "pgvector"])
def test_they_find_texts_that_have_all_words(peers, name):
    products, queries = few()
    products = products.first(60)
    peer, grid = peers[name], ROWS.peers[name].grids["words"]
    peer.build(products, "words", grid.builds[0])
    peer.choose(grid.searches[0])
    task = Task(ROWS.by_name["words-speed"], ROWS, products, queries, queries)
    quality, _ = task.quality(peer, queries[:6])
    assert quality == {"recall": 1.0}


class Liar(InProcess):
    """Finds what it is told to."""

    told: Any = staticmethod(lambda vector, hits: [])

    def build(self, products, table, settings):
        self.products = products

    def nearest(self, vector, hits):
        return self.told(vector, hits)

    def under(self, vector, most, hits):
        return self.told(vector, hits)


def exact(liar):
    return lambda vector, hits: (np.argsort(-(liar.products.vectors["picture"] @ vector))[:hits] + 1).tolist()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (
            lambda liar: lambda vector, hits: list(range(1, hits + 1)),
            "nearest: 0.* of what brute force finds",
        ),
        (lambda liar: lambda vector, hits: [7] * hits, "an id stands twice"),
        (exact, "under a price: ids that do not pass"),
    ],
    ids=["too far", "twice", "over the price"],
)
def test_a_peer_that_answers_wrongly_is_not_timed(told, why, tmp_path):
    products, queries = few()
    liar = Liar(tmp_path, 1)
    liar.told = told(liar)
    with pytest.raises(Wrong, match=why):
        check(liar, ROWS.peers["hnswlib"], products, queries, ["vectors"])


class Choosy(Liar):
    """Refuses to look less widely than at `least` rows."""

    least = 60

    def choose(self, settings):
        self.ef = settings["ef"]

    def nearest(self, vector, hits):
        if self.ef < self.least:
            raise RuntimeError(f"ef must be at least {self.least}")
        return self.told(vector, hits)


def test_settings_that_a_peer_refuses_are_not_its_best(tmp_path):
    products, queries = few()
    task = Task(ROWS.by_name["vectors-95"], ROWS, products, queries, queries)
    choosy = Choosy(tmp_path, 1)
    choosy.build(products, "vectors", {})
    choosy.told = exact(choosy)
    best = Best()
    choose_search(task, choosy, {}, [{"ef": 24}, {"ef": 60}, {"ef": 40}], best)
    assert best.cell["status"] == "measured"
    assert best.cell["settings"]["search"] == {"ef": 60}
    assert best.tried == 3
    choose_search(task, choosy, {"other": 1}, [{"ef": 24}], best)
    assert best.cell["settings"]["search"] == {"ef": 60}, (
        "one build that refuses all takes nothing from another"
    )
    with pytest.raises(RuntimeError, match="at least 60"):
        choose_search(task, choosy, {}, [{"ef": 24}], Best())


def written(products, queries, folder):
    """The data as a peer reads it."""
    folder.mkdir()
    said = {name: list(getattr(products, name)) for name in ("titles", "texts", "groups")}
    (folder / "products.json").write_text(json.dumps({**said, "prices": products.prices.tolist()}))
    np.save(folder / "vectors-picture.npy", products.vectors["picture"])
    for part in ("tuning", "queries"):
        (folder / f"{part}.json").write_text(
            json.dumps([{"words": query.words, "kind": "", "grades": {}} for query in queries])
        )
        np.save(folder / f"{part}.npy", np.stack([query.vector for query in queries]))
    return folder


def test_a_peer_that_fails_is_in_the_results_with_why(tmp_path):
    data = written(*few(), tmp_path / "pictures-300")
    run(
        [ROWS.peers["hnswlib"]], ROWS, [ROWS.by_name["vectors-95"]], data, tmp_path / "cells"
    )  # not installed here
    found = json.loads((tmp_path / "cells" / "vectors-95" / "hnswlib.json").read_text())
    assert found["status"] == "failed"
    assert "hnswlib" in found["why"]
    assert found["versions"] == {"hnswlib": "not installed"}
    assert not measured(tmp_path / "cells" / "vectors-95" / "hnswlib.json"), "the next run tries it again"


class Slow(InProcess):
    """Finds the nearest, and takes down what was built of the whole data."""

    built: list[int] = []
    cut_at: int | None = None
    alike = False

    def build(self, products, table, settings):
        self.products = products
        if products.place:
            if settings["M"] == self.cut_at:
                raise KeyboardInterrupt
            self.built.append(settings["M"])

    def making(self, settings, products):
        return {} if self.alike else settings

    def nearest(self, vector, hits):
        return exact(self)(vector, hits)

    def under(self, vector, most, hits):
        passing = np.flatnonzero(self.products.prices <= most)
        near = np.argsort(-(self.products.vectors["picture"][passing] @ vector))[:hits]
        return (passing[near] + 1).tolist()


def asked_of(slow, tmp_path, monkeypatch):
    """What a run of two builds of twenty searches leaves in the cell of `slow`."""
    monkeypatch.setattr(cell, "engine", lambda name: slow)
    row, data = ROWS.by_name["vectors-95"], tmp_path / "pictures-300"
    run([ROWS.peers["hnswlib"]], ROWS, [row], data, tmp_path / "cells")
    return json.loads((tmp_path / "cells" / "vectors-95" / "hnswlib.json").read_text())


def test_a_run_that_was_cut_off_goes_on_with_the_build_that_is_missing(tmp_path, monkeypatch):
    written(*few(), tmp_path / "pictures-300")
    monkeypatch.setattr(Slow, "built", [])
    monkeypatch.setattr(Slow, "cut_at", 32)
    with pytest.raises(KeyboardInterrupt):
        asked_of(Slow, tmp_path, monkeypatch)
    assert Slow.built == [16]
    monkeypatch.setattr(Slow, "cut_at", None)
    found = asked_of(Slow, tmp_path, monkeypatch)
    assert Slow.built == [16, 32]
    assert found["status"] == "measured"
    assert found["tried"] == 20
    assert [path.name for path in (tmp_path / "cells" / "vectors-95").iterdir()] == ["hnswlib.json"]


def test_a_build_that_makes_what_another_made_is_not_made_again(tmp_path, monkeypatch):
    written(*few(), tmp_path / "pictures-300")
    monkeypatch.setattr(Slow, "built", [])
    monkeypatch.setattr(Slow, "alike", True)
    found = asked_of(Slow, tmp_path, monkeypatch)
    assert Slow.built == [16]
    assert (found["status"], found["tried"]) == ("measured", 20)


def test_what_was_measured_is_not_measured_again(tmp_path):
    rows = [ROWS.by_name["vectors-95"], ROWS.by_name["filter-10"]]
    waiting = {job.peers[0].name: job for job in jobs(ROWS, rows, tmp_path)}
    assert [peer.name for peer in waiting["product-search"].peers] == ["product-search", "product-search-leg"]
    assert waiting.keys() == {*rows[0].peers} - {"product-search-leg"}
    write_cell(tmp_path, ROWS.peers["faiss"], rows[0], ROWS, {"status": "short"})
    again = {job.peers[0].name: job for job in jobs(ROWS, rows, tmp_path)}
    assert [row.name for row in again["faiss"].rows] == ["filter-10"]
    assert again["hnswlib"] == waiting["hnswlib"]


def test_answers_are_judged_as_the_evaluation_judges_them():
    groups = ["a", "a", "b", "c", "c", "d"]
    grades = {1: 1, 2: 3, 3: 2, 5: 2}
    for found in ([2, 1, 3, 5, 6], [1, 2, 3], [6, 4, 5], []):
        of = {key: groups[key - 1] for key in range(1, 7)}
        wanted = answers_wanted(grades, of)
        first = list({of[each]: each for each in reversed(found)}.values())
        first.sort(key=found.index)
        theirs = score({"q": wanted}, {"q": answers_found(first, grades, of, wanted)})["q"]
        assert judging.ndcg(found, grades, groups) == pytest.approx(theirs["nDCG@10"])
        assert judging.found_share(found, grades, groups) == pytest.approx(theirs["R@10"])


def test_recall_counts_what_is_as_near_as_the_last():
    vectors = np.array([[1, 0], [0.8, 0.6], [0.8, -0.6], [0, 1]], dtype=np.float32)
    near = judging.Nearest.of(vectors, vectors[0], np.array([True] * 4), 2)
    assert near.recall([1, 3], 1e-4) == near.recall([1, 2], 1e-4) == 1
    assert near.recall([1, 4], 1e-4) == 0.5
    under = judging.Nearest.of(vectors, vectors[0], np.array([False, True, False, False]), 2)
    assert under.recall([2], 1e-4) == 1
    assert under.recall([], 1e-4) == 0


def test_wider_vectors_have_the_neighbours_they_had():
    vectors = unit(np.random.default_rng(1).standard_normal((50, 8)))
    wide = lifted(vectors, 32, 3)
    assert wide.shape == (50, 32)
    assert np.allclose(wide @ wide.T, vectors @ vectors.T, atol=1e-5)
    assert np.abs(wide).min() > 0
