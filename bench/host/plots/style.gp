# What all sweeps share: how curves are told apart, and what a picture looks like.
#
# Colours are those of Okabe and Ito, which colour-blind readers can tell apart; in black and white
# the markers and dashes tell. Curves that lie on each other stay visible: the second is wide, later
# ones are thin, and their open markers have different shapes.
#
# Set from outside, all optional:
#   files   the CSV files, one a variant      default: all of results/, eager first
#   output  the picture, .svg or .png         default: results/plots/<name>.svg

if (!exists("files")) {
    files = system("ls results/*.csv 2>/dev/null | grep    '/eager[.]csv$'") . " " \
          . system("ls results/*.csv 2>/dev/null | grep -v '/eager[.]csv$'")
}
if (words(files) == 0) {
    print "no results/*.csv here: run make bench first, and gnuplot from the project's folder"
    exit status 1
}
if (!exists("output")) output = "results/plots/" . name . ".svg"
system("mkdir -p $(dirname '" . output . "')")

if (output[strlen(output) - 3:] eq ".png") {
    set terminal pngcairo size 1600,1040 font "DejaVu Sans,22" linewidth 2 pointscale 3 \
        dashlength 1.5 background "#ffffff"
} else {
    set terminal svg size 800,520 font "DejaVu Sans,13" background "#ffffff" name name
}
set output output

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
set grid xtics ytics lt 1 lc rgb "#cccccc" lw 0.5
set key left top Left reverse samplen 5 spacing 1.3

# results/cow-array.csv -> cow-array
variant(file) = system("basename '" . file . "' .csv")
label(file) = variant(file) eq "eager" ? "eager (copies program text too)" : variant(file)
series(file, family) = \
    sprintf("< awk -v family=%s -f bench/host/plots/series.awk '%s'", family, file)
