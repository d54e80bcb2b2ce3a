#!/bin/bash
# spdm-chain.sh NAME: makes here what one end of an SPDM conversation has: NAME-root.pem, NAME.pem (the chain from
# that root to the leaf) and NAME.key.
set -eu
name=$1
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 3650"
openssl req -x509 $ec -subj "/CN=$name root" -keyout "$name-root.key" -out "$name-root.pem" \
    -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -new $ec -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
openssl x509 -req -in "$name.csr" -CA "$name-root.pem" -CAkey "$name-root.key" -days 3650 -out "$name-leaf.pem" \
    -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n') 2>/dev/null
cat "$name-root.pem" "$name-leaf.pem" >"$name.pem"
chmod 600 "$name.key"
