# measure.sh - one run at a time: fill, dispatch, count, note down.
# shellcheck shell=bash disable=SC2154 # variables of bench/deliver

mismatches=0

results() {
	sql results "$@"
}

fact() {
	results -v name="$1" -v value="$2" <<-'END'
		INSERT INTO fact VALUES (:'name', :'value');
	END
}

# How many deliveries keep a peer busy for a run: more than it can do.
enough_for() {
	local rate

	case $1 in
	postern | both | scraped) rate=20000 ;;
	graphile-tuned) rate=6000 ;;
	*) rate=3000 ;;
	esac
	echo $((rate * (seconds + warmup + 1)))
}

receipts_clear() {
	truncate -s 0 "$LOG/receipts.log"
}

# receipts_at_least N
receipts_at_least() {
	[ "$(wc -l <"$LOG/receipts.log")" -ge "$1" ]
}

# Clock ticks of a process, of those that descend from it, and of those that
# did and are over.
ticks_of() {
	local pid stat ticks=0

	for pid in "$1" $(children_of "$1"); do
		read -r stat 2>/dev/null <"/proc/$pid/stat" || continue
		# shellcheck disable=SC2086 # the fields after the name
		set -- ${stat##*) }
		ticks=$((ticks + ${12} + ${13} + ${14} + ${15}))
	done
	echo "$ticks"
}

# peak_of PID: its highest resident memory in KiB.
peak_of() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

# measure_rate PEER ROUND OWED
measure_rate() {
	if [ "$1" = ceiling ]; then
		measure_ceiling "$2" "$3"
	else
		measure_queue "$@"
	fi
}

# curl_loop SECONDS: requests a second with no database, and how many failed.
curl_loop() {
	"$tools/ceiling" -u "$(sink_url '')" -a "$PLACE/tls/ca.pem" \
		-w "$WEBHOOKS" -c "$in_flight" -s "$1"
}

# measure_ceiling ROUND OWED
measure_ceiling() {
	local rate bad

	receipts_clear
	read -r rate bad < <(curl_loop "$seconds")
	results -c "INSERT INTO run (peer, round, owed, rate, failed)
		VALUES ('ceiling', $1, $2, $rate, $bad)"
	say "$(printf 'round %s  %-16s %7.0f/s' "$1" ceiling "$rate")"
}

measure_queue() {
	local pid postgres filled before since after until

	queue_empty "$1"
	filled=$(enough_for "$1")
	queue_fill "$1" "$filled"
	receipts_clear
	postgres=$(part_pid postgres)
	dispatcher_start "$1"
	await 30 receipts_at_least 1 ||
		fail "$1 delivers nothing" "$LOG/dispatcher.log"
	sleep "$warmup"
	pid=$(part_pid dispatcher) || fail "$1 died" "$LOG/dispatcher.log"
	before="$(ticks_of "$pid") $(ticks_of "$postgres")"
	since=$EPOCHREALTIME
	sleep "$seconds"
	until=$EPOCHREALTIME
	after="$(ticks_of "$pid") $(ticks_of "$postgres")"
	! receipts_at_least "$filled" || fail "$1 ran out of deliveries"
	note_run "$1" "$2" "$3" "$since $until" "$before $after" \
		"$(peak_of "$pid")"
	dispatcher_stop
	verify_run "$1"
}

# note_run PEER ROUND OWED "SINCE UNTIL" "OWN POSTGRES OWN POSTGRES" MEMORY:
# the ticks of both before and after.
note_run() {
	local since until ticks

	read -r since until <<<"$4"
	read -ra ticks <<<"$5"
	cp "$LOG/receipts.log" "$RUN/receipts"
	results -v peer="$1" -v round="$2" -v owed="$3" -v memory="$6" \
		-v since="$since" -v until="$until" \
		-v ticks="$((ticks[2] - ticks[0]))" \
		-v pg_ticks="$((ticks[3] - ticks[1]))" \
		-v hertz="$(getconf CLK_TCK)" -f <(
			echo "CREATE TEMPORARY TABLE receipt (at float8, id text, uri text);"
			echo "\\copy receipt FROM '$RUN/receipts' (DELIMITER ' ')"
			cat "$parts/run.sql"
		)
}

# Postern ends what it has begun: every receipt has its row. The others are
# stopped in between.
verify_run() {
	local received logged

	[ "$(database_of "$1")" = postern ] || return 0
	received=$(sort -u -k 2 "$LOG/receipts.log" | wc -l)
	logged=$(sql postern -c "SELECT count(*) FROM postern.attempt
		WHERE outcome = 'sent'")
	if [ "$received" -ne "$logged" ]; then
		echo "         $received received, $logged logged" >&2
		mismatches=$((mismatches + 1))
	fi
}

verdict() {
	if [ "$mismatches" -gt 0 ]; then
		say "$mismatches runs of postern have receipts and rows that differ"
		exit 1
	fi
	say "every delivery of postern's has its row"
}

half_of_peak() {
	results -c "SELECT greatest(1, round(rate / 2 / $FAN_OUT)) FROM summary
		WHERE peer = '$1' AND owed = 0"
}

# measure_latency PEER idle|half
measure_latency() {
	local rate=1 length=$latency database

	database=$(database_of "$1")
	[ "$2" = idle ] || rate=$(half_of_peak "$1")
	queue_empty "$1"
	receipts_clear
	dispatcher_start "$1"
	publish "$1" idle 1 3 >/dev/null
	await 30 receipts_at_least 3 ||
		fail "$1 delivers nothing" "$LOG/dispatcher.log"
	[ "$2" = half ] || note_idle "$1" "$database"
	receipts_clear
	publish "$1" "$2" "$rate" "$length" >"$RUN/published"
	await 60 receipts_at_least "$(receipts_expected "$1" "$2")" ||
		say "$1: not all arrived"
	dispatcher_stop
	note_latency "$1" "$2" "$rate"
}

# publish PEER idle|half RATE SECONDS
publish() {
	local user=postgres

	[ "$(database_of "$1")" != postern ] || user=postern_publisher
	"$tools/publish" -r "$3" -s "$4" -q "$(publish_query "$1" "$2")" \
		-d "host=$PG_SOCKETS port=$PG_PORT dbname=$(database_of "$1") user=$user"
}

receipts_expected() {
	local lines

	lines=$(wc -l <"$RUN/published")
	if [ "$(database_of "$1")" = postern ] && [ "$2" = half ]; then
		lines=$((lines * FAN_OUT))
	fi
	echo "$lines"
}

# Transactions of ten idle seconds, less what counting them takes.
note_idle() {
	local before after

	sleep 3
	before=$(transactions "$2")
	sleep 10
	after=$(transactions "$2")
	results -c "INSERT INTO idle VALUES ('$1', ($after - $before) / 10.0)"
}

transactions() {
	sql postgres -c "SELECT xact_commit + xact_rollback
		FROM pg_stat_database WHERE datname = '$1'"
}

# note_latency PEER idle|half RATE
note_latency() {
	cp "$LOG/receipts.log" "$RUN/receipts"
	results -v peer="$1" -v kind="$2" -v rate="$3" -f <(
		echo "CREATE TEMPORARY TABLE receipt (at float8, id text, uri text);"
		echo "\\copy receipt FROM '$RUN/receipts' (DELIMITER ' ')"
		echo "CREATE TEMPORARY TABLE published (id text, due bigint, done bigint);"
		echo "\\copy published FROM '$RUN/published'"
		cat "$parts/latency.sql"
	)
}

note_facts() {
	fact cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	fact cores "$(nproc)"
	fact kernel "$(uname -sr)"
	fact postgresql "$(sql postgres -c 'SHOW server_version')"
	fact nginx "$("$(nginx_program)" -v 2>&1 | sed 's|.*/||')"
	fact curl "$(curl --version | sed -n '1s/.*libcurl.\([0-9.]*\).*/\1/p')"
	fact seconds "$seconds"
	fact rounds "$rounds"
	fact in_flight "$in_flight"
	fact clients "$clients"
	fact webhooks "$WEBHOOKS"
	[ ! -d "$PLACE/dispatchers" ] ||
		fact node "$("$(node_program)" --version)"
	note_versions
}

note_versions() {
	local name

	for name in graphile-worker pg-boss undici; do
		[ ! -d "$PLACE/dispatchers/node_modules/$name" ] ||
			fact "$name" "$(sed -n 's/^  "version": "\(.*\)",$/\1/p' \
				"$PLACE/dispatchers/node_modules/$name/package.json")"
	done
}

report() {
	mkdir -p "$results"
	psql -X -q -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -d results -f "$parts/report.sql"
	results -f "$parts/json.sql" >"$results/deliver.json"
	results -F $'\t' -f "$parts/picture.sql" >"$RUN/picture.tsv"
	gnuplot -e "data='$RUN/picture.tsv'; picture='$results/deliver.svg';
		title='Deliveries a second: signed, over TLS, logged durably'" \
		"$here/register.gp"
	say "written: $results/deliver.json $results/deliver.svg"
}
