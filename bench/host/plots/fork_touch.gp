# Fork, writes of the child and its end, against the part of its pages that it writes. Columns of the
# data: variant, pages, percent, kind (measured or break_even), instructions.
#   gnuplot -c bench/host/plots/fork_touch.gp results/plots/fork_touch.csv fork_touch.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
load scripts . "/style.gp"

stats data using (column("pages")) nooutput
set title titled(T("Where copy-on-write starts to lose: a child writes part of its pages"), T("million instructions, from fork until wait returns"))
set xlabel sprintf(T("pages that the child writes before it exits, in %% of a heap of %s"), memory(STATS_max)) . overlaid
set ylabel T("million instructions, from fork until wait returns")
set yrange [0:]
set xrange [-2:102]
set xtics 10

measured(name) = is(name) && strcol("kind") eq "measured" ? column("percent") : NaN
break_even(name) = is(name) && strcol("kind") eq "break_even" ? column("percent") : NaN
cost(name) = column("instructions") / 1e6

# They are told in the corner below the curves, which sharing never reaches.
lines = 0
found_for = ""
do for [i = words(variants):1:-1] {
    name = word(variants, i)
    found = NaN
    stats data using (break_even(name) > 0 ? (found = column("percent")) : 0) nooutput
    if (found == found) {
        lines = lines + 1
        found_for = name . " " . found_for
        set label sprintf("%s: %.1f %%", name, found) at graph 0.98, graph 0.06 * lines right
    }
}
if (lines > 0) { set label T("circles: break-even with eager") at graph 0.98, graph 0.06 * (lines + 1) right }

plot for [name in variants] data using (measured(name)):(cost(name)) \
        with linespoints linestyle style(name) title name, \
    for [name in found_for] data using (break_even(name)):(cost(name)) \
        with points pointtype 6 pointsize 2.4 linewidth 2 linecolor rgb "#000000" notitle
