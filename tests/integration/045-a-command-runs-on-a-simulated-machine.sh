#!/bin/bash
# cix sim -- COMMAND: an unmodified attester finds the simulated TEE where a real guest has it, and
# nothing of it is left behind. --evidence-out: the same evidence, without any machine.
. "$(dirname "$0")/lib.sh"

state=$work/state
data=00112233445566778899aabbccddeeff
expect 0 "$CIX" sim init --state "$state"

# on PLATFORM OPTION... -- COMMAND...
on() {
    local platform=$1
    shift
    "$CIX" sim --platform "$platform" --state "$state" "$@"
}

# verified PLATFORM NAME: NAME.bin is accepted, with the certificates in NAME.certificates, if any.
verified() {
    local given=(--endorsements "$state/endorsements")
    [ ! -e "$work/$2.certificates" ] || given+=(--endorsements "$work/$2.certificates")
    expect 0 "$CIX" verify "$work/$2.bin" --json "${given[@]}" --report-data "$data" \
        --trust "$state/trust/$1-root.pem"
    field verdict '"accepted"'
    field platform "\"$1\""
}

for platform in snp tdx; do
    expect 0 on $platform --evidence-out "$work/$platform.bin" --report-data $data \
        --endorsements-out "$work/$platform.certificates"
    says 'SIMULATED evidence'
    verified $platform $platform
done

# These have keys of their own, and need nothing beside what they are trusted by.
data=$(printf 'ab%.0s' $(seq 64))
for platform in cca nitro psa; do
    expect 0 on $platform --evidence-out "$work/$platform.bin" --report-data "$data"
    verified $platform $platform
    expect 2 "$CIX" verify "$work/$platform.bin" --json --report-data "$data"
    expect 2 "$CIX" verify "$work/$platform.bin" --json --report-data "cd${data:2}" \
        --trust "$state/trust/$platform-root.pem"
    expect 0 on $platform --debug --evidence-out "$work/debug.bin" --report-data "$data"
    verified $platform debug
    expect 1 "$CIX" verify "$work/debug.bin" --json --report-data "$data" --policy strict \
        --trust "$state/trust/$platform-root.pem"
done

# Devices: an app's key on a phone, and a GPU whose chain goes beside its evidence.
expect 0 on android --evidence-out "$work/android.bin" --report-data "$data"
verified android android
expect 0 on android --unlocked --evidence-out "$work/unlocked.bin" --report-data "$data"
verified android unlocked
expect 1 "$CIX" verify "$work/unlocked.bin" --json --policy strict --trust "$state/trust/android-root.pem"
says 'ANDROID_DEBUG_ALLOWED'
data=${data:0:64}
expect 0 on nvidia --evidence-out "$work/nvidia.bin" --endorsements-out "$work/nvidia.certificates" \
    --report-data "$data"
verified nvidia nvidia
for platform in android nvidia; do
    expect 2 "$CIX" verify "$work/$platform.bin" --json --report-data "$data"
done
data=00112233445566778899aabbccddeeff

# What is asked for must be one thing, and be possible.
expect 64 on snp
expect 64 on snp --evidence-out "$work/x" -- true
expect 64 on snp true
expect 64 on nothing -- true
says 'known are: '
expect 64 on tdx --product Milan -- true
says '--product is not for tdx'
expect 1 on snp --evidence-out /no/such/folder/x
expect 64 on snp --evidence-out "$work/x" --report-data 0g

# An older kernel: devices only.
for platform in snp tdx; do
    expect 0 on $platform --no-tsm -- "$CIX" attest --platform $platform --report-data $data \
        --out "$work/device.bin" --endorsements-out "$work/device.certificates"
    verified $platform device
    rm "$work"/device.*
done

expect 0 on nitro -- "$CIX" attest --report-data $data --out "$work/enclave.bin"
verified nitro enclave

if [ -w /dev/fuse ]; then
    for platform in snp tdx cca; do
        expect 0 on $platform -- "$CIX" attest --platform $platform --report-data $data \
            --out "$work/attested.bin" --endorsements-out "$work/attested.certificates"
        verified $platform attested
        rm "$work"/attested.*
    done
    expect 0 on snp -- cat /proc/self/mounts
    folder=$(sed -n 's,^cix-sim \(/tmp/cix-sim-[^/]*\)/.*,\1,p' "$work/out")
    [ -n "$folder" ] && [ ! -e "$folder" ] && pass || fail "a folder was left behind: '$folder'"
    grep -qF "$folder" /proc/self/mounts && fail "a mount was left behind" || pass
    expect 1 on snp --fault timed-out -- "$CIX" attest --out "$work/x"
    [ ! -e "$work/x" ] && pass || fail "a file was written without evidence"
    expect 0 on tdx -- "$CIX" doctor
    says 'tdx answers'
else
    skip 2 "no FUSE here"
fi

# The command's own exit code and words, and a signal that reaches it.
expect 23 on snp --no-tsm -- sh -c 'echo said; exit 23'
says '^said$'
expect 127 on snp --no-tsm -- /no/such/command
"$CIX" sim --platform snp --state "$state" --no-tsm -- \
    sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done' \
    >"$work/out" 2>"$work/err" &
sim=$!
processes+=("$sim")
for _ in $(seq 100); do
    grep -q ready "$work/out" && break
    sleep 0.05
done
kill "$sim"
code=0
wait "$sim" || code=$?
[ "$code" = 5 ] && pass || fail "SIGTERM did not reach the command: $code"

finish
