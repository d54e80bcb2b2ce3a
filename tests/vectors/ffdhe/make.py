#!/usr/bin/env python3
"""Writes what agreement_test.c holds FFDHE against: the primes as RFC 7919 defines them, and
secrets that Python's own arithmetic makes of fixed private keys. --check only compares."""
import hashlib, json, pathlib, sys
from decimal import Decimal, getcontext

# p = 2^b - 2^(b-64) + (floor(2^(b-130) e) + X) 2^64 - 1. spec: RFC 7919, "Appendix A"
GROUPS = {'ffdhe2048': (2048, 560316), 'ffdhe3072': (3072, 2625351), 'ffdhe4096': (4096, 5736041)}


def prime(bits, x):
    getcontext().prec = 1400
    e = Decimal(1).exp()
    return 2**bits - 2**(bits - 64) + (int(e * 2**(bits - 130)) + x) * 2**64 - 1


def private(label):
    return int.from_bytes(hashlib.sha512(label.encode()).digest()[:40], 'big')


def cases(name, bits, x):
    p = prime(bits, x)
    size = bits // 8
    mine = private(name + ' mine')
    assert pow(2, (p - 1) // 2, p) == 1 and pow(3, p - 1, p) == 1
    leading = next(i for i in range(10000)
                   if pow(pow(2, private(f'{name} {i}'), p), mine, p) < 1 << (bits - 8))
    for label in ('theirs', str(leading)):
        theirs = private(f'{name} {label}')
        share = pow(2, theirs, p)
        yield {'group': name, 'prime': p.to_bytes(size, 'big').hex(),
               'private': mine.to_bytes(40, 'big').hex(),
               'share': share.to_bytes(size, 'big').hex(),
               'secret': pow(share, mine, p).to_bytes(size, 'big').hex()}


path = pathlib.Path(__file__).parent / 'cases.json'
text = json.dumps([case for name, (bits, x) in GROUPS.items() for case in cases(name, bits, x)],
                  indent=1) + '\n'
if '--check' in sys.argv:
    sys.exit(path.read_text() != text)
path.write_text(text)
