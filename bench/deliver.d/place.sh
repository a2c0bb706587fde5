# place.sh - PostgreSQL, the webhooks, and nginx that takes the deliveries.
# shellcheck shell=bash disable=SC2154 # variables of bench/deliver

# So many webhooks get each event: FAN_OUT=1 has each signed by itself.
FAN_OUT=${FAN_OUT:-16} ACCOUNTS=$((64 / ${FAN_OUT:-16}))
WEBHOOKS=$((ACCOUNTS * FAN_OUT))

place_tune() {
	local setting

	for setting in "fsync = on" "synchronous_commit = on" \
		"shared_buffers = '1GB'" "max_wal_size = '16GB'" \
		"checkpoint_timeout = '1h'"; do
		sql postgres -c "ALTER SYSTEM SET $setting"
	done
	postgres_restart
}

# An nginx of its own: it reads a request, logs its id and time, answers 204.
sink_settings() {
	[ "$EUID" -ne 0 ] || echo "user $WEB_USER $(id -gn "$WEB_USER");"
	cat <<END
daemon off;
pid $RUN/sink.nginx.pid;
worker_processes 1;
error_log $LOG/sink.log notice;
events {
	worker_connections 4096;
}
http {
	client_body_temp_path $RUN/sink-body;
	proxy_temp_path $RUN/sink-proxy;
	fastcgi_temp_path $RUN/sink-fastcgi;
	uwsgi_temp_path $RUN/sink-uwsgi;
	scgi_temp_path $RUN/sink-scgi;
	log_format receipt '\$msec \$http_webhook_id \$uri';
	access_log $LOG/receipts.log receipt;
	keepalive_requests 1000000000;
	ssl_session_cache shared:tls:10m;
	server {
		listen 127.0.0.1:$sink_port ssl backlog=4096;
		ssl_certificate $PLACE/tls/server.pem;
		ssl_certificate_key $PLACE/tls/server.key;
		location / {
			return 204;
		}
	}
}
END
}

sink_start() {
	sink_settings >"$RUN/sink.conf"
	launch sink "$(nginx_program)" -e "$LOG/sink.log" -c "$RUN/sink.conf"
	await 10 sink_answers || fail "nginx does not answer" "$LOG/sink.log"
}

sink_answers() {
	curl --silent --output /dev/null --cacert "$PLACE/tls/ca.pem" \
		"https://127.0.0.1:$sink_port/"
}

sink_stop() {
	local pid

	pid=$(part_pid sink) || return 0
	kill -TERM "$pid"
	await 10 part_gone sink || kill -KILL "$pid"
}

sink_url() {
	echo "https://127.0.0.1:$sink_port/hook/$1"
}

# register TOKEN NUMBER
register() {
	curl --silent --show-error --fail --output /dev/null \
		--cacert "$PLACE/tls/ca.pem" \
		-H "Authorization: Bearer $1" -H "Content-Type: application/json" \
		-d "{\"url\": \"$(sink_url "$2")\", \"events\": [\"payment.settled\"]}" \
		"https://127.0.0.1:$(setting port "")/v1/webhooks/register"
}

# add_account NAME: its id and a token.
add_account() {
	sql postern -F ' ' -v name="$1" <<-'END'
		SELECT a, postern.issue_token(a)
		FROM (SELECT postern.create_account(:'name') AS a OFFSET 0) AS new;
	END
}

# Accounts with FAN_OUT webhooks each, and one with a single webhook.
place_register() {
	local account token number

	for ((number = 0; number < WEBHOOKS; number++)); do
		if [ $((number % FAN_OUT)) -eq 0 ]; then
			read -r account token < <(add_account "bench-$number")
			accounts+=("$account")
		fi
		register "$token" "$number"
	done
	read -r single token < <(add_account single)
	register "$token" "$number"
}

place_make() {
	accounts=() single=''
	say "making a PostgreSQL cluster in $PLACE"
	tls_make
	postgres_start
	place_tune
	postgres_install
	keep_setting allow "127.0.0.1/32:1024-65535"
	keep_setting rate 0
	responder_make_keys
	"$build/postern-keygen" --signing "$PLACE/keys/sign" >"$LOG/keygen.log"
	postgres_add_demo
	responder_start
	server_start
	sink_port=$(($(setting port "") + 1))
	sink_start
	place_register
	server_stop
	responder_stop
	sql postgres -c "CREATE DATABASE results"
	sql results -f "$parts/results.sql"
}
