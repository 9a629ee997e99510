"""Materials as they show in a picture: gloss, translucency, and a fine texture on the main areas."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """How a material looks: `gloss` scales highlights, `depth` scales shadows, `texture` names a pattern."""

    name: str
    german: str
    gloss: float
    depth: float = 1.0
    opacity: float = 1.0
    texture: str = ""
    adjective: str = ""


MATERIALS: dict[str, Material] = {
    material.name: material
    for material in (
        Material("ceramic", "Keramik", 1.0, adjective="ceramic"),
        Material("porcelain", "Porzellan", 1.15, 0.85, adjective="porcelain"),
        Material("stoneware", "Steinzeug", 0.35, texture="speckle", adjective="stoneware"),
        Material("enamel", "Emaille", 1.2, 0.9, adjective="enamel"),
        Material("glass", "Glas", 1.4, 0.8, 0.72, adjective="glass"),
        Material("metal", "Metall", 1.6, 1.35, texture="brushed", adjective="metal"),
        Material("plastic", "Kunststoff", 0.8, 0.9, adjective="plastic"),
        Material("wood", "Holz", 0.35, texture="grain", adjective="wooden"),
        Material("rattan", "Rattan", 0.3, texture="wicker", adjective="rattan"),
        Material("cotton", "Baumwolle", 0.18, 0.8, adjective="cotton"),
        Material("linen", "Leinen", 0.16, 0.85, texture="weave", adjective="linen"),
        Material("canvas", "Canvas", 0.2, 0.9, texture="weave", adjective="canvas"),
        Material("wool", "Wolle", 0.12, 0.95, texture="knit", adjective="woollen"),
        Material("denim", "Denim", 0.15, 0.9, texture="twill", adjective="denim"),
        Material("leather", "Leder", 0.75, 1.15, texture="pores", adjective="leather"),
        Material("suede", "Wildleder", 0.08, 1.0, texture="pores", adjective="suede"),
        Material("silk", "Seide", 0.85, 0.8, adjective="silk"),
        Material("velvet", "Samt", 0.5, 1.35, adjective="velvet"),
        Material("straw", "Stroh", 0.25, texture="wicker", adjective="straw"),
        Material("felt", "Filz", 0.1, 0.9, adjective="felt"),
        Material("nylon", "Nylon", 0.5, 0.9, adjective="nylon"),
        Material("wax", "Wachs", 0.45, 0.7, adjective="wax"),
        Material("paper", "Papier", 0.15, 0.7, adjective="paper"),
    )
}

_TEXTURES: dict[str, tuple[float, float, str]] = {
    "speckle": (
        17,
        19,
        '<g fill="#000" fill-opacity=".28"><circle cx="3" cy="4" r=".8"/><circle cx="11" cy="2" r=".5"/>'
        '<circle cx="7" cy="11" r=".7"/><circle cx="14" cy="14" r=".9"/><circle cx="4" cy="16" r=".5"/></g>',
    ),
    "brushed": (60, 3, '<path d="M0 .5H60M0 2H38" stroke="#fff" stroke-opacity=".16" stroke-width=".6"/>'),
    "grain": (
        90,
        16,
        '<g fill="none" stroke="#2a1404" stroke-opacity=".3"><path d="M0 3Q22 0 45 3T90 3" stroke-width="1"/>'
        '<path d="M0 8Q25 11 45 8T90 8" stroke-width="1.5"/><path d="M0 13Q20 12 45 13T90 13" stroke-width=".7"/></g>',
    ),
    "wicker": (
        8,
        8,
        '<g fill="#000" fill-opacity=".24"><rect x="0" y="0" width="4" height="1.2"/><rect x="4" y="4" width="4" '
        'height="1.2"/><rect x="3.4" y="0" width="1.2" height="4"/><rect x="7.4" y="4" width=".9" height="4"/></g>'
        '<g fill="#fff" fill-opacity=".22"><rect x=".4" y="1.6" width="2.8" height="1.4"/>'
        '<rect x="4.4" y="5.6" width="2.8" height="1.4"/></g>',
    ),
    "weave": (
        3.2,
        3.2,
        '<path d="M0 .6H1.6M1.6 2.2H3.2" stroke="#000" stroke-opacity=".16" stroke-width=".7"/>'
        '<path d="M.8 1.6V3.2M2.4 0V1.6" stroke="#fff" stroke-opacity=".16" stroke-width=".7"/>',
    ),
    "knit": (
        7,
        6,
        '<path d="M.3 .5L3.5 4.2L6.7 .5" fill="none" stroke="#000" stroke-opacity=".24" stroke-width="1.1"/>'
        '<path d="M.3 2.6L3.5 6.2L6.7 2.6" fill="none" stroke="#fff" stroke-opacity=".2" stroke-width=".9"/>',
    ),
    "twill": (
        4,
        4,
        '<path d="M-1 5L5 -1M-1 1L1 -1M3 5L5 3" stroke="#fff" stroke-opacity=".22" stroke-width=".8"/>',
    ),
    "pores": (
        9,
        7,
        '<g fill="#000" fill-opacity=".14"><circle cx="1.5" cy="1.5" r=".6"/><circle cx="6" cy="3" r=".7"/>'
        '<circle cx="3.5" cy="5.5" r=".6"/></g>',
    ),
}


def texture_element(name: str, texture: str) -> str:
    """A `<pattern id=name>` with the texture's light and dark strokes."""
    width, height, content = _TEXTURES[texture]
    return f'<pattern id="{name}" patternUnits="userSpaceOnUse" width="{width}" height="{height}">{content}</pattern>'
