# N13, E23
from vendor import *

folder = simulate()
TRUST = ['--trust', 'state/trust']
vendor = Vendor()
vendor.answers = amd_of(folder)
MILAN = ['--product', 'Milan', *TRUST]


def amd(*arguments, cache='cache', code=None):
    """Of AMD's two objects for VCEKs; there is no VLEK at this vendor's."""
    said = fetch(vendor, *MILAN, *arguments, cache=cache, code=code)
    return {name: one for name, one in said.items() if 'vlek' not in name and one['source'].count('vcek')}


# ---- success, and what is fresh is not asked for again ----

said = amd()
expect(results(said) == {CHAIN_NAME: 'fetched', CRL_NAME: 'fetched'}, f'fetched: {results(said)}')
expect(all(one['state'] == 'fresh' for one in said.values()), 'and fresh')
vendor.asked.clear()
said = amd()
expect(results(said) == {CHAIN_NAME: 'fresh', CRL_NAME: 'fresh'}, f'fresh: {results(said)}')
expect(vendor.asked == ['/vlek/v1/Milan/cert_chain'], f'only what is missing is asked for: {vendor.asked}')

# --force asks, with the tag; 304 leaves the file, and moves the time of receipt.
before = listed()[CHAIN_NAME]['received_at']
vendor.answers[CHAIN] = lambda request: answer(b'', 304)(request)
time.sleep(1.1)
vendor.tags.clear()
said = amd('--force')
expect(said[CHAIN_NAME]['result'] == 'unchanged', f'304: {said[CHAIN_NAME]}')
expect('"one"' in vendor.tags, f'the tag was sent: {vendor.tags}')
expect(listed()[CHAIN_NAME]['received_at'] > before, 'when it was confirmed is kept')
vendor.answers = amd_of(folder)

# The cache is a folder of endorsements.
stored = read(path('cache', CHAIN_NAME))
expect(b'BEGIN CERTIFICATE' in stored, 'PEM')
done = cix('verify', os.path.join(SAMPLES, 'snp/milan-v3-vcek-aci/evidence.bin'), '--endorsements', 'cache')
expect(done.returncode in (2, 3), 'the folder can be given to verify')

# ---- what a vendor may answer instead; what is stored stays as it is ----

