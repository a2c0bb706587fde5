# build.sh - the programs of each checkout, and the bench's own.
# shellcheck shell=bash disable=SC2154 # variables of bench/internet

declare -gA builds

# build_checkout BUILD DIR: its programs, optimised.
build_checkout() {
	local source_dir build

	source_dir=$(readlink -e "$2")
	build_product
	builds[$1]=$build
}

build_tools() {
	local tool

	tools=$source_dir/var/bench-tools
	mkdir -p "$tools"
	build_own
	for tool in list names wire receivers; do
		# shellcheck disable=SC2086 # flags, blank-separated
		cc $CC_FLAGS "$parts/$tool.c" "$parts/world.c" \
			-o "$tools/$tool" -lssl -lcrypto -lm
	done
}

# The transport alone, of the libraries that the worker has.
build_transport() {
	local from=${builds[postern]}

	make -C "$from" libhttp.a libcommon.a >>"$from.log" 2>&1
	# shellcheck disable=SC2086,SC2046 # flags, blank-separated
	cc $CC_FLAGS -I"$here" -I"$source_dir/src" "$here/transport.c" \
		-o "$tools/transport" "$from/libhttp.a" "$from/libcommon.a" \
		$(pkg-config --libs libcares libssl libcrypto libpq libsodium) \
		-pthread
}

build_all() {
	[ -z "$against" ] || build_checkout before "$against"
	build_checkout postern "$source_dir"
	build_tools
	! wants "$peers" transport || build_transport
}

# build_use BUILD: from now on.
build_use() {
	build=${builds[$1]}
	export POSTERN_RESPONDER=$build/postern-responder
	export POSTERN_KEYGEN=$build/postern-keygen
	places=${in_flight:-$(default_of IN_FLIGHT)}
	kept=${idle:-$(default_of IDLE_CONNECTIONS)}
}

# default_of NAME: of the worker's setting, as its help says; empty if it has
# no such setting.
default_of() {
	"$build/postern-delivery" --help |
		sed -n "s/.*POSTERN_$1, default \([0-9]*\).*/\1/p"
}
