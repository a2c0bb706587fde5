# receiver.sh - a receiver of examples/, on 127.0.0.1 with a certificate of the
# site's authority: receiver.js under Node, or receiver.c behind nginx.
# shellcheck shell=bash

receiver_wanted() {
	[ "$(setting receiver no)" != no ]
}

receiver_kind() {
	cat "$PLACE/receiver/kind" 2>/dev/null || true
}

receiver_parts() {
	receiver_wanted || return 0
	[ "$(receiver_kind)" != c ] || echo receiver-program
	echo receiver
}

receiver_url() {
	! receiver_wanted ||
		echo "https://127.0.0.1:$(setting receiver-port "")/hook"
}

# Its port is known before the programs start, which are to allow it. That the
# package could not be had is remembered, as asking again may take long.
receiver_make() {
	receiver_wanted || return 0
	mkdir -p "$PLACE/receiver"
	choose_port receiver-port
	case $(setting receiver no) in
	any) [ "$(receiver_kind)" != c ] && receiver_make_node ||
		receiver_make_c ;;
	*) "receiver_make_$(setting receiver no)" ;;
	esac >"$LOG/receiver-make.log" 2>&1 ||
		fail "no receiver could be made" "$LOG/receiver-make.log"
}

receiver_make_node() {
	local dir=$PLACE/receiver
	local files=("$source_dir"/examples/{package*.json,receiver.js})

	command -v node >/dev/null && command -v npm >/dev/null || return 1
	install -C -m 644 "${files[@]}" "$dir" || return 1
	if [ ! -d "$dir/node_modules/standardwebhooks" ]; then
		(cd "$dir" && timeout 30 npm ci --ignore-scripts --no-audit \
			--no-fund --no-update-notifier --fetch-retries=0 \
			--cache "$dir/npm") || return 1
		rm -rf "$dir/npm"
	fi
	echo node >"$dir/kind"
}

receiver_make_c() {
	cc -O2 -o "$PLACE/receiver/receiver" "$source_dir/examples/receiver.c" \
		-lfcgi -lcrypto || return 1
	echo c >"$PLACE/receiver/kind"
}

receiver_configuration() {
	local server=$PLACE/tls/receiver

	[ "$EUID" -ne 0 ] || echo "user $APP_USER $(id -gn "$APP_USER");"
	cat <<END
daemon off;
pid $RUN/receiver-nginx.pid;
worker_processes 1;
events {
}
http {
	client_body_temp_path $RUN/receiver-body;
	proxy_temp_path $RUN/receiver-proxy;
	fastcgi_temp_path $RUN/receiver-fastcgi;
	uwsgi_temp_path $RUN/receiver-uwsgi;
	scgi_temp_path $RUN/receiver-scgi;
	map \$status \$verified {
		204 1;
		default 0;
	}
	log_format arrival escape=none
	    'verified \$http_webhook_id \$request_body';
	access_log $LOG/receiver.log arrival if=\$verified;
	server {
		listen 127.0.0.1:$(setting receiver-port "") ssl;
		ssl_certificate $server.pem;
		ssl_certificate_key $server.key;
		client_max_body_size 512k;
		client_body_buffer_size 512k;
		location / {
			fastcgi_pass unix:$RUN/receiver.sock;
			include /etc/nginx/fastcgi_params;
			fastcgi_param SECRET_FILE $PLACE/receiver/secret;
		}
	}
}
END
}

receiver_launch_node() {
	launch_as "$APP_USER" receiver node "$PLACE/receiver/receiver.js" \
		"$(setting receiver-port "")" "$PLACE/tls/receiver.pem" \
		"$PLACE/tls/receiver.key" "$PLACE/receiver/secret"
}

receiver_launch_c() {
	local users=()

	[ "$EUID" -ne 0 ] || users=(-u "$APP_USER" -g "$(id -gn "$APP_USER")"
		-U "$APP_USER" -G "$(id -gn "$APP_USER")")
	receiver_configuration >"$RUN/receiver.conf"
	launch receiver-program spawn-fcgi -n -M 0660 \
		-s "$RUN/receiver.sock" "${users[@]}" -- \
		"$PLACE/receiver/receiver"
	launch receiver "$(nginx_program)" -e stderr -c "$RUN/receiver.conf"
}

# It can start when it has the key of a registration.
receiver_start() {
	[ -n "$(receiver_kind)" ] && [ -s "$PLACE/receiver/secret" ] || return 0
	! receiver_up || return 0
	receiver_stop
	rm -f "$RUN/receiver.sock"
	"receiver_launch_$(receiver_kind)"
	await 10 receiver_up_or_dead || true
	receiver_up || fail "the receiver did not start" "$LOG/receiver.log"
}

receiver_alive() {
	local part

	for part in $(receiver_parts); do
		part_alive "$part" || return 1
	done
}

receiver_up() {
	receiver_alive && port_taken "$(setting receiver-port "")" &&
		{ [ "$(receiver_kind)" != c ] || [ -S "$RUN/receiver.sock" ]; }
}

receiver_up_or_dead() {
	! receiver_alive || receiver_up
}

receiver_stop() {
	local part pid

	for part in receiver receiver-program; do
		pid=$(part_pid "$part") || continue
		signal CONT "$pid"
		signal TERM "$pid"
		await 10 part_gone "$part" || fail "the receiver did not stop"
	done
}

receiver_kill() {
	local part pid

	for part in receiver receiver-program; do
		pid=$(part_pid "$part") || continue
		# shellcheck disable=SC2046 # one word each
		signal KILL "$pid" $(children_of "$pid")
		await 10 part_gone "$part"
	done
}

# receiver_key: from now on with the apiSecretKey that standard input has.
receiver_key() {
	local secret=$PLACE/receiver/secret

	receiver_wanted || fail "the site has no receiver"
	(umask 077 && cat >"$secret.new")
	own "$secret.new"
	mv "$secret.new" "$secret"
	receiver_stop
	receiver_start
}

receiver_pause() { signal STOP "$(part_pid receiver)"; }
receiver_continue() { signal CONT "$(part_pid receiver)"; }
receiver_log() { cat "$LOG/receiver.log"; }
receiver_pid() { part_pid receiver || true; }
