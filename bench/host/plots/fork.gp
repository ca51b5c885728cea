# Fork latency against resident size.   usage: gnuplot bench/host/plots/fork.gp
family = "fork"
name = "fork"
heading = "Fork: from the call until it returns in the parent"
load "bench/host/plots/sweep.gp"
