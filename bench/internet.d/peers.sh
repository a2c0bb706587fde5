# peers.sh - the same receivers with no database: our transport, and libcurl.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

# peer_words PEER: ours keeps as many connections as the worker; libcurl's keeps
# one for each name.
peer_words() {
	local target

	case $1 in
	libcurl)
		echo "$tools/ceiling -a /etc/ssl/certs/ca-certificates.crt"
		;;
	transport)
		echo "$tools/transport -i ${kept:-$places}"
		for target in "${WORLD_TARGETS[@]}"; do
			echo "-t $target"
		done
		;;
	esac
}

# The burst's webhooks that work, in its order.
peers_urls() {
	results -c "SELECT format('https://n%s.internet.test:%s/hook/%s',
			n.number, n.port, k)
		FROM generate_series(0, $webhooks - 1) AS k
		JOIN name AS n ON n.number = k % $names
		WHERE n.kind = 'healthy' ORDER BY k" >"$RUN/urls"
}

# run_peers BUILD: with as many places as it has.
run_peers() {
	local peer

	peers_urls
	for peer in ${peers//,/ }; do
		[ "$peer" = none ] || peer_run "$1" "$peer"
	done
}

# peer_run BUILD PEER
peer_run() {
	local count bad took

	receipts_forget
	# shellcheck disable=SC2046 # one word each
	read -r count bad took < <(enter $(peer_words "$2") -f "$RUN/urls" \
		-c "$places" -s "$limit" 2>>"$LOG/peers.log") ||
		fail "$2 alone failed" "$LOG/peers.log"
	results -c "INSERT INTO peer VALUES ('$1', '$2', $places,
		$count / $took, $bad, $took)"
	say "$(printf '%-8s  %s alone: %d in %.1f s, %d failed' "$1" "$2" \
		"$count" "$took" "$bad")"
}
