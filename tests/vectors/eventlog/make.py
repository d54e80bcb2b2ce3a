#!/usr/bin/env python3
"""Writes the logs beside it and registers.json, what their registers must hold: hashlib's, not ours."""
import hashlib, json, pathlib, struct

HERE = pathlib.Path(__file__).parent
HASHES = {'sha1': (0x04, 20), 'sha256': (0x0b, 32), 'sha384': (0x0c, 48), 'sha512': (0x0d, 64), 'sm3': (0x12, 32)}


def extend(name, registers, index, digest):
    old = registers.get(index, bytes(HASHES[name][1]))
    registers[index] = hashlib.new(name, old + digest).digest()


def header(names, index):
    data = b'Spec ID Event03\0' + struct.pack('<IBBBBI', 0, 0, 2, 0, 2, len(names))
    for name in names:
        data += struct.pack('<HH', *HASHES[name])
    data += b'\3abc'
    return struct.pack('<II20sI', index, 3, bytes(20), len(data)) + data


def event(names, index, kind, data):
    out = struct.pack('<III', index, kind, len(names))
    for name in names:
        digest = hashlib.new(name, data).digest() if kind != 3 else bytes(HASHES[name][1])
        out += struct.pack('<H', HASHES[name][0]) + digest
    return out + struct.pack('<I', len(data)) + data


def tcg(names, events, index):
    registers = {name: {} for name in names}
    log = header(names, index)
    for at, kind, data in events:
        log += event(names, at, kind, data)
        for name in names:
            if kind != 3:
                extend(name, registers[name], at, hashlib.new(name, data).digest())
            elif data.startswith(b'StartupLocality\0') and index == 0:
                registers[name][0] = bytes(HASHES[name][1] - 1) + data[-1:]
    return log, registers


def sized(field):
    return struct.pack('<I', len(field)) + field


def ima(records):
    registers = {name: {} for name in HASHES}
    log = b''
    for name, fields, violation in records:
        data = b''.join(map(sized, fields))
        digest = bytes(20) if violation else hashlib.sha1(data).digest()
        log += struct.pack('<I20s', 10, digest) + sized(name) + sized(data)
        for bank, (_, size) in HASHES.items():
            extend(bank, registers[bank], 10,
                   b'\xff' * size if violation else hashlib.new(bank, data).digest())
    return log, registers


all_hashes = list(HASHES)
logs = {
    'tpm-locality3.bin': tcg(all_hashes, [
        (0, 3, b'StartupLocality\0\3'), (0, 8, b'version'), (7, 4, bytes(4)), (23, 5, b'last'),
        (0, 4, b'\xff\xff\xff\xff')], 0),
    'cc.bin': tcg(['sha384'], [
        (1, 4, bytes(4)), (2, 0x80000007, b'Exit Boot Services Invocation'), (3, 0xd, b'kernel'),
        (4, 6, b'LEAA' + sized(b'domain operation content'))], 1),
    'ima.bin': ima([
        (b'ima-ng', [b'sha256:\0' + bytes(range(32)), b'boot_aggregate\0'], False),
        (b'ima-sig', [b'sha256:\0' + bytes(32), b'/usr/bin/true\0', b'\3\2\4sign'], False),
        (b'ima-ng', [b'sha256:\0' + bytes(32), b'/var/log/open\0'], True),
        (b'ima-buf', [b'sha256:\0' + bytes(range(32)), b'kexec-cmdline\0', b'quiet'], False)]),
}
told = {}
for name, (log, registers) in logs.items():
    (HERE / name).write_bytes(log)
    told[name] = {bank: {str(index): value.hex() for index, value in sorted(values.items())}
                  for bank, values in registers.items()}
(HERE / 'registers.json').write_text(json.dumps(told, indent=1) + '\n')
