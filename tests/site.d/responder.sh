# responder.sh - postern-responder under spawn-fcgi, with keys of its own.
# shellcheck shell=bash

responder_make_keys() {
	local key=$PLACE/keys/seal

	if [ ! -s "$key.pub" ]; then
		mkdir -p "$PLACE/keys"
		"$(program keygen)" --sealing "$key" >"$LOG/keygen.log" ||
			fail "no sealing keys could be made"
		chmod 644 "$key.pub"
	fi
	sql postern -v line="$(cat "$key.pub")" >/dev/null <<-'END'
		SELECT postern.add_sealing_key(:'line')
		WHERE NOT EXISTS (SELECT FROM postern.sealing_keys
			WHERE id = split_part(:'line', ' ', 2));
	END
}

# The settings, as env(1) takes them.
responder_settings() {
	printf '%s\n' \
		"POSTERN_DATABASE=host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postern_responder" \
		"POSTERN_SEAL_KEY=$PLACE/keys/seal.pub" \
		"POSTERN_ACCOUNT_RATE=$(setting account-rate 0)"
	target_settings
}

# Set responder_command: the program with its wrapper and flags.
responder_words() {
	local wrapper flags

	read -ra wrapper <<<"${RESPONDER_WRAPPER:-}"
	read -ra flags <<<"${RESPONDER_FLAGS:-}"
	responder_command=("${wrapper[@]}" "$(reachable responder)"
		"${flags[@]}")
}

responder_check() {
	local settings

	mapfile -t settings < <(responder_settings)
	as_user "$APP_USER" env "${settings[@]}" "$(reachable responder)" \
		--check >"$LOG/check.log" 2>&1 ||
		fail "postern-responder --check is not content" "$LOG/check.log"
}

# In CGI the web server starts the program, once for each request.
responder_start() {
	local settings users=()

	[ "$(setting server nginx)" != cgi ] || return 0
	part_alive responder && return
	[ "$EUID" -ne 0 ] || users=(-u "$APP_USER" -g "$(id -gn "$APP_USER")"
		-U "$APP_USER" -G "$(id -gn "$WEB_USER")")
	mapfile -t settings < <(responder_settings)
	responder_words
	rm -f "$RUN/responder.sock"
	launch responder env "${settings[@]}" spawn-fcgi -n -M 0660 \
		-s "$RUN/responder.sock" "${users[@]}" -- "${responder_command[@]}"
	await 10 responder_up_or_dead || true
	responder_up || fail "the responder did not start" "$LOG/responder.log"
}

# It is up when it answers, if there is a server to ask it through. Under a
# wrapper it may be meant to stop at its first request: that it runs must do.
responder_up() {
	local pid

	pid=$(responder_pid)
	[[ $(cat "/proc/$pid/comm" 2>/dev/null) =~ ^(postern-|memcheck-) ]] ||
		return 1
	[ -S "$RUN/responder.sock" ] || return 1
	if [ -n "${RESPONDER_WRAPPER:-}" ] || ! part_alive server; then
		return 0
	fi
	site_answers
}

responder_up_or_dead() {
	part_gone responder || responder_up
}

# The program's own process, below its wrapper if there is one; empty in CGI.
responder_pid() {
	local pid child

	pid=$(part_pid responder) || return 0
	for child in $(children_of "$pid"); do
		if [ "$(cat "/proc/$child/comm" 2>/dev/null)" = \
			postern-respond ]; then
			pid=$child
			break
		fi
	done
	echo "$pid"
}

responder_signal() {
	local pid

	pid=$(responder_pid)
	[ -n "$pid" ] || fail "the responder does not run"
	signal "$1" "$pid"
}

responder_stop() {
	part_alive responder || return 0
	responder_signal CONT
	responder_signal TERM
	await 10 part_gone responder ||
		fail "the responder did not stop" "$LOG/responder.log"
}

responder_kill() {
	local pid

	pid=$(part_pid responder) || return 0
	responder_signal KILL
	kill -KILL "$pid" 2>/dev/null || true
	await 10 part_gone responder
}

responder_restart() {
	responder_stop
	responder_start
}

responder_pause() { responder_signal STOP; }
responder_continue() { responder_signal CONT; }
responder_reload() { responder_signal HUP; }
responder_log() { cat "$LOG/responder.log"; }
