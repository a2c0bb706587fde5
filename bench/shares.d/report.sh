# report.sh - what was measured, as tables and JSON.
# shellcheck shell=bash disable=SC2154 # variables of bench/shares

report() {
	mkdir -p "$results"
	psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -d results -f "$parts/report.sql"
	results -f "$parts/json.sql" >"$results/shares.json"
	say "written: $results/shares.json"
}
