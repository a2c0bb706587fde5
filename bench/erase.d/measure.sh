# measure.sh - the account, the others, and what they feel of its erasure.
# shellcheck shell=bash disable=SC2154 # variables of bench/erase

site_make() {
	say "making a PostgreSQL cluster in $PLACE"
	tls_make
	cluster_start
	postgres_install
	keep_setting allow "127.0.0.1/32:1024-65535"
	keep_setting rate 0
	responder_make_keys >>"$LOG/keys.log"
	postgres_add_demo
	# each wait for a lock of more than 10 ms, each statement of more than 50
	sql postgres -c "ALTER SYSTEM SET log_lock_waits = on" \
		-c "ALTER SYSTEM SET deadlock_timeout = '10ms'" \
		-c "ALTER ROLE postern_delivery SET log_min_duration_statement = 20" \
		-c "SELECT pg_reload_conf()" >/dev/null
	sql postern -v accounts=200 -f "$parts/others.sql" >"$RUN/tokens"
	sql postern -f "$parts/account.sql" >"$RUN/token"
	account=$(sql postern -c "SELECT id FROM postern.accounts WHERE name = 'large'")
	responder_start
	server_start
	sink_port=$(($(setting port "") + 1))
	sink_start
}

# load TOKENS SECONDS RATE [OPTION]...: what load.c prints.
load() {
	"$tools/load" -p "$(setting port "")" -a "$PLACE/tls/ca.pem" -t "$1" \
		-e payment.settled -u "$(sink_url '')" -s "$2" -w 0 -r "$3" \
		-c 32 "${@:4}" || true
}

large_make() {
	say "registering $webhooks webhooks, storing $deliveries deliveries"
	load "$RUN/tokens" 1 1000 >/dev/null
	load "$RUN/token" 1 "$webhooks" >/dev/null
	sql postern -v account="$account" -v deliveries="$deliveries" \
		-f "$parts/large.sql" >/dev/null
}

# The others' percentiles, in milliseconds.
others() {
	local created failed unsent rate p50 p99 p999 highest

	# shellcheck disable=SC2034 # not all of a line is of use
	read -r created failed unsent rate p50 p99 p999 highest <<<"$1"
	printf '%s answers, %s others, p50 %.1f ms, p99 %.1f, highest %.1f\n' \
		"$created" "$((failed + unsent))" "${p50}e-3" "${p99}e-3" \
		"${highest}e-3"
}

measure_alone() {
	say "the others alone"
	load "$RUN/tokens" 3 "$rate" -m 1 >/dev/null
	alone=$(load "$RUN/tokens" "$seconds" "$rate" -m 1)
	others "$alone"
}

# Requests with the account's token, one after the other: until one is refused.
use_token() {
	local status

	while :; do
		status=$(curl --silent --output /dev/null --write-out '%{http_code}' \
			--cacert "$PLACE/tls/ca.pem" \
			-H "Authorization: Bearer $(cat "$RUN/token")" \
			"https://127.0.0.1:$(setting port "")/v1/webhooks")
		[ "$status" = 200 ] || break
	done
	echo "$status $EPOCHREALTIME" >"$RUN/refused"
}

is_over() {
	[ "$(sql postern -c "SELECT ended_at IS NOT NULL FROM postern.erasures
		WHERE id = '$account'")" = t ]
}

measure_erasure() {
	local begin stopped=$RUN/stop

	say "erasing the account"
	: >"$LOG/postgres.log"
	rm -f "$stopped"
	while [ ! -e "$stopped" ]; do
		load "$RUN/tokens" 10 "$rate" -m 1
	done >"$RUN/beside" &
	use_token &
	begin=$EPOCHREALTIME
	sql postern -c "SELECT postern.delete_account('$account')" 2>/dev/null
	deleted=$EPOCHREALTIME
	await 3600 is_over
	took=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
	calling=$(awk "BEGIN { print ($deleted - $begin) * 1000 }")
	: >"$stopped"
	wait
}

# longest WORDS: the highest number of milliseconds in such lines of the log.
longest() {
	grep -E "$1" "$LOG/postgres.log" | grep -oE '[0-9.]+ ms' |
		sort -rn | head -n 1 || true
}

report() {
	local line

	printf '\ndelete_account returned after %.0f ms; all was gone after %.1f s\n' \
		"$calling" "$took"
	sql postern -x -c "SELECT * FROM postern.erasures"
	printf 'the account'\''s next request was answered by %s\n' \
		"$(cut -d ' ' -f 1 "$RUN/refused")"
	echo "longest wait for a lock: $(longest 'acquired|still waiting') (none: less than 10 ms)"
	echo "longest statement that erases: $(longest 'postern.work') (none: less than 20 ms)"
	echo "the others before:    $(others "$alone")"
	while read -r line; do
		echo "the others meanwhile: $(others "$line")"
	done <"$RUN/beside"
	echo "lines of a dump that have the account's id or data:"
	"$(pg_bin)/pg_dump" -h "$PG_SOCKETS" -p "$PG_PORT" -U postgres -d postern |
		grep -E "$account|data of the large" || echo none
}