other = simulate('other')
wrong = {
    'a web page': page(),
    'a web page without its type': answer(b'<html>hello</html>'),
    'nothing': answer(b''),
    'junk': answer(bytes(range(256)) * 16),
    'the chain of another vendor': answer(read(other, 'snp-Milan-chain.pem')),
    'the chain of another product': answer(read(folder, 'snp-Genoa-chain.pem')),
    'half of the chain': answer(read(folder, 'snp-Milan-chain.pem')[:1500]),
    'a revocation list': answer(read(folder, 'snp-Milan-crl.pem')),
    'a key': answer(b'-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
    'a gigabyte that says so': huge(True),
    'a gigabyte that does not say so': huge(False),
}
for what, serve in wrong.items():
    vendor.answers[CHAIN] = serve
    said = amd('--force')
    expect(said[CHAIN_NAME]['result'] == 'refused', f'{what}: {said[CHAIN_NAME]}')
    expect(said[CHAIN_NAME]['state'] == 'fresh', f'{what}: what was stored is still there')
    expect(read(path('cache', CHAIN_NAME)) == stored, f'{what}: the file is as it was')
    said = amd(cache='nothing-there')
    expect(said[CHAIN_NAME]['result'] == 'refused' and said[CHAIN_NAME]['state'] == 'missing', f'{what}: not stored')
expect(CHAIN_NAME not in os.listdir(path('nothing-there')), 'nothing of it was stored')
expect(vendor.cut_short >= 2, 'a gigabyte was not read to its end')

for code in (400, 401, 403, 404, 410, 418):
    vendor.answers[CHAIN] = answer(b'no', code)
    said = amd('--force')
    expected = {404: 'absent', 401: 'forbidden', 403: 'forbidden'}.get(code, 'unavailable')
    expect(said[CHAIN_NAME]['result'] == expected, f'{code}: {said[CHAIN_NAME]}')
    expect(said[CHAIN_NAME]['state'] == 'fresh', f'{code}: what was stored is still there')

# ---- slow, cut short, silent ----

vendor.answers[CHAIN] = slow(stored)
begun = time.monotonic()
said = amd('--force', '--timeout', '2', '--max-wait', '1')
expect(said[CHAIN_NAME]['result'] == 'unavailable' and 'in time' in said[CHAIN_NAME]['detail'], f'slow: {said}')
expect(time.monotonic() - begun < 15, 'a slow vendor is given up in time')

vendor.answers[CHAIN] = truncated(read(folder, 'snp-Milan-chain.pem'))
said = amd('--force', '--max-wait', '1')
expect(said[CHAIN_NAME]['result'] == 'unavailable' and said[CHAIN_NAME]['state'] == 'fresh', f'cut short: {said}')

vendor.answers[CHAIN] = [answer(b'', 500), answer(b'', 503), amd_of(folder)[CHAIN]]
vendor.asked.clear()
said = amd('--force')
expect(said[CHAIN_NAME]['result'] == 'unchanged', f'it comes back: {said[CHAIN_NAME]}')
expect(vendor.asked.count(CHAIN) == 3, f'after three tries: {vendor.asked}')

# ---- throttled ----

vendor.answers[CHAIN] = [throttle(2), amd_of(folder)[CHAIN]]
begun = time.monotonic()
said = amd('--force')
expect(said[CHAIN_NAME]['result'] == 'unchanged', f'throttled, then served: {said[CHAIN_NAME]}')
expect(time.monotonic() - begun >= 2, 'Retry-After is obeyed')

vendor.answers[CHAIN] = throttle(3600)
vendor.asked.clear()
begun = time.monotonic()
said = amd('--force', '--max-wait', '5')
expect(said[CHAIN_NAME]['result'] == 'throttled' and '3600' in said[CHAIN_NAME]['detail'], f'an hour: {said}')
expect(said[CRL_NAME]['result'] == 'throttled', 'the same service is not asked for the rest')
expect(vendor.asked == [CHAIN], f'nor again: {vendor.asked}')
expect(time.monotonic() - begun < 5, 'and nobody waits for an hour')

vendor.answers[CHAIN] = throttle(2**63 - 1)
vendor.asked.clear()
said = amd('--force', '--max-wait', '5')
expect(said[CHAIN_NAME]['result'] == 'throttled' and ' 86400 s' in said[CHAIN_NAME]['detail'], f'for ever: {said}')
expect(vendor.asked == [CHAIN], f'a wait that no number holds is one all the same: {vendor.asked}')

# ---- redirects ----

vendor.answers = amd_of(folder)
vendor.answers['/moved'] = vendor.answers[CHAIN]
vendor.answers[CHAIN] = redirect('/moved')
said = amd('--force')
expect(said[CHAIN_NAME]['result'] == 'unchanged', f'a redirect is followed: {said[CHAIN_NAME]}')
vendor.answers[CHAIN] = redirect(CHAIN)
vendor.asked.clear()
said = amd('--force')
expect(said[CHAIN_NAME]['result'] == 'refused' and vendor.asked.count(CHAIN) == 4, f'not for ever: {said}')
vendor.answers[CHAIN] = redirect('file:///etc/passwd')
said = amd('--force')
expect(said[CHAIN_NAME]['result'] == 'refused', f'nor to a file: {said[CHAIN_NAME]}')

# ---- TLS ----

subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days',
                '1', '-subj', '/CN=vendor', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', path('tls.key'),
                '-out', path('tls.crt')], capture_output=True, check=True)
