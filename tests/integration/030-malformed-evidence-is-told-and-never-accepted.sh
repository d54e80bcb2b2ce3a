#!/bin/bash
# E1-E3, E7, E14, C7, E43: what is no evidence ends with 3, and says why.
. "$(dirname "$0")/lib.sh"

malformed() { # REASON FILE...
    local reason=$1
    shift
    expect 3 "$CIX" verify "$@" --json
    field verdict '"malformed"'
    field reasons "[\"$reason\"]"
    expect 3 "$CIX" verify "$@"
    expect 3 "$CIX" inspect "$@"
}

# E1, C7
: >"$work/empty"
mkdir "$work/folder"
mkfifo "$work/pipe"
truncate -s 100M "$work/huge"
head -c 3000 /dev/urandom | tr '\000-\007' '\377' >"$work/noise"
malformed EVIDENCE_TRUNCATED "$work/empty"
malformed EVIDENCE_UNREADABLE "$work/none"
says 'No such file'
malformed EVIDENCE_UNSUPPORTED "$work/folder"
says 'no quote of a TPM in the folder'
malformed EVIDENCE_UNREADABLE "$work/pipe"
says 'not a plain file'
malformed EVIDENCE_UNREADABLE "$work/huge"
says 'larger than'
expect 3 "$CIX" verify "$work/noise"
expect 3 "$CIX" inspect "$work/noise"
expect 3 bash -c 'head -c 2000000 /dev/zero | "$1" verify -' - "$CIX"
says 'standard input: is larger'

if [ ! -d "$shared/evidence" ]; then
    skip 1 "no shared samples"
    finish
    exit
fi
snp=$shared/evidence/snp/milan-v2-vcek-virtee
snp_at=2023-05-03T19:23:43Z
tdx=$shared/evidence/tdx/v4-gcp-2026
tdx_at=2026-07-02T08:12:19Z

# E2: cut at many places; every place is the unit tests' business.
for size in 1 2 4 47 48 631 632 700 1000 1183; do
    head -c "$size" "$snp/evidence.bin" >"$work/cut"
    expect 3 "$CIX" verify "$work/cut" --endorsements "$snp" --at "$snp_at"
    head -c "$size" "$tdx/evidence.bin" >"$work/cut"
    expect 3 "$CIX" verify "$work/cut" --endorsements "$tdx/collateral-1" --at "$tdx_at"
done

# E3: padding after a quote is told; after a report it is none.
expect 0 "$CIX" verify "$tdx/evidence.padded.bin" --endorsements "$tdx/collateral-1" --at "$tdx_at"
(cat "$snp/evidence.bin"; printf '\001') >"$work/long"
expect 3 "$CIX" verify "$work/long" --endorsements "$snp" --at "$snp_at"

# E7: a version that nobody has written yet.
(printf '\011\000\000\000'; tail -c +5 "$snp/evidence.bin") >"$work/future"
expect 3 "$CIX" verify "$work/future" --endorsements "$snp" --at "$snp_at"

# E14
expect 3 "$CIX" verify "$snp/evidence.bin" --platform tdx --json
field verdict '"malformed"'
expect 3 "$CIX" inspect "$tdx/evidence.bin" --platform snp
expect 0 "$CIX" verify "$snp/evidence.bin" --platform snp --endorsements "$snp" --at "$snp_at"

# E11, E12
hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
data=$(hex -j 80 -N 64 "$snp/evidence.bin")
expect 0 "$CIX" verify "$snp/evidence.bin" --endorsements "$snp" --at "$snp_at" --report-data "$data"
expect 2 "$CIX" verify "$snp/evidence.bin" --endorsements "$snp" --at "$snp_at" \
    --report-data "${data%??}" --json
field verdict '"unauthentic"'
expect 2 "$CIX" verify "$snp/evidence.bin" --endorsements "$snp" --at "$snp_at" --report-data 00

# Forms: the same verdict in each.
base64 "$snp/evidence.bin" >"$work/base64"
base64 -w0 "$snp/evidence.bin" >"$work/base64-one-line"
hex "$snp/evidence.bin" >"$work/hex"
(echo '-----BEGIN EVIDENCE-----'; base64 -w64 "$snp/evidence.bin"; echo '-----END EVIDENCE-----') \
    >"$work/pem"
sed 's/$/\r/' "$work/pem" >"$work/pem-crlf" # E43
type=application/vnd.cix.evidence.snp
printf '["%s","%s"]' "$type" "$(base64 -w0 "$snp/evidence.bin" | tr '+/' '-_' | tr -d =)" >"$work/cmw"
for form in base64 base64-one-line hex pem pem-crlf cmw; do
    expect 0 "$CIX" verify "$work/$form" --endorsements "$snp" --at "$snp_at"
done
expect 0 bash -c '"$1" verify - --endorsements "$2" --at "$3" <"$2/evidence.bin"' - \
    "$CIX" "$snp" "$snp_at"


# E14, E37: a wrapper that says something else than it holds; two evidences where one is wanted.
sed 's/\.snp"/.tdx"/' "$work/cmw" >"$work/cmw-other"
malformed EVIDENCE_UNSUPPORTED "$work/cmw-other"
cat "$work/pem" "$work/pem" >"$work/two" # E39
malformed EVIDENCE_UNSUPPORTED "$work/two"

# T1
for at in 0001-01-01T00:00:00Z 1969-12-31T23:59:59Z 2038-01-19T03:14:08Z 9999-12-31T23:59:59Z; do
    expect 2 "$CIX" verify "$snp/evidence.bin" --endorsements "$snp" --at "$at"
done
expect 0 "$CIX" verify "$snp/evidence.bin" --endorsements "$snp" --at 2023-05-03T21:23:43+02:00

# C7: endorsements that are none.
expect 64 "$CIX" verify "$snp/evidence.bin" --endorsements "$work/noise"
expect 64 "$CIX" verify "$snp/evidence.bin" --endorsements "$work/pipe"
expect 64 "$CIX" verify "$snp/evidence.bin" --endorsements "$work/huge"
expect 64 "$CIX" verify "$snp/evidence.bin" --trust "$snp/evidence.bin"

finish
