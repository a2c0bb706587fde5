# nginx.sh - the shipped nginx/postern.conf with this site's values.
# shellcheck shell=bash

nginx_listen_ipv6() {
	if grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null; then
		printf '%s\n' \
			"s|[^ \t].*# set: listen-ipv6|listen [::1]:$1 ssl http2;|"
	else
		echo "/# set: listen-ipv6/d"
	fi
}

# What to put on the lines that end in "# set:", as a script for sed.
nginx_values() {
	local port rate

	port=$(setting port "")
	rate=$(setting rate 0)
	cat <<END
s|[^ \t].*# set: listen\$|listen 127.0.0.1:$port ssl http2;|
$(nginx_listen_ipv6 "$port")
s|/etc/ssl/certs/postern.pem|$PLACE/tls/server.pem|
s|/etc/ssl/private/postern.key|$PLACE/tls/server.key|
s|unix:/run/postern/responder.sock|unix:$RUN/responder.sock|
s|/var/log/nginx/|$LOG/|
/zone=postern[: ]/s|rate=50r/s|rate=${rate}r/s|
/zone=postern[: ]/s|burst=100|burst=$((2 * rate))|
/zone=postern_address/s|rate=500r/s|rate=$((10 * rate))r/s|
/zone=postern_address/s|burst=1000|burst=$((20 * rate))|
END
	[ "$rate" -gt 0 ] || printf '%s\n' '/limit_req_zone /d' '/limit_req zone/d'
}

nginx_main() {
	[ "$EUID" -ne 0 ] || echo "user $WEB_USER $(id -gn "$WEB_USER");"
	cat <<END
daemon off;
pid $RUN/nginx.pid;
worker_processes 2;
error_log $LOG/server.log notice;
events {
	worker_connections 1024;
}
http {
	client_body_temp_path $RUN/nginx-body;
	proxy_temp_path $RUN/nginx-proxy;
	fastcgi_temp_path $RUN/nginx-fastcgi;
	uwsgi_temp_path $RUN/nginx-uwsgi;
	scgi_temp_path $RUN/nginx-scgi;
	include $RUN/postern.conf;
}
END
}

nginx_configure() {
	nginx_values | sed -f - "$source_dir/nginx/postern.conf" \
		>"$RUN/postern.conf"
	nginx_main >"$RUN/nginx.conf"
}

nginx_program() {
	PATH=$PATH:/usr/sbin command -v nginx || fail "nginx is not installed"
}

nginx_launch() {
	launch server "$(nginx_program)" -e "$LOG/server.log" -c "$RUN/nginx.conf"
}

nginx_workers() {
	children_of "$(part_pid server)" | sort
}

# The old workers have left, or only finish what they had.
nginx_turned_over() {
	local pid

	for pid in $1; do
		if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" |
			grep -q 'worker process *$'; then
			return 1
		fi
	done
}

nginx_reload() {
	local before

	before=$(nginx_workers)
	kill -HUP "$(part_pid server)"
	await 10 nginx_turned_over "$before" ||
		fail "nginx did not reload" "$LOG/server.log"
	server_answers || fail "nginx does not answer" "$LOG/server.log"
}
