# Memory in use while a saver reads a store and the parent updates it. Columns of the data: variant,
# pages, updates, percent (of the updates done), frames (of 4 KiB, more than before the fork).
#   gnuplot -c bench/host/plots/snapshot.gp results/plots/snapshot.csv snapshot.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
load scripts . "/style.gp"

set title titled(T("Memory in use while a store in memory saves a snapshot of itself"), T("memory in use beyond that before the fork (MiB)"))
stats data using (column("pages")) nooutput
set xlabel sprintf(T("progress: %% of the updates that the parent makes until the saver is done")) \
    . "\n" . sprintf(T("the store has %s"), memory(STATS_max)) . overlaid
set ylabel T("memory in use beyond that before the fork (MiB)")
set yrange [0:]
set xrange [8:102]
set xtics 10

# A variant has a curve for each number of updates.
amounts = " "   # of updates, as words
note_amount(updates) = strstrt(amounts, " " . updates . " ") ? 0 : (amounts = amounts . updates . " ", 1)
stats data using (note_amount(sprintf("%d", column("updates")))) nooutput
told = word(variants, words(variants))   # the curves of the last one are labelled
grouped(n) = n < 1000 ? sprintf("%d", n) : sprintf("%d,%03d", n / 1000, n - 1000 * (n / 1000))
text(amount) = sprintf(T("%s updates"), grouped(int(amount)))
at(name, amount) = is(name) && column("updates") == amount ? column("percent") : NaN

plot for [amount in amounts] for [name in variants] data \
        using (at(name, amount)):(column("frames") / 256) with linespoints linestyle style(name) notitle, \
    for [amount in amounts] data using (column("percent") == 90 ? at(told, amount) : NaN):(column("frames") / 256):(text(amount)) \
        with labels offset 0, -1.2 notitle, \
    for [name in variants] NaN with linespoints linestyle style(name) title name
