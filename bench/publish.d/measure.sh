# measure.sh - one run at a time: load, count, compare, note down.
# shellcheck shell=bash disable=SC2154 # variables of bench/publish

run_number=0
mismatches=0

results() {
	sql results "$@"
}

# stored PEER: messages that are there, each with what is owed of it.
stored() {
	local table=message

	[ "$1" != fastify ] || table=job
	sql postern -f "$parts/$table.sql"
}

# note PEER ROUND MESSAGES CLIENTS LINE: LINE is what load.c prints.
note() {
	local created failed unsent rate p50 p99 p999 highest kept

	# shellcheck disable=SC2034 # not all of a line is of use
	read -r created failed unsent rate p50 p99 p999 highest <<<"$5"
	kept=$(stored "$1")
	rate=$(results -c "INSERT INTO run (peer, round, messages, clients, rate,
		p50, p99) VALUES ('$1', $2, $3, $4, $rate * $3, $p50, $p99)
		RETURNING round(rate)")
	printf '%s  round %s  %2s messages  %-8s %2s clients  %7.0f/s  p50 %8.3f ms  p99 %8.3f ms  %s taken, %s stored\n' \
		"$(date +%H:%M:%S)" "$2" "$3" "$1" "$4" "$rate" \
		"${p50}e-3" "${p99}e-3" "$((created * $3))" "$kept"
	if [ "$kept" != "$((created * $3))" ] || [ "$failed" -gt 0 ]; then
		echo "         $failed other answers; $((created * $3)) taken," \
			"$kept stored" >&2
		mismatches=$((mismatches + 1))
	fi
}

# A number that no other run has.
next_run() {
	run_number=$((run_number + 1))
	sql postern -f "$parts/empty.sql" >/dev/null
}

# measure PEER ROUND MESSAGES
measure() {
	local n

	if [ "$1" != pgbench ]; then
		measure_http "$@"
		return
	fi
	for n in 1 2 4 8 16 32 64; do
		measure_pgbench "$2" "$3" "$n"
	done
}

measure_http() {
	local line peer=$1 keys=()

	[ "$1" != keyed ] || peer=postern keys=(-k)
	next_run
	line=$("$tools/load" -p "$(peer_port "$peer")" -a "$PLACE/tls/ca.pem" \
		-t "$RUN/tokens" -e payment.settled -u "run-$run_number-" \
		-c "$clients" -s "$seconds" -w "$warmup" -m "$3" "${keys[@]}") ||
		[ -n "$line" ]
	note "$1" "$2" "$3" "$clients" "$line"
}

# measure_pgbench ROUND MESSAGES CLIENTS
measure_pgbench() {
	local logs=$RUN/pgbench threads=$(($3 < 2 ? 1 : 2)) out failed

	next_run
	rm -rf "$logs"
	mkdir "$logs"
	out=$("$(pg_bin)/pgbench" -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postern_publisher -n -M prepared -f "$parts/pgbench.sql" \
		-c "$3" -j "$threads" -T $((seconds + warmup)) -l \
		--log-prefix="$logs/log" -D accounts="$ACCOUNTS" \
		-D messages="$2" postern 2>"$LOG/pgbench.log") ||
		fail "pgbench failed" "$LOG/pgbench.log"
	failed=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' \
		<<<"$out")
	note pgbench "$1" "$2" "$3" "$(pgbench_line "$logs" "$failed")"
}

report() {
	mkdir -p "$results"
	psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -d results -f "$parts/report.sql"
	results -v seconds="$seconds" -v rounds="$rounds" \
		-v cpu="$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
		-v cores="$(nproc)" -f "$parts/json.sql" >"$results/publish.json"
	say "written: $results/publish.json"
}

verdict() {
	if [ "$mismatches" -gt 0 ]; then
		say "$mismatches runs had other answers, or messages that are not stored"
		exit 1
	fi
	say "every message that was taken is stored"
}
