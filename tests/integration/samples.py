#!/usr/bin/env python3
"""Every SNP and TDX sample through `cix verify` and `cix inspect`, against its manifest.

usage: samples.py CIX SHARED WORK. What a manifest says was found by other tools than this one.
"""
import glob
import json
import os
import subprocess
import sys

cix, shared, work = sys.argv[1:]
root = os.path.join(shared, 'evidence')
passed = failed = 0
EXITS = {'accepted': 0, 'denied': 1, 'unauthentic': 2, 'malformed': 3}
KEYS = ['verdict', 'platform', 'format', 'claims', 'checks', 'reasons']


def expect(holds, what):
    global passed, failed
    passed += bool(holds)
    failed += not holds
    if not holds:
        print('FAIL', what)


def run(*arguments):
    done = subprocess.run([cix, *arguments], stdin=subprocess.DEVNULL, capture_output=True)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def verify(what, evidence, *arguments):
    """The verdict, after the form of the answer was checked."""
    code, answer = run('verify', evidence, '--json', *arguments)
    expect(list(answer) == KEYS, f'{what}: keys are {list(answer)}')
    expect(EXITS.get(answer.get('verdict')) == code, f'{what}: exit {code} for {answer.get("verdict")}')
    expect((answer['verdict'] == 'accepted') == (answer['reasons'] == []), f'{what}: reasons')
    return answer


def same(claims, expected):
    """Nothing of `expected` is missing or different, kinds included; null: no such claim."""
    if isinstance(expected, dict):
        return isinstance(claims, dict) and all(same(claims.get(k), v) for k, v in expected.items())
    return type(claims) is type(expected) and claims == expected


def compare_claims(what, claims, expected):
    for name, value in expected.items():
        expect(same(claims.get(name), value), f'{what}: {name} is {claims.get(name)}, not {value}')


def manifests(pattern):
    for path in sorted(glob.glob(os.path.join(root, pattern, 'manifest.json'))):
        folder = os.path.dirname(path)
        evidence = os.path.join(folder, 'evidence.bin')
        if os.path.exists(evidence):
            yield folder, evidence, json.load(open(path))


def claims_of_samples():
    for folder, evidence, manifest in [*manifests('snp/*'), *manifests('tdx/*')]:
        code, answer = run('inspect', evidence, '--json', '--endorsements', folder)
        expect(code == 0, f'{manifest["id"]}: inspect exits {code}')
        expect(answer.get('platform') == manifest['platform'], manifest['id'])
        compare_claims(manifest['id'] + ' inspected', answer.get('claims', {}), manifest['claims'])


def snp_samples():
    for folder, evidence, manifest in manifests('snp/*'):
        at = manifest['verification_time']['at']
        given = ['--endorsements', folder, '--at', at]
        answer = verify(manifest['id'], evidence, *given)
        expect(answer['verdict'] == 'accepted', f'{manifest["id"]}: {answer["verdict"]} {answer["reasons"]}')
        compare_claims(manifest['id'], answer['claims'], manifest['claims'])
        strict = verify(manifest['id'] + ' strict', evidence, '--policy', 'strict', *given)
        if manifest['expected']['debug'] or manifest['claims']['vmpl']:
            expect(strict['verdict'] == 'denied', f'{manifest["id"]} strict: {strict["verdict"]}')
        expect(strict['verdict'] in ('accepted', 'denied'), manifest['id'])
        bare = verify(manifest['id'] + ' without endorsements', evidence, '--at', at)
        expect(bare['verdict'] == 'unauthentic', manifest['id'] + ' without endorsements')


