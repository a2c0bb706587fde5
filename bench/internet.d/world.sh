# world.sh - the small internet, and how to be in it.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

# Where all of its addresses are: these must be allowed.
WORLD_TARGETS=("10.1.0.0/16:1024-65535" "[fd00::a01:0/112]:1024-65535")

unshare_words() {
	echo unshare --net --mount
	[ "$EUID" -eq 0 ] || echo --map-root-user
}

# Whoever may not make one is told so before anything is built up.
world_possible() {
	# shellcheck disable=SC2046 # one word each
	$(unshare_words) sh -c 'exec 3<>/dev/net/tun && mount --bind /etc/hosts /etc/hosts' \
		2>"$LOG/world.log" ||
		fail "no network of our own can be made" "$LOG/world.log"
}

# zone.pem: for every name at once.
world_certify() {
	local zone=$PLACE/world/zone

	mkdir -p "$PLACE/world"
	cp "$PLACE/tls/ca.pem" "$PLACE/world"
	tls_key "$zone.key"
	openssl req -new -key "$zone.key" -subj "/CN=internet.test" \
		-out "$zone.csr"
	openssl x509 -req -in "$zone.csr" -out "$zone.pem" -days 30 \
		-CA "$PLACE/tls/ca.pem" -CAkey "$PLACE/tls/ca.key" -sha256 \
		-extfile <(tls_extensions | sed \
			's/^subjectAltName.*/subjectAltName = DNS:*.internet.test/') \
		2>/dev/null
}

world_start() {
	say "building an internet of $names names"
	world_certify
	# shellcheck disable=SC2046 # one word each
	launch world $(unshare_words) "$parts/inside" "$tools" "$PLACE/world" \
		"$seed" "$names" "$((distance * 1000))"
	await 10 world_answers || fail "there is no internet" "$LOG/world.log"
}

# enter_words: what puts a command into it.
enter_words() {
	echo nsenter --target "$(part_pid world)" --net --mount
	[ "$EUID" -eq 0 ] || echo --user --preserve-credentials
}

enter() {
	# shellcheck disable=SC2046 # one word each
	$(enter_words) "$@"
}

world_answers() {
	enter curl --silent --output /dev/null --data '{}' --max-time 5 \
		"https://n65001.internet.test:8443/" 2>/dev/null
}

world_stop() {
	local pid

	pid=$(part_pid world) || return 0
	kill -TERM "$pid"
	await 5 part_gone world || kill -KILL "$pid"
}

worker_start() {
	local words=("$build/postern-delivery"
		--database "host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postern_delivery"
		--key "$PLACE/keys/seal") target

	for target in "${WORLD_TARGETS[@]}"; do
		words+=(--allow "$target")
	done
	[ -z "$in_flight" ] || words+=(--in-flight "$in_flight")
	[ -z "$idle" ] || [ -z "$(default_of IDLE_CONNECTIONS)" ] ||
		words+=(--idle-connections "$idle")
	# shellcheck disable=SC2046 # one word each
	launch worker $(enter_words) "${words[@]}"
	await 10 worker_listens || fail "the worker did not start" \
		"$LOG/worker.log"
}

# It is at work when it waits for news.
worker_listens() {
	[ "$(sql postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE usename = 'postern_delivery'")" -ge 1 ]
}

worker_stop() {
	local pid

	pid=$(part_pid worker) || return 0
	kill -TERM "$pid"
	await 40 part_gone worker || kill -KILL "$pid"
	await 5 part_gone worker
}

receipts_forget() {
	truncate -s 0 "$PLACE/world/receipts"
}

# receipts_good: the answers of 200 so far.
receipts_good() {
	grep -c $'\t200$' "$PLACE/world/receipts" || true
}

# ticks_all: of the worker, of PostgreSQL, and of the internet.
ticks_all() {
	local pid

	pid=$(part_pid worker) || fail "the worker died" "$LOG/worker.log"
	echo "$(ticks_of "$pid") $(ticks_of "$(part_pid postgres)")" \
		"$(ticks_of "$(part_pid world)")"
}
