# register.gp - registrations a second, one bar for each, slowest at the bottom.
# Needs data, as register.d/picture.sql prints it, and picture, the SVG to write.
set terminal svg size 640,250 font "sans-serif,13" background "white"
set output picture
set datafile separator "\t"

stats data using 4 nooutput
set title "Registrations a second over TLS, durable commits" font ",14"
set xrange [0:STATS_max * 1.18]
set yrange [-0.6:STATS_records - 0.4]
set ytics scale 0
set xtics format "%'.0f" nomirror
set border 1 lc rgb "#888888"
set grid xtics lc rgb "#dddddd" lw 1
set style fill solid 1.0 noborder
set bars small
unset key

fill(ours) = ours > 0 ? 0x1f6feb : 0x9aa4b1
plot data using (0):0:(0):2:($0-0.32):($0+0.32):(fill($5)):ytic(1) \
	with boxxyerror lc rgb variable, \
     data using 2:0:3:4 with xerrorbars pt -1 lc rgb "#333333", \
     data using 4:0:(sprintf("  %.0f", $2)) with labels left
