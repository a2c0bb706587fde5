# compile.sh - the responder once more, built as a test wants it.
# shellcheck shell=bash

# compile_responder PROGRAM FLAG...: without the build's own sanitizers.
compile_responder() {
	local program=$1 libraries=(fcgi json-c libpq libsodium) flags

	shift
	mapfile -t flags < <(pkg-config --cflags --libs "${libraries[@]}" |
		tr -s ' ' '\n')
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE "$@" -I "$srcdir/src" \
		-I "$builddir" "$srcdir"/src/common/*.c \
		"$srcdir"/src/responder/*.c -o "$program" "${flags[@]}" -pthread
}
