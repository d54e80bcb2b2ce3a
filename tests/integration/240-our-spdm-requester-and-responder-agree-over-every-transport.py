# `cix spdm requester` against `cix spdm responder`: over TCP and Unix sockets, in each framing and version, all that
# the two can do verifies for an onlooker, what was captured does again, and refusals say why.
import hashlib

from gateways import *

FIRMWARE, ROM = b'firmware' * 99, b'rom'
PSK, HINT = bytes(range(1, 33)), b'hint\0'
VERSIONS = ('1.0', '1.1', '1.2', '1.3', '1.4')
FRAMINGS = {'tcp': ('--transport', 'tcp'),
            'tcp in the emulators\' framing': ('--transport', 'tcp', '--emulator'),
            'mctp in the emulators\' framing': ('--transport', 'mctp', '--emulator'),
            'doe': ('--transport', 'doe'),
            'doe in the emulators\' framing': ('--transport', 'doe', '--emulator')}
RESPONDER = ('--chain', 'device.pem', '--key', 'device.key', '--measure', '1:firmware=firmware', '--measure',
             '3:rom=rom', '--heartbeat', '9')
REQUESTER = ('--trust', 'device-root.pem')
OUTSIDE = ['connect', 'digests', 'certificate', 'challenge', 'measurements']
INSIDE = ['session', 'measurements', 'heartbeat', 'key-update', 'end']


def write(name, content, mode=0o644):
    with open(path(name), 'wb') as out:
        out.write(content)
    os.chmod(path(name), mode)


