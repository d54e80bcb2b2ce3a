#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares our verdicts on COSE evidence (CCA, PSA, Nitro) with those of python3-cbor2 and
python3-cryptography, by the few lines below that follow RFC 9052 and the platforms' own rules:
signatures, the realm key's binding and the Nitro chain up to its root's key. On every shared sample,
on simulated evidence, and on mutants that a seed decides.

usage: compare.py CIX SHARED_EVIDENCE_FOLDER WORK_FOLDER MUTANTS"""
import datetime
import glob
import hashlib
import json
import os
import random
import subprocess
import sys

import cbor2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

cix, evidence, work, mutants = sys.argv[1:]
ALGORITHMS = {-7: (ec.SECP256R1, hashes.SHA256, 32), -35: (ec.SECP384R1, hashes.SHA384, 48),
              -36: (ec.SECP521R1, hashes.SHA512, 66)}
AWS_ROOT = '4b9304ae9024d81ad3990fd7d143025dd72b15aba91961d0259d757cb6295c2b' \
           '4c3f101eb8e5d266e6c9b32aa56eb439'


def parts_of(message):
    if isinstance(message, bytes):
        message = cbor2.loads(message)
    if isinstance(message, cbor2.CBORTag):
        assert message.tag == 18
        message = message.value
    protected, unprotected, payload, signature = message
    assert 1 not in unprotected
    return protected, payload, signature


def verify(message, key):
    protected, payload, signature = parts_of(message)
    curve, digest, size = ALGORITHMS[cbor2.loads(protected)[1]]
    assert isinstance(key.curve, curve) and len(signature) == 2 * size
    r, s = (int.from_bytes(signature[i:i + size], 'big') for i in (0, size))
    signed = cbor2.dumps(['Signature1', protected, b'', payload])
    key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(digest()))
    return cbor2.loads(payload)


def key_of_file(path):
    return serialization.load_pem_public_key(open(path, 'rb').read())


def rak_of(claim):
    if claim[0] == 4:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), claim)
    key = cbor2.loads(claim)
    assert key[1] == 2 and key[-1] == 2
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), b'\4' + key[-2] + key[-3])


def cca(evidence_, trusted, _at):
    collection = cbor2.loads(evidence_)
    assert collection.tag in (399, 907) and set(collection.value) == {44234, 44241}
    platform, realm = (m if isinstance(m, bytes) else m[1]
                       for m in (collection.value[44234], collection.value[44241]))
    claims = cbor2.loads(parts_of(realm)[1])
    verify(realm, rak_of(claims[44237]))
    said = verify(platform, key_of_file(trusted))
    digest = hashlib.new(claims[44240].replace('-', ''), claims[44237]).digest()
    assert said[10] == digest and said[2395] >> 8 == 0x30


def psa(evidence_, trusted, _at):
    claims = verify(evidence_, key_of_file(trusted))
    assert claims.get(2395, claims.get(-75002)) >> 8 == 0x30


def nitro(evidence_, trusted, at):
    document = cbor2.loads(parts_of(evidence_)[1])
    chain = [x509.load_der_x509_certificate(der)
             for der in document['cabundle'] + [document['certificate']]]
    for issuer, subject in zip([chain[0]] + chain, chain):
        assert issuer.subject == subject.issuer
        issuer.public_key().verify(subject.signature, subject.tbs_certificate_bytes,
                                   ec.ECDSA(hashes.SHA384()))
    for certificate in chain:
        assert certificate.not_valid_before <= at <= certificate.not_valid_after
    spki = chain[0].public_key().public_bytes(serialization.Encoding.DER,
                                              serialization.PublicFormat.SubjectPublicKeyInfo)
    roots = {AWS_ROOT}
    if trusted:
        root = x509.load_pem_x509_certificate(open(trusted, 'rb').read())
        roots.add(hashlib.sha384(root.public_key().public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo)).hexdigest())
    assert hashlib.sha384(spki).hexdigest() in roots
    verify(evidence_, chain[-1].public_key())


THEIRS = {'cca': cca, 'psa': psa, 'nitro': nitro}


def their_verdict(platform, bytes_, trusted, at):
    try:
        THEIRS[platform](bytes_, trusted, datetime.datetime.utcfromtimestamp(at))
        return True
    except (Exception, InvalidSignature):  # whatever is wrong, it is not accepted
        return False


def our_verdict(platform, bytes_, trusted, at):
    path = os.path.join(work, 'evidence.bin')
    open(path, 'wb').write(bytes_)
    time = datetime.datetime.utcfromtimestamp(at).strftime('%Y-%m-%dT%H:%M:%SZ')
    said = subprocess.run([cix, 'verify', path, '--json', '--platform', platform, '--at', time] +
                          (['--trust', trusted] if trusted else []), capture_output=True)
    return json.loads(said.stdout)['verdict'] == 'accepted'


def samples():
    for platform in THEIRS:
        for folder in sorted(glob.glob(os.path.join(evidence, platform, '*'))):
            manifest = json.load(open(os.path.join(folder, 'manifest.json')))
            at = (manifest['verification_time'].get('at') or '2021-09-09T10:19:20Z')
            keys = glob.glob(os.path.join(folder, '*_pub.pem'))
            yield (os.path.relpath(folder, evidence), platform,
                   open(os.path.join(folder, 'evidence.bin'), 'rb').read(),
                   keys[0] if keys else None,
                   int(datetime.datetime.strptime(at + '+0000', '%Y-%m-%dT%H:%M:%SZ%z').timestamp()))


def simulated():
    now = int(datetime.datetime.now().timestamp())
    variants = {'cca': [[], ['--old-profile'], ['--wrapped'], ['--lifecycle', '8192']],
                'psa': [[], ['--profile', '1'], ['--lifecycle', '24576']], 'nitro': [[]]}
    for platform, options in variants.items():
        for option in options:
            path, state = os.path.join(work, 'simulated.bin'), os.path.join(work, 'state')
            subprocess.run([cix, 'sim', '--platform', platform, '--state', state,
                            '--evidence-out', path] + option, check=True, capture_output=True)
            yield (f'simulated {platform} {" ".join(option)}', platform, open(path, 'rb').read(),
                   os.path.join(state, 'trust', f'{platform}-root.pem'), now + 1)


passed = failed = accepted = 0


def compare(name, platform, bytes_, trusted, at):
    global passed, failed, accepted
    ours, theirs = (v(platform, bytes_, trusted, at) for v in (our_verdict, their_verdict))
    accepted += ours and theirs
    if ours == theirs:
        passed += 1
    else:
        failed += 1
        print(f'FAIL {name}: ours {ours}, theirs {theirs}')
    return ours


good = [case for case in list(samples()) + list(simulated()) if compare(*case)]
random.seed(0x5eed)
for number in range(int(mutants)):
    name, platform, bytes_, trusted, at = random.choice(good)
    place = random.randrange(len(bytes_))
    changed = bytearray(bytes_)
    changed[place] ^= 1 << random.randrange(8)
    compare(f'mutant {number} of {name}, byte {place}', platform, bytes(changed), trusted, at)
print(f'{accepted} accepted by both')
print(f'{passed} passed, {failed} failed, 0 skipped')
sys.exit(failed != 0)
