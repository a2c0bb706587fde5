# server.sh - the web server before the responder, whichever it is.
# shellcheck shell=bash

# server_status_of PATH: the status of a GET, 000 when nobody answers.
server_status_of() {
	curl --silent --output /dev/null --max-time 2 --noproxy '*' \
		--write-out '%{http_code}' --cacert "$PLACE/tls/ca.pem" \
		"https://127.0.0.1:$(setting port 0)$1" || true
}

server_answers() {
	[ "$(server_status_of /)" = 404 ]
}

server_answers_or_dead() {
	part_gone server || server_answers
}

# server_kind: nginx or apache; CGI is Apache's.
server_kind() {
	case $(setting server nginx) in
	nginx) echo nginx ;;
	*) echo apache ;;
	esac
}

server_start() {
	part_alive server && return
	choose_port port
	"$(server_kind)_configure"
	"$(server_kind)_launch"
	await 15 server_answers_or_dead || true
	server_answers || {
		server_kill
		fail "$(server_kind) does not answer on port $(setting port "")" \
			"$LOG/server.log"
	}
}

server_stop() {
	local pid

	pid=$(part_pid server) || return 0
	kill -TERM "$pid"
	await 10 part_gone server || server_kill
}

server_kill() {
	local pid

	pid=$(part_pid server) || return 0
	# shellcheck disable=SC2046 # one word each
	signal KILL "$pid" $(children_of "$pid")
	await 10 part_gone server
}

server_restart() {
	server_stop
	server_start
}

server_reload() {
	part_alive server || fail "the server does not run"
	"$(server_kind)_configure"
	"$(server_kind)_reload"
}

# server_rate N: requests a second and credential; 0 is no limit.
server_rate() {
	[[ ${1:-} =~ ^[0-9]+$ ]] || bad_usage
	keep_setting rate "$1"
	server_reload
}

server_pid() { part_pid server; }
server_log() { cat "$LOG"/postern-access.log; }
