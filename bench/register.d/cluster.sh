# cluster.sh - the PostgreSQL to measure: durable, roomy, filled, and counted.
# shellcheck shell=bash

ACCOUNTS=1000

# The role of the peers, who work on the tables themselves.
cluster_add_role() {
	sql postgres -c "CREATE ROLE bench_peer LOGIN IN ROLE postern_owner"
}

cluster_settings() {
	cat <<END
fsync = on
synchronous_commit = on
shared_buffers = 1GB
max_wal_size = 16GB
checkpoint_timeout = 1h
END
}

cluster_start() {
	pg_initialise
	cluster_settings >>"$PLACE/pg/postgresql.conf"
	if [ "$sync_delay" -gt 0 ]; then
		install -m 755 "$tools/sync-delay.so" "$RUN/sync-delay.so"
		SYNC_DELAY_US=$sync_delay LD_PRELOAD=$RUN/sync-delay.so \
			postgres_start
	else
		postgres_start
	fi
	echo "site $APP_USER bench_peer" >>"$PLACE/pg/pg_ident.conf"
	sql postgres -c "SELECT pg_reload_conf()" >/dev/null
}

cluster_fill() {
	(umask 077 && sql postern -v accounts="$ACCOUNTS" \
		-f "$parts/accounts.sql" >"$RUN/tokens")
	if wants filled; then
		sql postgres -c "CREATE DATABASE filled TEMPLATE postern"
		cluster_store filled "$filled"
	fi
	[ "$rows" -eq 0 ] || cluster_store postern "$rows"
}

cluster_store() {
	say "storing $2 webhooks in database $1"
	sql "$1" -v rows="$2" -f "$parts/preload.sql"
}

# database_of PEER
database_of() {
	[ "$1" = filled ] && echo filled || echo postern
}

cluster_make() {
	say "making a PostgreSQL cluster in $PLACE"
	tls_make
	cluster_start
	postgres_install
	cluster_add_role
	responder_make_keys >>"$LOG/keys.log"
	postgres_add_demo
	cluster_fill
	sql postgres -c "CREATE DATABASE results"
	sql results -f "$parts/results.sql"
}

# The same start for each run of a peer.
cluster_settle() {
	[ "$1" = filled ] || [ "$rows" -gt 0 ] ||
		sql postern -f "$parts/empty.sql"
	sql postern -c CHECKPOINT
}

# stored PEER PREFIX: webhooks of one run, with their subscription and secret.
stored() {
	sql "$(database_of "$1")" -v prefix="$2" -f "$parts/stored.sql"
}
