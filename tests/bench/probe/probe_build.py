"""What the tests compile of the probe: parts of it for the host, with sanitizers, and the plugin."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from bench.host.running.machine import ROOT
from tests.bench.probe.reference import Counts, counted
from tests.support.host_build import HOST_TESTS, SANITIZED, compile_host, include

HERE = Path(__file__).parent
PROBE = ROOT / "bench" / "probe"
PLUGIN_FLAGS = "-std=gnu11 -O2 -g -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden".split()
PARTS = {
    "replay": ("core", "cache", "cores", "geometry", "events"),
    "decode_lines": ("decode",),
    "fake_qemu": tuple(path.stem for path in PROBE.glob("*.c")),
}


@cache
def program(name: str) -> Path:
    """A program of this folder, with the parts of the probe that it drives."""
    parts = [PROBE / f"{part}.c" for part in PARTS[name]]
    words = [*SANITIZED, *include(PROBE), HERE / f"{name}.c", *parts]
    return compile_host(HOST_TESTS / f"probe_{name}", words)


@cache
def plugin(version: int = 1) -> Path:
    """The plugin. Another version of QEMU's interface is what an older or newer QEMU wants."""
    words = [*PLUGIN_FLAGS, *include(PROBE), *sorted(PROBE.glob("*.c"))]
    if version == 1:
        return compile_host(HOST_TESTS / "probe.so", words)
    source = HOST_TESTS / f"probe-{version}" / "probe.c"
    source.parent.mkdir(parents=True, exist_ok=True)
    text = (PROBE / "probe.c").read_text()
    changed = text.replace("= PLUGIN_VERSION;", f"= {version};")
    assert changed != text
    source.write_text(changed)
    words = [source if word == PROBE / "probe.c" else word for word in words]
    return compile_host(HOST_TESTS / f"probe-{version}.so", words)


def replayed(geometries: Sequence[str], stream: Iterable[str]) -> Counts:
    """What the probe's cores count over a stream."""
    done = subprocess.run(
        [program("replay"), *geometries],
        input="".join(f"{line}\n" for line in stream),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return counted(done.stdout.splitlines())
