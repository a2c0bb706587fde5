# postgres.sh - a private PostgreSQL cluster: unix socket only, peer login.
# shellcheck shell=bash

PG_PORT=5432
PG_ROLES="postgres postern_owner postern_admin postern_responder
	postern_publisher postern_delivery"
DEMO_EVENTS="payment.settled payment.failed refund.settled"

# The newest server binaries that Debian installed.
pg_bin() {
	local bins

	bins=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	[ -x "$bins/postgres" ] || fail "PostgreSQL's server is not installed"
	echo "$bins"
}

# sql DATABASE [psql's arguments]: as the cluster's superuser.
sql() {
	psql -X -q -At -v ON_ERROR_STOP=1 -h "$PG_SOCKETS" -p "$PG_PORT" \
		-U postgres -d "$@"
}

# Who may log in as which role: whoever runs this, as any; the programs, as
# their own.
pg_identities() {
	local role user

	for role in $PG_ROLES; do
		for user in "$(id -un)" "$PG_USER"; do
			echo "site $user $role"
		done
	done
	echo "site $APP_USER postern_responder"
	echo "site $APP_USER postern_delivery"
	echo "site $WEB_USER postern_responder"
}

pg_settings() {
	cat <<END
listen_addresses = ''
port = $PG_PORT
unix_socket_directories = '$PG_SOCKETS'
max_connections = 200
log_line_prefix = '%m [%p] %u '
log_statement = none
timezone = 'UTC'
END
	[ "${SITE_DURABLE:-yes}" = yes ] || echo "fsync = off"
}

pg_initialise() {
	local flags=()

	[ "${SITE_DURABLE:-yes}" = yes ] || flags=(--no-sync)
	install -d -m 700 -o "$PG_USER" "$PLACE/pg"
	as_user "$PG_USER" "$(pg_bin)/initdb" -D "$PLACE/pg" -U postgres \
		--encoding=UTF8 --locale=C.UTF-8 --auth-local=peer \
		--auth-host=reject "${flags[@]}" >"$LOG/initdb.log" 2>&1 ||
		fail "initdb failed" "$LOG/initdb.log"
	pg_settings >>"$PLACE/pg/postgresql.conf"
	echo "local all all peer map=site" >"$PLACE/pg/pg_hba.conf"
}

pg_ready() {
	"$(pg_bin)/pg_isready" -q -h "$PG_SOCKETS" -p "$PG_PORT"
}

pg_ready_or_dead() {
	pg_ready || part_gone postgres
}

postgres_start() {
	part_alive postgres && return
	[ -s "$PLACE/pg/PG_VERSION" ] || pg_initialise
	pg_forget_killed
	pg_identities >"$PLACE/pg/pg_ident.conf"
	install -d -m 755 -o "$PG_USER" "$PG_SOCKETS"
	pg_launch
	await 60 pg_ready_or_dead || true
	pg_ready || fail "PostgreSQL did not start" "$LOG/postgres.log"
}

# After a SIGKILL the locks name a process that may be there yet, as a zombie.
pg_forget_killed() {
	local pid=

	read -r pid 2>/dev/null <"$PLACE/pg/postmaster.pid" || return 0
	! process_start "$pid" >/dev/null ||
		fail "process $pid seems to run PostgreSQL in $PLACE/pg"
	rm -f "$PLACE/pg/postmaster.pid" "$PG_SOCKETS"/.s.PGSQL.*
}

pg_launch() {
	launch_as "$PG_USER" postgres "$(pg_bin)/postgres" -D "$PLACE/pg"
}

postgres_stop() {
	local pid

	pid=$(part_pid postgres) || return 0
	postgres_continue
	kill -INT "$pid"
	await 30 part_gone postgres ||
		fail "PostgreSQL did not stop" "$LOG/postgres.log"
}

postgres_restart() {
	postgres_stop
	postgres_start
}

# The postmaster first, so that no backend is started meanwhile.
postgres_pause() {
	local pid

	pid=$(part_pid postgres) || fail "PostgreSQL does not run"
	signal STOP "$pid"
	# shellcheck disable=SC2046 # one word each
	signal STOP $(children_of "$pid")
}

postgres_continue() {
	local pid

	pid=$(part_pid postgres) || fail "PostgreSQL does not run"
	# shellcheck disable=SC2046 # one word each
	signal CONT $(children_of "$pid") "$pid"
}

postgres_kill() {
	local pid child children

	pid=$(part_pid postgres) || return 0
	kill -STOP "$pid"
	children=$(children_of "$pid")
	# shellcheck disable=SC2086 # one word each
	signal KILL "$pid" $children
	for child in $pid $children; do
		await 10 process_gone "$child"
	done
}

process_gone() {
	! process_start "$1" >/dev/null
}

# SIGKILL what serves the responder; PostgreSQL then restarts all backends.
postgres_kill_backend() {
	# shellcheck disable=SC2046 # one word each
	signal KILL $(sql postgres -c "SELECT pid FROM pg_stat_activity
		WHERE usename = 'postern_responder'")
}

postgres_install() {
	local log=$LOG/install.log file

	[ "$(sql postgres -c "SELECT count(*) FROM pg_database
		WHERE datname = 'postern'")" = 1 ] ||
		sql postgres -c "CREATE DATABASE postern" \
			-c "REVOKE TEMPORARY ON DATABASE postern FROM PUBLIC"
	: >"$log"
	for file in roles install; do
		sql postern -f "$source_dir/sql/$file.sql" >>"$log" 2>&1 ||
			fail "sql/$file.sql could not be run" "$log"
	done
}

# An account with a token that lasts, and event types to subscribe to.
postgres_add_demo() {
	local event

	[ ! -s "$PLACE/token" ] || return 0
	for event in $DEMO_EVENTS; do
		sql postern -v name="$event" >/dev/null <<-'END'
			SELECT postern.add_event_type(:'name');
		END
	done
	sql postern -c "SELECT postern.create_account('demo')" >"$PLACE/account"
	(umask 077 && sql postern -v account="$(cat "$PLACE/account")" \
		>"$PLACE/token.new") <<-'END'
		SELECT postern.issue_token(:'account', '10 years');
	END
	mv "$PLACE/token.new" "$PLACE/token"
}
