"""What the sweep and health keep in view: forgotten vectors, calibration, signs of life, causes and fixes."""

from __future__ import annotations

import time
from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from product_search import encoders, tasks
from product_search.calibration import Calibration
from product_search.indexing import health, heartbeat, index_pending, sweep, wake
from product_search.models import Corpus, Entry, Heartbeat, PictureVector, Space, TextVector
from product_search.testing import index_now

from .conftest import add_picture, png

pytestmark = pytest.mark.django_db


def causes() -> str:
    return "\n".join(str(problem) for problem in health.health().problems)


def test_forgotten_vectors_are_kept_for_a_week(make):
    mug = make("Mug")
    add_picture(mug, png("red"))
    index_now()
    mug.delete()
    index_now()
    assert sweep.drop_forgotten("default") == 0
    for model in (PictureVector, TextVector):
        model.objects.update(forgotten_at=timezone.now() - timedelta(days=8))
    assert sweep.drop_forgotten("default") == 3
    assert not TextVector.objects.exists()


def cone(side: int, number: int) -> np.ndarray:
    """A title and its picture are close, each kind in a cone of its own."""
    rng = np.random.default_rng(number)
    vector = np.zeros(64) + rng.normal(size=64) * 0.2
    vector[side] += 2.0
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture
def two_cones(monkeypatch):
    """The encoder puts "Mug 7" and a picture 8 pixels high in the same direction of their cones."""

    def texts(self, texts, **options):
        ends = [text.split()[-1] for text in texts]
        return np.stack([cone(0, int(end) if end.isdigit() else 99) for end in ends])

    encoder = type(encoders.get_encoder())
    monkeypatch.setattr(encoder, "encode_texts", texts)
    monkeypatch.setattr(
        encoder, "encode_images", lambda self, t, **k: np.stack([cone(1, x.height - 1) for x in t])
    )


def test_titles_and_their_own_pictures_are_what_matches(make, two_cones):
    for number in range(40):
        add_picture(make(f"Mug {number}"), png("red", (5, 1 + number)))
    index_now()
    calibration = Space.objects.get().calibration
    centre = np.array(calibration["centres"]["pictures"])
    curve = Calibration(**calibration["text-picture"])
    values = curve.values(
        np.array([[cone(0, t) @ (cone(1, p) - centre) for p in range(40)] for t in range(40)])
    )
    own = np.eye(40, dtype=bool)
    assert (values[own] > 0.5).mean() > 0.9
    assert (values[~own] < 0.5).mean() > 0.95


def test_a_space_is_calibrated_on_the_catalogue_when_it_is_large_enough(make, two_cones):
    for number in range(10):
        add_picture(make(f"Mug {number}"), png("red", (5, 1 + number)))
    index_now()
    assert Space.objects.get().calibration == {}, "10 products say nothing"
    for number in range(10, 40):
        add_picture(make(f"Mug {number}"), png("red", (5, 1 + number)))
    index_now()
    calibration = Space.objects.get().calibration
    assert set(calibration) >= {"text-text", "text-picture"}
    make("Mug 99")
    Space.objects.update(calibration={"kept": {}})
    index_now()
    assert Space.objects.get().calibration == {"kept": {}}, "one more product is no twentieth"


def test_what_means_nothing_is_embedded_once_however_often_a_space_is_calibrated(
    make, two_cones, monkeypatch
):
    for number in range(25):
        add_picture(make(f"Mug {number}"), png("red", (5, 1 + number)))
    index_now()
    first = Space.objects.get().calibration["nonsense"]
    given: list[str] = []
    encoder = type(encoders.get_encoder())
    embed = encoder.encode_texts
    monkeypatch.setattr(
        encoder, "encode_texts", lambda self, t, **options: given.extend(t) or embed(self, t, **options)
    )
    for number in range(25, 35):
        add_picture(make(f"Mug {number}"), png("red", (5, 1 + number)))
    Space.objects.update(calibration={})
    index_now()
    assert Space.objects.get().calibration["nonsense"] == pytest.approx(first, abs=0.2)
    assert sorted(given) == sorted(f"Mug {number}" for number in range(25, 35))


def test_a_worker_that_emptied_the_queue_leaves_the_books_in_order(space, make):
    for number in range(25):
        make(f"Mug {number}")
    tasks.work_task.apply(throw=True)
    assert "text-text" in Space.objects.get().calibration, "no sweep was needed"
    assert Corpus.objects.get(language="en").documents == 25


