"""Clothes laid flat: tops, dresses, skirts and trousers, symmetric about the middle."""

from __future__ import annotations

from ..parts import Form, Part, seam
from ..paths import Point, box, ellipse, line, mirrored, outline, polygon


def _torso(sleeve: str, form: Form, hem: float) -> tuple[str, float]:
    """Outline of a top and the half width of its neck."""
    neck, shoulder, waist = form(15, 19), form(42, 47), form(38, 44)
    top = 38.0
    points: list[Point] = [(0, top + 4), (neck, top - 2, 0), (shoulder, top + 8, 0.4)]
    if sleeve == "short":
        reach = form(66, 74)
        points += [
            (reach, top + form(42, 50), 0),
            (reach - 20, top + form(56, 60), 0),
            (waist + 1, top + 44, 0),
        ]
    elif sleeve == "long":
        reach = form(64, 72)
        points += [
            (reach - 4, top + 54, 0.5),
            (reach + 4, hem - 10, 0),
            (reach - 12, hem - 6, 0),
            (waist + 2, top + 50, 0),
        ]
    else:
        points = [
            (0, top + 26),
            (neck + 4, top - 4, 0),
            (neck + 14, top - 4, 0),
            (waist - 4, top + 36, 0.5),
            (waist, top + 46, 0),
        ]
    points += [(waist + form(-3, 3), hem, 0), (0, hem + 3)]
    return mirrored(points), neck


def _folds(form: Form, top: float, foot: float, spread: float) -> list[Part]:
    """Soft creases."""
    creases = []
    for _ in range(4):
        x = 100 + form(-spread, spread)
        y = form(top, foot - 34)
        creases.append(
            seam(
                outline([(x, y), (x + form(-5, 5), y + 16), (x + form(-9, 9), y + 32)], closed=False),
                2.2,
                0.09,
            )
        )
    return creases


def _armholes() -> list[Part]:
    """The seams where sleeves are set in."""
    return [
        seam(
            outline([(100 + side * 44, 46), (100 + side * 37, 64), (100 + side * 40, 84)], closed=False),
            1.2,
            0.38,
        )
        for side in (-1, 1)
    ]


def tshirt(shape: str, form: Form) -> list[Part]:
    """A T-shirt with a crew neck, a V-neck, or without sleeves (tank)."""
    hem = form(156, 166)
    body, neck = _torso("none" if shape == "tank" else "short", form, hem)
    parts = [Part(body, shade="cloth")]
    if shape == "crew":
        parts += [
            Part(ellipse(100, 38, neck, 6), "deep", "hollow", dressed=False),
            Part(
                outline([(100 - neck, 37), (100, 53), (100 + neck, 37), (100, 42)]),
                "deep",
                "hollow",
                dressed=False,
                edge=False,
            ),
            Part(
                outline([(100 - neck, 36), (100, 54), (100 + neck, 36)], closed=False),
                "main",
                "none",
                4,
                dressed=False,
            ),
        ]
    elif shape == "v-neck":
        parts += [
            Part(polygon([(100 - neck, 36), (100 + neck, 36), (100, 64)]), "deep", "hollow", dressed=False),
            Part(
                line((100 - neck, 36), (100, 65), (100 + neck, 36)),
                "deep",
                "none",
                2.4,
                edge=False,
                dressed=False,
            ),
        ]
    if shape != "tank":
        parts += _armholes()
    parts += [seam(line((64, hem - 4), (136, hem - 4)), 0.8, 0.3, "2 1.5"), *_folds(form, 70, hem, 30)]
    return parts


def sweater(shape: str, form: Form) -> list[Part]:
    """A sweater with a round neck, a roll neck, or a hooded one."""
    hem = form(156, 164)
    body, neck = _torso("long", form, hem)
    parts = []
    if shape == "hooded":
        parts.append(
            Part(outline([(70, 46), (74, 22), (100, 12), (126, 22), (130, 46), (100, 58)]), "main", "top")
        )
    parts.append(Part(body, shade="cloth"))
    if shape == "round-neck":
        parts += [
            Part(ellipse(100, 38, neck, 9), "deep", "hollow", dressed=False),
            Part(
                outline([(100 - neck, 37), (100, 48), (100 + neck, 37)], closed=False),
                "deep",
                "none",
                4.5,
                edge=False,
                dressed=False,
            ),
        ]
    elif shape == "roll-neck":
        parts.append(Part(box(100 - neck, 20, 2 * neck, 24, 6), "main", "cylinder", dressed=False))
        parts.append(seam(line((100 - neck, 32), (100 + neck, 32)), 1, 0.3))
    else:
        parts += [
            Part(
                outline([(80, 40), (84, 24), (100, 18), (116, 24), (120, 40), (100, 56)]),
                "deep",
                "hollow",
                dressed=False,
            ),
            Part(
                outline(
                    [(68, 118), (76, 100, 0.2), (124, 100, 0.2), (132, 118), (134, 134, 0), (66, 134, 0)]
                ),
                "main",
                "none",
                dressed=False,
                opacity=0.5,
            ),
            seam(line((92, 54), (91, 78)), 1.8, 0.5),
            seam(line((108, 54), (109, 78)), 1.8, 0.5),
        ]
    cuff = form(8, 11)
    parts += [
        Part(box(60, hem - cuff + 2, 80, cuff, 2), "deep", "none", opacity=0.35, dressed=False, edge=False),
        *_armholes(),
        *_folds(form, 64, hem, 28),
    ]
    return parts


