# peers.sh - each dispatcher and its queue: made, filled, emptied, started.
# shellcheck shell=bash disable=SC2154 # variables of bench/deliver

# What is published, as every queue gets it.
EVENT='{"amount": "12.50", "currency": "EUR", "reference": "invoice 2026-1187"}'

wants() {
	[[ ,$peers, == *,$1,* ]]
}

database_of() {
	case $1 in
	graphile-*) echo graphile ;;
	pg-boss-*) echo pgboss ;;
	*) echo postern ;;
	esac
}

node_program() {
	printf '%s\n' "$PLACE"/dispatchers/node_modules/node-linux-*/bin/node
}

peer_conninfo() {
	echo "postgres:///$1?host=$PG_SOCKETS&port=$PG_PORT&user=postgres"
}

# as_peer DATABASE SCRIPT [ARGUMENT]...: set peer_command to run it in Node.js.
as_peer() {
	peer_command=(env NODE_ENV=production NO_LOG_SUCCESS=1
		PGHOST="$PG_SOCKETS" PGPORT="$PG_PORT" PGUSER=postgres
		PGDATABASE="$1" DATABASE="$(peer_conninfo "$1")"
		CA="$PLACE/tls/ca.pem" IN_FLIGHT="$PEER_IN_FLIGHT"
		"$(node_program)" "$PLACE/dispatchers/$2" "${@:3}")
}

peers_install() {
	say "installing graphile-worker, pg-boss and undici"
	mkdir -p "$PLACE/dispatchers"
	cp "$here"/peers/dispatchers/* "$PLACE/dispatchers"
	(cd "$PLACE/dispatchers" && npm ci --no-audit --no-fund) \
		>"$LOG/npm.log" 2>&1 || fail "npm ci failed" "$LOG/npm.log"
}

# peer_make DATABASE SCRIPT: with the webhooks, a table for attempts, a queue.
peer_make() {
	sql postgres -c "CREATE DATABASE $1"
	sql "$1" -v webhooks="$WEBHOOKS" -v prefix="$(sink_url '')" \
		-f "$parts/peers.sql"
	as_peer "$1" "$2" install
	"${peer_command[@]}" >>"$LOG/peers.log" 2>&1 ||
		fail "$2 made no queue" "$LOG/peers.log"
}

peers_make() {
	if [[ $peers == *graphile* || $peers == *pg-boss* ]]; then
		peers_install
	fi
	[[ $peers != *graphile* ]] || peer_make graphile graphile.js
	[[ $peers != *pg-boss* ]] || peer_make pgboss pg-boss.js
}

# queue_sql PEER empty|fill|owe|forget [COUNT]
queue_sql() {
	local database

	database=$(database_of "$1")
	sql "$database" -v n="${3:-0}" -v event="$EVENT" \
		-v webhooks="$WEBHOOKS" -v fan_out="$FAN_OUT" \
		-v accounts="{$(IFS=, && echo "${accounts[*]}")}" \
		-f "$parts/$database-$2.sql" >/dev/null
}

queue_empty() {
	queue_sql "$1" empty
}

queue_fill() {
	queue_sql "$1" fill "$2"
}

queue_owe() {
	say "$1 is to owe $2 deliveries besides"
	queue_sql "$1" owe "$2"
	sql postgres -c CHECKPOINT
}

queue_forget() {
	queue_sql "$1" forget
}

# publish_query PEER idle|half: for publish.c, with the number as $1.
publish_query() {
	local account="'$single'"

	[ "$2" = idle ] || account="(ARRAY[$(printf "'%s'," "${accounts[@]}" |
		sed 's/,$//')])[1 + \$1::int % $ACCOUNTS]"
	case $1 in
	postern | both | scraped)
		echo "SELECT postern.publish($account::uuid, 'payment.settled',
			'$EVENT') WHERE \$1::int >= 0"
		;;
	graphile-*)
		echo "SELECT 'msg_' || (graphile_worker.add_job('deliver',
			json_build_object('webhook', w, 'event', json '$EVENT'))).id
			FROM ($(publish_webhooks "$2")) AS w (w)"
		;;
	pg-boss-*)
		echo "WITH new AS (INSERT INTO pgboss.job (name, data)
			SELECT 'deliver', jsonb_build_object('webhook', w,
				'event', jsonb '$EVENT')
			FROM ($(publish_webhooks "$2")) AS w (w) RETURNING id)
			SELECT 'msg_' || replace(id::text, '-', ''),
				pg_notify('pgboss_' || left(encode(
				sha224('pgboss'), 'hex'), 24), 'deliver') FROM new"
		;;
	esac
}

# As many webhooks as an account of Postern's has, or one.
publish_webhooks() {
	if [ "$1" = half ]; then
		echo "SELECT $FAN_OUT * (\$1::int % $ACCOUNTS) +
			generate_series(0, $FAN_OUT - 1)"
	else
		echo "SELECT $WEBHOOKS WHERE \$1::int >= 0"
	fi
}

dispatcher_start() {
	case $1 in
	postern | both | scraped)
		peer_command=("$build/postern-delivery"
			--database "host=$PG_SOCKETS port=$PG_PORT dbname=postern user=postern_delivery"
			--key "$PLACE/keys/seal" --ca-file "$PLACE/tls/ca.pem"
			--allow 127.0.0.1/32:1024-65535 --in-flight "$in_flight")
		[ "$1" != both ] ||
			peer_command+=(--signing-key "$PLACE/keys/sign")
		;;
	graphile-*) as_peer graphile graphile.js "${1#graphile-}" ;;
	pg-boss-*) as_peer pgboss pg-boss.js "${1#pg-boss-}" ;;
	esac
	[ "$1" != scraped ] || scraped_start
	launch dispatcher "${peer_command[@]}"
}

scraped_start() {
	responder_start
	server_start
	scraper_start
}

dispatcher_stop() {
	local pid

	if part_alive scraper; then
		scraper_stop
		server_stop
		responder_stop
	fi
	pid=$(part_pid dispatcher) || return 0
	kill -TERM "$pid"
	await 20 part_gone dispatcher || kill -KILL "$pid"
	await 5 part_gone dispatcher
}
