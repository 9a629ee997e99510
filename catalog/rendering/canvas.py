"""From a look's parts to an RGBA picture: gradients for volume, pattern, texture and gloss, rasterised by resvg."""

from __future__ import annotations

import io

import resvg_py
from PIL import Image

from .looks import ProductLook, View
from .materials import MATERIALS, Material, texture_element
from .palette import COLOURS, RGB, css, luminance, mix, varied
from .parts import Form, Part, Shade
from .patterns import pattern_element
from .shapes.register import SHAPERS


def paint(look: ProductLook, view: View, size: int) -> Image.Image:
    """The product alone on a clear ground, `size` pixels square, RGBA."""
    png = resvg_py.svg_to_bytes(svg_string=svg(look, view), width=size, height=size, skip_system_fonts=True)
    return Image.open(io.BytesIO(png)).convert("RGBA")


def svg(look: ProductLook, view: View) -> str:
    """The product as one SVG document on the 200 by 200 canvas."""
    material = MATERIALS[look.material]
    tones = _tones(look)
    parts = SHAPERS[look.type](look.shape, Form(look.form))
    defs: dict[str, str] = {}
    body = "".join(_drawn(part, look, material, tones, view, defs) for part in parts)
    mirror = -1 if view.mirrored else 1
    placing = (
        f"translate({100 + view.shift[0]:.2f} {100 + view.shift[1]:.2f}) rotate({view.angle:.2f}) "
        f"skewX({view.skew:.2f}) scale({mirror * view.scale:.3f} {view.scale * view.squash:.3f}) translate(-100 -100)"
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200">'
        f'<defs>{"".join(defs.values())}</defs><g transform="{placing}">{body}</g></svg>'
    )


def _tones(look: ProductLook) -> dict[str, RGB]:
    form = Form(look.form * 7 + 3)
    main = varied(COLOURS[look.colour].rgb, form(-0.012, 0.012), form(-0.04, 0.04))
    bright = luminance(main) > 0.5
    return {
        "main": main,
        "accent": COLOURS[look.accent].rgb,
        "deep": mix(main, (18, 14, 22), 0.42 if bright else 0.5),
        "pale": mix(main, (255, 255, 255), 0.32),
    }


def _drawn(
    part: Part, look: ProductLook, material: Material, tones: dict[str, RGB], view: View, defs: dict[str, str]
) -> str:
    toned = part.fill in tones
    tone = css(tones[part.fill]) if toned else part.fill
    opacity = part.opacity * (material.opacity if toned and part.dressed else 1.0)
    if part.width:
        return _stroked(part, tone, opacity, toned)
    layers = [f'<path d="{part.d}" fill="{tone}"{_alpha("fill", opacity)}/>']
    if part.dressed and part.fill == "main":
        if look.pattern != "plain":
            name = f"p{part.sag:.0f}"
            if name not in defs:
                defs[name] = pattern_element(
                    name,
                    look.pattern,
                    css(tones["accent"]),
                    css(tones["deep"]),
                    Form(look.form + 5),
                    sag=part.sag,
                )
            layers.append(f'<path d="{part.d}" fill="url(#{name})"{_alpha("fill", opacity)}/>')
        if material.texture:
            defs.setdefault("t", texture_element("t", material.texture))
            layers.append(f'<path d="{part.d}" fill="url(#t)"/>')
    if part.shade != "none":
        name = f"{part.shade}{'m' if toned else 'o'}"
        if name not in defs:
            defs[name] = _gradient(name, part.shade, material if toned else MATERIALS["plastic"], view.light)
        layers.append(f'<path d="{part.d}" fill="url(#{name})"/>')
    if part.edge:
        edge = css(mix(tones[part.fill], (10, 8, 14), 0.6)) if toned else "#000"
        layers.append(
            f'<path d="{part.d}" fill="none" stroke="{edge}" stroke-opacity="{0.42 if toned else 0.28}" '
            'stroke-width=".9" stroke-linejoin="round"/>'
        )
    return "".join(layers)


