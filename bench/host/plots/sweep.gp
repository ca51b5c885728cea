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

# Between two sizes a cost grows in proportion to the pages, which is no straight line on these axes.
stats data using (column("resident_pages")) nooutput
array sizes[STATS_records]
array costs[STATS_records]
array names[STATS_records]
keep(i) = (sizes[i] = column("resident_pages"), costs[i] = column("instructions"), names[i] = strcol("variant"), i)
stats data using (keep(int(column(0)) + 1)) nooutput
is_between(name, i, x) = names[i] eq name && names[i + 1] eq name && sizes[i] <= x && x <= sizes[i + 1]
between(i, x) = costs[i] + (costs[i + 1] - costs[i]) * (x - sizes[i]) / (sizes[i + 1] - sizes[i])
cost_at(name, x) = (found = NaN, \
    sum [i = 1:|sizes| - 1] (is_between(name, i, x) ? (found = between(i, x), 0) : 0), found)
set samples 300

if (in_terminal) {
    plot for [name in variants] data \
        using (is(name) ? column("resident_pages") : NaN):(column("instructions")) \
        with linespoints linestyle style(name) title name
} else {
    plot for [name in variants] cost_at(name, x) with lines linestyle style(name) notitle, \
        for [name in variants] data \
            using (is(name) ? column("resident_pages") : NaN):(column("instructions")) \
            with points linestyle style(name) notitle, \
        for [name in variants] NaN with linespoints linestyle style(name) title name
}
