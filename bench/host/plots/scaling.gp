# A throughput against the number of harts, with 95 % intervals: to the left for processes with pages of
# their own, to the right for processes that share them. Columns of the data: variant, sharing (0 or 1),
# harts, operations_per_second, low, high, oversubscribed (1: more harts than the computer has CPUs).
load scripts . "/style.gp"

stats data using (column("harts")):(column("high") > 0 ? column("high") : column("operations_per_second")) nooutput
last = STATS_max_x
top = STATS_max_y / 1000
stats data using (column("oversubscribed") == 1 ? column("harts") : 1e9) nooutput
crowded = STATS_min    # from so many harts on

set multiplot
set yrange [0:1.05 * top]
set xrange [0.7:last + 0.3]
set tmargin screen 0.84 - 0.045 * (rows - 1)
set bmargin screen 0.19

# The legend first, which needs the full width.
set lmargin screen 0.11
set rmargin screen 0.98
set title titled(T(heading), T(unit))
note = T("bars: 95 % intervals")
if (crowded < 1e9) {
    note = note . "; " . (in_terminal \
        ? sprintf(T("oversubscribed (more harts than CPUs) from %d on"), int(crowded)) \
        : T("grey: oversubscribed, more harts than the computer has CPUs"))
}
set label 1 note at screen 0.545, screen (in_terminal ? 0 : 0.03) center
# By the picture's height: the height of a character is not the same in SVG and PNG.
if (!in_terminal) {
    unset title
    set label 2 T(heading) at screen 0.545, screen 0.96 center
    set key at screen 0.545, screen 0.905 - 0.022 * (rows - 1) center center width 0
}
unset border
unset tics
unset grid
if (in_terminal) {
    set tmargin screen 0.70
    set key at screen 0.5, screen 0.83 center center vertical maxrows words(variants)
    set title offset 0, 5
}
plot for [name in variants] NaN with linespoints linestyle style(name) title name
unset label
unset title
unset key

set border 3
set tics nomirror out
set xtics nomirror out 1, 1, last
set ytics nomirror out autofreq
if (!in_terminal) set grid ytics lt 1 lc rgb "#cccccc" lw 0.5
if (crowded < 1e9 && !in_terminal) {
    set object 1 rectangle from crowded - 0.5, graph 0 to last + 0.3, graph 1 behind \
        fillcolor rgb "#eeeeee" fillstyle solid noborder
}

# Curves stand side by side, so that their intervals do not hide each other.
number(name) = sum [i = 1:words(variants)] (word(variants, i) eq name ? i : 0)
beside(name) = column("harts") + 0.05 * (number(name) - (words(variants) + 1) / 2.0)
shown(name, shared) = is(name) && column("sharing") == shared ? beside(name) : NaN
thousands(value) = value / 1000

do for [shared = 0:1] {
    set lmargin screen (shared ? 0.57 : 0.11)
    set rmargin screen (shared ? 0.98 : 0.52)
    harts = shared ? T("harts, pages shared by all") : T("harts, pages of their own")
    set xlabel (in_terminal ? harts : "")
    if (!in_terminal) { set label 1 harts at graph 0.5, screen 0.083 center }
    set ylabel shared ? "" : T(unit)
    set format y (shared ? "" : "%g")
    plot for [name in variants] data \
            using (shown(name, shared)):(thousands(column("operations_per_second"))):(thousands(column("low"))):(thousands(column("high"))) \
            with yerrorbars linestyle style(name) dashtype 1 linewidth 1 pointtype 0 notitle, \
        for [name in variants] data using (shown(name, shared)):(thousands(column("operations_per_second"))) \
            with linespoints linestyle style(name) notitle
}
unset multiplot
