# steady.sh - the highest constant rate at which the healthy ones are in time.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

# Halvings of what lies between a rate that holds and one that does not.
NARROWINGS=3
# Events in each measurement, if so many take no longer than this.
EVENTS_LEAST=100 SECONDS_MOST=10
# Publishes a second, at most: with more events each publishes several, so that
# slow commits put off none.
PUBLISHES=40

# run_steady BUILD: four times as fast until it does not hold, then between.
run_steady() {
	local low=0 high='' next=$rate i

	event=0
	place_empty
	worker_start
	while [ -z "$high" ] && [ "$next" -le 20000 ]; do
		steady_try "$1" "$next"
		next=$((next * 4))
	done
	while [ "$low" -eq 0 ] && [ "$high" -gt 2 ]; do
		steady_try "$1" "$((high / 4 > 0 ? high / 4 : 1))"
	done
	for ((i = 0; i < NARROWINGS && low > 0; i++)); do
		[ "${high:-0}" -gt $((low + 1)) ] || break
		steady_try "$1" "$(awk "BEGIN { print int(sqrt($low * $high)) }")"
	done
	worker_stop
}

# steady_try BUILD RATE: sets low or high. What failed by little is tried again.
steady_try() {
	if steady_step "$1" "$2" 1 || { steady_nearly && steady_step "$1" "$2" 2; }
	then
		low=$2
	else
		high=$2
	fi
	await 10 nothing_fresh || steady_anew
}

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
