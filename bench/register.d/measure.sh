# measure.sh - one run at a time: load, count, compare, note down.
# shellcheck shell=bash

run_number=0
mismatches=0

results() {
	sql results "$@"
}

# A name for the run's URLs that no other run has.
next_prefix() {
	run_number=$((run_number + 1))
	prefix=https://hooks.example.com/run-$run_number/
}

# note PEER ROUND CLIENTS LOOP TARGET LINE: LINE is what load.c prints.
note() {
	local created failed unsent rate p50 p99 p999 highest stored=NULL

	read -r created failed unsent rate p50 p99 p999 highest <<<"$6"
	[ "$1" = null ] || stored=$(stored "$1" "$prefix")
	results -c "INSERT INTO run (peer, round, clients, loop, target_rate,
		created, failed, unsent, rate, p50, p99, p999, highest, stored)
		VALUES ('$1', $2, $3, '$4', nullif($5, 0), $created, $failed,
		$unsent, $rate, $p50, $p99, $p999, $highest, $stored)"
	printf '%s  round %s  %-8s %3s clients  %s  %7.0f/s  p50 %8.3f ms  p99 %8.3f ms  %s created, %s stored\n' \
		"$(date +%H:%M:%S)" "$2" "$1" "$3" "$4" "$rate" \
		"${p50}e-3" "${p99}e-3" "$created" "${stored/NULL/none}"
	[ "$unsent" -eq 0 ] || echo "         $unsent were due and not sent:" \
		"no client was free in time" >&2
	if [ "$stored" != NULL ] && [ "$stored" != "$created" ] ||
		[ "$failed" -gt 0 ]; then
		echo "         $failed other answers; $created created," \
			"$stored stored" >&2
		mismatches=$((mismatches + 1))
	fi
}

# measure_http PEER ROUND CLIENTS LOOP TARGET
measure_http() {
	local line

	next_prefix
	cluster_settle "$1"
	[ "$1" != scraped ] || scraper_start
	line=$("$tools/load" -p "$(peer_port "$1")" -a "$PLACE/tls/ca.pem" \
		-t "$RUN/tokens" -e payment.settled -u "$prefix" \
		-c "$3" -s "$seconds" -w "$warmup" -r "$5") || [ -n "$line" ]
	[ "$1" != scraped ] || scraper_stop
	note "$@" "$line"
}

# measure_pgbench ROUND CLIENTS
measure_pgbench() {
	local logs=$RUN/pgbench threads=$(($2 < 2 ? 1 : 2)) out failed

	next_prefix
	cluster_settle pgbench
	rm -rf "$logs"
	mkdir "$logs"
	out=$("$(pg_bin)/pgbench" -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postern_responder -n -M prepared -f "$parts/pgbench.sql" \
		-c "$2" -j "$threads" -T $((seconds + warmup)) -l \
		--log-prefix="$logs/log" -D accounts="$ACCOUNTS" \
		-D prefix="$prefix" -D run="$((10000000 + run_number))" \
		-D key="$(cut -d ' ' -f 2 "$PLACE/keys/seal.pub")" \
		-D n=100000000000 postern 2>"$LOG/pgbench.log") ||
		fail "pgbench failed" "$LOG/pgbench.log"
	failed=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' \
		<<<"$out")
	note pgbench "$1" "$2" closed 0 "$(pgbench_line "$logs" "$failed")"
}

half_of_peak() {
	results -c "SELECT greatest(1, round(max(rate) / 2)) FROM summary
		WHERE peer = '$1' AND loop = 'closed'"
}

fact() {
	results -v name="$1" -v value="$2" <<-'END'
		INSERT INTO fact VALUES (:'name', :'value');
	END
}

# After the load: memory never asked for is never shown, threads stay.
measure_footprint() {
	local pid

	pid=$(responder_pid)
	fact responder_resident_kib \
		"$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")"
	fact responder_peak_kib \
		"$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")"
	fact responder_threads \
		"$(sed -n 's/^Threads:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status")"
	fact responder_connections "$(sql postgres -c "SELECT count(*)
		FROM pg_stat_activity WHERE usename = 'postern_responder' AND datname = 'postern'")"
}

# One sync of 8 KiB to the disk under the cluster, as PostgreSQL does it.
measure_sync() {
	local file=$PLACE/sync-probe begin=${EPOCHREALTIME/./}

	dd if=/dev/zero of="$file" bs=8k count=256 oflag=dsync status=none
	fact disk_sync_us "$(((${EPOCHREALTIME/./} - begin) / 256))"
	rm "$file"
}

note_facts() {
	measure_sync
	fact cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	fact cores "$(nproc)"
	fact memory_mib "$(($(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' \
		/proc/meminfo) / 1024))"
	fact kernel "$(uname -sr)"
	fact postgresql "$(sql postgres -c 'SHOW server_version')"
	fact nginx "$("$(nginx_program)" -v 2>&1 | sed 's|.*/||')"
	fact seconds "$seconds"
	fact rounds "$rounds"
	fact rows "$rows"
	! wants filled || fact filled "$filled"
	fact sync_delay_us "$sync_delay"
	fact responder_flags "${RESPONDER_FLAGS:-}"
	! wants fastify || fact node "$("$(node_program)" --version)"
	! wants php || fact php "$(php -r 'echo PHP_VERSION;')"
}

report() {
	local name

	mkdir -p "$results"
	name=$results/register-rows-$rows-delay-${sync_delay}us
	psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -d results -f "$parts/report.sql"
	results -f "$parts/json.sql" >"$name.json"
	results -F $'\t' -f "$parts/picture.sql" >"$RUN/picture.tsv"
	gnuplot -e "data='$RUN/picture.tsv'; picture='$results/register.svg';
		title='Registrations a second: $most_clients clients, TLS, durable commits'" \
		"$here/register.gp"
	say "written: $name.json $results/register.svg"
}

verdict() {
	if [ "$mismatches" -gt 0 ]; then
		say "$mismatches runs had other answers, or 201s and rows that differ"
		exit 1
	fi
	say "every 201 has its row"
}
