# Latency against load, from build/bench/latency.tsv to build/bench/latency.svg; see bench_curve.c.
set terminal svg size 860,480 font "sans,12" background "white"
set output "build/bench/latency.svg"
set datafile separator "\t"
set title "Warm request with a 3 KB chain, one worker: latency by load"
set xlabel "requests a second"
set ylabel "microseconds"
set logscale xy
set grid
set key top left
plot for [i=0:1] "build/bench/latency.tsv" index i using 3:4 with linespoints linewidth 2 pointtype 7 \
		title (i == 0 ? "echo, p50" : "polyauthd, p50"), \
	for [i=0:1] "build/bench/latency.tsv" index i using 3:5 with linespoints dashtype 2 pointtype 6 \
		title (i == 0 ? "echo, p99" : "polyauthd, p99")