open(path('tls.pem'), 'wb').write(read(path('tls.key')) + read(path('tls.crt')))
secure = Vendor(path('tls.pem'))
secure.answers = amd_of(folder)
said = fetch(secure, *MILAN, cache='secure')
expect(said[CHAIN_NAME]['result'] == 'unavailable' and 'TLS' in said[CHAIN_NAME]['detail'], f'nobody we know: {said}')
said = fetch(secure, *MILAN, '--tls-ca', 'tls.crt', cache='secure')
expect(said[CHAIN_NAME]['result'] == 'fetched', f'over TLS: {said[CHAIN_NAME]}')
secure.answers[CHAIN] = redirect(vendor.url + '/moved')
said = fetch(secure, *MILAN, '--tls-ca', 'tls.crt', '--force', cache='secure')
expect(said[CHAIN_NAME]['result'] == 'refused', f'away from TLS: {said[CHAIN_NAME]}')
secure.end()

# ---- Intel's, as its caching service answers ----

signers = percent(read(folder, 'tdx-chain.pem'))
crls = read(folder, 'tdx-crls.pem').split(b'-----END X509 CRL-----\n')
pem = [one + b'-----END X509 CRL-----\n' for one in crls[:2]]
der = [subprocess.run(['openssl', 'crl', '-outform', 'DER'], input=one, capture_output=True, check=True).stdout
       for one in pem]
TCB, QE = f'/tdx/certification/v4/tcb?fmspc={FMSPC}', '/tdx/certification/v4/qe/identity'
PCK_CRL, ROOT_CRL = '/sgx/certification/v4/pckcrl?ca=platform&encoding=der', '/sgx/certification/v4/rootcacrl'
vendor.answers |= {
    TCB: answer(read(folder, 'tdx-tcb-info.json'), TCB_Info_Issuer_Chain=signers),
    QE: answer(read(folder, 'tdx-qe-identity.json'), SGX_Enclave_Identity_Issuer_Chain=signers),
    PCK_CRL: answer(der[1], SGX_PCK_CRL_Issuer_Chain=signers),
    ROOT_CRL: answer(der[0].hex().encode()),
}
INTEL = ['--fmspc', FMSPC, *TRUST]
TCB_NAME = f'intel-tcb-info-tdx-{FMSPC}.json'
said = fetch(vendor, *INTEL, code=1)
expect({name: one for name, one in results(said).items() if one == 'fetched'}.keys() ==
       {TCB_NAME, 'intel-qe-identity-tdx.json', 'intel-pck-crl-platform.pem', 'intel-root-crl.pem'},
       f'all that there is: {results(said)}')
stored = read(path('cache', TCB_NAME))
expect(json.loads(stored)['tcb_info'].encode() in read(folder, 'tdx-tcb-info.json'), 'byte by byte as it was signed')
body = read(folder, 'tdx-tcb-info.json')
for what, serve in {
    'without its issuers': answer(body),
    'under the issuers of another': answer(body, TCB_Info_Issuer_Chain=percent(read(other, 'tdx-chain.pem'))),
    'with a bit changed': answer(body.replace(b'UpToDate', b'UpToDat3', 1), TCB_Info_Issuer_Chain=signers),
    'issuers that end too soon': answer(body, TCB_Info_Issuer_Chain=signers[:-300] + '%'),
    'a header of 100 KB': answer(body, TCB_Info_Issuer_Chain='A' * 100000),
    'the QE identity': answer(read(folder, 'tdx-qe-identity.json'), TCB_Info_Issuer_Chain=signers),
}.items():
    vendor.answers[TCB] = serve
    said = fetch(vendor, *INTEL, '--force')
    expect(said[TCB_NAME]['result'] in ('refused', 'unavailable'), f'{what}: {said[TCB_NAME]}')
    expect(read(path('cache', TCB_NAME)) == stored, f'{what}: the file is as it was')

# A root of our own does not take the place of the vendor's, nor an earlier edition that of a later.
need_samples()


def sample(*names):
    return read(SAMPLES, *names)


def intel(folder):
    chain = percent(sample(folder, 'tcb_signing_chain.pem'))
    return answer(sample(folder, 'tcb_info.json'), TCB_Info_Issuer_Chain=chain)


