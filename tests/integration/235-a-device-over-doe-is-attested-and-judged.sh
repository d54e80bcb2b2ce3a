#!/bin/bash
# cix attest --platform spdm: a device behind a socket is asked over PCI DOE, and cix verify judges its
# measurements by reference values. The device is cix spdm responder.
. "$(dirname "$0")/lib.sh"

nonce=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
cd "$work"
bash "$here/spdm-chain.sh" device
bash "$here/spdm-chain.sh" stranger
printf 'the firmware' >firmware
printf '\4\0\0\0\4\0\0\0\3\0\0\0\2\0\0\0' >debugged # as it may be; as it is: invasively debugged

# device OPTION...: one that answers once, at $work/doe.
device() {
    rm -f "$work/doe" device.log
    "$CIX" spdm responder "unix:$work/doe" --once --transport doe --emulator --insecure-trust-anyone \
        --chain device.pem --key device.key --algorithms SHA-384 "$@" >device.log 2>&1 &
    processes+=($!)
    for _ in $(seq 200); do ! grep -q listening device.log 2>/dev/null || return 0; sleep 0.05; done
}

asked() {
    expect 0 "$CIX" attest --platform spdm --spdm-device "unix://$work/doe" --report-data $nonce --out evidence
}

policy() {
    cat >policy.yaml <<END
trust: [ $1-root.pem ]
accept:
  - platform: spdm
    insecure_any_measurement: true
    claims: { measurements.1: "$(sha384sum "$2" | cut -d' ' -f1)" }
END
}

device --measure 1:firmware=firmware
asked
policy device firmware
expect 0 "$CIX" verify evidence --json --policy policy.yaml --report-data $nonce
field verdict '"accepted"'
field platform '"spdm"'
expect 2 "$CIX" verify evidence --json --policy policy.yaml --report-data "ff${nonce:2}"
field reasons '["SPDM_BINDING_MISMATCH"]'
policy device policy.yaml
expect 1 "$CIX" verify evidence --json --policy policy.yaml --report-data $nonce
field reasons '["SPDM_MEASUREMENTS_1_NOT_ACCEPTED"]'
policy stranger firmware
expect 2 "$CIX" verify evidence --json --policy policy.yaml --report-data $nonce
field reasons '["SPDM_ROOT_UNTRUSTED"]'

device --measure 1:firmware=firmware --measure 254:device-mode=debugged
asked
policy device firmware
expect 1 "$CIX" verify evidence --json --policy policy.yaml --report-data $nonce
field reasons '["SPDM_LIFECYCLE_DEBUG"]'

rm -f "$work/doe"
expect 1 "$CIX" attest --platform spdm --spdm-device "unix://$work/doe" --report-data $nonce
says 'nobody listens'
expect 1 "$CIX" attest --platform spdm --report-data $nonce
says 'nobody said where the device is'
finish
