# SPDX-License-Identifier: Apache-2.0
# For tests/vm/api*.test: the module's own tests, with a stack each. What programs see of the
# module is the same wherever keys are.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../clients/lib.sh"

# As tests/api/meson.build has it: what the stack of some is told, and what that of a second run is.
declare -A with=([legacy]=STACK_LEGACY=yes [dilithium]=STACK_LEGACY=yes
	[dilithium_keys]=STACK_LEGACY=yes [vectors]=STACK_LEGACY=yes [round_trips]=STACK_LOG_LEVEL=trace)
# But `vectors` runs once: without what is legacy it would only find that missing.
declare -A again_with=([answers]=STACK_DETERMINISTIC_ECDSA=yes [message_sign]=STACK_LEGACY=yes)

# api_test NAME PROGRAM [VARIABLE=VALUE]
api_test()
{
	check "$1${3:+ ($3)}" env STACK_DEADLINE=60s ${3:+"$3"} \
		timeout 600 "$root/tests/stack" -- "$2"
}

# api_tests CUSTODY NAMES: where sensitive session keys are to be; a pattern for the tests' names.
api_tests()
{
	local program name

	export STACK_SENSITIVE_SESSION=$1
	for program in "$BUILD_DIR"/tests/api/test_api_*; do
		name=${program##*/test_api_}
		[[ -f $program && -x $program && $name =~ ^($2)$ ]] || continue
		[[ $name != general ]] || continue # wants no keyringd
		api_test "$1: $name" "$program" ${with[$name]-}
		[[ -z ${again_with[$name]-} ]] ||
			api_test "$1: $name" "$program" "${again_with[$name]}"
	done
	((failures == 0))
}
