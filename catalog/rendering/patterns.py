"""Surface patterns as SVG pattern elements: what lies on the main areas of a product."""

from __future__ import annotations

import math
from typing import Literal, get_args

from .parts import Form

Pattern = Literal["plain", "striped", "dotted", "checked", "floral", "zigzag"]
PATTERNS: tuple[Pattern, ...] = get_args(Pattern)

_FLORAL_HEARTS = ("#f6c945", "#fff4c2", "#f2994a")


def pattern_element(name: str, pattern: str, accent: str, deep: str, form: Form, *, sag: float = 0.0) -> str:
    """A `<pattern id=name>` with the accent drawn and the ground left clear, so the main tone stays in charge."""
    if pattern == "striped":
        return _stripes(name, accent, form, sag)
    if pattern == "dotted":
        return _dots(name, accent, form)
    if pattern == "checked":
        return _checks(name, accent, deep, form)
    if pattern == "floral":
        return _flowers(name, accent, form)
    return _zigzag(name, accent, form)


def _tile(name: str, width: float, height: float, content: str, turn: float = 0.0, top: float = 0.0) -> str:
    turned = f' patternTransform="rotate({turn:.0f} 100 100)"' if turn else ""
    return (
        f'<pattern id="{name}" patternUnits="userSpaceOnUse" x="0" y="{top:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"{turned}>{content}</pattern>'
    )


def _stripes(name: str, accent: str, form: Form, sag: float) -> str:
    period = form(10, 22)
    share = form(0.34, 0.46)
    direction = form(0, 1)
    if direction < 0.66:
        lines = "".join(
            f'<path d="M-2 {y:.1f}Q100 {y + 2 * sag:.1f} 202 {y:.1f}" fill="none" stroke="{accent}" '
            f'stroke-width="{period * share:.1f}"/>'
            for y in (period * (0.5 + turn) for turn in range(-math.ceil(sag / period) - 1, 2))
        )
        return _tile(name, 200, period, lines)
    turn = 90 if direction < 0.85 else 45
    content = f'<rect width="200" height="{period * share:.1f}" fill="{accent}"/>'
    return _tile(name, 200, period, content, turn)


def _dots(name: str, accent: str, form: Form) -> str:
    period = form(13, 24)
    radius = period * form(0.2, 0.27)
    half = period / 2
    quarter = period / 4
    content = (
        f'<g fill="{accent}"><circle cx="{quarter:.1f}" cy="{quarter:.1f}" r="{radius * 0.9:.1f}"/>'
        f'<circle cx="{quarter + half:.1f}" cy="{quarter + half:.1f}" r="{radius * 0.9:.1f}"/></g>'
    )
    return _tile(name, period, period, content)


def _checks(name: str, accent: str, deep: str, form: Form) -> str:
    period = form(16, 30)
    half = period / 2
    turn = 45 if form.flag(0.15) else 0
    if form.flag(0.6):
        content = (
            f'<g fill="{accent}" fill-opacity=".55"><rect width="{half:.1f}" height="{period:.1f}"/>'
            f'<rect width="{period:.1f}" height="{half:.1f}"/></g>'
        )
    else:
        thin = period * 0.1
        content = (
            f'<g fill="{deep}" fill-opacity=".55"><rect width="{half:.1f}" height="{period:.1f}"/>'
            f'<rect width="{period:.1f}" height="{half:.1f}"/></g>'
            f'<g fill="{accent}" fill-opacity=".9"><rect x="{period * 0.7:.1f}" width="{thin:.1f}" '
            f'height="{period:.1f}"/><rect y="{period * 0.7:.1f}" width="{period:.1f}" height="{thin:.1f}"/></g>'
        )
    return _tile(name, period, period, content, turn)


def _flower(x: float, y: float, size: float, petal: str, heart: str, turn: float) -> str:
    petals = "".join(
        f'<circle cx="{x + math.cos(angle) * size * 0.62:.1f}" cy="{y + math.sin(angle) * size * 0.62:.1f}" '
        f'r="{size * 0.46:.1f}"/>'
        for angle in (turn + step * math.tau / 5 for step in range(5))
    )
    return f'<g fill="{petal}">{petals}</g><circle cx="{x:.1f}" cy="{y:.1f}" r="{size * 0.34:.1f}" fill="{heart}"/>'


def _flowers(name: str, accent: str, form: Form) -> str:
    period = form(30, 44)
    heart = form.pick(*_FLORAL_HEARTS)
    leaf = form.pick("#5d9b52", "#3f7a4a", "#89b36b")
    spots = ((0.27, 0.28, 0.19), (0.74, 0.72, 0.17), (0.78, 0.22, 0.1), (0.22, 0.78, 0.11))
    leaves = "".join(
        f'<ellipse cx="{x * period:.1f}" cy="{y * period:.1f}" rx="{period * 0.1:.1f}" ry="{period * 0.04:.1f}" '
        f'fill="{leaf}" transform="rotate({turn} {x * period:.1f} {y * period:.1f})"/>'
        for x, y, turn in ((0.5, 0.3, 20), (0.52, 0.6, -50), (0.24, 0.54, 70), (0.78, 0.46, -20))
    )
    flowers = "".join(
        _flower(x * period, y * period, size * period, accent, heart, form(0, 1)) for x, y, size in spots
    )
    return _tile(name, period, period, leaves + flowers, form(-20, 20))


def _zigzag(name: str, accent: str, form: Form) -> str:
    width = form(16, 26)
    height = width * form(0.75, 1.05)
    rise = height * 0.5
    lines = "".join(
        f'<path d="M{-width / 2:.1f} {y - rise / 2:.1f}L0 {y + rise / 2:.1f}L{width / 2:.1f} {y - rise / 2:.1f}'
        f'L{width:.1f} {y + rise / 2:.1f}L{width * 1.5:.1f} {y - rise / 2:.1f}" fill="none" stroke="{accent}" '
        f'stroke-width="{height * 0.3:.1f}"/>'
        for y in (-height * 0.5, height * 0.5, height * 1.5)
    )
    return _tile(name, width, height, lines)