FAMILY = '/tdx/certification/v4/tcb?fmspc=00806f050000'
FAMILY_NAME = 'intel-tcb-info-tdx-00806f050000.json'
for number, expected, edition in (('1', 'fetched', 21), ('2', 'older', 21)):
    vendor.answers[FAMILY] = intel(f'tdx/v5-oe/collateral-{number}')
    said = fetch(vendor, '--fmspc', '00806f050000', '--max-wait', '1', '--force', cache='editions')
    expect(said[FAMILY_NAME]['result'] == expected, f'edition {number}: {said[FAMILY_NAME]}')
    expect(listed('editions')[FAMILY_NAME]['edition'] == edition, 'the later edition is there')
expect(cix('collateral', 'import', os.path.join(SAMPLES, 'tdx/v5-oe/collateral-2'), '--cache', 'editions')
       .stdout.count('older') >= 1, 'nor is it imported')

# ---- what evidence needs, and under the names that its vendor's service has ----

for name, product, path_of in (
        ('milan-v3-vcek-aci', 'Milan', '{}?blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219'),
        ('genoa-v5-vcek-siena', 'Genoa', '{}?blSPL=10&teeSPL=00&snpSPL=27&ucodeSPL=27'),
        ('turin-v5-vcek', 'Turin', '{:.16}?fmcSPL=01&blSPL=03&teeSPL=02&snpSPL=05&ucodeSPL=97')):
    chip = json.loads(sample('snp', name, 'manifest.json'))['claims']['chip_id']
    where = f'/vcek/v1/{product}/' + path_of.format(chip)
    chain = b''.join(subprocess.run(['openssl', 'x509', '-in', os.path.join(SAMPLES, 'snp', name, file), '-inform',
                                     'DER'], capture_output=True, check=True).stdout for file in ('ask.der', 'ark.der'))
    vendor.answers = {where: answer(sample('snp', name, 'vcek.der')),
                      f'/vcek/v1/{product}/cert_chain': answer(chain)}
    evidence = os.path.join(SAMPLES, 'snp', name, 'evidence.bin')
    said = fetch(vendor, evidence, cache=name, code=1) # there is no revocation list
    expect(sorted(results(said).values()) == ['absent', 'fetched', 'fetched'], f'{name}: {results(said)}')
    done = cix('verify', evidence, '--endorsements', name, '--at',
               json.loads(sample('snp', name, 'manifest.json'))['verification_time']['at'])
    expect(done.returncode == 0, f'{name}: verified with what was fetched: {done.stdout}')
    vendor.answers[where] = answer(sample('snp', 'milan-v2-vcek-cmc', 'vcek.der'))
    said = fetch(vendor, evidence, '--force', cache=name)
    expect(any(one['result'] == 'refused' for one in said.values()), f'{name}: the VCEK of another chip')

# A report that does not say of which product it is: both are asked.
name = 'milan-v2-vcek-cmc'
vendor.answers = {}
said = fetch(vendor, os.path.join(SAMPLES, 'snp', name, 'evidence.bin'), cache=name, code=1)
expect({'Milan', 'Genoa'} == {one.split('/')[3] for one in vendor.asked[-6:]}, f'{vendor.asked[-6:]}')

# ---- a quote without a certificate: its machine's is asked for, and then what that one says ----

folder_of_quote = 'sgx/automata-swhardening'
quote = sample(folder_of_quote, 'evidence.bin')
at = 48 + 384 + 4 + 64 + 64 + 384 + 64
at += 2 + int.from_bytes(quote[at:at + 2], 'little')
chain = quote[at + 6:].rstrip(b'\0')
pck, issuers = chain.split(b'-----END CERTIFICATE-----\n', 1)
pck += b'-----END CERTIFICATE-----\n'
ppid, cpusvn, pcesvn, pceid = bytes(range(128)) * 3, bytes(16), b'\x0d\0', b'\0\0'
machine = ppid + cpusvn + pcesvn + pceid
bare = quote[:at] + b'\3\0' + len(machine).to_bytes(4, 'little') + machine
bare = bare[:432] + (len(bare) - 436).to_bytes(4, 'little') + bare[436:]
open(path('bare.bin'), 'wb').write(bare)
collateral = os.path.join(folder_of_quote, 'collateral-1')
PCK = f'/sgx/certification/v4/pckcert?qeid={quote[28:44].hex()}&cpusvn={cpusvn.hex()}&pcesvn=0d00&pceid=0000' \
      f'&encrypted_ppid={ppid.hex()}'
