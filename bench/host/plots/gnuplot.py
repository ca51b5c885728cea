"""Draw curves: a script for gnuplot, with its data inside, from the description of a figure.

The look is that of bars.py: 8 by 5.2 inches, text of 11 points, the same colors. They are those of
Okabe and Ito, which colour-blind readers can tell apart; in black and white the markers and dashes
tell. Curves that lie on each other stay visible: cow-array's is wide, later ones are thin, and their
open markers have different shapes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.host import interrupts
from bench.host.errors import BenchError
from bench.host.languages import Text
from bench.host.plots import fonts
from bench.host.plots.figure import Curve, Drawing, Panel, Sweep
from bench.host.plots.look import legend_columns, places
from bench.host.plots.table import Table

PROGRAM = "gnuplot"
SECONDS = 60.0  # of real time, which one run can take at most

TERMINALS = {
    ".png": """set terminal pngcairo noenhanced size 1600,1040 font "{font},23" linewidth 2 \\
    pointscale 3 dashlength 1.5 background "#ffffff"
""",
    ".svg": """set terminal svg noenhanced size 768,499 font "{font},14.67" background "#ffffff" \\
    name "figure"
""",
    "": "set terminal dumb noenhanced size {columns}, {lines}\n",
}
STYLE = """
set encoding utf8
set style line 1 lc rgb "#000000" lw 1.6 dt 1            pt 7  ps 0.9
set style line 2 lc rgb "#56b4e9" lw 4.0 dt 1            pt 4  ps 1.5
set style line 3 lc rgb "#009e73" lw 1.6 dt (10,5)       pt 8  ps 1.3
set style line 4 lc rgb "#d55e00" lw 1.6 dt (3,4)        pt 2  ps 0.8
set style line 5 lc rgb "#cc79a7" lw 1.6 dt (12,3,2,3)   pt 12 ps 1.3
set style line 6 lc rgb "#e69f00" lw 1.6 dt (5,2)        pt 6  ps 1.3
set style line 7 lc rgb "#0072b2" lw 1.6 dt (16,6)       pt 10 ps 1.3
set style line 8 lc rgb "#777777" lw 1.6 dt (1,2)        pt 1  ps 1.0
set border 3
set tics nomirror out
set bmargin 4.6
"""
GRID = 'set grid {} lt 1 lc rgb "#cccccc" lw 0.5\n'
OVERLAID = Text("where curves lie on each other, the last one is seen", "曲线重合处只显示最后一条")
LOOKS = {
    "linespoints": "with linespoints linestyle {style}",
    "lines": "with lines linestyle {style}",
    "points": "with points linestyle {style}",
    "circles": "with points pointtype 6 pointsize 2.4 linewidth 2 linecolor rgb '#000000'",
}


class Script:
    """What gnuplot is told to draw one figure in one language."""

    def __init__(self, figure: Sweep, table: Table, language: str) -> None:
        self.figure, self.language = figure, language
        self.drawing: Drawing = figure.drawing(table)
        shown = {curve.variant for panel in self.drawing.panels for curve in panel.curves}
        self.variants = [variant for variant in table.variants if variant in shown]
        self.styles = {v: place % 8 + 1 for v, place in places(table.variants).items()}
        self.rows = -(-len(table.variants) // legend_columns(table.variants))

    def picture(self, name: str) -> str:
        """For a file of this name."""
        font = fonts.name(self.language)
        terminal = TERMINALS[Path(name).suffix].format(font=font)
        parts = ["reset\n", *self.data(), f"{terminal}set output {quoted(name)}\n{STYLE}"]
        many = len(self.drawing.panels) > 1
        return "".join([*parts, *(self.side_by_side() if many else self.alone())])

    def in_terminal(self, columns: int, lines: int) -> str:
        """With characters. Such a drawing has no upright text: the label of the y axis follows the
        title. Lines between marks are straight."""
        (panel,) = self.drawing.panels
        curves = [Curve(c.variant, c.points) for c in panel.curves if c.look != "lines"]
        self.drawing = Drawing([Panel(curves, panel.x)], self.drawing.note.then(OVERLAID, "\n"))
        terminal = TERMINALS[""].format(columns=columns, lines=lines)
        title = self.say(self.figure.title.then(self.figure.y.label, "\n"))
        key = "set key at graph 0, graph 1 left top vertical maxrows auto maxcols 1 width 0\n"
        parts = [*self.data(), terminal, STYLE, *self.axes(panel), self.figure.settings]
        parts += [f"\nset tmargin 3\nset title {quoted(title)}\n", self.key(), key]
        return "".join([*parts, self.plot(0, titled=True)])

    def say(self, text: Text) -> str:
        return str(getattr(text, self.language))

    def data(self) -> Iterator[str]:
        for number, panel in enumerate(self.drawing.panels):
            for place, curve in enumerate(panel.curves):
                rows = (" ".join(f"{value:.10g}" for value in point) for point in curve.points)
                yield "\n".join([f"$data{number}_{place} << END", *rows, "END\n"])

    def plot(self, number: int, titled: bool) -> str:
        curves = []
        for place, curve in enumerate(self.drawing.panels[number].curves):
            look = LOOKS[curve.look].format(style=self.styles[curve.variant])
            curves.append(f"$data{number}_{place} {look} notitle")
        return "plot " + ", \\\n    ".join(curves + self.legend() * titled) + "\n"

    def legend(self) -> list[str]:
        return [
            f"NaN with linespoints linestyle {self.styles[v]} title {quoted(v)}"
            for v in self.variants
        ]

    def key(self) -> str:
        """Between title and picture, where it hides nothing, in as many rows as its words need."""
        return f"""set key at graph 0.5, graph 1.03 center bottom horizontal maxrows {self.rows} Left \\
    reverse samplen 3.5 spacing 1.2 width 2
