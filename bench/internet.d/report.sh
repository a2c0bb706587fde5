# report.sh - what was measured, as tables, JSON and a picture.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

report() {
	mkdir -p "$results"
	psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -d results -f "$parts/report.sql"
	results -f "$parts/json.sql" >"$results/internet.json"
	report_curve steady "SELECT rate, greatest(min(late_p99), 1), build
		FROM step GROUP BY build, rate ORDER BY build, rate"
	report_curve burst "$(report_sum burst)"
	report_curve busy "SELECT second, count, build FROM curve
		WHERE kind = 'busy' ORDER BY build, second"
	gnuplot -e "run='$RUN'; picture='$results/internet.svg';
		allowed=$ALLOWED_MS" "$parts/internet.gp"
	say "written: $results/internet.json $results/internet.svg"
}

# Summed up, so that it shows how much has come by then.
report_sum() {
	echo "SELECT second, sum(count) OVER (PARTITION BY build ORDER BY second),
		build FROM curve WHERE kind = '$1' ORDER BY build, second"
}

# report_curve NAME QUERY: one file for each build; empty if there is none.
report_curve() {
	local build

	for build in before postern; do
		results -F $'\t' -c "SELECT * FROM ($2) AS q
			WHERE q.build = '$build'" >"$RUN/$1-$build.tsv"
	done
}

verdict() {
	local lost

	lost=$(results -c "SELECT coalesce(sum(unrecorded), 0) FROM burst")
	[ "$lost" = 0 ] || {
		say "$lost deliveries are recorded as sent that nobody received"
		exit 1
	}
}
