# Fork and exec, until the parent has waited for the new program's exit, against the size of the process.
#   gnuplot -c bench/host/plots/fork_exec.gp results/plots/fork_exec.csv fork_exec.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
heading = "Cost of fork and exec, by size of the process"
cost = "instructions until wait returns (logarithmic)"
load scripts . "/sweep.gp"
