# compile.sh - the programs once more, built as a test wants them.
# shellcheck shell=bash

# compile PROGRAM "FOLDER..." "LIBRARY..." FLAG...: those folders of src,
# without the build's own sanitizers.
compile() {
	local program=$1 folder flags sources=()

	for folder in $2; do
		sources+=("$srcdir/src/$folder"/*.c)
	done
	# shellcheck disable=SC2086 # one word each
	mapfile -t flags < <(pkg-config --cflags --libs $3 | tr -s ' ' '\n')
	shift 3
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE "$@" -I "$srcdir/src" \
		-I "$builddir" "${sources[@]}" -o "$program" "${flags[@]}" \
		-lm -pthread
}

# compile_responder PROGRAM FLAG...
compile_responder() {
	compile "$1" "common responder" "fcgi json-c libpq libsodium" "${@:2}"
}

# compile_delivery PROGRAM FLAG...
compile_delivery() {
	compile "$1" "common http delivery" \
		"libcares libssl libcrypto libpq libsodium" "${@:2}"
}