class Responder:
    def __init__(self, *options, kind='tcp'):
        self.log = open(path('responder.log'), 'w+')
        address = '127.0.0.1:0' if kind == 'tcp' else f'unix:{path("socket")}'
        self.process = subprocess.Popen([CIX, 'spdm', 'responder', address, '--timeout', '5', *options], cwd=work,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        running.append(self.process)
        expect(eventually(self.address), 'the responder listens')

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def address(self):
        found = re.search(r'listening at (\S+)\n', self.said())
        return found and found[1]

    def end(self):
        out = self.process.communicate(timeout=PATIENCE_S)[0]
        running.remove(self.process)
        return self.process.returncode, out


def ask(address, *options):
    said = cix('spdm', 'requester', address, '--timeout', '5', '--json', *options)
    return said.returncode, json.loads(said.stdout) if said.stdout else None, said.stderr


def talk(responder_options, requester_options, kind='tcp'):
    """One conversation: what both ended with and said."""
    responder = Responder('--once', '--json', *responder_options, kind=kind)
    asked = ask(responder.address(), *requester_options)
    code, out = responder.end()
    return asked, (code, json.loads(out) if out else None, responder.said())


def names(said):
    return [message['name'] for message in said['messages']]


def fields(said, name):
    return [message['fields'] for message in said['messages'] if message['name'] == name]


# ---- everything, everywhere ----

def check_measurements(said, version):
    """The digests are those of the files, by a hash that is not ours."""
    hashes = {'SHA-256': hashlib.sha256, 'SHA-384': hashlib.sha384, 'SHA-512': hashlib.sha512}
    chosen = hashes[fields(said, 'ALGORITHMS')[0]['measurement_hash'][0]]
    for measurements in fields(said, 'MEASUREMENTS'):
        values = {block['index']: block['value'] for block in measurements['record']}
        expect(values == {1: chosen(FIRMWARE).hexdigest(), 3: chosen(ROM).hexdigest()}, f'{version}: {values}')


def check_capture(said, what):
    dumped = cix('spdm', 'dump', 'capture', '--keys', 'keys', '--json')
    expect(dumped.returncode == 0, f'{what}: the capture verifies: {dumped.stderr}')
    again = json.loads(dumped.stdout)
    expect([message['bytes'] for message in again['messages']] == [message['bytes'] for message in said['messages']],
           f'{what}: what was captured is what was said')
    expect(again['checks']['not_checked'] == 0 and again['checks']['verified'] > 4, f'{what}: {again["checks"]}')


def all_of_it(framing, version, kind):
    """One cell of the table."""
    what = f'{version} over {framing}, {kind}'
    mutual = {'1.1': 'digests', '1.2': 'none', '1.3': 'encapsulated', '1.4': 'digests'}.get(version, 'none')
    both = (*FRAMINGS[framing], '--versions', version)
    asked, answered = talk((*both, *RESPONDER, '--mutual', mutual, '--trust', 'machine-root.pem'),
                           (*both, *REQUESTER, '--chain', 'machine.pem', '--key', 'machine.key', '--keys-out', 'keys',
                            '--capture-out', 'capture'), kind)
    before = counts['failed']
    for code, said, errors in (asked, answered):
        if expect(code == 0 and said, f'{what}: {code}, {errors}'):
            checks = said['checks']
            expect(checks['failed'] == 0 and checks['not_checked'] == 0 and checks['verified'] > 5, f'{what}: {checks}')
    code, said, _ = asked
    if code == 0:
        expect(said['version'] == version and said['complete'], f'{what}: {said["version"]}')
        expect(said['done'] == OUTSIDE + (INSIDE if version != '1.0' else []), f'{what}: {said["done"]}')
        expect(names(said) == names(answered[1]), f'{what}: both saw the same')
        expect(('FINISH' in names(said)) == (version != '1.0'), f'{what}: a session')
        check_measurements(said, what)
        check_capture(said, what)
    return counts['failed'] == before


def table():
    print(f'{"":38}{"".join(f"{version:>6}" for version in VERSIONS)}')
    for kind in ('tcp', 'unix'):
        for framing in FRAMINGS:
            cells = ['ok' if all_of_it(framing, version, kind) else 'BAD' for version in VERSIONS]
            print(f'{kind + ", " + framing:38}{"".join(f"{cell:>6}" for cell in cells)}', flush=True)


# ---- choices ----

def algorithms_are_those_asked_for():
    chosen = 'base_hash:SHA-256,measurement_hash:SHA-384,P-256,AES-128-GCM'
    (code, said, errors), _ = talk(RESPONDER, (*REQUESTER, '--algorithms', chosen))
    expect(code == 0, f'a choice of algorithms: {errors}')
    selected = fields(said, 'ALGORITHMS')[0]
    expect(selected['selected.base_hash'] == ['SHA-256'], f'{selected}')
    expect(selected['selected.tables']['dhe'] == ['P-256'], f'{selected}')
    (code, said, _), _ = talk((*RESPONDER, '--algorithms', 'measurement_hash:raw'), REQUESTER)
    raw = {block['index']: bytes.fromhex(block['value']) for block in fields(said, 'MEASUREMENTS')[0]['record']}
    expect(code == 0 and raw == {1: FIRMWARE, 3: ROM}, f'raw measurements: {raw}')
    (code, said, _), _ = talk(RESPONDER, (*REQUESTER, '--raw', '--do', 'certificate,measurements'))
    raw = {block['index']: bytes.fromhex(block['value']) for block in fields(said, 'MEASUREMENTS')[0]['record']}
    expect(code == 0 and raw == {1: FIRMWARE, 3: ROM}, f'measurements asked for as they are: {raw}')


def capabilities_are_those_asked_for():
    (code, said, errors), _ = talk(RESPONDER, (*REQUESTER, '--capabilities', '-ENCRYPT,-HBEAT'))
    expect(code == 0 and said['done'] == OUTSIDE + ['session', 'measurements', 'key-update', 'end'],
           f'without encryption and heartbeat: {errors}')
    clear = ('--capabilities', '+HANDSHAKE_IN_THE_CLEAR')
    (code, said, errors), _ = talk((*RESPONDER, *clear), (*REQUESTER, *clear))
    finish = [message for message in said['messages'] if message['name'] == 'FINISH']
    expect(code == 0 and finish[0]['session'] == '', f'a handshake in the clear: {errors}')
    (code, said, errors), _ = talk(RESPONDER, (*REQUESTER, '--transfer-size', '200', '--keys-out', 'keys',
                                               '--capture-out', 'capture'))
    chunks = [message for message in said['messages'] if message['wrapping'] == 'in chunks ']
    expect(code == 0 and 'CHUNK_GET' in names(said) and chunks, f'in chunks: {errors}')
    check_capture(said, 'in chunks')


def pre_shared_keys():
    key = ('--psk', 'psk', '--psk-hint', HINT.hex())
    (code, said, errors), answered = talk((*key, '--measure', '1:firmware=firmware'),
                                          (*key, '--keys-out', 'keys', '--capture-out', 'capture'))
    expect(code == 0 and said['done'] == ['connect', 'measurements', 'psk'] + INSIDE[1:],
           f'with nothing but a pre-shared key: {errors}')
    check_capture(said, 'a pre-shared key')
    expect(answered[0] == 0, f'the responder: {answered[2]}')
    only = ('--do', 'psk', '--versions')
    old = (*key, '--insecure-psk-before-1.3')
    expect(talk(old, (*old, *only, '1.2'))[0][0] == 0, 'before 1.3 when it is wanted')
    for theirs, ours, why in ((key, (*old, *only, '1.2'), 'the responder cannot answer'), (old, (*key, *only, '1.2'), 'that we do not do'),
                              (key, ('--psk', 'other', '--psk-hint', HINT.hex(), *only, '1.3'), ''),
                              (key, ('--psk', 'psk', *only, '1.3'), ''), (key, (*only, '1.3'), '--psk')):
        (code, said, errors), _ = talk(theirs, ours)
        expect(code in (1, 2) and 'psk' not in said['done'] and why in errors, f'{ours}: {code}, {errors}')


def certificates_are_asked_for():
    """What the responder asks for is a request that openssl takes, for the key that it showed."""
    for version in ('1.2', '1.3', '1.4'):
        (code, said, errors), _ = talk((*RESPONDER, '--provision', '.', '--versions', version),
                                       (*REQUESTER, '--do', 'certificate,session,csr,end'))
        if not expect(code == 0, f'{version}: a request for a certificate: {errors}'):
            continue
        write('request.der', bytes.fromhex(fields(said, 'CSR')[0]['request']))
        of_request = subprocess.run(['openssl', 'req', '-inform', 'DER', '-in', path('request.der'), '-verify', '-noout', '-pubkey'],
                                    capture_output=True, text=True)
        of_key = subprocess.run(['openssl', 'pkey', '-in', path('device.key'), '-pubout'], capture_output=True, text=True)
        expect(of_request.returncode == 0 and of_request.stdout == of_key.stdout, f'{version}: {of_request.stderr}')
    for theirs, ours, why in ((('--provision', '.'), 'certificate,csr', 'ERROR UnexpectedRequest'), # outside sessions
                              ((), 'certificate,session,csr', 'cannot answer')):
        (code, said, errors), _ = talk((*RESPONDER, *theirs), (*REQUESTER, '--do', ours))
        expect(code == 1 and why in errors and 'csr' not in said['done'], f'{ours}: {code}, {errors}')


def raw_keys():
    for name in ('device', 'machine'):
        public = subprocess.run(['openssl', 'pkey', '-in', path(f'{name}.key'), '-pubout'], capture_output=True, check=True)
        write(f'{name}.pub', public.stdout)
    theirs = ('--raw-key', 'device.key', '--measure', '1:firmware=firmware')
    for version in VERSIONS[1:]:
        (code, said, errors), _ = talk(theirs, ('--peer-key', 'device.pub', '--versions', version, '--keys-out', 'keys',
                                                '--capture-out', 'capture'))
        expect(code == 0 and said['done'] == ['connect', 'challenge', 'measurements', *INSIDE], f'a raw key: {errors}')
    wanted = ('--mutual', 'known', '--peer-key', 'machine.pub')
    (code, _, errors), _ = talk((*theirs, *wanted), ('--peer-key', 'machine.pub'))
    expect(code == 2 and 'challenge' in errors, f'another key: {code}, {errors}')
    (code, said, errors), _ = talk((*theirs, *wanted), ('--peer-key', 'device.pub', '--raw-key', 'machine.key'))
    finish = fields(said, 'FINISH')
    expect(code == 0 and finish and finish[0]['is_signed'], f'raw keys on both sides: {errors}')
    (code, said, errors), _ = talk((*theirs, *wanted), ('--peer-key', 'device.pub', '--raw-key', 'device.key'))
    expect(code == 1 and 'session' in errors, f'a raw key that nobody knows: {errors}')


def logs_and_information():
    """SPDM 1.3's log and endpoint information come as they are in the files; the latter is signed."""
    entries = b''.join(struct.pack('<IBBHBH', number, 1, 0, 0, 0x81, 5) + b'event' for number in (1, 2, 3))
    log = struct.pack('<IIQ', 3, len(entries), 0) + entries
    information = bytes([1, 0, 0, 0, 3, 0, 0, 0]) # one class, of DMTF's, without further ids
    write('log', log)
    write('information', information)
    for version in ('1.3', '1.4'):
        (code, said, errors), _ = talk((*RESPONDER, '--log', 'log', '--endpoint-info', 'information'),
                                       (*REQUESTER, '--versions', version))
        expect(code == 0 and said['done'] == [*OUTSIDE, 'log', 'endpoint-info', *INSIDE], f'{version}: {errors}')
        told = b''.join(bytes.fromhex(part['portion']) for part in fields(said, 'MEASUREMENT_EXTENSION_LOG'))
        expect(told == log, f'{version}: the log is {told}')
        shown = [bytes.fromhex(info['info']) for info in fields(said, 'ENDPOINT_INFO')]
        expect(shown == [information] and fields(said, 'ENDPOINT_INFO')[0]['signature'], f'{version}: {shown}')


def challenged_back():
    wanted = ('--challenge-back', '--trust', 'machine-root.pem')
    machine = ('--chain', 'machine.pem', '--key', 'machine.key')
    for version in VERSIONS[1:]:
        (code, said, errors), answered = talk((*RESPONDER, *wanted), (*REQUESTER, *machine, '--versions', version))
        back = [m for m in said['messages'] if m['name'] == 'CHALLENGE_AUTH' and m['wrapping'] == 'encapsulated ']
        expect(code == 0 and len(back) == 1, f'{version}: challenged back: {errors}')
        expect({'what': 'signature', 'result': 'verified', 'why': ''} in back[0]['checks'], f'{version}: {back[0]["checks"]}')
        expect(answered[0] == 0, f'{version}: {answered[2]}')


def a_slot_is_filled():
    """A certificate that openssl issues for that request is kept by the responder, and then shown."""
    (_, said, _), _ = talk((*RESPONDER, '--provision', '.'), (*REQUESTER, '--do', 'certificate,session,csr,end'))
    write('request.der', bytes.fromhex(fields(said, 'CSR')[0]['request']))
    write('leaf.ext', b'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n')
    issued = subprocess.run(['openssl', 'x509', '-req', '-inform', 'DER', '-in', path('request.der'), '-CA', path('device-root.pem'),
                             '-CAkey', path('device-root.key'), '-days', '9', '-extfile', path('leaf.ext')], capture_output=True)
    write('filled.pem', open(path('device-root.pem'), 'rb').read() + issued.stdout)
    for ours, wanted_code, why in ((('--do', 'certificate,install', '--install', '1=filled.pem'), 1, 'UnexpectedRequest'),
                                   (('--do', 'certificate,session,install,end', '--install', '0=filled.pem'), 1, 'UnexpectedRequest'),
                                   (('--do', 'certificate,session,install,end', '--install', '1=machine.pem'), 1, 'OperationFailed'),
                                   (('--do', 'certificate,session,install,end'), 1, '--install'),
                                   (('--do', 'certificate,session,install,end', '--install', '1=filled.pem'), 0, '')):
        expect(not os.path.exists(path('slot-1.der')), f'{ours}: nothing is kept before')
        (code, said, errors), _ = talk((*RESPONDER, '--provision', '.'), (*REQUESTER, *ours))
        expect(code == wanted_code and why in errors, f'{ours}: {code}, {errors}')
    (code, said, errors), _ = talk((*RESPONDER, '--chain', '1=slot-1.der', '--key', '1=device.key'),
                                   (*REQUESTER, '--slot', '1', '--do', 'digests,certificate,challenge'))
    expect(code == 0 and fields(said, 'DIGESTS')[0]['provisioned_slots'] == 3, f'the slot is shown: {errors}')


def the_responder_renews_its_key():
    """An emulator does when it is told to; nobody else can be."""
    both = ('--emulator', '--capabilities', '+ENCAP')
    deeds = ['certificate', 'session', 'their-key-update', 'heartbeat', 'their-key-update', 'end']
    for version in VERSIONS[1:]:
        (code, said, errors), answered = talk((*RESPONDER, *both), (*REQUESTER, *both, '--versions', version, '--do',
                                                                    ','.join(deeds)))
        asked = [m['fields']['operation'] for m in said['messages']
                 if m['name'] == 'KEY_UPDATE' and m['wrapping'] == 'encapsulated ' and m['from'] == 'responder']
        expect(code == 0 and said['done'] == ['connect', *deeds] and asked == [1, 3, 1, 3], f'{version}: {asked}, {errors}')
        expect(answered[0] == 0 and said['checks']['failed'] == 0, f'{version}: {answered[2]}')
    (code, said, errors), _ = talk(RESPONDER, (*REQUESTER, '--do', 'certificate,session,their-key-update'))
    expect(code == 1 and 'no emulator' in errors, f'without an emulator: {errors}')


# ---- refusals ----

def nobody_is_trusted_by_default():
    """Options of both, what the requester ends with, and what it says."""
    machine = ('--chain', 'machine.pem', '--key', 'machine.key')
    wanted = ('--mutual', 'encapsulated', '--trust', 'machine-root.pem')
    for theirs, ours, wanted_code, why in (
            (RESPONDER, (), 2, 'certificate: the root of the peer.s certificate chain is not trusted'),
            (RESPONDER, ('--trust', 'machine-root.pem'), 2, 'is not trusted'),
            (RESPONDER, ('--insecure-trust-anyone',), 0, ''),
            ((*RESPONDER, *wanted), REQUESTER, 0, ''), # it has no MUT_AUTH, so nobody asks it
            ((*RESPONDER, '--mutual', 'encapsulated'), (*REQUESTER, *machine), 1, 'session: .*ERROR'),
            ((*RESPONDER, *wanted), (*REQUESTER, '--chain', 'device.pem', '--key', 'device.key'), 1, 'session: .*ERROR'),
            (RESPONDER, (*REQUESTER, '--do', 'challenge'), 1, 'challenge: .*was not accepted'),
            (RESPONDER, (*REQUESTER, '--do', 'heartbeat'), 1, 'heartbeat: there is no session'),
            (RESPONDER, (*REQUESTER, '--slot', '1', '--do', 'certificate'), 1, 'certificate: .*ERROR InvalidRequest'),
            ((*RESPONDER, '--versions', '1.3'), (*REQUESTER, '--versions', '1.2'), 1, 'connect: no SPDM version'),
            ((*RESPONDER, '--algorithms', 'base_hash:SHA-256'), (*REQUESTER, '--algorithms', 'base_hash:SHA-384'), 1,
             'connect: .*ERROR InvalidRequest')):
        (code, said, errors), _ = talk(theirs, ours)
        expect(code == wanted_code and re.search(why, errors), f'{ours}: {code}, {errors}')
        expect(said['complete'] == (code == 0), f'{ours}: complete')


def peers_that_are_none():
    """Nobody, somebody silent, somebody who closes, and another transport."""
    expect(ask(f'127.0.0.1:{free_port()}')[0] == 1, 'nobody')
    expect(ask(f'unix:{path("nobody")}')[0] == 1, 'nobody at a Unix socket')
    expect(ask('vsock:1:1')[0] == 1, 'nobody at vsock')
    with socket.create_server(('127.0.0.1', 0)) as silent:
        address = f'127.0.0.1:{silent.getsockname()[1]}'
        said = cix('spdm', 'requester', address, '--timeout', '1')
        expect(said.returncode == 1 and 'nothing came in time' in said.stderr, f'silent: {said.stderr}')
        silent.accept()[0].close() # the one that gave up
        threading.Thread(target=lambda: silent.accept()[0].close()).start()
        code, _, errors = ask(address)
        expect(code == 1 and re.search('closed|reset', errors), f'closed: {errors}')
    responder = Responder(*FRAMINGS['doe in the emulators\' framing'], *RESPONDER, '--once')
    code, _, errors = ask(responder.address(), *FRAMINGS['mctp in the emulators\' framing'], *REQUESTER)
    expect(code == 1 and responder.end()[0] == 1, f'another transport: {errors}')
    expect('another transport' in responder.said(), responder.said())


def one_after_another():
    responder = Responder(*RESPONDER, '--emulator')
    with socket.create_connection(('127.0.0.1', int(responder.address().split(':')[1]))) as one:
        one.sendall(struct.pack('>III', 0xDEAD, 3, 14) + b'Client Hello!\0')
        expect(one.recv(64) == struct.pack('>III', 0xDEAD, 3, 14) + b'Server Hello!\0', 'a greeting')
        one.sendall(struct.pack('>III', 0xFFFD, 3, 0))
        expect(one.recv(64) == struct.pack('>III', 0xFFFD, 3, 0), 'continue')
    code, _, errors = ask(responder.address(), '--emulator', *REQUESTER)
    expect(code == 0, f'the next: {errors}')
    code, out = responder.end()
    expect(code == 0, f'shutdown: {code}')
    expect('0 failed, 0 not checked' in out.splitlines()[-1], out[-200:])


def words():
    write('open.key', open(path('device.key'), 'rb').read())
    for command, *options in (('requester',), ('responder',), ('requester', 'a', 'b'), ('requester', '1.2.3.4'),
                              ('requester', 'a:1', '--do', 'dance'), ('requester', 'a:1', '--slot', '8'),
                              ('requester', 'a:1', '--versions', '2.0'), ('requester', 'a:1', '--versions', '1.3-1.2'),
                              ('requester', 'a:1', '--algorithms', 'ROT-13'),
                              ('requester', 'a:1', '--algorithms', 'base_hash:P-256'),
                              ('requester', 'a:1', '--capabilities', 'FLY'), ('requester', 'a:1', '--transport', 'i2c'),
                              ('requester', 'a:1', '--transport', 'mctp'), ('requester', 'a:1', '--transfer-size', '41'),
                              ('requester', 'a:1', '--timeout', '0'), ('requester', 'a:1', '--trust', 'none'),
                              ('requester', 'a:1', '--install', 'device.pem'), ('requester', 'a:1', '--install', '1=none'),
                              ('requester', 'a:1', '--psk', 'none'), ('requester', 'a:1', '--psk-hint', 'xyz'),
                              ('responder', '127.0.0.1:0', '--chain', 'device.pem'),
                              ('responder', '127.0.0.1:0', '--chain', 'device.pem', '--key', 'machine.key'),
                              ('responder', '127.0.0.1:0', '--chain', 'device.pem', '--key', 'open.key'),
                              ('responder', '127.0.0.1:0', *RESPONDER, '--chain', 'machine.pem'),
                              ('responder', '127.0.0.1:0', '--measure', '0:rom=rom'),
                              ('responder', '127.0.0.1:0', '--measure', '1:ram=rom'),
                              ('responder', '127.0.0.1:0', '--measure', '1:rom=rom', '--measure', '1:rom=rom'),
                              ('responder', '127.0.0.1:0', '--mutual', 'love'),
                              ('responder', '127.0.0.1:0', '--mutual', 'known'),
                              ('responder', '127.0.0.1:0', '--heartbeat', '256')):
        said = cix('spdm', command, *options)
        wanted = 1 if options == ['1.2.3.4'] else 64
        expect(said.returncode == wanted and said.stderr, f'{command} {options}: {said.returncode}, {said.stderr}')
    with socket.create_server(('127.0.0.1', 0)) as taken:
        said = cix('spdm', 'responder', f'127.0.0.1:{taken.getsockname()[1]}')
        expect(said.returncode == 1 and 'in use' in said.stderr, f'a port that is taken: {said.stderr}')


write('firmware', FIRMWARE)
write('rom', ROM)
write('psk', PSK, 0o600)
write('other', PSK[::-1], 0o600)
for name in ('device', 'machine'):
    subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), 'spdm-chain.sh'), name], cwd=work, check=True)
words()
table()
algorithms_are_those_asked_for()
capabilities_are_those_asked_for()
pre_shared_keys()
certificates_are_asked_for()
raw_keys()
logs_and_information()
challenged_back()
a_slot_is_filled()
the_responder_renews_its_key()
nobody_is_trusted_by_default()
peers_that_are_none()
one_after_another()
finish()
