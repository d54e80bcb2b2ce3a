#!/bin/bash
# O1: the examples of docs/commands.md, each in its turn, as they are written.
. "$(dirname "$0")/lib.sh"

if [ ! -w /dev/fuse ]; then
    skip 1 "no FUSE here"
    finish
    exit
fi
mkdir "$work/bin" "$work/folder"
ln -s "$CIX" "$work/bin/cix"
export PATH="$work/bin:$PATH"
cd "$work/folder"
python3 "$here/../vectors/firmware/make.py" >OVMF.amdsev.fd
cp -r "$here/../vectors/spdm-dump/certs" certificates
cp "$here/../vectors/spdm-dump/raw-key.pcap" conversation.pcap
cp "$here/../vectors/spdm-dump/raw-key.keys.json" secrets.json
"$here/spdm-chain.sh" chain
mv chain.key key.pem
mv chain-root.pem root.pem

while IFS= read -r line; do
    wanted=0
    case $line in *'# exits with '*) wanted=${line##*# exits with } ;; esac
    expect "$wanted" bash -c "$line"
    process=$(sed -n 's/^sev_guest at .*, process \([0-9]*\)$/\1/p' "$work/out")
    [ -z "$process" ] || processes+=("$process")
done < <(sed -n '/^```sh$/,/^```$/{/^```/!p}' "$here/../../docs/commands.md")
[ "$passed" -gt 10 ] && pass || fail "the page has no examples"

cd /
finish