def jacket(shape: str, form: Form) -> list[Part]:
    """A jacket closed by a zip (bomber), by buttons (blazer), or a long coat."""
    hem = {"bomber": form(140, 148), "blazer": form(158, 164), "coat": form(180, 186)}[shape]
    body, neck = _torso("long", form, hem)
    if shape == "coat":
        reach = form(62, 68)
        body = mirrored(
            [
                (0, 24),
                (neck, 22, 0),
                (44, 32, 0.4),
                (reach, 86, 0.5),
                (reach + 5, 132, 0),
                (reach - 11, 136, 0),
                (42, 80, 0),
                (form(46, 54), hem, 0),
                (0, hem + 2),
            ]
        )
    parts = [Part(body, shade="cloth"), *(_armholes() if shape != "coat" else [])]
    top = 22 if shape == "coat" else 38
    if shape == "bomber":
        parts += [
            Part(box(100 - neck, top - 8, 2 * neck, 15, 5), "deep", "cylinder", dressed=False),
            Part(line((100, top + 6), (100, hem)), "#c9ccd1", "none", 2.4, edge=False),
            Part(box(58, hem - 9, 84, 12, 3), "deep", "none", dressed=False),
            seam(line((70, 104), (84, 118)), 2, 0.5),
            seam(line((130, 104), (116, 118)), 2, 0.5),
        ]
        return parts + _folds(form, 60, hem, 34)
    low = top + form(52, 62)
    parts += [
        Part(
            polygon([(100 - neck, top - 3), (100 + neck, top - 3), (100, low)]),
            "#f4f2ee" if form.flag() else "#33353c",
            "top",
        ),
        Part(
            polygon([(100 - neck, top - 4), (100 - neck - 12, top + 22), (88, top + 30), (100, low + 3)]),
            "main",
            "side",
            dressed=False,
        ),
        Part(
            polygon([(100 + neck, top - 4), (100 + neck + 12, top + 22), (112, top + 30), (100, low + 3)]),
            "main",
            "side",
            dressed=False,
        ),
        seam(line((100, low), (100, hem)), 1.4, 0.5),
        seam(box(62, 118, 24, 3), 1, 0.4),
        seam(box(114, 118, 24, 3), 1, 0.4),
    ]
    for step in range(3):
        parts.append(Part(ellipse(105, low + 8 + step * 17, 2.6), "deep", "ball", dressed=False))
    return parts + _folds(form, 60, hem, 34)


def shirt(shape: str, form: Form) -> list[Part]:
    """A shirt with collar and buttons: long or short sleeves."""
    hem = form(156, 166)
    body, neck = _torso("long" if shape == "long-sleeved" else "short", form, hem)
    parts = [
        Part(body, shade="cloth"),
        *_armholes(),
        Part(ellipse(100, 38, neck - 3, 8), "deep", "hollow", dressed=False),
        Part(box(95, 44, 10, hem - 43), "main", "none", dressed=False, opacity=0.65),
        Part(polygon([(100 - neck, 34), (98, 46), (86, 60), (78, 42)]), "main", "top", dressed=False),
        Part(polygon([(100 + neck, 34), (102, 46), (114, 60), (122, 42)]), "main", "top", dressed=False),
        seam(box(112, 72, 20, 22, 2), 0.9, 0.35),
    ]
    for step in range(5):
        parts.append(Part(ellipse(100, 60 + step * 22, 1.9), "#f4f1ea", "none"))
    return parts + _folds(form, 64, hem, 28)


