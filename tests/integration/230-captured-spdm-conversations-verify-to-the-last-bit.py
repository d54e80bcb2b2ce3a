# `cix spdm dump` over the recorded conversations: everything in them verifies, as many times as the recording itself
# says, and nothing that was flipped does.
import glob, hashlib

from gateways import *

SHARED = os.environ.get('CIX_SHARED', '')
FOLDER = os.path.join(SHARED, 'spdm')
PCAP_HEADER, PACKET_HEADER = 24, 16
DATA_LINK_HEADER = {'tcp': 44, 'mctp': 5, 'doe': 8} # and the binding's, before the message in a packet
CHALLENGE_AUTH, ENDPOINT_INFO, MEASUREMENTS, KEY_EXCHANGE_RSP, FINISH_RSP, PSK_EXCHANGE_RSP = 3, 7, 0x60, 0x64, 0x65, 0x66
FINISH, PSK_FINISH = 0xE5, 0xE7


def dump(capture, *options):
    said = cix('spdm', 'dump', capture, *options)
    return said.returncode, json.loads(said.stdout) if '--json' in options and said.returncode in (0, 2) else said


def certificates():
    """All the certificates in one folder: the two ends of a conversation may use different algorithms."""
    os.mkdir(path('certs'))
    for file in glob.glob(f'{FOLDER}/certs/*/*.der'):
        shutil.copy(file, path(f'certs/{os.path.basename(os.path.dirname(file))}-{os.path.basename(file)}'))
    return path('certs')


def nested(message):
    """The message, and the one that it wraps."""
    yield message
    version, code = message[0], message[1]
    at = {0x6A: 4, 0xEB: 4, 0x6B: 4 if version < 0x12 else 8}.get(code)
    if at and len(message) > at and (code != 0x6B or message[3] == 1):
        yield message[at:]


class Recording:
    def __init__(self, file):
        self.name = os.path.basename(file).removesuffix('.pcap')
        self.file, self.keys_file = file, file.replace('.pcap', '.keys.json')
        self.keys = json.load(open(self.keys_file))
        self.lines = [json.loads(line) for line in open(file.replace('.pcap', '.messages.jsonl'))]
        self.transport = self.name.split('-')[0]
        flags = int(self.keys['requester_flags'], 16) & int(self.keys['responder_flags'], 16)
        self.is_clear, self.has_chunks = bool(flags & 1 << 15), 'mldsa' in self.name

    def message(self, line):
        """Of a session's plaintext without its inner header; None for another protocol's."""
        data = bytes.fromhex(line.get('app') or line['msg'])
        if 'session' not in line or self.transport == 'doe':
            return data
        size = 4 if self.transport == 'tcp' else 1
        return data[size:] if data[size - 1] == 5 else None

    def wanted(self):
        """How many checks of each kind there are to make, counted here from the recording's plaintext."""
        signatures = hmacs = 0
        asked = False
        for line in self.lines:
            message = self.message(line)
            for one in nested(message) if message else ():
                code, param1 = one[1], one[2]
                if code & 0x80 and code not in (0xEA, 0xEB):
                    asked = param1 & 1 if code == 0xE0 else code == 0x87 and one[4] & 1
                signed = {CHALLENGE_AUTH: True, KEY_EXCHANGE_RSP: True, MEASUREMENTS: asked, ENDPOINT_INFO: asked,
                          FINISH: param1 & 1}
                signatures += bool(signed.get(code))
                authenticated = {FINISH: True, PSK_FINISH: True, PSK_EXCHANGE_RSP: True, FINISH_RSP: self.is_clear,
                                 KEY_EXCHANGE_RSP: not self.is_clear}
                hmacs += authenticated.get(code, False)
        sessions = self.keys.get('sessions', [])
        counts = {'tag': sum('session' in line for line in self.lines), 'transcript A': 1,
                  'transcript hash TH1': len(sessions), 'transcript hash TH2': len(sessions)}
        return counts if self.has_chunks else {**counts, 'signature': signatures, 'HMAC': hmacs}


def verifies(recording, certs):
    code, said = dump(recording.file, '--keys', recording.keys_file, '--certs', certs, '--json')
    if not expect(code == 0, f'{recording.name} verifies: {said}'):
        return
    made = {}
    for message in said['messages']:
        for check in message['checks']:
            made[check['what']] = made.get(check['what'], 0) + 1
            expect(check['result'] == 'verified' or 'not available here' in check['why'],
                   f'{recording.name}, packet {message["packet"]}: {check}')
    for what, count in recording.wanted().items():
        expect(made.get(what, 0) == count, f'{recording.name}: {count} of {what}: {made}')
    expect(sum(made.values()) <= recording.keys['checks_passed'], f'{recording.name} has no more than all checks')
    names = [message['name'] for message in said['messages']]
    expect(names[:1] in (['GET_VERSION'], ['DOE discovery']) and 'ALGORITHMS' in names, f'{recording.name}: {names}')
    expect('a message that cannot be read' not in names, f'{recording.name}: every message is read')
    plain = [line['msg'] for line in recording.lines if 'msg' in line]
    shown = [message['bytes'] for message in said['messages'] if not message['session'] and not message['wrapping']]
    expect(shown[-len(plain):] == plain, f'{recording.name}: what is outside sessions is shown as it went over the wire')


