#!/bin/bash
# cix sim, attest and verify through a real FUSE mount; each of sim's settings in the claims; and
# the simulator's root trusted by nobody who was not told to.
. "$(dirname "$0")/lib.sh"

if [ ! -w /dev/fuse ]; then
    skip 1 "no FUSE here"
    finish
    exit
fi
state=$work/state
tsm=$work/tsm
data=00112233445566778899aabbccddeeff
simulated=

# simulate OPTION...: another TEE in the place of the last one.
simulate() {
    local process
    stop
    mkdir -p "$tsm"
    expect 0 "$CIX" sim --state "$state" --mount "$tsm" "$@"
    process=$(sed -n 's/.*process \([0-9]*\)$/\1/p' "$work/out")
    if [ -n "$process" ]; then
        processes+=("$process")
        simulated=$process
    fi
}

stop() {
    [ -z "$simulated" ] && return
    end "$simulated"
    if mountpoint -q "$tsm"; then fail "the mount outlived its server"; else pass; fi
    simulated=
}

attest() {
    rm -f "$work/evidence" "$work/certificates"
    expect 0 "$CIX" attest --tsm-root "$tsm" --report-data "$data" --out "$work/evidence" \
        --endorsements-out "$work/certificates"
    given=(--endorsements "$state/endorsements")
    [ ! -e "$work/certificates" ] || given+=(--endorsements "$work/certificates")
}

# verify CODE ROOT OPTION...
verify() {
    local code=$1 root=$2
    shift 2
    expect "$code" "$CIX" verify "$work/evidence" --json "${given[@]}" --report-data "$data" \
        --trust "$state/trust/$root" "$@"
}

expect 0 "$CIX" sim init --state "$state"
[ "$(stat -c %a "$state/state")" = 600 ] && pass || fail "the keys can be read by others"

# SNP, as it comes.
simulate --platform snp
says 'SIMULATED evidence'
attest
[ "$(stat -c %s "$work/evidence")" = 1184 ] && pass || fail "the report is not 1184 bytes long"
verify 0 snp-root.pem
field verdict '"accepted"'
field platform '"snp"'
field format '"snp-report-v3"'
field claims.report_data "\"${data}$(printf '00%.0s' $(seq 48))\""
field claims.debug false
field claims.product '"Genoa"'
expect 0 "$CIX" verify "$work/evidence" --endorsements "$work/certificates" \
    --trust "$state/trust/snp-root.pem"

# Trusted by nobody who was not told to.
expect 2 "$CIX" verify "$work/evidence" --json "${given[@]}"
field verdict '"unauthentic"'
expect 2 "$CIX" verify "$work/evidence" --json "${given[@]}" --policy strict
expect 2 "$CIX" verify "$work/evidence" --json "${given[@]}" \
    --endorsements "$state/trust"
verify 2 tdx-root.pem
expect 0 "$CIX" sim init --state "$work/other"
expect 2 "$CIX" verify "$work/evidence" "${given[@]}" \
    --trust "$work/other/trust/snp-root.pem"

# Other report data, and another TEE than the one that is here.
expect 2 "$CIX" verify "$work/evidence" --json "${given[@]}" \
    --trust "$state/trust/snp-root.pem" --report-data 00
field reasons '["SNP_BINDING_MISMATCH"]'
expect 1 "$CIX" attest --tsm-root "$tsm" --platform tdx --out "$work/none"
[ ! -e "$work/none" ] && pass || fail "a file was written without evidence"
expect 0 "$CIX" attest --tsm-root "$tsm" --platform snp
[ "$(stat -c %s "$work/out")" = 1184 ] && pass || fail "standard output is not the report"
expect 0 "$CIX" doctor --tsm-root "$tsm"
says 'snp answers'
expect 1 "$CIX" attest --tsm-root "$tsm" --out /no/such/folder/evidence
says 'No such file'

# In every form that it is written in.
for form in raw cmw cmw-json; do
    expect 0 "$CIX" attest --tsm-root "$tsm" --report-data "$data" --form "$form" --out "$work/$form"
    expect 0 "$CIX" verify "$work/$form" --json "${given[@]}" --report-data "$data" \
        --trust "$state/trust/snp-root.pem"
done
jq -e '.[0] == "application/vnd.cix.evidence.snp" and (.[1] | length > 1000)' "$work/cmw-json" >"$work/out" &&
    pass || fail "no record in JSON"
openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out "$work/key.pem" 2>"$work/err"
expect 0 "$CIX" attest --tsm-root "$tsm" --form tagged --key "$work/key.pem" --out "$work/tagged"
expect 0 "$CIX" verify "$work/tagged" --json "${given[@]}" --trust "$state/trust/snp-root.pem"
# The claims end the file: their hash is what the evidence carries.
field claims.report_data "\"$(tail -c 51 "$work/tagged" | sha256sum | cut -c1-64)$(printf '00%.0s' $(seq 32))\""
[ "$(openssl pkey -pubin -in "$work/key.pem" -outform DER | sha256sum | cut -c1-64)" = \
    "$(tail -c 32 "$work/tagged" | od -An -tx1 | tr -d ' \n')" ] && pass || fail "the claims name another key"
expect 64 "$CIX" attest --tsm-root "$tsm" --form tagged
expect 64 "$CIX" attest --tsm-root "$tsm" --key "$work/key.pem"
expect 64 "$CIX" attest --tsm-root "$tsm" --form tagged --key "$work/key.pem" --report-data 00
expect 64 "$CIX" attest --tsm-root "$tsm" --form tagged --key "$work/raw"
expect 64 "$CIX" attest --tsm-root "$tsm" --form smoke

# Each setting shows.
measurement=$(printf 'ab%.0s' $(seq 48))
host_data=$(printf 'cd%.0s' $(seq 32))
chip_id=$(printf '17%.0s' $(seq 64))
simulate --platform snp --product milan --report-version 2 --measurement "$measurement" \
    --host-data "$host_data" --chip-id "$chip_id" --guest-svn 7 --vmpl 1 --debug --migratable \
    --tcb bl=3,tee=1,snp=20,ucode=200
attest
verify 0 snp-root.pem
field format '"snp-report-v2"'
field claims.product '"Milan"'
field claims.measurement "\"$measurement\""
field claims.host_data "\"$host_data\""
field claims.chip_id "\"$chip_id\""
field claims.guest_svn 7
field claims.vmpl 1
field claims.debug true
field claims.policy.migrate_ma_allowed 1
field claims.reported_tcb '{"bootloader": 3, "tee": 1, "snp": 20, "microcode": 200}'
verify 1 snp-root.pem --policy strict
field verdict '"denied"'

simulate --platform snp --product Turin --report-version 5 --tcb fmc=2
attest
verify 0 snp-root.pem
field format '"snp-report-v5"'
field claims.product '"Turin"'
field claims.reported_tcb.fmc 2

simulate --platform snp --mask-chip-id
attest
expect 0 "$CIX" inspect "$work/evidence" --json
field claims.chip_id "\"$(printf '00%.0s' $(seq 64))\""

# TDX.
simulate --platform tdx
attest
verify 0 tdx-root.pem
field platform '"tdx"'
field format '"tdx-quote-v4"'
field claims.tcb_status '"UpToDate"'
verify 0 tdx-root.pem --policy strict
verify 2 snp-root.pem
expect 2 "$CIX" verify "$work/evidence" --json "${given[@]}"

rtmr=$(printf 'ef%.0s' $(seq 48))
instance=$(printf '5a%.0s' $(seq 16))
simulate --platform tdx --quote-version 5 --measurement "$measurement" --host-data "$rtmr" \
    --rtmr3 "$rtmr" --instance "$instance" --debug --tcb OutOfDate
attest
verify 0 tdx-root.pem
field format '"tdx-quote-v5"'
field claims.measurement "\"$measurement\""
field claims.body.mrconfigid "\"$rtmr\""
field claims.body.rtmr3 "\"$rtmr\""
field claims.pck.piid "\"$instance\""
field claims.debug true
field claims.tcb_status '"OutOfDate"'
verify 1 tdx-root.pem --policy strict

# D2, D5: what the interface does wrong is an error, never evidence.
for fault in second-writer timed-out failed gone oversized empty old-report; do
    simulate --platform snp --fault "$fault"
    expect 1 "$CIX" attest --tsm-root "$tsm" --report-data "$data" --out "$work/faulty-$fault"
    says '^cix attest: '
    [ ! -e "$work/faulty-$fault" ] && pass || fail "$fault: a file was written without evidence"
done
simulate --platform snp --fault busy:2
attest
stop

expect 64 "$CIX" sim --platform snp --state "$state" --mount "$tsm" --rtmr0 00
expect 64 "$CIX" sim --platform tdx --state "$state" --mount "$tsm" --tcb Splendid
expect 1 "$CIX" sim --platform tdx --state "$state" --mount "$work/not-there"

finish
