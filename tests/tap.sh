# tap.sh - the Test Anything Protocol for shell tests, and for Criterion's.
# shellcheck shell=bash

# A test at the end of a pipe counts here, not in a shell of its own.
shopt -s lastpipe

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
srcdir=${srcdir:-$(dirname "$here")}
builddir=${builddir:-$PWD}
tap_count=0
tap_failed=no

# tap_result STATUS NAME: one test has ended.
tap_result() {
	tap_count=$((tap_count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_count - $2"
	else
		echo "not ok $tap_count - $2"
		tap_failed=yes
	fi
}

# tap_nothing NAME: a test that passes when its standard input is empty, and
# shows what it got when it is not.
tap_nothing() {
	local found

	found=$(cat)
	if [ -z "$found" ]; then
		tap_result 0 "$1"
	else
		tap_result 1 "$1"
		tap_show <<<"$found"
	fi
}

tap_show() {
	sed 's/^/# /'
}

tap_skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

tap_bail_out() {
	echo "Bail out! $*"
	exit 1
}

tap_end() {
	echo "1..$tap_count"
}

# Sanitizers speak when a process ends, which may be after a test's verdict:
# have them write to files, and look for these at the end.
sanitizers_listen() {
	reports=$1
	mkdir -p "$reports"
	chmod 1777 "$reports"
	local options=log_path=$reports/report:print_stacktrace=1
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$options
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}$options
	export TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}$options
}

sanitizer_reports() {
	find "$reports" -type f -exec cat {} +
}

# criterion PROGRAM [FLAG]...: its tests, one at a time, as TAP without the
# plan; what a filter leaves out is not mentioned.
criterion() {
	local line planned=0

	while IFS= read -r line; do
		case $line in
		1..*)
			planned=$((planned + ${line#1..}))
			continue
			;;
		*"# SKIP test was skipped")
			planned=$((planned - 1))
			continue
			;;
		"not ok"*) tap_failed=yes ;;
		esac
		printf '%s\n' "$line"
	done < <("$@" -j1 --tap=- 2> >(tap_show >&2))
	tap_count=$((tap_count + planned))
}
