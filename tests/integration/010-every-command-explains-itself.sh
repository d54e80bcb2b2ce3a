#!/bin/bash
# Help, usage errors and what is wrong with arguments.
. "$(dirname "$0")/lib.sh"

commands="run check attest verify inspect collateral spdm sim guard status doctor version"

expect 0 "$CIX" --help
for command in $commands; do says "^  $command "; done
for command in $commands; do
    expect 0 "$CIX" "$command" --help
    says "^usage: cix $command"
    says "^example:"
    expect 64 "$CIX" "$command" --no-such-option
    expect 64 "$CIX" "$command" one two three
done

expect 0 "$CIX" version
says '^cix [0-9]+\.[0-9]+\.[0-9]+$'
expect 0 "$CIX" --version
expect 0 "$CIX" doctor
says 'TEE'

expect 64 "$CIX"
expect 64 "$CIX" conjure
says "'conjure' is not a command"
expect 64 "$CIX" verify
says 'EVIDENCE is missing'
expect 64 "$CIX" verify a b
expect 64 "$CIX" verify a --platform z80
says 'is none of:.* tdx'
expect 64 "$CIX" verify a --at yesterday
expect 64 "$CIX" verify a --report-data abc
expect 64 "$CIX" verify a --report-data ''
expect 64 "$CIX" verify a --report-data "$(printf '00%.0s' $(seq 65))"
expect 64 "$CIX" verify a --json --json
expect 64 "$CIX" verify a --endorsements /no/such/place
says '/no/such/place: No such file'
expect 64 "$CIX" verify a --trust "$work/none"
says 'none: No such file'
expect 64 "$CIX" verify a --policy /no/such/policy
expect 64 "$CIX" attest --platform z80
expect 64 "$CIX" sim
expect 64 "$CIX" sim --platform snp
expect 1 "$CIX" attest --tsm-root "$work"
says 'no TEE answers here'
expect 1 "$CIX" status --socket "$work/none"

# O2: nothing of an argument reaches the terminal unescaped.
expect 64 "$CIX" $'con\e[31mjure\r\n'
says 'con\\x1b\[31mjure\\x0d\\x0a'
expect 3 "$CIX" inspect "$work"/$'no\e[31m'
says_not $'\e'

# S5: standard streams that a parent closed are nobody else's.
expect 0 bash -c '"$1" version <&- 2>&-' - "$CIX"
if [ -c /dev/full ]; then
    expect 1 bash -c '"$1" version >/dev/full' - "$CIX"
    says 'could not be written'
fi

finish
