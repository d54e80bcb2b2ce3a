#!/usr/bin/env python3
"""The worked examples of docs/spdm-cpu-tee-profile.md, computed with Python's hashlib alone.

Prints them; with --check, fails when a file named after it does not contain every one.
"""
import hashlib, pathlib, sys


def field(content):
    return len(content).to_bytes(2, 'big') + content


def binding(version, nonce, exporter, key, platform):
    t = b''.join(map(field, (b'cix spdm evidence 1', bytes([version]), nonce, exporter, key, platform)))
    return t, hashlib.sha512(t).hexdigest()


def cbor_head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    size = 1 if number < 1 << 8 else 2
    return bytes([major << 5 | 23 + size]) + number.to_bytes(size, 'big')


def block(platform, evidence, endorsements):
    label = b'cix spdm evidence 1'
    value = (cbor_head(4, 4) + cbor_head(3, len(label)) + label + cbor_head(3, len(platform)) + platform +
             cbor_head(2, len(evidence)) + evidence + cbor_head(2, len(endorsements)) + endorsements)
    return (b'\xfd\x01' + (len(value) + 3).to_bytes(2, 'little') + b'\x84' + len(value).to_bytes(2, 'little') +
            value)


def key_claims(spki):
    named = cbor_head(4, 2) + cbor_head(0, 1) + cbor_head(2, 32) + hashlib.sha256(spki).digest()
    claims = (cbor_head(5, 1) + cbor_head(3, 11) + b'pubkey-hash' + cbor_head(2, len(named)) + named)
    return claims, hashlib.sha256(claims).hexdigest()


nonce, exporter, key = bytes(range(32)), bytes(range(64, 128)), b'\xaa' * 48
t, outside = binding(0x12, nonce, b'', key, b'tdx')
_, inside = binding(0x13, nonce, exporter, key, b'snp')
claims, claims_hash = key_claims(b'a public key, or what stands for one')
examples = {
    'T outside sessions': t.hex(),
    'binding outside sessions': outside,
    'binding in a session': inside,
    'block with three bytes of evidence': block(b'tdx', b'\x01\x02\x03', b'').hex(),
    'claims of a key': claims.hex(),
    'their hash': claims_hash,
}

if __name__ == '__main__':
    if sys.argv[1:2] == ['--check']:
        text = ''.join(pathlib.Path(sys.argv[2]).read_text().split())
        missing = [name for name, value in examples.items() if value not in text]
        sys.exit(f'not in {sys.argv[2]}: {", ".join(missing)}' if missing else 0)
    for name, value in examples.items():
        print(f'{name}:\n{value}')