def test_a_shop_that_was_never_indexed_says_what_to_run():
    now = health.health()
    assert now.status == "down"
    assert not now.serving
    assert "`manage.py index`, which makes the first one" in causes()
    assert "celery -A catalog worker" in causes()
    assert "product_search.schedule()" in causes()
    assert not health.health().serving, "asking makes nothing"


def test_health_names_a_missing_worker_sweep_and_app(make, settings, monkeypatch):
    make("Mug")
    index_now()
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "QUEUE": "search"}
    assert (
        'No worker on queue "search" was ever seen. Start one: `celery -A catalog worker -Q search`'
        in causes()
    )
    monkeypatch.setattr(wake, "celery_app", lambda: None)
    assert "Write `from .celery import app as celery_app`" in causes()
    heartbeat.beat("sweep", using="default")
    heartbeat.beat("worker:celery@here", using="default", problem="")
    now = health.health()
    assert (now.status, now.problems) == ("ok", ())
    assert now.fresh == 1
    Heartbeat.objects.update(beaten_at=timezone.now() - timedelta(seconds=500))
    assert "No sweep was seen for 50" in causes()
    assert health.health().status == "degraded"


def test_the_tasks_index_and_leave_signs_of_life(make):
    make("First")
    index_now()
    make("Mug")
    tasks.work_task.apply(throw=True)
    make("Cup")
    tasks.sweep_task.apply(throw=True)
    assert Entry.objects.filter(done__gt=0).count() == 3
    names = [name.partition(":")[0] for name in Heartbeat.objects.values_list("name", flat=True)]
    assert {"sweep", "worker"} <= set(names)
    assert tasks.work_task.queue is None


def test_a_task_without_a_space_says_so_in_health(make):
    make("Mug")
    tasks.work_task.apply(throw=True)
    assert "The last worker reports: No embedding space exists yet" in causes()
    assert Entry.objects.get().lease is None


def test_enabled_false_leaves_everything_alone(make, settings):
    make("Mug")
    settings.PRODUCT_SEARCH = {**settings.PRODUCT_SEARCH, "ENABLED": False}
    tasks.work_task.apply(throw=True)
    tasks.sweep_task.apply(throw=True)
    assert not Entry.objects.exists()
    assert (health.health().status, health.health().problems) == ("down", ())


def test_index_command_indexes_reports_and_shows_the_status(make):
    make("Mug")
    out = StringIO()
    call_command("index", stdout=out, verbosity=0)
    assert "Indexed 1, removed 0, failed 0." in out.getvalue()
    call_command("index", "--all", stdout=out, verbosity=0)
    assert out.getvalue().count("Indexed 1,") == 2
    Entry.objects.update(error="a broken file", parked=True)
    status = StringIO()
    call_command("index", "--status", stdout=status)
    assert "a broken file" in status.getvalue()
    assert "1 product is parked" in status.getvalue()


def test_a_job_rests_in_proportion_to_what_it_costs(db):
    runs = []
    for _ in range(3):
        heartbeat.run_rested("job:slow", lambda: runs.append(1), using="default")
    assert len(runs) == 3, "a job that takes no time runs every time"
    heartbeat.beat("job:slow", using="default", took=10.0)
    heartbeat.run_rested("job:slow", lambda: runs.append(1), using="default")
    assert len(runs) == 3


def test_a_job_does_not_rest_from_what_its_own_rule_makes_rare(db):
    looks = []

    def books(did: bool) -> bool:
        looks.append(did)
        time.sleep(0.05)
        return did

    heartbeat.run_rested("job:books", lambda: books(True), using="default")
    heartbeat.run_rested("job:books", lambda: books(False), using="default")
    heartbeat.run_rested("job:books", lambda: books(True), using="default")
    assert looks == [True, False], "it rests from a look, and not from a rebuild"


def test_books_are_kept_once_they_were_looked_at_after_the_last_product(make):
    make("Mug")
    index_now()
    sweep.keep_books("default")
    assert sweep.books_are_kept()
    make("Jug")
    index_pending()
    assert not sweep.books_are_kept()
    for job in sweep.BOOKS:
        heartbeat.forget(job, using="default")  # it has rested
    sweep.keep_books("default")
    assert sweep.books_are_kept()