def packets(capture):
    """Where each packet's bytes begin and end in the file."""
    at = PCAP_HEADER
    while at < len(capture):
        size = struct.unpack('<I', capture[at + 8:at + 12])[0]
        yield at + PACKET_HEADER, at + PACKET_HEADER + size
        at += PACKET_HEADER + size


def flipped(recording, certs):
    """One bit in each message that a signature, an HMAC or a tag covers."""
    covered = {0x84, 4, 0xE1, 0x61, 0xE3, 0x63, 0x83, 3, 0xE4, 0x64, 0xE5, 0x65, 0xE6, 0x66}
    capture = open(recording.file, 'rb').read()
    random.seed(recording.name)
    places = dict(zip(range(1, 10000), packets(capture)))
    for line in recording.lines:
        begin, end = places[line['frame']]
        begin += DATA_LINK_HEADER[recording.transport]
        message = bytes.fromhex(line.get('msg', ''))
        if 'session' not in line and (len(message) < 2 or message[1] not in covered):
            continue
        if 'session' in line and recording.transport == 'doe': # without what fills the last word
            end = begin + 6 + struct.unpack('<H', capture[begin + 4:begin + 6])[0]
        elif recording.transport == 'doe':
            continue
        at = random.randrange(begin, end)
        changed = bytearray(capture)
        changed[at] ^= 1 << random.randrange(8)
        open(path('flipped.pcap'), 'wb').write(changed)
        code, said = dump(path('flipped.pcap'), '--keys', recording.keys_file, '--certs', certs)
        expect(code in (2, 3), f'{recording.name}: byte {at - begin} of packet {line["frame"]} flipped: {code}')


def secrets_that_are_others(recording, certs):
    """Keys that are not this conversation's."""
    for what in ('shared_secret', 'th1', 'th2'):
        keys = json.load(open(recording.keys_file))
        first = keys['sessions'][0]
        first[what] = hashlib.sha256(first[what].encode()).hexdigest() + first[what][64:]
        json.dump(keys, open(path('keys.json'), 'w'))
        code, _ = dump(recording.file, '--keys', path('keys.json'), '--certs', certs)
        expect(code == 2, f'{recording.name} with another {what}: {code}')
    code, said = dump(recording.file, '--json')
    expect(code == 0 and said['checks']['not_checked'] > 0, f'{recording.name} without keys: {code}')
    hidden = {message['name'] for message in said['messages'] if message['session']}
    expect(hidden == {'a secured message'}, f'and what its sessions hold is not shown: {hidden}')
    os.makedirs(path('nobody'), exist_ok=True)
    code, said = dump(recording.file, '--keys', recording.keys_file, '--certs', path('nobody'))
    expect(code == 0, f'{recording.name} with an empty folder: {code}')


def words():
    open(path('noise'), 'wb').write(bytes(range(256)))
    for capture, code in ((path('noise'), 3), (path('none'), 3)):
        expect(dump(capture)[0] == code, f'{capture} is no capture')
    expect(cix('spdm').returncode == 64 and cix('spdm', 'dump').returncode == 64, 'what is wanted must be said')
    expect(cix('spdm', 'dump', path('noise'), '--keys', path('none')).returncode == 64, 'keys that are not there')
    expect(cix('spdm', 'dump', path('noise'), '--certs', path('none')).returncode == 64, 'a folder that is not there')
    expect('usage: cix spdm dump' in cix('spdm', 'dump', '--help').stdout, 'help')


words()
files = sorted(glob.glob(f'{FOLDER}/*.pcap')) if SHARED else []
if not files:
    skip(12, 'no recorded conversations')
    finish()
expect(len(files) == 12, f'twelve recordings: {files}')
certs = certificates()
recordings = {recording.name: recording for recording in map(Recording, files)}
for recording in recordings.values():
    verifies(recording, certs)
for name in ('tcp-13-p384-aes256-oneway', 'mctp-12-p256-aes128-mut', 'doe-13-psk-sha384'):
    flipped(recordings[name], certs)
secrets_that_are_others(recordings['tcp-13-p384-aes256-oneway'], certs)
finish()
