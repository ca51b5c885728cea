# Cycles of fork, exit and wait in several processes at once, against the harts of the machine.
#   gnuplot -c bench/host/plots/scaling_fork.gp results/plots/scaling_fork.csv scaling_fork.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
heading = "Throughput of fork, by number of harts"
unit = "thousand forks per second, all harts together"
load scripts . "/scaling.gp"
