"""SVG path data from points: the drawing engine's only geometry. The canvas is 200 by 200 units, centre (100, 100)."""

from __future__ import annotations

import math
from collections.abc import Sequence

#: (x, y) is a smooth point; (x, y, s) bends by s, where 0 is a sharp corner and 1 is fully smooth.
Point = tuple[float, float] | tuple[float, float, float]


def outline(points: Sequence[Point], *, closed: bool = True) -> str:
    """Path data of a curve through `points`, smooth except where a point says otherwise."""
    count = len(points)
    tangents: list[tuple[float, float]] = []
    for index, point in enumerate(points):
        before = points[index - 1] if closed or index else point
        after = points[(index + 1) % count] if closed or index < count - 1 else point
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1.0
        bend = point[2] if len(point) == 3 else 1.0
        tangents.append((dx / length * bend, dy / length * bend))
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for index in range(count if closed else count - 1):
        a, b = points[index], points[(index + 1) % count]
        reach = math.hypot(b[0] - a[0], b[1] - a[1]) * 0.36
        (ax, ay), (bx, by) = tangents[index], tangents[(index + 1) % count]
        parts.append(
            f"C{a[0] + ax * reach:.1f} {a[1] + ay * reach:.1f} "
            f"{b[0] - bx * reach:.1f} {b[1] - by * reach:.1f} {b[0]:.1f} {b[1]:.1f}"
        )
    return "".join(parts) + ("Z" if closed else "")


def mirrored(right: Sequence[Point]) -> str:
    """Closed path of a shape symmetric about x = 100, from its right half, top to bottom (x from the axis)."""
    rights: list[Point] = [_shifted(point, 1) for point in right]
    lefts: list[Point] = [_shifted(point, -1) for point in reversed(right) if point[0] > 0]
    return outline(rights + lefts)


def _shifted(point: Point, side: int) -> Point:
    x = 100 + side * point[0]
    return (x, point[1], point[2]) if len(point) == 3 else (x, point[1])


def polygon(points: Sequence[tuple[float, float]]) -> str:
    """Closed path with straight edges."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def line(*points: tuple[float, float]) -> str:
    """Open path with straight segments, for strokes."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def ellipse(cx: float, cy: float, rx: float, ry: float | None = None) -> str:
    """Closed path of an ellipse, or of a circle where only one radius is given."""
    ry = rx if ry is None else ry
    return f"M{cx - rx:.1f} {cy:.1f}a{rx:.1f} {ry:.1f} 0 1 0 {2 * rx:.1f} 0a{rx:.1f} {ry:.1f} 0 1 0 {-2 * rx:.1f} 0Z"


def box(x: float, y: float, width: float, height: float, radius: float = 0.0) -> str:
    """Closed path of a rectangle with round corners."""
    r = min(radius, width / 2, height / 2)
    return (
        f"M{x + r:.1f} {y:.1f}h{width - 2 * r:.1f}a{r:.1f} {r:.1f} 0 0 1 {r:.1f} {r:.1f}v{height - 2 * r:.1f}"
        f"a{r:.1f} {r:.1f} 0 0 1 {-r:.1f} {r:.1f}h{2 * r - width:.1f}a{r:.1f} {r:.1f} 0 0 1 {-r:.1f} {-r:.1f}"
        f"v{2 * r - height:.1f}a{r:.1f} {r:.1f} 0 0 1 {r:.1f} {-r:.1f}Z"
    )


def vessel(profile: Sequence[Point], *, tilt: float = 0.16, centre: float = 100.0) -> str:
    """Closed path of a turned body seen slightly from above: `profile` is (half width, y) from rim to foot."""
    right: list[Point] = [_centred(point, 1, centre) for point in profile]
    left: list[Point] = [_centred(point, -1, centre) for point in reversed(profile)]
    half, foot = profile[-1][0], profile[-1][1]
    body = outline(right, closed=False)
    back = outline(left, closed=False).replace("M", "L", 1)
    arc = f"A{half:.1f} {max(half * tilt, 0.1):.1f} 0 0 1 {centre - half:.1f} {foot:.1f}"
    return body + arc + back.replace("L", "L", 1) + "Z"


def _centred(point: Point, side: int, centre: float) -> Point:
    x = centre + side * point[0]
    return (x, point[1], point[2]) if len(point) == 3 else (x, point[1])
