# place.sh - PostgreSQL, the receivers, the worker, and who is owed what.
# shellcheck shell=bash disable=SC2154 # variables of bench/shares

build_all() {
	[ -z "$against" ] || build_checkout before "$against"
	build_checkout postern "$source_dir"
	build_own
	# shellcheck disable=SC2086 # flags, blank-separated
	cc $CC_FLAGS "$parts/receiver.c" -o "$tools/receiver"
}

place_make() {
	say "making a PostgreSQL cluster in $PLACE"
	tls_make
	postgres_start
	place_tune
	sql postgres -c "ALTER SYSTEM SET log_parameter_max_length = 0"
	postgres_restart
	keep_setting allow "127.0.0.1/32:1024-65535"
	keep_setting rate 0
	sql postgres -c "CREATE DATABASE results"
	results -f "$parts/results.sql"
	choose_port port
	sink_port=$(($(setting port "") + 1))
	slow_port=$((sink_port + 1))
	sink_start
	launch receiver "$tools/receiver" "$slow_port"
	facts_here
}

facts_here() {
	fact cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	fact cores "$(nproc)"
	fact kernel "$(uname -sr)"
	fact postgresql "$(sql postgres -c 'SHOW server_version')"
	fact owed "$owed"
	fact webhooks "$webhooks"
	fact hanging "$hanging"
	fact accounts "$accounts"
	fact wait_ms "$wait"
	fact seconds "$seconds"
	fact rounds "$rounds"
}

receiver_stop() {
	local pid

	pid=$(part_pid receiver) || return 0
	kill -TERM "$pid"
}

# place_fill CHECKOUT: a new database with its SQL, and all webhooks.
place_fill() {
	local source_dir

	source_dir=$(readlink -e "$1")
	say "making accounts and webhooks"
	sql postgres -c "SET client_min_messages = warning" \
		-c "DROP DATABASE IF EXISTS postern WITH (FORCE)"
	postgres_install
	place_register_one
	sql postern -v webhooks="$webhooks" -v hanging="$hanging" \
		-v places="$accounts" -v wait="$wait" -v sink="$(sink_url '')" \
		-v slow="http://127.0.0.1:$slow_port" \
		-f "$parts/webhooks.sql" >/dev/null
}

place_empty() {
	sql postern -f "$here/deliver.d/postern-empty.sql" >/dev/null
	receipts_clear
}

# place_owe KIND MESSAGES
place_owe() {
	sql postern -c "SELECT bench.owe('$1', $2)" >/dev/null
	sql postern -c "VACUUM postern.fresh"
	sql postgres -c CHECKPOINT
}

# worker_start [PLACES]
worker_start() {
	local command=("$build/postern-delivery"
		--database "host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postern_delivery"
		--key "$PLACE/keys/seal" --ca-file "$PLACE/tls/ca.pem"
		--allow 127.0.0.1/32:1024-65535 --http-targets)

	[ -z "${1:-}" ] || command+=(--in-flight "$1")
	launch worker "${command[@]}"
}

# Requests in flight may take 15 seconds, and are recorded.
worker_stop() {
	local pid

	pid=$(part_pid worker) || return 0
	kill -TERM "$pid"
	await 30 part_gone worker || worker_kill
}

worker_kill() {
	local pid

	pid=$(part_pid worker) || return 0
	kill -KILL "$pid"
	# the shell is not to say that it was killed
	wait "$pid" 2>/dev/null || true
}

worker_lives() {
	part_alive worker || fail "the worker died" "$LOG/worker.log"
}
