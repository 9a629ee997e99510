from __future__ import annotations

from product_search.training import curve
from product_search.training.figures import Retrieval
from product_search.training.titles import Found

FOUND = Found(Retrieval(0.1, 0.5, 1 / 3), Retrieval(0.2, 0.6, 0.4), 70, 90)


def test_curves_are_read_as_they_were_written_and_drawn(tmp_path):
    points = [curve.Point(step, step * 0.5, 3.0 / step) for step in range(1, 30)]
    looks = [curve.Look(step, step * 0.5, step / 60, FOUND) for step in (10, 20)]
    assert curve.read(tmp_path) == ([], [])
    assert curve.plot(tmp_path) is None
    curve.write(tmp_path, points)
    assert curve.read(tmp_path) == (points, [])
    assert curve.plot(tmp_path) is not None
    curve.write(tmp_path, points, looks)
    assert curve.read(tmp_path) == (points, looks)
    drawn = curve.plot(tmp_path)
    assert drawn is not None
    assert drawn.read_bytes().startswith(b"\x89PNG")
