# peers.sh - the services beside Postern, and nginx before all of them.
# shellcheck shell=bash

FASTIFY_WORKERS=2 FASTIFY_POOL=16
PHP_CHILDREN=24
NULL_THREADS=4

peer_port() {
	local port

	port=$(setting port "")
	case $1 in
	postern | scraped) echo "$port" ;;
	null) echo $((port + 1)) ;;
	fastify) echo $((port + 2)) ;;
	php) echo $((port + 3)) ;;
	filled) echo $((port + 4)) ;;
	esac
}

peer_up() {
	[ -S "$RUN/$1.sock" ] && part_alive "$1"
}

peer_up_or_dead() {
	part_gone "$1" || peer_up "$1"
}

peer_await() {
	await 15 peer_up_or_dead "$1" || true
	peer_up "$1" ||
		fail "$1 did not start" "$LOG/$1.log"
}

# peer_launch PEER COMMAND...: as the user who runs Postern, too.
peer_launch() {
	local peer=$1 user=()

	shift
	[ "$EUID" -ne 0 ] || user=(setpriv --reuid="$APP_USER"
		--regid="$(id -g "$APP_USER")" --init-groups --)
	launch "$peer" "${user[@]}" "$@"
	peer_await "$peer"
}

null_make() {
	install -m 755 "$tools/null" "$RUN/null"
	peer_launch null spawn-fcgi -n -M 0666 -s "$RUN/null.sock" -- \
		"$RUN/null" "$NULL_THREADS"
}

# The one that package.json names, whatever else is installed.
node_program() {
	printf '%s\n' "$RUN"/fastify/node_modules/node-linux-*/bin/node
}

fastify_make() {
	say "installing Fastify"
	mkdir -p "$RUN/fastify"
	cp "$here"/peers/fastify/* "$RUN/fastify"
	(cd "$RUN/fastify" && npm ci --no-audit --no-fund) \
		>"$LOG/npm.log" 2>&1 || fail "npm ci failed" "$LOG/npm.log"
	peer_launch fastify env NODE_ENV=production \
		WORKERS="$FASTIFY_WORKERS" POOL="$FASTIFY_POOL" \
		SOCKET="$RUN/fastify.sock" SEAL_KEY="$PLACE/keys/seal.pub" \
		PGHOST="$PG_SOCKETS" PGPORT="$PG_PORT" PGUSER=bench_peer \
		PGDATABASE=postern "$(node_program)" "$RUN/fastify/$fastify_server"
}

php_program() {
	local program

	program=$(printf '%s\n' /usr/sbin/php-fpm* | sort -V | tail -n 1)
	[ -x "$program" ] || fail "PHP-FPM is not installed"
	echo "$program"
}

php_settings() {
	cat <<END
[global]
error_log = $LOG/php.log
daemonize = no
[bench]
listen = $RUN/php.sock
listen.mode = 0666
pm = static
pm.max_children = $PHP_CHILDREN
env[DSN] = "pgsql:host=$PG_SOCKETS;port=$PG_PORT;dbname=postern;user=bench_peer"
env[SEAL_KEY] = $PLACE/keys/seal.pub
php_admin_value[opcache.enable] = 1
php_admin_value[opcache.validate_timestamps] = 0
END
}

php_make() {
	: >>"$LOG/php.log"
	[ "$EUID" -ne 0 ] || chown "$APP_USER" "$LOG/php.log"
	install -m 644 "$here/peers/php/register.php" "$RUN/register.php"
	php_settings >"$RUN/php-fpm.conf"
	peer_launch php "$(php_program)" -F -y "$RUN/php-fpm.conf"
}

filled_make() {
	local settings

	mapfile -t settings < <(responder_settings |
		sed 's/dbname=postern /dbname=filled /')
	responder_words
	peer_launch filled env "${settings[@]}" spawn-fcgi -n -M 0666 \
		-s "$RUN/filled.sock" -- "${responder_command[@]}"
}

peers_make() {
	local peer

	# sockets are made there by the peers themselves
	[ "$EUID" -ne 0 ] || chown "$APP_USER" "$RUN"
	for peer in null fastify php filled; do
		! wants "$peer" || "${peer}_make"
	done
}

peers_stop() {
	local peer pid

	for peer in null fastify php filled; do
		pid=$(part_pid "$peer") || continue
		kill -TERM "$pid"
		await 10 part_gone "$peer" || kill -KILL "$pid"
	done
}

# The site's server block for another service: its port, socket and log.
peer_block() {
	sed -n '/^server {/,$p' "$RUN/postern.conf" | sed \
		-e "s|127.0.0.1:$(peer_port postern) |127.0.0.1:$(peer_port "$1") |" \
		-e '/listen \[/d' \
		-e "s|$RUN/responder.sock|$RUN/$1.sock|" \
		-e "s|$LOG/postern-|$LOG/$1-|"
}

# PHP-FPM also wants the name of a script.
php_block() {
	peer_block php | sed "/fastcgi_param REQUEST_ID/a\\
	fastcgi_param SCRIPT_FILENAME $RUN/register.php;"
}

# HTTP instead of FastCGI, over kept connections.
# shellcheck disable=SC2016 # nginx's variables
fastify_block() {
	echo "upstream fastify {"
	echo "	server unix:$RUN/fastify.sock;"
	echo "	keepalive 64;"
	echo "}"
	peer_block fastify | sed -e '/fastcgi_/d' \
		-e '/location ~ \^\/v1\/\(messages\$\)\{0,1\} {/a\
		proxy_pass http://fastify;\
		proxy_http_version 1.1;\
		proxy_set_header Connection "";\
		proxy_set_header X-Request-Id $request_id;'
}

# Called by the site's server_start in place of nginx_configure.
bench_configure() {
	nginx_configure
	{
		! wants null || peer_block null
		! wants fastify || fastify_block
		! wants php || php_block
		! wants filled || peer_block filled
	} >"$RUN/peers.conf"
	cat "$RUN/peers.conf" >>"$RUN/postern.conf"
}

bench_launch() {
	nginx_launch
}

server_kind() {
	echo bench
}
