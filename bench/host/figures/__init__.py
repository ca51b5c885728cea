"""The figures: one file each, and no list beside this folder. plots/figure.py says what is in one."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module

from bench.host.plots.figure import Figure


@lru_cache(maxsize=None)
def figures() -> dict[str, Figure]:
    """By name, which is that of the file."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").FIGURE for name in names}
