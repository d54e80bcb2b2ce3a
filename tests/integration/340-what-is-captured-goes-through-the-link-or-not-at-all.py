# P24, P25, P26
# Three machines as network namespaces: an application, a gateway that it is routed through, and beyond it a peer with
# a web server. Nobody is told of a proxy; what is on the wire between the last two is recorded all the time.
import shutil

from gateways import *

CASES = 61
if os.geteuid() != 0 or not all(shutil.which(one) for one in ('ip', 'nsenter', 'tcpdump', 'nginx', 'curl')):
    skip(CASES, 'not root, or no ip, nsenter, tcpdump, nginx or curl')
    finish()
needs_fuse()
names = {one: f'cix-{one}-{os.getpid()}' for one in ('app', 'way', 'far')}


def ip(*arguments):
    return subprocess.run(['ip', *arguments], capture_output=True, check=False).returncode == 0


def within(name, *command):
    return ['nsenter', f'--net=/run/netns/{names[name]}', *command]


def run(name, *command):
    return subprocess.run(within(name, *command), cwd=work, capture_output=True, text=True, check=False)


def remove():
    for name in names.values():
        ip('netns', 'del', name)


atexit.register(remove)
if not all(ip('netns', 'add', name) for name in names.values()):
    skip(CASES, 'no network namespaces here')
    finish()


def cable(one, other, number):
    """Between two machines: 10.9.N.1 and .2, fd00:9:N::1 and ::2."""
    ip('-n', names[one], 'link', 'add', f'to-{other}', 'type', 'veth', 'peer', f'to-{one}', 'netns', names[other])
    for name, to, last in ((one, other, 1), (other, one, 2)):
        ip('-n', names[name], 'addr', 'add', f'10.9.{number}.{last}/24', 'dev', f'to-{to}')
        ip('-n', names[name], 'addr', 'add', f'fd00:9:{number}::{last}/64', 'dev', f'to-{to}', 'nodad')
        ip('-n', names[name], 'link', 'set', f'to-{to}', 'up')
        ip('-n', names[name], 'link', 'set', 'lo', 'up')


cable('way', 'app', 1)
cable('way', 'far', 2)
for name, number in ('app', 1), ('far', 2):
    ip('-n', names[name], 'route', 'add', 'default', 'via', f'10.9.{number}.1')
    ip('-n', names[name], '-6', 'route', 'add', 'default', 'via', f'fd00:9:{number}::1')
