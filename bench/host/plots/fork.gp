# Fork, until it returns in the parent, against the size of the process.
#   gnuplot -c bench/host/plots/fork.gp results/plots/fork.csv fork.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
heading = "Cost of fork, by size of the process"
cost = "instructions until fork returns (logarithmic)"
load scripts . "/sweep.gp"
