"""The figures: one file each, and no list beside this folder. plots/figure.py says what is in one."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module

from bench.host.errors import BenchError
from bench.host.plots.figure import Figure


@lru_cache(maxsize=None)
def figures() -> dict[str, Figure]:
    """By name, which is that of the file."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: _load(name) for name in names}


def _load(name: str) -> Figure:
    try:
        figure = import_module(f"{__name__}.{name}").FIGURE
    except Exception as error:
        raise BenchError(f"bench/host/figures/{name}.py is no figure: {error}") from error
    if not isinstance(figure, Figure):
        raise BenchError(f"bench/host/figures/{name}.py: FIGURE must be a Sweep or Bars")
    return figure
