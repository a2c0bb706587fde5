# internet.gp - three panels: lateness by rate, the burst, the busy webhook.
# Needs run, where NAME-BUILD.tsv are; picture, the SVG to write; and allowed,
# the lateness that holds, in milliseconds.
set terminal svg size 960,300 font "sans-serif,11" background "white"
set output picture
set datafile separator "\t"
set border 3 lc rgb "#b0b8c1"
set tics nomirror tc rgb "#59636e"
set grid lc rgb "#e3e7eb" lw 1
set key bottom right textcolor rgb "#1f2328" samplen 1.5
set xlabel tc rgb "#59636e"
set title tc rgb "#1f2328"

file(name, build) = sprintf("%s/%s-%s.tsv", run, name, build)
wanted(name, build) = int(system(sprintf("wc -l <%s", file(name, build)))) > 0 ? \
	build." " : ""
builds(name) = wanted(name, "before").wanted(name, "postern")
colour(build) = build eq "postern" ? 0x1f6feb : 0x9aa4b1

set multiplot layout 1,3
if (words(builds("steady")) > 0) {
	set title "The healthy ones' p99 beyond distance, ms"
	set xlabel "deliveries a second"
	set logscale xy
	plot for [b in builds("steady")] file("steady", b) using 1:2 \
		with linespoints pt 7 ps 0.5 lw 2 lc rgb colour(b) title b, \
		allowed with lines dt 2 lc rgb "#cf222e" title "allowed"
	unset logscale
}
set yrange [0:*]
set xlabel "seconds after COMMIT"
if (words(builds("burst")) > 0) {
	set title "One event to all: received"
	plot for [b in builds("burst")] file("burst", b) using 1:2 \
		with lines lw 2 lc rgb colour(b) title b
}
if (words(builds("busy")) > 0) {
	set title "Many to one webhook: received a second"
	plot for [b in builds("busy")] file("busy", b) using 1:2 \
		with lines lw 2 lc rgb colour(b) title b
}
unset multiplot
