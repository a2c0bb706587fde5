# measure.sh - what is measured of each build.
# shellcheck shell=bash disable=SC2154 # variables of bench/shares

# Events a second to the quiet account.
QUIET_RATE=5

# run_claim BUILD: events of one account beside all that another owes.
run_claim() {
	local log=$LOG/postgres.log from

	place_empty
	say "$1: one account is to owe $owed deliveries"
	place_owe heavy $((owed / hanging))
	sql postgres -c "ALTER ROLE postern_delivery
		SET log_min_duration_statement = 0"
	from=$(($(stat -c %s "$log") + 1))
	worker_start
	"$tools/publish" -r $QUIET_RATE -s "$((3 * seconds))" \
		-q "SELECT postern.publish(account_id, 'bench.0', '{}')
			FROM bench.webhook WHERE kind = 'quiet' AND \$1::int >= 0" \
		-d "host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postgres" \
		>"$RUN/published" || fail "publishing failed"
	sleep 2
	worker_lives
	worker_kill
	sql postgres -c "ALTER ROLE postern_delivery
		RESET log_min_duration_statement"
	tail -c "+$from" "$log" | claims_took >"$RUN/took"
	claim_note "$1"
}

# claims_took: the milliseconds of each claim in PostgreSQL's log.
claims_took() {
	sed -n 's/.*duration: \([0-9.]*\) ms  execute [^:]*: .*postern\.claim(.*/\1/p'
}

# claim_note BUILD
claim_note() {
	cp "$LOG/receipts.log" "$RUN/receipts"
	results -v build="$1" -v owed="$owed" -f <(
		echo "CREATE TEMPORARY TABLE receipt (at float8, id text, uri text);"
		echo "\\copy receipt FROM '$RUN/receipts' (DELIMITER ' ')"
		echo "CREATE TEMPORARY TABLE published (id text, due bigint, done bigint);"
		echo "\\copy published FROM '$RUN/published'"
		echo "CREATE TEMPORARY TABLE took (ms float8);"
		echo "\\copy took FROM '$RUN/took'"
		cat "$parts/claim.sql"
	)
}

# run_burst BUILD: the first round is to webhooks that have never been tried.
run_burst() {
	local round

	place_empty
	worker_start
	sleep 1
	for ((round = 0; round <= rounds; round++)); do
		burst_round "$1" one "$round"
		burst_round "$1" many "$round"
	done
	worker_stop
}

# burst_round BUILD KIND ROUND
burst_round() {
	local committed rate

	receipts_clear
	sql postern -c "SELECT bench.publish_to('$2')" >/dev/null
	committed=$EPOCHREALTIME
	await 300 receipts_at_least "$webhooks" ||
		fail "$1 does not deliver all to $2" "$LOG/worker.log"
	rate=$(sort -n "$LOG/receipts.log" | tail -n 1 |
		awk -v n="$webhooks" -v since="$committed" '{ print n / ($1 - since) }')
	results -c "INSERT INTO burst VALUES ('$1', '$2', $3, $rate)"
	say "$(printf '%-8s round %s  %-5s %7.0f/s' "$1" "$3" "$2" "$rate")"
	await 60 nothing_in_flight || fail "$1 records not all" "$LOG/worker.log"
}

nothing_in_flight() {
	[ "$(sql postern -c "SELECT NOT EXISTS (
		SELECT FROM postern.in_flight)")" = t ]
}

# run_places BUILD: all accounts have something all the time; alone, and beside
# one whose receivers never answer.
run_places() {
	places_run "$1" alone
	places_run "$1" beside
}

# places_run BUILD SHAPE
places_run() {
	local since until
	local enough=$((in_flight * 1000 * (seconds + 6) / (wait * accounts)))

	place_empty
	[ "$2" = alone ] || place_owe heavy 16
	place_owe place $((enough + 1))
	worker_start "$in_flight"
	sleep 4
	worker_lives
	since=$EPOCHREALTIME
	sleep "$seconds"
	until=$EPOCHREALTIME
	place_still_owed || fail "$1 ran out of deliveries"
	worker_stop
	place_note "$1" "$2" "$since" "$until"
}

# place_still_owed: are nearly all accounts still owed something?
place_still_owed() {
	[ "$(sql postern -c "SELECT count(DISTINCT account_id) > 0.9 * $accounts
		FROM postern.fresh WHERE account_id IN (
			SELECT id FROM bench.account WHERE kind = 'place')")" = t ]
}

# place_note BUILD SHAPE SINCE UNTIL: by Little's law, from what is recorded.
place_note() {
	local held rate

	read -r held rate < <(sql postern -F ' ' <<-END
		SELECT sum(extract(epoch FROM
		           least(a.ended, u) - greatest(a.started_at, s))) / ($4 - $3),
		       count(*) FILTER (WHERE a.verdict = 'delivered') / ($4 - $3)
		FROM (SELECT started_at, verdict,
		             started_at + total_us * interval '1 us' AS ended
		      FROM postern.attempt WHERE total_us IS NOT NULL) AS a,
		     to_timestamp($3) AS s, to_timestamp($4) AS u
		WHERE a.started_at < u AND a.ended > s
	END
	)
	results -c "INSERT INTO place
		VALUES ('$1', '$2', $in_flight, $held, $rate)"
	say "$(printf '%-8s %-7s %7.1f of %s places, %s a second' "$1" "$2" \
		"$held" "$in_flight" "${rate%.*}")"
}
