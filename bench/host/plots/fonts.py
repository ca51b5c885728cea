"""Fonts for languages whose characters the usual font has not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.host.errors import BenchError


@dataclass(frozen=True)
class Font:
    name: str
    path: Path
    package: str  # of Debian


USUAL = "DejaVu Sans"
FONTS = {
    "zh": Font(
        "WenQuanYi Micro Hei",
        Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
        "fonts-wqy-microhei",
    )
}


def check(language: str) -> None:
    font = FONTS.get(language)
    if font is not None and not font.path.exists():
        raise BenchError(f"{font.path} not found: it is in Debian's package {font.package}")


def name(language: str) -> str:
    return FONTS[language].name if language in FONTS else USUAL
