#!/usr/bin/env python3
"""The worked examples of docs/link-protocol.md, computed with Python's hashlib and hmac alone.

Prints them; with --check, fails when a file named after it does not contain every one.
"""
import hashlib, hmac, pathlib, sys


def field(content):
    return len(content).to_bytes(2, 'big') + content


def binding(role, kind, round, nonce, exporter, prover, verifier, platform, side_claims):
    t = b''.join(field(part) for part in (
        b'cix evidence binding 1', bytes([role]), kind, round.to_bytes(4, 'big'), nonce, exporter,
        prover, verifier, platform, hashlib.sha384(side_claims).digest()))
    return t, hashlib.sha512(t).hexdigest()


def lane_proof(key, role, link_id, number, exporter, own, peer):
    proven = (b'cix lane 1' + bytes([role]) + link_id + number.to_bytes(4, 'big') + exporter + own + peer)
    return hmac.new(key, proven, 'sha384').hexdigest()


def opaque(secured, purpose):
    """General format 1: DSP0277's element, then the purpose."""
    elements = ((b'\x00', b'', secured), (b'\x04', (32473).to_bytes(4, 'little'), purpose))
    out = bytes([len(elements), 0, 0, 0])
    for registry, vendor, data in elements:
        out += registry + bytes([len(vendor)]) + vendor + len(data).to_bytes(2, 'little') + data
        out += bytes(-len(out) % 4)
    return out


def hkdf_expand(name, secret, info, size):
    out = block = b''
    for number in range(1, 256):
        block = hmac.new(secret, block + info + bytes([number]), name).digest()
        out += block
    return out[:size]


def spdm_exporter(version, name, secret, label, context, size):
    info = size.to_bytes(2, 'little') + b'spdm' + version + b' ' + label + hashlib.new(name, context).digest()
    return info, hkdf_expand(name, secret, info, size)


nonce, exporter = bytes(range(32)), bytes(range(64, 128))
client, server = b'\xaa' * 48, b'\xbb' * 48
t, first = binding(1, b'tls13', 1, nonce, exporter, client, server, b'tdx', b'')
_, second = binding(2, b'tls13', 2, nonce, exporter, server, client, b'snp', b'init data')
_, over_spdm = binding(1, b'spdm', 1, nonce, exporter, client, server, b'tdx', b'')
info, exported = spdm_exporter(b'1.3', 'sha384', bytes(range(48)), b'EXPERIMENTAL cix client evidence 1', nonce, 64)
_, empty = spdm_exporter(b'1.2', 'sha256', bytes(range(32)), b'EXPERIMENTAL cix link id 1', b'', 32)
examples = {
    'T of the first binding': t.hex(),
    'first binding': first,
    'second binding': second,
    'first binding over SPDM': over_spdm,
    "client's opaque data": opaque(bytes.fromhex('0101010012'), b'cix-link/1').hex(),
    "server's opaque data": opaque(bytes.fromhex('01000012'), b'cix-link/1').hex(),
    'what an exporter expands': info.hex(),
    'exported bytes': exported.hex(),
    'exported bytes without context': empty.hex(),
    'lane proof': lane_proof(bytes(range(48)), 1, nonce, 7, exporter, client, server),
}

if sys.argv[1:2] == ['--check']:
    for path in sys.argv[2:]:
        text = ''.join(pathlib.Path(path).read_text().replace('"', '').split())
        for name, value in examples.items():
            if value not in text:
                sys.exit(f'{path} does not contain the {name}: {value}')
    print(f'{len(examples)} passed, 0 failed, 0 skipped')
else:
    for name, value in examples.items():
        print(f'{name}:\n{value}')
