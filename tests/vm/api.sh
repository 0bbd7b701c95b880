# SPDX-License-Identifier: Apache-2.0
# For tests/vm/api*.test: the module's own tests, with a stack each. What programs see of the
# module is the same wherever keys are.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../clients/lib.sh"

# api_tests CUSTODY NAMES: where sensitive session keys are to be; a pattern for the tests' names.
api_tests()
{
	local program name legacy level

	export STACK_SENSITIVE_SESSION=$1
	for program in "$BUILD_DIR"/tests/api/test_api_*; do
		name=${program##*/test_api_}
		[[ -f $program && -x $program && $name =~ ^($2)$ ]] || continue
		[[ $name != general ]] || continue # wants no keyringd
		legacy=no level=info
		[[ $name != legacy && $name != dilithium* ]] || legacy=yes
		[[ $name != round_trips ]] || level=trace
		check "$1: $name" env STACK_LEGACY=$legacy STACK_LOG_LEVEL=$level STACK_DEADLINE=60s \
			timeout 600 "$root/tests/stack" -- "$program"
	done
	((failures == 0))
}