def dress(shape: str, form: Form) -> list[Part]:
    """A dress: a-line, fitted (sheath) or with a wide tiered skirt."""
    neck, waist, hem = form(13, 18), form(20, 24), form(172, 180)
    flare = {"a-line": form(50, 58), "sheath": form(27, 32), "wide": form(66, 76)}[shape]
    top = 24.0
    sleeves = form.flag(0.4)
    points: list[Point] = [
        (0, top + form(12, 22)),
        (neck, top, 0),
        (neck + (14 if sleeves else 7), top + 1, 0),
    ]
    if sleeves:
        points += [(48, top + 32, 0), (36, top + 40, 0), (28, top + 30, 0)]
    else:
        points += [(24, top + 26, 0.5)]
    points += [(waist, 82, 0.6)]
    if shape == "sheath":
        points += [(waist + 9, 108), (flare, hem, 0)]
    else:
        points += [(flare * 0.74, 130, 0.8), (flare, hem, 0)]
    points += [(0, hem + 6)]
    parts = [Part(mirrored(points), shade="cloth")]
    belt = form.pick("deep", "none", "accent", "deep")
    if belt != "none":
        parts.append(Part(box(100 - waist - 1, 79, 2 * waist + 2, 6, 1), belt, "none", dressed=False))
    if shape == "wide":
        for height in (112, 144):
            share = (height - 82) / (hem - 82)
            half = waist + (flare - waist) * share * 1.02
            parts.append(
                seam(
                    outline([(100 - half, height), (100, height + 6), (100 + half, height)], closed=False),
                    1.3,
                    0.4,
                )
            )
    if shape != "sheath":
        for offset in (-0.6, -0.22, 0.2, 0.58):
            parts.append(
                seam(line((100 + offset * waist * 1.4, 90), (100 + offset * flare * 1.4, hem)), 1.8, 0.13)
            )
    if form.flag(0.45):
        wood = "#b98a57"
        hanger = [
            Part(
                outline([(100, 22), (100, 14), (106, 8), (101, 2), (95, 6)], closed=False),
                "#8d9096",
                "none",
                2,
                edge=False,
            ),
            Part(
                outline([(100 - neck - 12, 32), (100, 20), (100 + neck + 12, 32)], closed=False),
                wood,
                "none",
                4,
            ),
        ]
        parts = [*hanger, *parts]
    return parts


def skirt(shape: str, form: Form) -> list[Part]:
    """A skirt: pencil, flared or pleated."""
    waist, hem = form(28, 32), form(150, 166)
    flare = {"pencil": form(34, 38), "flared": form(68, 78), "pleated": form(56, 64)}[shape]
    top = 46.0
    points: list[Point] = [
        (0, top),
        (waist, top, 0),
        (waist + (flare - waist) * 0.5 + 5, (top + hem) / 2, 0.9),
        (flare, hem, 0),
        (0, hem + 8),
    ]
    parts = [Part(mirrored(points), shade="cloth")]
    folds = 9 if shape == "pleated" else 4 if shape == "flared" else 0
    for step in range(folds):
        share = (step + 1) / (folds + 1) * 2 - 1
        depth = 0.32 if shape == "pleated" else 0.15
        parts.append(
            seam(
                line((100 + share * waist, top + 12), (100 + share * flare, hem + 7 * (1 - share * share))),
                1.6,
                depth,
            )
        )
    parts.append(Part(box(100 - waist - 1, top - 4, 2 * waist + 2, 13, 2), "deep", "cylinder", dressed=False))
    return parts


def trousers(shape: str, form: Form) -> list[Part]:
    """Trousers: straight, wide or shorts."""
    waist = form(32, 36)
    hem = form(92, 104) if shape == "shorts" else form(176, 184)
    width = {"straight": form(20, 23), "wide": form(34, 38), "shorts": form(32, 35)}[shape]
    top, crotch = (52.0, 104.0 - 14) if shape == "shorts" else (24.0, 78.0)
    if shape == "shorts":
        hem = form(136, 150)
    outer = waist + 8
    inside = 5.0
    foot_in = inside if shape != "straight" else 9.0
    points: list[Point] = [
        (0, top),
        (waist, top, 0),
        (outer, crotch, 0.5),
        (foot_in + width + (9 if shape != "straight" else 2), hem, 0),
        (foot_in, hem + 2, 0),
        (1.5, crotch + 4, 0),
    ]
    crease = (foot_in + width / 2 + 3) if shape != "shorts" else 0
    parts = [
        Part(mirrored(points), shade="cloth"),
        Part(box(100 - waist, top - 3, 2 * waist, 10, 2), "deep", "none", dressed=False, opacity=0.75),
        Part(ellipse(100, top + 2, 2.2), "#d8c690", "ball"),
        seam(outline([(100, top + 8), (101, crotch - 14), (96, crotch)], closed=False), 1.1, 0.45),
        seam(
            outline(
                [(100 - waist + 3, top + 22), (100 - waist + 16, top + 18), (100 - waist + 18, top + 8)],
                closed=False,
            ),
            1.1,
            0.45,
        ),
        seam(
            outline(
                [(100 + waist - 3, top + 22), (100 + waist - 16, top + 18), (100 + waist - 18, top + 8)],
                closed=False,
            ),
            1.1,
            0.45,
        ),
    ]
    if crease:
        parts += [
            seam(line((100 + side * (waist * 0.55), crotch), (100 + side * crease, hem)), 1.5, 0.18)
            for side in (-1, 1)
        ]
    return parts