vendor.answers = {
    PCK: answer(pck, SGX_PCK_Certificate_Issuer_Chain=percent(issuers)),
    '/sgx/certification/v4/tcb?fmspc=00606a000000': intel(collateral),
    '/sgx/certification/v4/qe/identity': answer(sample(collateral, 'qe_identity.json'), SGX_Enclave_Identity_Issuer_Chain=
                                                percent(sample(collateral, 'tcb_signing_chain.pem'))),
    PCK_CRL: answer(sample(collateral, 'pck_crl.der'), SGX_PCK_CRL_Issuer_Chain=
                    percent(sample(collateral, 'pck_crl_issuer_chain.pem'))),
    ROOT_CRL: answer(sample(collateral, 'root_ca_crl.der')),
}
said = fetch(vendor, 'bare.bin', cache='bare', code=2) # all of it is long past its next update
expect(list(results(said).values()) == ['fetched'] * 5, f'{results(said)}')
done = cix('verify', 'bare.bin', '--endorsements', 'bare', '--at', '2024-12-20T00:00:00Z')
expect(done.returncode == 0, f'verified with what was fetched: {done.stdout}')
said = fetch(vendor, 'bare.bin', cache='bare')
expect([one for one in said.values() if 'pck-0' in one['name'] or one['source'].count('pckcert')][0]['result'] == 'fresh',
       f'{results(said)}')
os.unlink(path('bare', '.index.json'))
listed('bare', code=2)
vendor.answers[PCK] = answer(sample('sgx/cmc-c0806f', 'evidence.bin')[-3800:])
said = fetch(vendor, 'bare.bin', '--force', cache='bare')
expect([one['result'] for one in said.values() if one['source'].count('pckcert')] == ['refused'], 'another machine')

# Intel's own service is asked by the PPID alone, and with the key that it wants, which goes nowhere else.
vendor.asked.clear()
open(path('key'), 'w').write('0123456789abcdef\n')
os.chmod(path('key'), 0o600)
done = cix('collateral', 'fetch', os.path.join(SAMPLES, 'sgx/certdata-type3-raw-tcb/evidence.bin'), '--cache', 'own',
           '--pcs-url', vendor.url, '--pcs-key', 'key')
expect(done.returncode == 1 and vendor.asked[0].startswith('/sgx/certification/v4/pckcert?encrypted_ppid='),
       f'{vendor.asked}')
expect(vendor.keys[-1] == '0123456789abcdef', f'the key is sent: {vendor.keys[-1]}')
vendor.answers[vendor.asked[0]] = redirect(vendor.url + '/elsewhere')
vendor.asked.clear()
cix('collateral', 'fetch', os.path.join(SAMPLES, 'sgx/certdata-type3-raw-tcb/evidence.bin'), '--cache', 'own',
    '--pcs-url', vendor.url, '--pcs-key', 'key')
expect('/elsewhere' not in vendor.asked, 'and is not carried along a redirect')
os.chmod(path('key'), 0o644)
done = cix('collateral', 'fetch', 'bare.bin', '--pcs-key', 'key', '--cache', 'own')
expect(done.returncode == 64 and 'chmod 600' in done.stderr, 'a key that others can read is not used')

# ---- Hygon's, which must vouch for the report at hand; and Google's list, which nobody signs ----

