#!/bin/bash
# cix doctor on this machine and on each simulated one: who answers, through what, and what to do
# where nobody does.
. "$(dirname "$0")/lib.sh"

state=$work/state
expect 0 "$CIX" sim init --state "$state"

# answers PLATFORM: the last JSON says that it does.
answers() {
    if jq -e --arg name "$1" '.answers | index($name) != null' "$work/out" >/dev/null; then
        pass
    else
        fail "$1 does not answer"
    fi
}

# finds TOPIC STATE: the last JSON has such a finding.
finds() {
    if jq -e --arg topic "$1" --arg state "$2" \
        'any(.findings[]; .topic == $topic and .state == $state)' "$work/out" >/dev/null; then
        pass
    else
        fail "$1 is not $2"
    fi
}

expect 0 "$CIX" doctor
says '^ok +system '
expect 0 "$CIX" doctor --json
finds system good
finds clock good
finds processor good
if jq -e 'all(.findings[]; .topic and .state and .text)' "$work/out" >/dev/null; then
    pass
else
    fail "a finding has no topic, state or text"
fi

# Every platform that a kernel has an interface to, with whatever stands between it and us.
tsm=()
[ -w /dev/fuse ] || tsm=(--no-tsm)
for platform in $("$CIX" sim --platform none 2>&1 | sed -n 's/.*known are: //p'); do
    code=0
    "$CIX" sim --platform "$platform" --state "$state" "${tsm[@]}" -- "$CIX" doctor --json \
        >"$work/out" 2>"$work/err" || code=$?
    grep -q 'no kernel has an interface' "$work/err" && continue
    [ "$code" = 0 ] && pass || fail "$platform: doctor ends with $code"
    answers "$platform"
done

# An older kernel, and what to do about it.
for platform in snp tdx; do
    expect 0 "$CIX" sim --platform $platform --state "$state" --no-tsm -- "$CIX" doctor --json
    answers $platform
    finds configfs-tsm missing
    finds TEE good
done
finds /dev/tdx_guest good
finds /etc/tdx-attest.conf good
says 'tdx_guest: this is a TDX guest'

# A TDX guest's processor, and no driver.
mkdir "$work/tsm"
expect 0 "$CIX" sim --platform tdx --state "$state" --no-tsm -- \
    "$CIX" doctor --tsm-root "$work/tsm"
says 'TEE +a TDX guest that does not answer'
says '-> modprobe tdx_guest'

# A wrong configuration is told, and no other interface is hidden by it.
echo 'nonsense: 1' >"$work/wrong.yaml"
expect 2 "$CIX" doctor --json -c "$work/wrong.yaml"
finds configuration wrong
expect 64 "$CIX" doctor --yaml

finish