def _stroked(part: Part, tone: str, opacity: float, toned: bool) -> str:
    dashes = f' stroke-dasharray="{part.dashes}"' if part.dashes else ""
    stroke = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    if not (part.edge and part.width >= 2):
        return (
            f'<path d="{part.d}" {stroke} stroke="{tone}" stroke-width="{part.width:.1f}"'
            f"{_alpha('stroke', opacity)}{dashes}/>"
        )
    # A thick stroke is a bar or a handle: dark rim, body, and a light line along it.
    return (
        f'<path d="{part.d}" {stroke} stroke="#000" stroke-opacity=".35" stroke-width="{part.width + 1.2:.1f}"/>'
        f'<path d="{part.d}" {stroke} stroke="{tone}" stroke-width="{part.width:.1f}"{dashes}/>'
        f'<path d="{part.d}" {stroke} stroke="#000" stroke-opacity=".14" stroke-width="{part.width * 0.8:.1f}" '
        f'transform="translate({part.width * 0.1:.1f} {part.width * 0.1:.1f})"/>'
        f'<path d="{part.d}" {stroke} stroke="{tone}" stroke-width="{part.width * 0.5:.1f}" '
        f'transform="translate({-part.width * 0.1:.1f} {-part.width * 0.1:.1f})"/>'
        f'<path d="{part.d}" {stroke} stroke="#fff" stroke-opacity="{0.28 if toned else 0.22}" '
        f'stroke-width="{part.width * 0.22:.1f}" '
        f'transform="translate({-part.width * 0.14:.1f} {-part.width * 0.14:.1f})"/>'
    )


def _alpha(kind: str, opacity: float) -> str:
    return f' {kind}-opacity="{opacity:.2f}"' if opacity < 1 else ""


#: Per shading: offsets with (white, black) strength at 0 to 1 along the gradient.
_STOPS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "cylinder": (
        (0, 0, 0.34),
        (0.14, 0, 0.04),
        (0.27, 0.42, 0),
        (0.42, 0.04, 0),
        (0.74, 0, 0.2),
        (1, 0, 0.46),
    ),
    "ball": ((0, 0.55, 0), (0.22, 0.18, 0), (0.5, 0, 0.02), (0.8, 0, 0.22), (1, 0, 0.48)),
    "top": ((0, 0.2, 0), (0.4, 0, 0), (1, 0, 0.3)),
    "side": ((0, 0.2, 0), (0.4, 0, 0), (1, 0, 0.28)),
    "cloth": (
        (0, 0, 0.22),
        (0.16, 0.1, 0),
        (0.34, 0, 0.06),
        (0.5, 0.14, 0),
        (0.68, 0, 0.08),
        (0.84, 0.05, 0),
        (1, 0, 0.3),
    ),
    "dish": ((0, 0, 0.2), (0.35, 0, 0.03), (0.7, 0.1, 0), (1, 0.3, 0)),
    "hollow": ((0, 0, 0.55), (0.55, 0, 0.28), (1, 0, 0.12)),
}


def _gradient(name: str, shade: Shade, material: Material, light: float) -> str:
    stops = []
    for offset, white, black in _STOPS[shade]:
        if white > 0:
            alpha = min(white * (0.35 + 0.9 * material.gloss), 0.9)
            stops.append(f'<stop offset="{offset}" stop-color="#fff" stop-opacity="{alpha:.2f}"/>')
        else:
            alpha = min(black * material.depth, 0.9)
            stops.append(f'<stop offset="{offset}" stop-color="#000" stop-opacity="{alpha:.2f}"/>')
    content = "".join(stops)
    left = light < 0
    if shade == "ball":
        x = 0.36 if left else 0.64
        return f'<radialGradient id="{name}" cx="{x}" cy=".32" r=".78">{content}</radialGradient>'
    if shade in ("top", "hollow"):
        return f'<linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1">{content}</linearGradient>'
    start, end = ("0", "1") if left else ("1", "0")
    down = "1" if shade in ("side", "dish") else "0.12"
    return (
        f'<linearGradient id="{name}" x1="{start}" y1="0" x2="{end}" y2="{down}">{content}</linearGradient>'
    )
