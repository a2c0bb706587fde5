# common.sh - what the benchmarks share.
# shellcheck shell=bash disable=SC2153,SC2154 # variables of theirs

# in_turn ROUND: the peers, in even rounds the last one first.
in_turn() {
	tr , '\n' <<<"$peers" | if [ $(($1 % 2)) -eq 1 ]; then cat; else tac; fi
}

# Ask for /metrics once a second over one connection, as Prometheus does. What
# stands behind the "#" is not sent; it makes the next request.
scraper_start() {
	: >"$LOG/scraper.log"
	launch scraper curl --silent --show-error --rate 1/s \
		--cacert "$PLACE/tls/ca.pem" --output /dev/null \
		--write-out '%{stderr}%{http_code}\n' \
		"https://127.0.0.1:$(setting port "")/metrics#[1-86400]"
}

# Fails if any was answered otherwise than by 200, or none was.
scraper_stop() {
	local pid

	pid=$(part_pid scraper) || return 0
	kill -TERM "$pid"
	await 5 part_gone scraper || kill -KILL "$pid"
	[ "$(sort -u "$LOG/scraper.log")" = 200 ] ||
		fail "/metrics was not answered" "$LOG/scraper.log"
}

# What load.c would have printed, from pgbench's log of transactions.
pgbench_line() {
	cat "$1"/log* >"$1/all"
	results -v seconds="$seconds" -v warmup="$warmup" -v failed="$2" \
		-F ' ' -f <(
			echo "CREATE TEMPORARY TABLE log (client int, number int,
				us bigint, script int, s bigint, fraction bigint);"
			echo "\\copy log FROM '$1/all' (DELIMITER ' ')"
			cat "$here/register.d/pgbench-log.sql"
		)
}
