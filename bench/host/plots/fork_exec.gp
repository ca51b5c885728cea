# Fork + exec latency against resident size.   usage: gnuplot bench/host/plots/fork_exec.gp
family = "fork_exec"
name = "fork_exec"
heading = "Fork + exec: until the parent has waited for the new program's exit"
load "bench/host/plots/sweep.gp"
