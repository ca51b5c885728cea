# Write faults in several processes at once, against the harts of the machine.
#   gnuplot -c bench/host/plots/scaling_fault.gp results/plots/scaling_fault.csv scaling_fault.svg
data = ARG1; picture = ARG2; language = ARG3
scripts = system("dirname '" . ARG0 . "'")
heading = "Throughput of write faults, by number of harts"
unit = "thousand pages per second, all harts together"
load scripts . "/scaling.gp"
