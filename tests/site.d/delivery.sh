# delivery.sh - postern-delivery: as many workers as the setting says.
# shellcheck shell=bash

# The names of the workers that are to run.
delivery_parts() {
	local number

	for ((number = 1; number <= $(setting workers 0); number++)); do
		delivery_part "$number"
	done
}

delivery_part() {
	if [ "$1" = 1 ]; then echo delivery; else echo "delivery-$1"; fi
}

# delivery_named [NUMBER]: one worker, or all that were ever started.
delivery_named() {
	local file

	if [ -n "${1:-}" ]; then
		delivery_part "$1"
		return
	fi
	for file in "$RUN"/delivery*.pid; do
		[ ! -e "$file" ] || basename "$file" .pid
	done
}

# Only on request, SITE_SIGNING, the site has a signing key.
delivery_make_keys() {
	local key=$PLACE/keys/sign

	[ -z "${SITE_SIGNING:-}" ] || keep_setting signing "$SITE_SIGNING"
	[ "$(setting signing no)" = yes ] || return 0
	[ -s "$key.pub" ] || "$(program keygen)" --signing "$key" \
		>>"$LOG/keygen.log" || fail "no signing key could be made"
	sql postern -v line="$(cat "$key.pub")" >/dev/null <<-'END'
		SELECT postern.add_signing_key(:'line')
		WHERE NOT EXISTS (SELECT FROM postern.signing_keys
			WHERE id = split_part(:'line', ' ', 2));
	END
}

delivery_settings() {
	printf '%s\n' \
		"POSTERN_DATABASE=host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postern_delivery" \
		"POSTERN_KEY=$PLACE/keys/seal" \
		"POSTERN_CA_FILE=$PLACE/tls/ca.pem"
	[ ! -s "$PLACE/keys/sign" ] ||
		echo "POSTERN_SIGNING_KEY=$PLACE/keys/sign"
	target_settings
}

delivery_check() {
	as_user "$APP_USER" env "$@" --check >"$LOG/check.log" 2>&1 ||
		fail "postern-delivery --check is not content" "$LOG/check.log"
}

# shellcheck disable=SC2120 # the command line has it
# delivery_start [N]: so many workers from now on.
delivery_start() {
	local command part

	[[ ${1:-1} =~ ^[1-9][0-9]?$ ]] || bad_usage
	if [ -n "${1:-}" ] || [ "$(setting workers 0)" = 0 ]; then
		keep_setting workers "${1:-1}"
	fi
	delivery_make_keys
	own "$PLACE/keys/seal"
	[ ! -s "$PLACE/keys/sign" ] || own "$PLACE/keys/sign"
	mapfile -t command < <(delivery_settings)
	command+=("$(reachable delivery)")
	for part in $(delivery_parts); do
		part_gone "$part" || continue
		delivery_check "${command[@]}"
		launch_as "$APP_USER" "$part" env "${command[@]}"
	done
	await 10 delivery_up_or_dead || true
	delivery_up || fail "the worker did not start" "$LOG/delivery.log"
}

delivery_alive() {
	local part

	for part in $(delivery_parts); do
		part_alive "$part" || return 1
	done
}

# It is up when it has its connection for deliveries.
delivery_up() {
	delivery_alive &&
		[ "$(sql postgres -c "SELECT count(*) FROM pg_stat_activity
			WHERE usename = 'postern_delivery'
			AND application_name = 'postern-delivery'")" -ge \
			"$(setting workers 0)" ]
}

delivery_up_or_dead() {
	! delivery_alive || delivery_up
}

# delivery_signal SIGNAL [NUMBER]
delivery_signal() {
	local part

	for part in $(delivery_named "${2:-}"); do
		signal "$1" "$(part_pid "$part")"
	done
}

delivery_gone() {
	local part

	for part in $(delivery_named "${1:-}"); do
		part_gone "$part" || return 1
	done
}

# shellcheck disable=SC2120 # the command line has it
# Requests in flight may take 15 seconds.
delivery_stop() {
	delivery_signal CONT "${1:-}"
	delivery_signal TERM "${1:-}"
	await 20 delivery_gone "${1:-}" ||
		fail "the worker did not stop" "$LOG/delivery.log"
}

delivery_kill() {
	delivery_signal KILL "${1:-}"
	await 10 delivery_gone "${1:-}"
}

delivery_restart() {
	delivery_stop ""
	delivery_start ""
}

delivery_pause() { delivery_signal STOP "${1:-}"; }
delivery_continue() { delivery_signal CONT "${1:-}"; }
delivery_reload() { delivery_signal HUP "${1:-}"; }
delivery_pid() { part_pid "$(delivery_part "${1:-1}")" || true; }
delivery_log() { cat "$LOG"/delivery*.log; }
