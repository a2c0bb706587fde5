# steady.sh - the highest constant rate at which the healthy ones are in time.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

# Halvings of what lies between a rate that holds and one that does not.
NARROWINGS=3
# Events in each measurement, if so many take no longer than this.
EVENTS_LEAST=100 SECONDS_MOST=10
# Publishes a second, at most: with more events each publishes several, so that
# slow commits put off none.
PUBLISHES=40

# run_steady BUILD: four times as fast until it fails by far, then between that
# and the highest that held.
run_steady() {
	local low=0 high='' next=$rate i

	event=0
	place_empty
	worker_start
	while [ -z "$high" ] && [ "$next" -le 20000 ]; do
		steady_try "$1" "$next" || true
		next=$((next * 4))
	done
	for ((next = rate / 4; low == 0 && next > 0; next /= 4)); do
		steady_try "$1" "$next" || high=$next
	done
	for ((i = 0; i < NARROWINGS; i++)); do
		[ "${high:-0}" -gt $((low + 1)) ] || break
		next=$(awk "BEGIN { print int(sqrt(($low > 0 ? $low : 1) * $high)) }")
		steady_try "$1" "$next" || high=$next
	done
	worker_stop
}

# steady_try BUILD RATE: low or high if it holds or fails by far; what failed by
# little is tried again, and fails if it does not hold then.
steady_try() {
	local turn

	for turn in 1 2; do
		if steady_step "$1" "$2" "$turn"; then
			low=$2
			break
		elif ! steady_nearly; then
			high=$2
			break
		fi
	done
	if [ "$high" = "$2" ] || ! await 10 nothing_fresh; then
		steady_anew
	fi
	[ "$low" = "$2" ]
}

# What a rate that was too high has left is not to burden the next.
steady_anew() {
	worker_stop
	place_empty
	worker_start
}

steady_nearly() {
	[ "$(results -c "SELECT late_p99 < 5 * $ALLOWED_MS FROM step
		ORDER BY id DESC LIMIT 1")" = t ]
}

# steady_length RATE: seconds to measure.
steady_length() {
	local least=$((EVENTS_LEAST / $1))

	[ "$least" -le "$SECONDS_MOST" ] || least=$SECONDS_MOST
	echo $((least > seconds ? least : seconds))
}

nothing_fresh() {
	[ "$(sql postgres -d postern -c "SELECT NOT EXISTS (
		SELECT FROM postern.fresh)")" = t ]
}

# steady_step BUILD RATE TURN: succeeds if the rate holds.
steady_step() {
	local warm=$((seconds / 3 + 1)) length each=$((($2 + PUBLISHES - 1) / PUBLISHES))
	local publisher before after since until

	length=$(steady_length "$2")
	receipts_forget
	"$tools/publish" -r "$(awk "BEGIN { print $2 / $each }")" \
		-s "$((warm + length))" \
		-q "SELECT bench.send($event + \$1::bigint * $each + i)
			FROM generate_series(0, $each - 1) AS i" \
		-d "host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postgres" \
		>"$RUN/published" 2>"$LOG/publish.log" &
	publisher=$!
	sleep "$warm"
	before=$(ticks_all)
	since=$EPOCHREALTIME
	sleep "$length"
	until=$EPOCHREALTIME
	after=$(ticks_all)
	wait "$publisher" || fail "publishing failed" "$LOG/publish.log"
	event=$((event + $2 * (warm + length) + each))
	# so long the farthest may take
	sleep 5
	steady_note "$1" "$2" "$3" "$since $until" "$before $after"
}

# steady_note BUILD RATE TURN "SINCE UNTIL" "TICKS TICKS"
steady_note() {
	local since until ticks

	read -r since until <<<"$4"
	read -ra ticks <<<"$5"
	cp "$PLACE/world/receipts" "$RUN/receipts"
	results -v build="$1" -v rate="$2" -v turn="$3" -v since="$since" -v until="$until" \
		-v mean="$(mean_attempt "$since" "$until")" \
		-v places="$places" -v allowed="$ALLOWED_MS" \
		-v hertz="$(getconf CLK_TCK)" \
		-v ticks="$((ticks[3] - ticks[0]))" \
		-v pg_ticks="$((ticks[4] - ticks[1]))" \
		-v net_ticks="$((ticks[5] - ticks[2]))" \
		-v memory="$(peak_of "$(part_pid worker)")" \
		-f <(
			receipt_table
			echo "CREATE TEMPORARY TABLE published (n bigint,
				webhook bigint, due bigint, done bigint);"
			echo "\\copy published FROM '$RUN/published'"
			cat "$parts/steady.sql"
		)
	[ "$(results -c "SELECT holds FROM step ORDER BY id DESC LIMIT 1")" = t ]
}

receipt_table() {
	echo "CREATE TEMPORARY TABLE receipt (at bigint, number integer,
		webhook bigint, n bigint, fresh integer, resumed integer,
		status integer);"
	echo "\\copy receipt FROM '$RUN/receipts'"
}

# mean_attempt SINCE UNTIL: milliseconds of all that began then, for each second.
mean_attempt() {
	sql postern -F ' ' -c "SELECT coalesce(sum(total_us) / 1000.0 /
		($2::float8 - $1), 0)
		FROM postern.attempt
		WHERE started_at >= to_timestamp($1) AND started_at < to_timestamp($2)"
}
