# SPDX-License-Identifier: Apache-2.0
# For the scripts that run other people's programs; they source it. Each prints
# "ok NAME", "not ok NAME: why" or "skip NAME: why" for every case.
set -uo pipefail

self=$(readlink -f "$0")
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
root=$(cd "$root" && pwd)
export KEYRING_TOKEN_BUILD=${KEYRING_TOKEN_BUILD:-${BUILD_DIR:-$root/build}}
export LC_ALL=C.UTF-8
failures=0
work=

# in_stack [OPTION...]: runs the script once more, inside a stack of its own.
in_stack()
{
	if [[ -z ${STACK_DIR-} ]]; then
		exec "$root/tests/stack" "$@" -- "$self" inside
	fi
	work=$STACK_DIR/work
	mkdir -p "$work"
	cd "$work" || exit 1
	trap 'finish' EXIT
}

finish()
{
	local status=$?
	stop_more
	if ((failures)); then
		echo "---- daemons' logs:"
		tail -n 40 "$STACK_DIR"/keystored.log "$STACK_DIR"/keyringd.log 2>/dev/null
		status=1
	fi
	exit "$status"
}

ok()
{
	echo "ok $1"
}

not_ok()
{
	local name=$1
	shift
	failures=$((failures + 1))
	echo "not ok $name: $*"
}

skip()
{
	local name=$1
	shift
	echo "skip $name: $*"
}

# tell_skips NAME: what the program that left $out could not check, each a skip of its own;
# skip_if() of tests/unit/check_main.h says it.
tell_skips()
{
	local line
	while IFS= read -r line; do
		[[ $line != "SKIP: "* ]] || skip "$1" "${line#SKIP: }"
	done <<<"$out"
}

# check NAME COMMAND...: does it succeed? Its output is left in $out.
out=
check()
{
	local name=$1 status=0
	shift
	out=$("$@" 2>&1) || status=$?
	if ((status == 0)); then
		ok "$name"
		tell_skips "$name"
		return 0
	fi
	not_ok "$name" "exit status $status"
	sed 's/^/    /' <<<"$out"
	return 1
}

# refused NAME PATTERN COMMAND...: does it fail, and say this?
refused()
{
	local name=$1 pattern=$2 status=0
	shift 2
	out=$("$@" 2>&1) || status=$?
	if ((status != 0 && status < 124)) && grep -Eq -- "$pattern" <<<"$out"; then
		ok "$name"
		return 0
	fi
	not_ok "$name" "exit status $status, and '$pattern' is wanted in:"
	sed 's/^/    /' <<<"$out"
	return 1
}

# says NAME PATTERN: does $out have this?
says()
{
	if grep -Eq -- "$2" <<<"$out"; then
		ok "$1"
		return 0
	fi
	not_ok "$1" "'$2' is not in:"
	sed 's/^/    /' <<<"$out"
	return 1
}

# says_not NAME PATTERN: of the same output.
says_not()
{
	if ! grep -Eq -- "$2" <<<"$out"; then
		ok "$1"
		return 0
	fi
	not_ok "$1" "'$2' is in:"
	sed 's/^/    /' <<<"$out"
	return 1
}

# log_mark FILE: how many lines it has, to be asked for what comes after them.
log_mark()
{
	if [[ -e $1 ]]; then wc -l <"$1"; else echo 0; fi
}

# log_says NAME FILE MARK PATTERN: does FILE have this after its first MARK lines, now or
# soon? A daemon learns and writes in its own time. The lines are left in $out.
log_says()
{
	local name=$1 file=$2 mark=$3 pattern=$4 end=$((SECONDS + $(patience 15)))
	while out=$(tail -n "+$((mark + 1))" "$file" 2>/dev/null); ! grep -Eq -- "$pattern" <<<"$out"; do
		((SECONDS < end)) || break
		sleep 0.1
	done
	says "$name" "$pattern"
}

# patience SECONDS: so many on a slow machine, as CK_TIMEOUT_MULTIPLIER says.
patience()
{
	echo $(($1 * ${CK_TIMEOUT_MULTIPLIER:-1}))
}

