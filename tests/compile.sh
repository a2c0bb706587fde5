# compile.sh - the programs once more, built as a test wants them.
# shellcheck shell=bash

# compile PROGRAM ROOM "LIBRARY..." FLAG...: without the build's own
# sanitizers.
compile() {
	local program=$1 room=$2 flags

	# shellcheck disable=SC2086 # one word each
	mapfile -t flags < <(pkg-config --cflags --libs $3 | tr -s ' ' '\n')
	shift 3
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE "$@" -I "$srcdir/src" \
		-I "$builddir" "$srcdir"/src/common/*.c \
		"$srcdir/src/$room"/*.c -o "$program" "${flags[@]}" -pthread
}

# compile_responder PROGRAM FLAG...
compile_responder() {
	compile "$1" responder "fcgi json-c libpq libsodium" "${@:2}"
}

# compile_delivery PROGRAM FLAG...
compile_delivery() {
	compile "$1" delivery "libcurl libssl libcrypto libpq libsodium" \
		"${@:2}"
}
