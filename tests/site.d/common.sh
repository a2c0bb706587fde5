# common.sh - where a site lives, who runs its parts, what it remembers.
# shellcheck shell=bash

# The longest path of a unix socket is 107 bytes; the longest name below DIR
# that is a socket has 28.
LONGEST_DIR=79

bad_usage() {
	usage >&2
	exit 2
}

# fail WHAT [LOG]...: say it, and show the end of each log.
fail() {
	local log

	echo "site: $1" >&2
	shift
	for log; do
		[ -s "$log" ] || continue
		echo "--- end of $log" >&2
		tail -n 15 "$log" >&2
	done
	exit 1
}

# await SECONDS COMMAND...: until the command succeeds; 1 when it does not.
await() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

choose_users() {
	if [ "$EUID" -eq 0 ]; then
		PG_USER=postgres APP_USER=nobody WEB_USER=www-data
	else
		PG_USER=$(id -un) APP_USER=$(id -un) WEB_USER=$(id -un)
	fi
}

# The programs refuse variables that are no settings, such as tests have.
leave_variables() {
	unset "${!POSTERN_@}"
}

# as_user USER COMMAND...: from a directory that anybody may enter.
as_user() {
	local user=$1

	shift
	if [ "$EUID" -eq 0 ] && [ "$user" != root ]; then
		(cd / && leave_variables && setpriv --reuid="$user" \
			--regid="$(id -g "$user")" --init-groups -- "$@")
	else
		(cd / && leave_variables && "$@")
	fi
}

fit_to_live_in() {
	[ "${#1}" -le "$LONGEST_DIR" ] &&
		[[ $1 =~ ^[A-Za-z0-9/._+@-]+$ ]] &&
		as_user "$PG_USER" test -x "$1" &&
		as_user "$APP_USER" test -x "$1" &&
		as_user "$WEB_USER" test -x "$1"
}

# Set DIR as asked for and PLACE, where the site lives: the same, or a
# directory under /var/tmp when DIR will not do; DIR/place remembers it.
site_settle() {
	choose_users
	mkdir -p "$1"
	DIR=$(cd "$1" && pwd -P)
	PLACE=$DIR
	if [ -L "$DIR/place" ] && [ -d "$DIR/place" ]; then
		PLACE=$(readlink "$DIR/place")
	elif ! fit_to_live_in "$DIR"; then
		PLACE=$(mktemp -d /var/tmp/postern.XXXXXX)
		chmod 755 "$PLACE"
		ln -sfn "$PLACE" "$DIR/place"
		ln -sfn "$PLACE/log" "$DIR/log"
		echo "site: $DIR cannot hold sockets or be entered by" \
			"$PG_USER; the site lives in $PLACE" >&2
	fi
	LOG=$PLACE/log RUN=$PLACE/run
	PG_SOCKETS=$RUN/pg
	mkdir -p "$LOG" "$RUN" "$PLACE/settings"
}

# One file for each setting.
setting() {
	cat "$PLACE/settings/$1" 2>/dev/null || printf '%s' "$2"
}

keep_setting() {
	printf '%s' "$2" >"$PLACE/settings/$1"
}

# A process is known by its id and when it started, so that another one that
# got the same id later is not taken for it.
process_start() {
	local stat

	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	# shellcheck disable=SC2086 # the fields after the name
	set -- ${stat##*) }
	[ "$1" != Z ] && echo "${20}"
}

part_keep() {
	echo "$2 $(process_start "$2")" >"$RUN/$1.pid"
}

part_pid() {
	local pid start

	[ -s "$RUN/$1.pid" ] || return 1
	read -r pid start <"$RUN/$1.pid"
	[ "$(process_start "$pid")" = "$start" ] && echo "$pid"
}

part_alive() {
	part_pid "$1" >/dev/null
}

part_gone() {
	! part_alive "$1"
}

# launch PART COMMAND...: in a session of its own, so that Ctrl-C passes by.
launch() {
	local part=$1

	shift
	(cd / && leave_variables && exec setsid "$@") </dev/null >>"$LOG/$part.log" 2>&1 &
	part_keep "$part" $!
}

# launch_as USER PART COMMAND...
launch_as() {
	local user=$1 part=$2

	shift 2
	[ "$EUID" -ne 0 ] || set -- setpriv --reuid="$user" \
		--regid="$(id -g "$user")" --init-groups -- "$@"
	launch "$part" "$@"
}

# program NAME: the path of postern-NAME, as asked for or as the last time.
program() {
	local variable=POSTERN_${1^^} path

	path=${!variable:-$(setting "$1" "./postern-$1")}
	readlink -e "$path" || fail "there is no program $path; build it"
}

# reachable NAME: the program, or a copy where the user who runs it can enter.
reachable() {
	local path

	path=$(program "$1")
	if ! as_user "$APP_USER" test -x "$path"; then
		install -C -m 755 "$path" "$RUN/postern-$1"
		path=$RUN/postern-$1
	fi
	echo "$path"
}

# own FILE: the programs' user alone may read it.
own() {
	chmod 600 "$1"
	[ "$EUID" -ne 0 ] || chown "$APP_USER:" "$1"
}

port_taken() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# choose_port KEY: a port that nobody listens on, below those that clients are
# given; kept as that setting.
choose_port() {
	local port

	[ -z "$(setting "$1" "")" ] || return 0
	for _ in {1..100}; do
		port=$((20000 + RANDOM % 12000))
		if ! port_taken "$port"; then
			keep_setting "$1" "$port"
			return
		fi
	done
	fail "no free port was found"
}

# What both programs are told of where requests may go: what the operator
# allows, and the receiver of the examples if there is one.
target_settings() {
	local allow port

	allow=$(setting allow "")
	port=$(setting receiver-port "")
	echo "POSTERN_ALLOW=$allow${port:+ 127.0.0.1/32:$port}"
	echo "POSTERN_HTTP_TARGETS=$(setting http-targets no)"
}

# children_of PID: all that descend from it, children first.
children_of() {
	local child children=

	read -r children 2>/dev/null <"/proc/$1/task/$1/children" || true
	for child in $children; do
		echo "$child"
		children_of "$child"
	done
}

# signal NAME PID...: all that are there yet. STOP: and until they stand still.
signal() {
	local name=$1 pid

	shift
	for pid; do
		kill "-$name" "$pid" 2>/dev/null || true
	done
	[ "$name" = STOP ] || return 0
	for pid; do
		await 10 stands_still "$pid" || fail "process $pid does not stop"
	done
}

# A thread that runs on another processor goes on for a while after SIGSTOP.
stands_still() {
	! cat "/proc/$1/task"/*/stat 2>/dev/null |
		sed 's/^.*) //' | grep -qv '^[TtZX]'
}
