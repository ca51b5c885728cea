"""The pictures: all of them, from the CSV alone, with the same bytes each time, and what they show
is what the CSV says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from bench_host_support import VARIANTS, fill_results, make_project, run_bench

from bench.host import cli
from bench.host.plots import plot
from bench.host.errors import BenchError
from bench.host.running.machine import ROOT

PICTURES = ("fork", "fork_exec", "memory", "write_fault")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of all variants from the fake machine, without pictures."""
    root = make_project(tmp_path_factory.mktemp("plots") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FAKE_MACHINE", raising=False)
        patch.setattr(plot, "draw", lambda results, variants: [])
        fill_results(root, "--repeat", "3")
    return root


def series(file: Path, family: str) -> list[tuple[float, float]]:
    """What a curve is drawn from: size in MiB and median."""
    script = "bench/host/plots/series.awk"
    command = ["awk", "-v", f"family={family}", "-f", script, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return [(float(row[0]), float(row[1])) for row in rows]


def test_all_pictures_are_drawn_and_drawn_again_the_same(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["plot", "--root", str(project)]) == 0
    names = sorted(f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg"))
    folder = project / "results/plots"
    assert sorted(p.name for p in folder.iterdir()) == names
    first = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert all(data[:4] == b"\x89PNG" for name, data in first.items() if name.endswith("png"))
    assert cli.main(["plot", "--root", str(project)]) == 0
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == first
    for name in ("fork", "fork_exec"):
        picture = first[f"{name}.svg"].decode()
        for words in (
            *VARIANTS,
            "instructions (1 instruction = 1 ns",
            "resident size of the parent",
        ):
            assert words in picture
        assert str(project) not in picture


def test_curve_is_the_medians_by_resident_size(project: Path) -> None:
    points = series(project / "results/cow-array.csv", "fork")
    assert [size for size, _ in points] == pytest.approx(
        [(pages + 9) / 256 for pages in (0, 256, 1024, 4096, 16384)], rel=1e-4
    )
    assert points[0][1] == pytest.approx(3200 + 20 * 9, abs=20)
    assert series(project / "results/cow-array.csv", "no_such_family") == []


def test_script_works_by_itself(project: Path, tmp_path: Path) -> None:
    output = tmp_path / "sub" / "alone.svg"
    files = f"{project}/results/eager.csv {project}/results/cow-hash.csv"
    command = ["gnuplot", "-e", f"files='{files}'; output='{output}'", "bench/host/plots/fork.gp"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=30)
    picture = output.read_text()
    assert "eager (copies program text too)" in picture and "cow-hash" in picture
    assert "cow-array" not in picture


def test_one_variant_is_enough(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", ("my-idea",))
    assert run_bench(root, "--variant", "my-idea", "--pages", "0,64", "--repeat", "2") == 0
    assert len(list((root / "results/custom/plots").iterdir())) == 8
    assert "my-idea" in (root / "results/custom/plots/fork.svg").read_text()


def test_bars_show_the_values(project: Path) -> None:
    from bench.host.plots import bars

    files = [project / f"results/{name}.csv" for name in ("cow-array", "cow-reuse")]
    figure = bars.write_fault(files)
    heights = [patch.get_height() for patch in figure.axes[0].patches]
    assert heights == pytest.approx([1400, 1390, 1400, 170], abs=1)
    assert figure.axes[0].get_ylabel().startswith("instructions per page")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "cow-array",
        "cow-reuse",
    ]
    frames = bars.memory(files).axes[0].patches
    assert [patch.get_height() for patch in frames][:4] == [12, 421, 2060, 4108]


def test_broken_csv_is_named_and_keeps_the_old_pictures(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", ("eager",))
    fill_results(root, "--pages", "0,64", "--repeat", "2")
    assert cli.main(["plot", "--root", str(root)]) == 0
    before = {p.name: p.read_bytes() for p in (root / "results/plots").iterdir()}
    csv = root / "results/eager.csv"
    whole = csv.read_text()
    for broken, message in (
        ("a,b\n1,2\n", "eager.csv does not start with variant,name,family,"),
        (whole.splitlines()[0] + "\n", "cannot draw"),
    ):
        csv.write_text(broken)
        with pytest.raises(BenchError, match=message):
            plot.draw(root / "results", ["eager"])
        assert {p.name: p.read_bytes() for p in (root / "results/plots").iterdir()} == before
