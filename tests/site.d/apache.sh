# apache.sh - the shipped apache/*.conf with this site's values.
# shellcheck shell=bash

APACHE_MODULES="alias authz_core authz_host env headers mpm_event
	reqtimeout rewrite setenvif socache_shmcb ssl unique_id"

apache_is_cgi() {
	[ "$(setting server nginx)" = cgi ]
}

apache_modules() {
	local module

	# shellcheck disable=SC2086 # a list of words
	for module in $APACHE_MODULES "$@"; do
		echo "LoadModule ${module}_module" \
			"/usr/lib/apache2/modules/mod_$module.so"
	done
}

apache_main() {
	cat <<END
ServerRoot $RUN
DefaultRuntimeDir $RUN
PidFile $RUN/apache.pid
Mutex file:$RUN default
Listen 127.0.0.1:$(setting port "")
ErrorLog $LOG/server.log
LogLevel notice
ServerName localhost
END
	[ "$EUID" -ne 0 ] || printf '%s\n' "User $WEB_USER" \
		"Group $(id -gn "$WEB_USER")"
	if apache_is_cgi; then
		apache_modules cgid
		echo "ScriptSock $RUN/cgid.sock"
		echo "Include $RUN/postern-cgi.conf"
	else
		apache_modules proxy proxy_fcgi
		echo "Include $RUN/postern.conf"
	fi
	echo "SSLSessionCache shmcb:$RUN/ssl_scache(512000)"
}

# The site's values in place of those that ship, as a script for sed.
apache_values() {
	cat <<END
s|<VirtualHost \*:443>|<VirtualHost 127.0.0.1:$(setting port "")>|
s|ServerName postern.example|ServerName localhost|
s|/etc/ssl/certs/postern.pem|$PLACE/tls/server.pem|
s|/etc/ssl/private/postern.key|$PLACE/tls/server.key|
s|Include /etc/apache2/postern-common.conf|Include $source_dir/apache/postern-common.conf|
s|unix:/run/postern/responder.sock|unix:$RUN/responder.sock|
s|/var/log/apache2/|$LOG/|
END
	! apache_is_cgi || apache_cgi_values
}

apache_cgi_values() {
	local program=$RUN/cgi/postern-responder

	cat <<END
/SetEnv POSTERN_SEAL_KEY/d
/SetEnv POSTERN_DATABASE/{
$(responder_settings | sed 's|\([^=]*\)=\(.*\)|i \tSetEnv \1 "\2"|')
d
}
s|"/usr/sbin/postern-responder"|"$program"|
s|"/usr/sbin"|"$RUN/cgi"|
END
}

# The program itself, or a script that runs it under its wrapper.
apache_place_program() {
	local program=$RUN/cgi/postern-responder

	mkdir -p "$RUN/cgi"
	responder_words
	if [ "${#responder_command[@]}" -eq 1 ]; then
		install -C -m 755 "${responder_command[0]}" "$program"
	else
		printf '#!/bin/sh\nexec %s\n' "${responder_command[*]}" >"$program"
		chmod 755 "$program"
	fi
}

apache_configure() {
	local file=postern

	if apache_is_cgi; then
		file=postern-cgi
		apache_place_program
	fi
	apache_values | sed -f - "$source_dir/apache/$file.conf" \
		>"$RUN/$file.conf"
	apache_main >"$RUN/apache.conf"
}

apache_program() {
	PATH=$PATH:/usr/sbin command -v apache2 || fail "Apache is not installed"
}

apache_launch() {
	launch server "$(apache_program)" -D FOREGROUND -f "$RUN/apache.conf"
}

apache_reload() {
	server_restart
}