evidence = os.path.join(SAMPLES, 'hygon-csv/csv1-full-chain/evidence.bin')
serial = json.loads(cix('inspect', evidence, '--json').stdout)['claims']['chip_serial']
KEYS = f'/hsk_cek?snumber={serial}'
keys = sample('hygon-csv/csv1-full-chain', 'hsk_cek.cert')
for what, body, expected in (('half', keys[:832], 'refused'), ('a bit', keys[:900] + bytes([keys[900] ^ 1]) + keys[901:],
                             'refused'), ('page', b'<html>', 'refused'), ('all', keys, 'fetched')):
    vendor.answers = {KEYS: answer(body)}
    said = fetch(vendor, evidence, '--hygon-url', vendor.url, cache='hygon', code=0 if expected == 'fetched' else 1)
    expect([*results(said).values()] == [expected], f'HSK and CEK, {what}: {said}')
expect(cix('verify', evidence, '--endorsements', 'hygon').returncode == 0, 'verified with what was fetched')
expect([*results(fetch(vendor, evidence, '--hygon-url', vendor.url, cache='hygon')).values()] == ['fresh'], 'and kept')
other = os.path.join(SAMPLES, 'hygon-csv/csv3-report-pek-only/evidence.bin')
serial = json.loads(cix('inspect', other, '--json').stdout)['claims']['chip_serial']
vendor.answers = {f'/hsk_cek?snumber={serial}': answer(keys)}
said = fetch(vendor, other, '--hygon-url', vendor.url, cache='hygon', code=1)
expect([*results(said).values()] == ['refused'], f'the keys of another chip: {said}')

secure = Vendor(path('tls.pem'))
LIST = b'{"entries":{"2c8cdddfd5e03bfc":{"status":"REVOKED","reason":"KEY_COMPROMISE"}}}'
secure.answers = {'/status': answer(LIST, Cache_Control='public, max-age=7200')}
ANDROID = ['--android', '--android-url', secure.url + '/status', '--tls-ca', 'tls.crt']
said = fetch(vendor, *ANDROID, cache='android', code=0)
expect([*results(said).values()] == ['fetched'], f'the list: {said}')
expect(read(path('android', 'android-revocation.json')) == LIST, 'as it came')
expect([*results(fetch(vendor, *ANDROID, cache='android')).values()] == ['fresh'], 'and kept')
for what, serve in {'a page': page(), 'junk': answer(b'{"entries":'), 'another': answer(b'{"entries":[]}')}.items():
    secure.answers = {'/status': serve}
    expect([*results(fetch(vendor, *ANDROID, '--force', cache='android')).values()] == ['refused'], what)
expect(read(path('android', 'android-revocation.json')) == LIST, 'the list is as it was')
expect(cix('collateral', 'fetch', '--android', '--android-url', vendor.url).returncode == 64, 'never without TLS')
secure.end()

# ---- a vendor that is gone: what is stored serves, and its state is told ----

vendor.end()
done = cix('collateral', 'list', '--cache', 'cache')
expect(done.returncode == 0 and 'expires in 29 days' in done.stdout, f'list: {done.stdout}')
begun = time.monotonic()
said = fetch(vendor, *MILAN, '--max-wait', '2')
expect(said[CHAIN_NAME]['result'] == 'fresh', 'nobody is asked for what is fresh')
said = fetch(vendor, *MILAN, '--force', '--max-wait', '2')
expect(said[CHAIN_NAME]['result'] == 'unavailable' and said[CHAIN_NAME]['state'] == 'fresh', f'down: {said}')
expect(time.monotonic() - begun < 20, 'not every object waits for a vendor that is down')
said = fetch(vendor, '--fmspc', '00806f050000', '--max-wait', '1', cache='editions')
expect(said[FAMILY_NAME]['state'] == 'stale', f'past its next update, and told so: {said[FAMILY_NAME]}')
listed('editions', code=2)

expect(cix('collateral', 'fetch').returncode == 64, 'nothing is wanted')
expect(cix('collateral', 'fetch', '--product', 'Rome').returncode == 64, 'no such product')
expect(cix('collateral', 'fetch', '--fmspc', '00').returncode == 64, 'no such family')
expect(cix('collateral', 'fetch', '--product', 'Milan', '--kds-url', 'ftp://x').returncode == 64, 'no such scheme')
expect(cix('collateral', 'fetch', '/dev/null').returncode == 3, 'no evidence')
finish()