# wait_until SECONDS COMMAND...: until it succeeds.
wait_until()
{
	local end=$((SECONDS + $(patience "$1")))
	shift
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# p11 ARG...: pkcs11-tool on the module, with a time limit.
p11()
{
	timeout 120 pkcs11-tool --module "$PKCS11_MODULE" "$@"
}

# p11_user ARG...: as the user of the stack's token.
p11_user()
{
	p11 --token-label "$TOKEN_LABEL" --login --pin "$USER_PIN" "$@"
}

# start_keystored CONFIG [PORT-FILE], start_keyringd CONFIG: more daemons, or
# those of the stack again. The pid is in $started; stop ends one, and waits for its end.
started=
more_pids=()
other_pids=() # of programs that are not ours, and end as they like
start_keystored()
{
	"$KEYSTORED" --config "$1" ${2:+--port-file "$2"} </dev/null 2>>"$STACK_DIR/keystored.log" &
	started=$!
	more_pids+=("$started")
}

start_keyringd()
{
	"$KEYRINGD" --config "$1" </dev/null 2>>"${2:-$STACK_DIR/keyringd.log}" &
	started=$!
	more_pids+=("$started")
}

# listens SOCKET: may programs connect? It is a file some time before that.
listens()
{
	grep -Eq " 00010000 [0-9]+ [0-9]+ +[0-9]+ $1\$" /proc/net/unix
}

# keystored_serves [ADDRESS]: does it answer, with the stack's certificates?
keystored_serves()
{
	timeout 20 "$TOKENCTL" --keystore "${1:-$KEYSTORED_ADDRESS}" --pki "$STACK_DIR/pki" token list
}

# one that the stack started is a zombie of the stack's until that ends; "l": other threads of it
# still have its files
runs()
{
	local state
	state=$(ps -o stat= -p "$1")
	[[ -n $state && ($state != Z* || $state == *l*) ]]
}

# stop PID [SIGNAL]: 127: it is the stack's, which looks at its end; 143: it did not know the
# signal yet.
stop()
{
	local pid=$1 signal=${2:-TERM} status=0
	kill "-$signal" "$pid" 2>/dev/null
	for _ in $(seq "$(patience 600)"); do
		runs "$pid" || break
		sleep 0.05
	done
	if runs "$pid"; then
		kill -KILL "$pid"
		not_ok "a daemon ends" "process $pid goes on after SIG$signal"
	fi
	wait "$pid" 2>/dev/null || status=$?
	case $status in
	0 | 127 | 137 | 143) ;;
	*) not_ok "a daemon ends well" "exit status $status" ;;
	esac
	return 0
}

stop_more()
{
	local pid
	for pid in ${other_pids[@]+"${other_pids[@]}"} ${more_pids[@]+"${more_pids[@]}"}; do
		kill "$pid" 2>/dev/null
	done
	for pid in ${more_pids[@]+"${more_pids[@]}"}; do
		stop "$pid"
	done
	for pid in ${other_pids[@]+"${other_pids[@]}"}; do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	more_pids=() other_pids=()
}

# The stack's keystored.ini with the port that it got, to be started again with.
fix_port()
{
	sed -i "s|^address = .*|address = $KEYSTORED_ADDRESS|" "$STACK_DIR/keystored.ini"
}

# ---- openssl with a key on the token: pkcs11-provider, or the engine ----

openssl_kind=
openssl_find()
{
	local folder
	folder=$(openssl version -m 2>/dev/null | sed -n 's/^MODULESDIR: "\(.*\)"$/\1/p')
	if [[ -n $folder && -e $folder/pkcs11.so ]]; then
		openssl_kind=provider
		cat >"$work/openssl.cnf" <<-END
			openssl_conf = init
			[init]
			providers = providers
			[providers]
			default = default_section
			pkcs11 = pkcs11_section
			[default_section]
			activate = 1
			[pkcs11_section]
			module = $folder/pkcs11.so
			pkcs11-module-path = $PKCS11_MODULE
			activate = 1
			[req]
			distinguished_name = dn
			[dn]
		END
		return 0
	fi
	folder=$(openssl version -e 2>/dev/null | sed -n 's/^ENGINESDIR: "\(.*\)"$/\1/p')
	if [[ -n $folder && -e $folder/pkcs11.so ]]; then
		openssl_kind=engine
		return 0
	fi
	return 1
}

# token_openssl COMMAND KEY-OPTION URI ARG...: openssl COMMAND, whose KEY-OPTION
# (-key, -sign, -inkey) takes the key that the URI names.
token_openssl()
{
	local command=$1 option=$2 uri=$3
	shift 3
	if [[ $openssl_kind = provider ]]; then
		OPENSSL_CONF=$work/openssl.cnf timeout 60 openssl "$command" "$option" "$uri" "$@"
	else
		PKCS11_MODULE_PATH=$PKCS11_MODULE timeout 60 openssl "$command" \
			-engine pkcs11 -keyform engine "$option" "$uri" "$@"
	fi
}