"""

    def axes(self, panel: Panel) -> Iterator[str]:
        x = panel.x if any(panel.x) else self.figure.x.label
        yield f"set xlabel {quoted(self.say(x.then(self.drawing.note, chr(10))))}\n"
        yield f"set ylabel {quoted(self.say(self.figure.y.label))}\n"

    def alone(self) -> Iterator[str]:
        (panel,) = self.drawing.panels
        yield f"set tmargin {3.6 + 1.3 * self.rows}\n{GRID.format('xtics ytics')}"
        title = quoted(self.say(self.figure.title))
        yield f"set title {title} offset 0, {0.4 + 1.3 * self.rows}\n{self.key()}"
        yield from self.axes(panel)
        yield f"{self.figure.settings}\n{panel.settings}\n"
        for label in panel.labels:
            yield f"set label {quoted(self.say(label.text))} at {label.at}\n"
        yield self.plot(0, titled=True)

    def side_by_side(self) -> Iterator[str]:
        """The legend first, which needs the full width. Text is placed by the picture's height, since
        that of a character is not the same in SVG and PNG."""
        panels = self.drawing.panels
        title, note = (quoted(self.say(t)) for t in (self.figure.title, self.drawing.note))
        yield f"""{self.key()}{self.figure.settings}
set multiplot
set xrange [0:1]
set yrange [0:1]
set tmargin screen {0.84 - 0.045 * (self.rows - 1)}
set bmargin screen 0.19
set lmargin screen 0.11
set rmargin screen 0.98
set label 1 {note} at screen 0.545, screen 0.03 center
set label 2 {title} at screen 0.545, screen 0.96 center
set key at screen 0.545, screen {0.905 - 0.022 * (self.rows - 1)} center center width 0
unset border
unset tics
plot {", ".join(self.legend())}
unset label
unset key
set border 3
set tics nomirror out
set ytics nomirror out autofreq
{GRID.format("ytics")}"""
        width = 0.92 / len(panels)
        for number, panel in enumerate(panels):
            label = self.say(self.figure.y.label) if number == 0 else ""
            yield f"""{panel.settings}
set lmargin screen {0.11 + number * width}
set rmargin screen {0.06 + (number + 1) * width}
set label 1 {quoted(self.say(panel.x))} at graph 0.5, screen 0.083 center
set ylabel {quoted(label)}
set format y {quoted("" if number else "%g")}
{self.plot(number, titled=False)}"""
        yield "unset multiplot\n"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def run(name: str, script: str, folder: Path) -> str:
    """Run a figure's script in a folder; gives what it prints. Nothing is left running."""
    with ExitStack() as stack:
        with interrupts.put_off():  # one that comes while it starts would find nobody to end it
            process = stack.enter_context(_started(folder))
            stack.callback(_end, process)
        try:
            output, errors = process.communicate(script, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchError(f"gnuplot does not end with the figure {name}") from None
    if process.returncode != 0:
        raise BenchError(f"gnuplot cannot draw the figure {name}: {' '.join(errors.split())}")
    return output


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()  # which its own end leaves out after an interrupt


def _started(folder: Path) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            [PROGRAM, "-"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"LC_ALL": "C.UTF-8"},
            start_new_session=True,  # ^C is for this program, which ends it
        )
    except FileNotFoundError:
        raise BenchError("gnuplot not found: it is in Debian's package gnuplot-nox") from None
