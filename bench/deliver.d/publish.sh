# publish.sh - how fast many clients publish while a worker sends.
# shellcheck shell=bash disable=SC2154 # variables of bench/deliver

# The same function, but it leaves the worker to look by itself.
publish_make_silent() {
	sql postern <<-'END'
		SELECT replace(replace(pg_get_functiondef(p.oid),
			'FUNCTION postern.publish(', 'FUNCTION postern.publish_silent('),
			'PERFORM postern.wake();', 'NULL;')
		  FROM pg_proc AS p
		 WHERE p.oid = 'postern.publish(uuid, text, jsonb, text)'::regprocedure
		   AND p.prosrc LIKE '%PERFORM postern.wake();%'
		\gexec
	END
}

# measure_publish FUNCTION ROUND
measure_publish() {
	local rate

	queue_empty postern
	dispatcher_start postern
	publish postern idle 1 3 >/dev/null
	rate=$(publish_rate "$1")
	dispatcher_stop
	results -c "INSERT INTO publishing VALUES ('$1', $2, $rate)"
	say "$(printf 'round %s  %-16s %7.0f/s by %s clients' "$2" "$1" \
		"$rate" "$clients")"
}

# publish_rate FUNCTION: transactions a second of all clients, once the worker
# is at work: one that nobody wakes sleeps for a second first.
publish_rate() {
	echo "SELECT postern.$1('$single', 'payment.settled', '$EVENT');" \
		>"$RUN/publish.sql"
	"$(pg_bin)/pgbench" -n -M prepared -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -c "$clients" -j 2 -T $((warmup + seconds)) -P 1 \
		-f "$RUN/publish.sql" postern >"$LOG/pgbench.log" 2>&1 ||
		fail "pgbench failed" "$LOG/pgbench.log"
	awk -v warmup="$warmup" '
		/^progress/ && ++n > warmup { sum += $4 }
		END { if (n <= warmup) exit 1; print sum / (n - warmup) }
	' "$LOG/pgbench.log" || fail "pgbench was too short" "$LOG/pgbench.log"
}

# Which of the two is first changes from round to round.
run_publish() {
	local round

	publish_make_silent
	for ((round = 1; round <= rounds; round++)); do
		if [ $((round % 2)) -eq 1 ]; then
			measure_publish publish "$round"
			measure_publish publish_silent "$round"
		else
			measure_publish publish_silent "$round"
			measure_publish publish "$round"
		fi
	done
}
