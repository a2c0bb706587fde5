# register.gp - registrations a second, one bar for each, slowest at the bottom.
# Needs data, as register.d/picture.sql prints it; picture, the SVG to write;
# and title.
set terminal svg size 640,220 font "sans-serif,13" background "white"
set output picture
set datafile separator "\t"

stats data using 4 nooutput
set label 1 title at screen 0.02, 0.93 left font ",14" tc rgb "#1f2328"
set lmargin at screen 0.35
set rmargin at screen 0.96
set tmargin at screen 0.84
set xrange [0:STATS_max * 1.15]
set yrange [-0.6:STATS_records - 0.4]
set ytics scale 0 tc rgb "#1f2328"
set xtics format "%.0f" nomirror autofreq tc rgb "#59636e" font ",11"
set border 1 lc rgb "#b0b8c1"
set grid xtics lc rgb "#e3e7eb" lw 1
set style fill solid 1.0 noborder
unset key

fill(ours) = ours > 0 ? 0x1f6feb : 0x9aa4b1
plot data using (0):0:(0):2:($0-0.32):($0+0.32):(fill($5)):ytic(1) \
	with boxxyerror lc rgb variable, \
     data using 2:0:3:4 with xerrorbars pt 0 lc rgb "#1f2328", \
     data using 4:0:(sprintf("  %.0f", $2)) with labels left tc rgb "#1f2328"