run('way', 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding')

# ---- the web server, and who listens ----

SECRET = b'/what-nobody-else-may-see'
WEB, LINK, OWN = 8080, 7443, 15001
FAR = {4: '10.9.2.2', 6: '[fd00:9:2::2]'}
os.makedirs(path('html'))
os.makedirs(path('nginx'))
content = SECRET * 40000
with open(path('html/large'), 'wb') as out: # more than all buffers on the way hold
    out.truncate(256 << 20)
with open(path('html') + SECRET.decode(), 'wb') as out:
    out.write(content)
with open(path('nginx.conf'), 'w') as out:
    out.write('user root; daemon off; pid nginx.pid; error_log error.log; events {}\nhttp { access_log off; '
              + ' '.join(f'{kind}_temp_path nginx;' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
              + f'\nserver {{ listen {FAR[4]}:{WEB}; listen {FAR[6]}:{WEB} ipv6only=on; root html; }} }}\n')
running.append(subprocess.Popen(within('far', 'nginx', '-p', work, '-c', 'nginx.conf'), stderr=subprocess.DEVNULL))


class Wire:
    """What passes between gateway and peer, but for the link and what finds neighbours."""

    def __init__(self, name):
        self.file = path(name)
        self.process = subprocess.Popen(
            within('far', 'tcpdump', '-i', 'to-way', '-U', '--immediate-mode', '-s', '0', '-Z', 'root', '-w', self.file,
                   f'not tcp port {LINK} and not arp and not icmp6 and not ip6 multicast'),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append(self.process)
        eventually(lambda: os.path.exists(self.file) and os.path.getsize(self.file) >= 24)

    def end(self):
        """All that was seen, without the file's own header."""
        time.sleep(0.3)
        self.process.terminate()
        self.process.wait()
        return open(self.file, 'rb').read()[24:]


def curl(name, family, *more):
    done = subprocess.run(within(name, 'curl', '-s', '-m', '10', *more, f'http://{FAR[family]}:{WEB}{SECRET.decode()}'),
                          capture_output=True, check=False)
    return done.stdout, done.returncode


def each(holds, what):
    for name in 'app', 'way':
        for family in 4, 6:
            expect(holds(name, family), f'{what}: {"passing" if name == "app" else "beginning here"}, IPv{family}')


def comes(name, family):
    return curl(name, family) == (content, 0)


def is_refused(name, family):
    return curl(name, family)[1] in (7, 56) # could not connect, or was reset


# Without us all of it is readable, so the recording would show it.
expect(eventually(lambda: comes('app', 4) and comes('way', 6)), 'the web server serves')
wire = Wire('before.pcap')
each(comes, 'without a gateway')
expect(wire.end().count(SECRET) > 4, 'what passes is recorded')

# ---- the gateways ----


class Placed(Gateway):
    def start(self):
        log = open(path(f'{self.name}.log'), 'a')
        self.process = subprocess.Popen(within(self.place, CIX, 'run', '-c', f'{self.name}.yaml'), cwd=work, stdout=log,
                                        stderr=log)
        running.append(self.process)
        expect(eventually(lambda: self.process.poll() is not None or self.status()), f'{self.name} starts')


class Inside(Placed):
    place = 'far'


class Outside(Placed):
    place = 'way'


def guard():
    said = run('way', CIX, 'guard', 'show', '--json')
    return json.loads(said.stdout) if said.stdout else {}


outside_machine, inside_machine = Machine('snp', 'outside-tsm'), Machine('tdx', 'inside-tsm')
outside_yaml = (f'links:\n  cloud:\n    connect: "tls://{FAR[4]}:{LINK}"\n'
                f'    verify: {{ policy: {inside_machine.policy("inside-policy.yaml")} }}\n'
                f'attest: snp\ntsm_root: outside-tsm\nconnect_timeout: 2s\ningress:\n'
                f'  - transparent: "[::]:{OWN}"\n    to: cloud\n'
                f'    capture: {{ to: [ "10.9.2.0/24:*", "[fd00:9:2::]/64:1-65535" ] }}\n')
with open(path('outside.yaml'), 'w') as out:
    out.write(outside_yaml)

said = cix('check', '-c', 'outside.yaml').stdout
expect('TCP to 10.9.2.0/24:*, [fd00:9:2::]/64:1-65535 is captured' in said, f'check says what is captured: {said}')

# The guard alone, before any gateway is there.
wire = Wire('guarded.pcap')
expect(run('way', CIX, 'guard', 'show').returncode == 1, 'there is no guard yet')
lacking = run('way', 'setpriv', '--bounding-set=-net_admin', CIX, 'guard', 'on', '-c', 'outside.yaml')
expect(lacking.returncode == 1 and 'CAP_NET_ADMIN' in lacking.stderr, f'what is missing is said: {lacking.stderr}')
expect(run('way', CIX, 'guard', 'on', '-c', 'outside.yaml').returncode == 0, 'the guard is put there')
each(is_refused, 'before the gateway is ready')
before = guard()
expect(before['on'] and before['refused_packets'] >= 4, 'what was refused is counted')

inside = Inside('inside', f'listen: [ "tls://{FAR[4]}:{LINK}" ]\nattest: tdx\ntsm_root: inside-tsm\n'
                f'clients: {{ policy: {outside_machine.policy("outside-policy.yaml")} }}\n'
                f'egress: [ {{ allow: [ "{FAR[4]}:{WEB}", "{FAR[6]}:{WEB}" ] }} ]\n')
outside = Outside('outside', outside_yaml)
expect(eventually(outside.is_up), 'the link is not captured by its own gateway')
each(comes, 'captured')
expect(outside.status()['guard']['on'], 'status tells of the guard')
status = cix('status', '--socket', 'outside.sock').stdout
expect('the guard refused' in status, 'in words, too')


# A port that the peer does not allow; our own, which nobody was captured for; other protocols on captured ports.
def ends(name, host, port):
    script = ('import socket, sys\ntry:\n s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 10)\n'
              ' sys.exit(0 if s.recv(1) == b"" else 1)\nexcept ConnectionError:\n sys.exit(7)')
    return run(name, sys.executable, '-c', script, host, str(port)).returncode


expect(ends('app', '10.9.2.2', 9) == 7, 'what the peer does not allow is reset')
expect(ends('app', '10.9.1.1', OWN) == 7, 'who connects to the port itself is reset')
escapes = '''
import socket, sys
for family, kind, protocol, to in ((2, 2, 0, ("10.9.2.2", 443)), (10, 2, 0, ("fd00:9:2::2", 443)), (2, 3, 253, ("10.9.2.2", 0)),
                                   (10, 3, 253, ("fd00:9:2::2", 0)), (2, 3, 1, ("10.9.2.2", 0))):
    s = socket.socket(family, kind, protocol)
    for size in 1, 1000, 4000: # the last in fragments
        try:
            s.sendto(b"\\x08\\0\\0\\0" + sys.argv[1].encode() * (size // 20 + 1), to)
        except OSError:
            pass
'''
counted = guard()['refused_packets']
for name in 'app', 'way':
    expect(run(name, sys.executable, '-c', escapes, SECRET.decode()).returncode == 0, f'{name} tries other ways')
expect(guard()['refused_packets'] >= counted + 30, 'each of them was refused')

# Killed: nobody takes it for an end, and nothing goes around it. With a stream in the middle, too.
slow = subprocess.Popen(within('app', 'curl', '-s', '-N', '-m', '20', '--limit-rate', '5M', '-o', path('slow'),
                               f'http://{FAR[4]}:{WEB}/large'))
expect(eventually(lambda: os.path.exists(path('slow')) and os.path.getsize(path('slow'))), 'a slow one has begun')
outside.kill()
slow_ended = slow.wait(20)
expect(slow_ended in (18, 56), f'whom the gateway left hears an error: curl says {slow_ended}')
each(is_refused, 'after kill -9')
expect(guard()['on'], 'the guard outlives the gateway')

# Nobody routes to us any more: refused all the same.
for family in '-4', '-6':
    ip('-n', names['way'], family, 'rule', 'del', 'priority', str(0x1c1c))
each(lambda name, family: curl(name, family, '-m', '1')[1] in (7, 28, 56), 'without the rule of routing')

outside.start()
expect(eventually(outside.is_up), 'the link comes back')
each(comes, 'after the restart')
outside.end()
expect(guard()['on'], 'the guard outlives an orderly end')
each(is_refused, 'after the end')
seen = wire.end()
expect(SECRET not in seen and not seen, f'not one packet went around the link: {len(seen)} bytes')

expect(run('way', CIX, 'guard', 'off').returncode == 0 and not guard()['on'], 'the guard is taken away')
each(comes, 'as before all this')
finish()
