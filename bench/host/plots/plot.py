"""All pictures of the results: curves by gnuplot, bars by matplotlib, both from the CSV files."""

from __future__ import annotations

import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.host.errors import BenchError
from bench.host.running.machine import ROOT
from bench.host.stored.results import CSV_HEADER

SWEEPS = ("fork", "fork_exec")  # bench/host/plots/<name>.gp
FORMATS = (".svg", ".png")


def draw(results: Path, variants: list[str]) -> list[Path]:
    """Draw every picture of these variants into results/plots, all or none; gives the files."""
    files = [(results / f"{variant}.csv").resolve() for variant in variants]
    for file in files:
        _check(file)
    folder = results.resolve() / "plots"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".drawing.", dir=folder) as scratch:
        outputs = [(name, Path(scratch, name + suffix)) for name in SWEEPS for suffix in FORMATS]
        with ThreadPoolExecutor() as pool:
            sweeps = [pool.submit(_gnuplot, name, files, output) for name, output in outputs]
            _draw_bars(files, Path(scratch))
        for sweep in sweeps:
            sweep.result()
        return [path.replace(folder / path.name) for path in sorted(Path(scratch).iterdir())]


def _check(file: Path) -> None:
    try:
        with file.open(encoding="utf-8") as text:
            head = text.readline().strip()
    except (OSError, ValueError) as error:
        raise BenchError(f"cannot read {file}: {error}") from None
    if head != ",".join(CSV_HEADER):
        raise BenchError(f"{file} does not start with {','.join(CSV_HEADER)}: run make bench again")


def _gnuplot(name: str, files: list[Path], output: Path) -> None:
    script = f"bench/host/plots/{name}.gp"
    # From the project's folder, so that its own path may hold spaces.
    names = [os.path.relpath(file, ROOT) for file in files]
    variables = f'files = "{" ".join(names)}"; output = "{os.path.relpath(output, ROOT)}"'
    try:
        subprocess.run(
            ["gnuplot", "-e", variables, script],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except FileNotFoundError:
        raise BenchError("gnuplot not found: it is in Debian's package gnuplot-nox") from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())
        raise BenchError(f"gnuplot cannot draw {script}: {said}") from None
    except subprocess.TimeoutExpired:
        raise BenchError(f"gnuplot does not end with {script}") from None


def _draw_bars(files: list[Path], folder: Path) -> None:
    # Imported here and not above: it takes longer than all of gnuplot.
    from bench.host.plots import bars

    for name, picture in (("write_fault", bars.write_fault), ("memory", bars.memory)):
        try:
            figure = picture(files)
        except (KeyError, ValueError) as error:
            raise BenchError(f"cannot draw {name} from the CSV files: {error}") from None
        for suffix in FORMATS:
            bars.save(figure, folder / (name + suffix))
