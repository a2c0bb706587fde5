# build.sh - the product, optimised, and the benchmark's own programs.
# shellcheck shell=bash

CC_FLAGS="-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra"

build_product() {
	local work=$source_dir/var/bench-build

	say "building postern-responder in $work"
	mkdir -p "$work"
	build=$work/optimised
	"$source_dir/tests/build" "$work" optimised CFLAGS="-O2 -g" \
		>"$work/log" 2>&1 || fail "the build failed" "$work/log"
}

build_own() {
	tools=$source_dir/var/bench-tools
	mkdir -p "$tools"
	# shellcheck disable=SC2086 # flags, blank-separated
	{
		cc $CC_FLAGS "$here/load.c" -o "$tools/load" -lssl -lcrypto
		cc $CC_FLAGS "$here/peers/null.c" -o "$tools/null" -lfcgi -lpthread
		cc $CC_FLAGS -fPIC -shared "$here/sync-delay.c" \
			-o "$tools/sync-delay.so"
	}
}

build_programs() {
	[ -n "$build" ] || build_product
	build_own
	# read by the site's program
	export POSTERN_RESPONDER=$build/postern-responder
	export POSTERN_KEYGEN=$build/postern-keygen
}
