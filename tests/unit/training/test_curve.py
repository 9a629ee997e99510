from __future__ import annotations

from product_search.training import curve


def test_a_curve_is_read_as_it_was_written_and_drawn(tmp_path):
    points = [curve.Point(step, step * 0.5, 3.0 / step) for step in range(1, 30)]
    assert curve.read(tmp_path) == []
    assert curve.plot(tmp_path) is None
    curve.write(tmp_path, points)
    assert curve.read(tmp_path) == points
    drawn = curve.plot(tmp_path)
    assert drawn is not None
    assert drawn.read_bytes().startswith(b"\x89PNG")
