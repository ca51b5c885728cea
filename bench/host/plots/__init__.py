"""Draw the figures of bench/host/figures from the results: curves by gnuplot, bars by matplotlib."""
