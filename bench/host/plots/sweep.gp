# A cost against the resident size of the process, both axes logarithmic. Columns of the data:
# variant, resident_pages (of 4 KiB), instructions.
load scripts . "/style.gp"

set title titled(T(heading), T(cost))
set xlabel T("resident size of the parent when it forks (logarithmic)") . "\n" \
    . (is_drawn("eager") ? T("eager copies the pages of the program text too") : "") . overlaid
set ylabel T(cost)
set logscale xy
set xtics ("16 KiB" 4, "64 KiB" 16, "256 KiB" 64, "1 MiB" 256, "4 MiB" 1024, "16 MiB" 4096, \
    "64 MiB" 16384, "256 MiB" 65536, "1 GiB" 262144)
set format y "%.0s %c"   # 100 k for 100,000
set autoscale fix
set offsets graph 0.04, graph 0.04, graph 0.04, graph 0.04

plot for [name in variants] data \
    using (is(name) ? column("resident_pages") : NaN):(column("instructions")) \
    with linespoints linestyle style(name) title name