def tdx_samples():
    for folder, evidence, manifest in manifests('tdx/*'):
        for given in manifest.get('collateral_sets') or []:
            what = f'{manifest["id"]}/{given["dir"]}'
            arguments = ['--endorsements', os.path.join(folder, given['dir']), '--at', given['verify_at']]
            answer = verify(what, evidence, *arguments)
            status = given['expected']['final']
            expect(answer['verdict'] == 'accepted', f'{what}: {answer["verdict"]} {answer["reasons"]}')
            expect(answer['claims'].get('tcb_status') == status, what)
            compare_claims(what, answer['claims'], manifest['claims'])
            strict = verify(what + ' strict', evidence, '--policy', 'strict', *arguments)
            good = status == 'UpToDate' and not manifest['claims']['debug']
            expect(strict['verdict'] == ('accepted' if good else 'denied'),
                   f'{what} strict: {strict["verdict"]} {strict["reasons"]}')
    for name in 'negative-nonproduction-root', 'intel-sample-own-root':
        folder = os.path.join(root, 'tdx', name)
        at = json.load(open(os.path.join(folder, 'manifest.json')))['verification_time']['at']
        answer = verify(name, os.path.join(folder, 'evidence.bin'), '--endorsements', folder, '--at', at)
        expect(answer['verdict'] == 'unauthentic' and 'TDX_ROOT_UNTRUSTED' in answer['reasons'], name)


# E9, E10, E17, E18, E20-E23, E25-E29
# One defect each, under a root of their own.
STATUSES = {'UpToDate', 'OutOfDate', 'NotSupported', 'TDRelaunchAdvised', 'SWHardeningNeeded',
            'OutOfDateConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'}


def synthetic(pattern, anchor, collateral):
    for folder, evidence, manifest in manifests(pattern):
        what, expected = manifest['id'], manifest['expected']
        given = ['--endorsements', os.path.join(folder, collateral),
                 '--at', manifest['verification_time']['at']]
        untrusted = verify(what + ' untrusted', evidence, *given)
        expect(untrusted['verdict'] in ('unauthentic', 'malformed'), what + ' untrusted')
        given += ['--trust', os.path.join(folder, anchor)]
        answer = verify(what, evidence, *given)
        strict = verify(what + ' strict', evidence, '--policy', 'strict', *given)
        said = f'{what}: {answer["verdict"]}, strict {strict["verdict"]} {strict["reasons"]}'
        verdict = expected['verdict']
        if verdict in ('accept', 'policy'):
            expect(answer['verdict'] == 'accepted', said)
        elif verdict in STATUSES:
            expect(answer['verdict'] == 'accepted', said)
            expect(answer['claims'].get('tcb_status') == verdict, said)
            good = verdict == 'UpToDate' and not expected['strict_verdict']
            expect(strict['verdict'] == ('accepted' if good else 'denied'), said)
        else:
            expect(strict['verdict'] != 'accepted', said)
        if verdict == 'Revoked':
            expect(answer['verdict'] == 'unauthentic', said)


# E4
def mutations():
    """Each must be refused, with the collateral that its sample was accepted with."""
    for number, mutation in enumerate(json.load(open(os.path.join(root, 'MUTATIONS.json')))['mutations']):
        family, name = mutation['sample'].split('/')
        if family not in ('snp', 'tdx') or mutation['file'] != 'evidence.bin':
            continue
        folder = os.path.join(root, family, name)
        manifest = json.load(open(os.path.join(folder, 'manifest.json')))
        bytes_ = bytearray(open(os.path.join(folder, 'evidence.bin'), 'rb').read())
        for i, bits in enumerate(bytes.fromhex(mutation['xor'])):
            bytes_[mutation['offset'] + i] ^= bits
        changed = os.path.join(work, 'mutation.bin')
        open(changed, 'wb').write(bytes_)
        sets = manifest.get('collateral_sets') or [{'dir': '', 'verify_at': manifest['verification_time']['at']}]
        what = f'mutation {number} of {mutation["sample"]}: {mutation["expect"]}'
        answer = verify(what, changed, '--endorsements', os.path.join(folder, sets[0]['dir']),
                        '--at', sets[0]['verify_at'])
        expect(answer['verdict'] in ('unauthentic', 'malformed'), what)


claims_of_samples()
snp_samples()
tdx_samples()
synthetic('synthetic-snp/*', 'ark.der', '')
synthetic('synthetic-dcap/tdx-*', 'trustedRootCaCert.pem', 'collateral-1')
mutations()
print(f'{passed} passed, {failed} failed, 0 skipped')
sys.exit(failed != 0)
