# bursts.sh - one event to all webhooks, and many to one.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

# run_burst BUILD
run_burst() {
	wanted=$(results -c "SELECT count(*)
		FROM generate_series(0, $webhooks - 1) AS k
		JOIN name AS n ON n.number = k % $names WHERE n.kind = 'healthy'")
	burst_run "$1" burst "SELECT postern.publish_to_all('bench.all',
		'{\"n\": 0, \"amount\": \"12.50\", \"currency\": \"EUR\"}')"
}

# run_busy BUILD
run_busy() {
	wanted=$owed
	burst_run "$1" busy "SELECT count(postern.publish(account_id,
			'bench.' || turn, jsonb_build_object('n', i,
			'amount', '12.50', 'currency', 'EUR')))
		FROM bench.webhook, generate_series(1, $owed) AS i
		WHERE k = 1000000"
	sql postern -A -F '  ' -P tuples_only=off -P footer=off \
		-f "$parts/way.sql"
}

# burst_run BUILD KIND QUERY: until all that work have it, or the limit.
burst_run() {
	local before after began committed ended

	place_empty
	receipts_forget
	worker_start
	sleep 1
	before=$(ticks_all)
	began=$EPOCHREALTIME
	sql postern -c "$3" >/dev/null
	committed=$EPOCHREALTIME
	await "$limit" burst_over || say "$1: given up after $limit s"
	ended=$EPOCHREALTIME
	after=$(ticks_all)
	memory=$(peak_of "$(part_pid worker)")
	worker_stop
	burst_note "$1" "$2" "$began $committed $ended" "$before $after"
}

burst_over() {
	sleep 0.2
	[ "$(receipts_good)" -ge "$wanted" ]
}

# burst_note BUILD KIND "BEGAN COMMITTED ENDED" "TICKS TICKS"
burst_note() {
	local began committed ended ticks

	read -r began committed ended <<<"$3"
	read -ra ticks <<<"$4"
	cp "$PLACE/world/receipts" "$RUN/receipts"
	results -v build="$1" -v kind="$2" -v began="$began" \
		-v committed="$committed" -v ended="$ended" -v wanted="$wanted" \
		-v places="$places" -v names="$names" -v webhooks="$webhooks" \
		-v hertz="$(getconf CLK_TCK)" -v memory="$memory" \
		-v ticks="$((ticks[3] - ticks[0]))" \
		-v pg_ticks="$((ticks[4] - ticks[1]))" \
		-v net_ticks="$((ticks[5] - ticks[2]))" \
		-v sent="$(burst_sent)" -f <(
			receipt_table
			cat "$parts/burst.sql"
		)
}

# burst_sent: how many are recorded as sent.
burst_sent() {
	sql postern -c "SELECT count(*) FROM postern.attempt
		WHERE outcome = 'sent'"
}
