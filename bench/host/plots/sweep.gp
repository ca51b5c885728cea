# A sweep over the resident size: cost in instructions, both axes logarithmic. The caller sets
# family, name and heading.
load "bench/host/plots/style.gp"

set logscale xy
set title heading
set xlabel "resident size of the parent when it forks"
set ylabel "instructions (1 instruction = 1 ns of guest time)"
set xtics ("16 KiB" 1.0 / 64, "64 KiB" 1.0 / 16, "256 KiB" 0.25, "1 MiB" 1, "4 MiB" 4, \
    "16 MiB" 16, "64 MiB" 64, "256 MiB" 256, "1 GiB" 1024)
set format y "10^{%T}"
set offsets graph 0.04, graph 0.04, 0, 0

plot for [i = 1:words(files)] series(word(files, i), family) using 1:2 \
    with linespoints linestyle (i - 1) % 8 + 1 title label(word(files, i))
