# packages.sh - what the benchmark needs from Debian beside what ./run does.
# shellcheck shell=bash

PACKAGES="gnuplot-nox libssl-dev php-fpm php-pgsql"

missing_packages() {
	local name

	for name in $PACKAGES; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" \
			2>/dev/null)" = installed ] || echo "$name"
	done
	# Node.js may come with its own, and then Debian's cannot be installed
	command -v npm >/dev/null || echo npm
}

install_packages() {
	local missing packages=$source_dir/tests/packages root=()

	"$packages" run
	mapfile -t missing < <(missing_packages)
	[ "${#missing[@]}" -gt 0 ] || return 0
	say "installing ${missing[*]}"
	[ "$EUID" -eq 0 ] || root=(sudo)
	"${root[@]}" bash "$packages" --as-root "${missing[@]}"
}
