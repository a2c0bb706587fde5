# place.sh - PostgreSQL, and in it the accounts and webhooks of the bench.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

place_make() {
	say "making a PostgreSQL cluster in $PLACE"
	tls_make
	postgres_start
	place_tune
	keep_setting allow ""
	keep_setting rate 0
	sql postgres -c "CREATE DATABASE results"
	results -f "$parts/results.sql"
	"$tools/list" "$seed" "$names" "$((distance * 1000))" >"$RUN/names"
	results -c "\\copy name FROM '$RUN/names'"
	note_facts_here
}

note_facts_here() {
	fact cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	fact cores "$(nproc)"
	fact kernel "$(uname -sr)"
	fact postgresql "$(sql postgres -c 'SHOW server_version')"
	fact libcurl "$(curl --version | sed -n '1s/.*libcurl.\([0-9.]*\).*/\1/p')"
	fact openssl "$(openssl version | cut -d ' ' -f 2)"
	fact certificates "$(grep -c BEGIN /etc/ssl/certs/ca-certificates.crt)"
	fact names "$names"
	fact webhooks "$webhooks"
	fact owed "$owed"
	fact distance_ms "$distance"
	fact seed "$seed"
	fact seconds "$seconds"
}

# One webhook registered as a client does: its sealed secret serves for all.
place_register_one() {
	local token

	responder_make_keys
	rm -f "$PLACE/token"
	postgres_add_demo
	responder_start
	server_start
	token=$(cat "$PLACE/token")
	curl --silent --show-error --fail --output /dev/null \
		--cacert "$PLACE/tls/ca.pem" \
		-H "Authorization: Bearer $token" \
		-H "Content-Type: application/json" \
		-d '{"url": "https://n0.example.com/", "events": ["payment.settled"]}' \
		"https://127.0.0.1:$(setting port "")/v1/webhooks/register" ||
		fail "no webhook could be registered" "$LOG/responder.log"
	server_stop
	responder_stop
}

# place_fill CHECKOUT: a new database with its SQL, and all webhooks.
place_fill() {
	local source_dir

	source_dir=$(readlink -e "$1")
	say "making accounts and webhooks"
	sql postgres -c "SET client_min_messages = warning" \
		-c "DROP DATABASE IF EXISTS postern WITH (FORCE)"
	postgres_install
	place_register_one
	sql postern -v names_file="$RUN/names" -v names="$names" \
		-v webhooks="$((webhooks > names ? webhooks : names))" \
		-v burst="$webhooks" -f <(
			echo "CREATE SCHEMA bench;"
			echo "CREATE TABLE bench.name (number integer, kind text,
				busy boolean, six boolean, rtt_us integer, port integer);"
			echo "\\copy bench.name FROM '$RUN/names'"
			cat "$parts/webhooks.sql"
		) >/dev/null
}

place_empty() {
	sql postern -f "$here/deliver.d/postern-empty.sql" >/dev/null
}
