# What all curves share. A figure's script loads it first; it has set data, picture and language from
# its arguments:
#
#   gnuplot -c bench/host/plots/fork.gp results/plots/fork.csv fork.svg [LANGUAGE]
#
# The picture is .svg or .png; without one the figure is drawn with characters, $COLUMNS wide and $LINES
# high. A language is a file of bench/host/languages, such as zh; without one the text is as it stands in
# the scripts.
#
# The look is that of bars.py: 8 by 5.2 inches, text of 11 points, the same colours. They are those of
# Okabe and Ito, which colour-blind readers can tell apart; in black and white the markers and dashes
# tell. Curves that lie on each other stay visible: cow-array's is wide, later ones are thin, and their
# open markers have different shapes.

if (data eq "") {
    print "usage: gnuplot -c SCRIPT.gp DATA.csv [PICTURE.svg|PICTURE.png [LANGUAGE]]"
    exit status 2
}

set encoding utf8

# --- text ---
languages = scripts . "/../languages/"
translated(text) = system(sprintf("awk -F '\t' -v text=\"%s\" '$1 == text { print $2 }' '%s'", text, languages . language . ".tsv"))
T(text) = language eq "" || language eq "en" ? text : translated(text) eq "" ? text : translated(text)
# Has no characters for other scripts than Latin, Greek and Cyrillic.
font = language eq "zh" ? "WenQuanYi Micro Hei" : "DejaVu Sans"
# A size in pages of 4 KiB.
memory(pages) = pages >= 262144 ? sprintf("%g GiB", pages / 262144.0) \
    : pages >= 256 ? sprintf("%g MiB", pages / 256.0) : sprintf("%g KiB", pages * 4.0)

# --- the picture ---
ending = picture[strlen(picture) - 3:]
if (ending eq ".png") {
    set terminal pngcairo noenhanced size 1600,1040 font font . ",23" linewidth 2 pointscale 3 \
        dashlength 1.5 background "#ffffff"
} else { if (ending eq ".svg") {
    set terminal svg noenhanced size 768,499 font font . ",14.67" background "#ffffff" \
        name "figure"
} else { if (picture eq "") {
    set terminal dumb noenhanced size system("echo ${COLUMNS:-79}"), system("echo ${LINES:-24}")
} else {
    print "a picture's name ends with .svg or .png, not as " . picture
    exit status 2
} } }
if (picture ne "") set output picture
in_terminal = picture eq ""
# A terminal has no text that stands upright: the label of the y axis follows the title.
titled(title, label) = in_terminal ? title . "\n" . label : title
overlaid = in_terminal ? "\n" . T("where curves lie on each other, the last one is seen") : ""

# --- the curves ---
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
if (!in_terminal) set grid xtics ytics lt 1 lc rgb "#cccccc" lw 0.5
set bmargin 4.6

# --- the data ---
set datafile separator comma columnheaders
set datafile missing NaN   # rows of another curve

# The variants in the data, as words, in its order.
variants = " "
note(name) = strstrt(variants, " " . name . " ") ? 0 : (variants = variants . name . " ", 1)
stats data using (note(strcol("variant"))) nooutput

# A variant keeps its style whichever others are drawn; those that are not named here follow.
usual = "eager cow-array cow-hash cow-reuse"
order = usual
do for [name in variants] { if (!strstrt(" " . usual . " ", " " . name . " ")) { order = order . " " . name } }
place(name) = sum [i = 1:words(order)] (word(order, i) eq name ? i : 0)
style(name) = (place(name) - 1) % 8 + 1
is(name) = strcol("variant") eq name
is_drawn(name) = strstrt(variants, " " . name . " ") > 0

# --- the legend ---
# It is between title and picture, where it hides nothing, in as many rows as its words need.
longest = 1
do for [name in variants] { if (strlen(name) > longest) { longest = strlen(name) } }
columns = 76 / (longest + 9) < 1 ? 1 : 76 / (longest + 9)
rows = (words(variants) + columns - 1) / columns
set tmargin 3.6 + 1.3 * rows
set title offset 0, 0.4 + 1.3 * rows
set key at graph 0.5, graph 1.03 center bottom horizontal maxrows rows Left reverse samplen 3.5 \
    spacing 1.2 width 2
if (in_terminal) {
    set key at graph 0, graph 1 left top vertical maxrows auto maxcols 1 width 0
    set tmargin 3
    set title offset 0, 0
}
