# Bytes that hold reference counts against the memory of the machine, both axes logarithmic. Columns of
# the data: variant, pages (of the parent's heap), memory_mib, kind (computed or measured),
# metadata_bytes.
#   gnuplot -c bench/host/plots/metadata.gp results/plots/metadata.csv metadata.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
load scripts . "/style.gp"

set title titled(T("Memory for reference counts, by memory of the machine"), T("memory for reference counts (logarithmic)"))
set xlabel T("memory of the machine (logarithmic)") . "\n" \
    . T("lines: computed from the cost model; marks: measured, all of a heap shared") . overlaid
set ylabel T("memory for reference counts (logarithmic)")
set logscale xy 2
set xtics ("64 MiB" 64, "128 MiB" 128, "256 MiB" 256, "512 MiB" 512, "1 GiB" 1024, "2 GiB" 2048, "4 GiB" 4096)
set ytics ("4 KiB" 4, "16 KiB" 16, "64 KiB" 64, "256 KiB" 256, "1 MiB" 1024, "4 MiB" 4096, "16 MiB" 16384)
set autoscale fix
set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06

bytes(name, kind) = is(name) && strcol("kind") eq kind && column("metadata_bytes") > 0 \
    ? column("metadata_bytes") / 1024 : NaN
sizes = " "   # of the heap, as words
note_size(pages) = strstrt(sizes, " " . pages . " ") ? 0 : (sizes = sizes . pages . " ", 1)
zeros = ""   # which a logarithmic axis cannot show
others = ""
do for [name in variants] {
    stats data using (is(name) ? column("metadata_bytes") : NaN) nooutput
    if (STATS_max == 0) { zeros = zeros . (zeros eq "" ? "" : ", ") . name } else { others = others . " " . name }
}
stats data using (note_size(sprintf("%d", column("pages")))) nooutput
if (zeros ne "") { set label sprintf(T("%s: 0 KiB"), zeros) at graph (in_terminal ? 0.4 : 0.02), graph 0.94 }

# A line that depends on the heap is told apart at its end.
stats data using (column("memory_mib")) nooutput
end = STATS_max
depends = " "
do for [name in variants] {
    stats data using (is(name) && column("memory_mib") == end ? column("metadata_bytes") : NaN) nooutput
    if (STATS_max > STATS_min) { depends = depends . name . " " }
}
ends(name) = strstrt(depends, " " . name . " ") && column("memory_mib") == end ? bytes(name, "computed") : NaN

plot for [name in others] data \
        using (strcol("kind") eq "measured" ? column("memory_mib") : NaN):(bytes(name, "measured")) \
        with points linestyle style(name) notitle, \
    for [name in others] for [size in sizes] data \
        using (column("pages") == size ? column("memory_mib") : NaN):(bytes(name, "computed")) \
        with lines linestyle style(name) notitle, \
    for [name in depends] data using (end):(ends(name)):(sprintf(T("%s shared"), memory(column("pages")))) \
        with labels right offset 0.5, 0.9 notitle, \
    for [name in others] NaN with linespoints linestyle style(name) title name
