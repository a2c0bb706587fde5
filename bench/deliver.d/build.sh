# build.sh - the product, optimised, and the benchmark's own programs.
# shellcheck shell=bash disable=SC2034,SC2154 # variables of bench/deliver

PACKAGES="autoconf automake autoconf-archive build-essential curl gnuplot-nox
	libc-ares-dev libcurl4-openssl-dev libfcgi-dev libjson-c-dev libpq-dev
	libsodium-dev libssl-dev nginx-light openssl pkg-config postgresql
	spawn-fcgi"
CC_FLAGS="-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra"

build_product() {
	build=$source_dir/var/bench-build
	mkdir -p "$build"
	say "building in $build"
	(
		cd "$build"
		if [ -x "$source_dir/configure" ]; then
			"$source_dir/bootstrap" --lists
		else
			"$source_dir/bootstrap"
		fi
		[ -s Makefile ] || "$source_dir/configure" CFLAGS="-O2 -g"
		make postern-responder postern-delivery postern-keygen
	) >"$build.log" 2>&1 || {
		tail -n 20 "$build.log" >&2
		exit 1
	}
}

build_own() {
	tools=$source_dir/var/bench-tools
	mkdir -p "$tools"
	# shellcheck disable=SC2086,SC2046 # flags, blank-separated
	{
		cc $CC_FLAGS "$here/ceiling.c" -o "$tools/ceiling" -lcurl -lcrypto
		cc $CC_FLAGS $(pkg-config --cflags libpq) "$here/publish.c" \
			-o "$tools/publish" $(pkg-config --libs libpq)
	}
}

build_programs() {
	[ -n "$build" ] || build_product
	build=$(readlink -e "$build")
	build_own
	# read by the site's program
	export POSTERN_RESPONDER=$build/postern-responder
	export POSTERN_KEYGEN=$build/postern-keygen
}
