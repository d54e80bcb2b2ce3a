#!/bin/bash
# A real software TPM, quoted by tpm2-tools and verified by cix, and the other way round.
. "$(dirname "$0")/lib.sh"

if ! command -v swtpm >/dev/null || ! command -v tpm2_quote >/dev/null; then
    skip 1 "no swtpm or no tpm2-tools here"
    finish
    exit
fi
nonce=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
all=sha256:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23
boot=sha256:0,1,2,3,4,5,6,7,8,9,11,12,13,14
export TPM2TOOLS_TCTI=swtpm:path=$work/tpm

mkdir "$work/state"
swtpm socket --tpm2 --tpmstate "dir=$work/state" --server "type=unixio,path=$work/tpm" \
    --ctrl "type=unixio,path=$work/tpm.ctrl" --flags not-need-init,startup-clear >/dev/null 2>&1 &
processes+=($!)
for _ in $(seq 100); do
    [ -S "$work/tpm.ctrl" ] && break
    sleep 0.05
done

tpm() { "$@" >"$work/tpm.out" 2>&1 </dev/null || fail "$* $(cat "$work/tpm.out")"; }

# quote FOLDER: of the key that is loaded, with the nonce.
quote() {
    tpm tpm2_quote -c "$work/ak.ctx" -l "$all" -q "$nonce" -g sha256 --scheme "${key#*:}" -m "$1/a.msg" -s "$1/a.sig" -o "$1/a.pcrs"
}

# verify CODE FOLDER OPTION...
verify() {
    local code=$1 folder=$2
    shift 2
    expect "$code" "$CIX" verify "$folder" --json "$@"
}

# tpm2-tools quote, cix verifies: every scheme.
tpm tpm2_pcrextend "4:sha256=$(printf '4%.0s' $(seq 64))"
tpm tpm2_pcrextend "9:sha256=$(printf '9%.0s' $(seq 64))"
for key in ecc:ecdsa rsa:rsassa rsa:rsapss; do
    folder=$work/$key
    mkdir "$folder"
    tpm tpm2_createek -c "$work/ek.ctx" -G rsa -u "$folder/ek"
    tpm tpm2_createak -C "$work/ek.ctx" -c "$work/ak.ctx" -G "${key%:*}" -g sha256 -s "${key#*:}" \
        -u "$folder/ak" -n "$folder/name"
    tpm tpm2_flushcontext -t
    quote "$folder"
    tpm tpm2_readpublic -c "$work/ak.ctx" -f pem -o "$work/ak.pem"
    tpm tpm2_flushcontext -t
    verify 0 "$folder" --trust "$work/ak.pem" --report-data "$nonce"
    field verdict '"accepted"'
    field platform '"tpm"'
    field claims.ak.type "\"${key%:*}\""
    field claims.ak.name "\"$(xxd -p -c 100 "$folder/name")\""
    field claims.report_data "\"$nonce\""
    tpm tpm2_pcrread "$boot" -o "$work/boot"
    field claims.measurement "\"$(sha256sum <"$work/boot" | cut -d' ' -f1)\""
    tpm tpm2_pcrread sha256:4 -o "$work/four"
    field claims.pcrs.sha256.4 "\"$(xxd -p -c 100 "$work/four")\""
    verify 0 "$folder" --trust "$folder/ak" --report-data "$nonce"
    verify 0 "$folder" --trust "$folder/ak" --report-data "$nonce" --policy strict
    verify 2 "$folder" --report-data "$nonce"
    field reasons '["TPM_AK_UNTRUSTED"]'
    verify 2 "$folder" --trust "$folder/ek" --report-data "$nonce"
    verify 2 "$folder" --trust "$work/ak.pem" --report-data "${nonce}01"
    field reasons '["TPM_BINDING_MISMATCH"]'
done

# Registers that changed after the quote, and those of before it.
cp "$folder/a.pcrs" "$work/before"
tpm tpm2_pcrextend "4:sha256=$(printf '5%.0s' $(seq 64))"
quote "$folder"
tpm tpm2_flushcontext -t
verify 0 "$folder" --trust "$work/ak.pem" --report-data "$nonce"
cp "$work/before" "$folder/a.pcrs"
verify 2 "$folder" --trust "$work/ak.pem" --report-data "$nonce"
field reasons '["TPM_PCR_DIGEST_MISMATCH"]'

# cix collects, tpm2-tools check. The container is a map, whose members are taken apart here; the
# registers become the structures that tpm2-tools keep in their files.
expect 0 "$CIX" attest --platform tpm --tcti "$TPM2TOOLS_TCTI" --report-data "$nonce" --out "$work/evidence"
expect 2 "$CIX" verify "$work/evidence" --json --report-data "$nonce"
field reasons '["TPM_AK_UNTRUSTED"]'
python3 - "$work" <<'PYTHON'
import struct, sys
work = sys.argv[1]
data = open(f'{work}/evidence', 'rb').read()

def item(at):
    head = data[at]
    kind, small = head >> 5, head & 31
    size = {24: 1, 25: 2, 26: 4}.get(small, 0)
    number = int.from_bytes(data[at + 1:at + 1 + size], 'big') if size else small
    at += 1 + size
    if kind in (2, 3):
        return data[at:at + number], at + number
    if kind == 4:
        out = []
        for _ in range(number):
            one, at = item(at)
            out.append(one)
        return out, at
    if kind == 5:
        out = {}
        for _ in range(number):
            key, at = item(at)
            out[key], at = item(at)
        return out, at
    return number, at

members, end = item(0)
assert end == len(data)
values = [value for _, value in sorted(members[5][11].items())]
pcrs = struct.pack('<IHB4sx', 1, 11, 3, b'\xff\xff\xff\0').ljust(132, b'\0') + struct.pack('<I', 3)
for first in range(0, 24, 8):
    pcrs += struct.pack('<I', 8) + b''.join(struct.pack('<H64s', 32, value) for value in values[first:first + 8])
for name, content in (('msg', members[1][0][0]), ('sig', members[1][0][1]), ('pub', members[2]),
                      ('values', b''.join(values)), ('pcrs', pcrs)):
    open(f'{work}/own.{name}', 'wb').write(content)
PYTHON
binding=$({ printf '%s' "$nonce"; printf '00%.0s' $(seq 32); } | xxd -r -p | sha256sum | cut -d' ' -f1)
expect 0 tpm2_checkquote -u "$work/own.pub" -m "$work/own.msg" -s "$work/own.sig" -f "$work/own.pcrs" \
    -g sha256 -q "$binding"
tpm tpm2_pcrread "$all" -o "$work/values"
cmp -s "$work/values" "$work/own.values" && pass || fail "the registers are not those that tpm2-tools read"
expect 0 "$CIX" verify "$work/evidence" --trust "$work/own.pub" --report-data "$nonce" --policy strict

# The same key each time, also when it is asked often: nothing is left in the TPM.
for _ in 1 2 3 4 5; do
    expect 0 "$CIX" attest --platform tpm --tcti "$TPM2TOOLS_TCTI" --report-data 01 --out "$work/again"
done
expect 0 "$CIX" verify "$work/again" --trust "$work/own.pub" --report-data 01

# No TPM there.
expect 1 "$CIX" attest --platform tpm --tcti "swtpm:path=$work/none" --out "$work/no-evidence"
says 'no TPM can be reached'
[ ! -e "$work/no-evidence" ] && pass || fail "a file was written without evidence"
finish
