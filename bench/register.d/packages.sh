# packages.sh - what the benchmark needs from Debian, by name.
# shellcheck shell=bash

PACKAGES="autoconf automake autoconf-archive build-essential curl gnuplot-nox
	libfcgi-dev libjson-c-dev libpq-dev libsodium-dev libssl-dev nginx-light
	openssl php-fpm php-pgsql pkg-config postgresql spawn-fcgi"

installed() {
	dpkg-query -W -f '${db:Status-Abbrev}\n' "$1" 2>/dev/null | grep -q '^ii'
}

missing_packages() {
	local name

	for name in $PACKAGES; do
		installed "$name" || echo "$name"
	done
	# Node.js may be here by other ways than Debian's package
	command -v npm >/dev/null || echo npm
}

install_packages() {
	local missing root=()

	missing=$(missing_packages | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	say "installing: $missing"
	[ "$EUID" -eq 0 ] || root=(sudo)
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q
	# shellcheck disable=SC2086 # names, blank-separated
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
		--no-install-recommends $missing
}
