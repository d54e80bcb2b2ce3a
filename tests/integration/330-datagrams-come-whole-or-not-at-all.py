# A real name server and its client, and datagrams of every size, through the link.
import shutil

from gateways import *

needs_fuse()


def udp(family=socket.AF_INET, host='127.0.0.1'):
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.bind((host, 0))
    one.settimeout(PATIENCE_S)
    return one


def free_udp_port():
    while True:
        port = free_port()
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(('127.0.0.1', port))
            return port
        except OSError:
            continue


dns, echo, echo6, short, nobody = (free_udp_port() for _ in range(5))
gone = free_udp_port()
names = free_port()
service = udp()


class Datagrams(World):
    def inside_yaml(self):
        return (f'listen: [ "tls://127.0.0.1:{self.link_port}" ]\nattest: tdx\ntsm_root: inside-tsm\n'
                f'clients: {{ policy: {self.outside_policy} }}\negress:\n'
                f'  - {{ service: dns, to: "udp://127.0.0.1:{names}" }}\n'
                f'  - {{ service: dns-tcp, to: "tcp://127.0.0.1:{names}" }}\n'
                f'  - {{ service: echo, to: "udp://127.0.0.1:{service.getsockname()[1]}" }}\n'
                f'  - {{ service: gone, to: "udp://127.0.0.1:{gone}" }}\n'
                f'  - {{ service: stream, to: "tcp://127.0.0.1:{self.service_port}" }}\n')

    def outside_yaml(self):
        ways = [(f'udp://127.0.0.1:{dns}', 'dns'), (f'tcp://127.0.0.1:{dns}', 'dns-tcp'),
                (f'udp://127.0.0.1:{echo}', 'echo'), (f'udp://[::]:{echo6}', 'echo'),
                (f'udp://127.0.0.1:{nobody}', 'stream'), (f'udp://127.0.0.1:{gone + 1}', 'gone')]
        return (f'links:\n  cloud:\n    connect: "tls://127.0.0.1:{self.link_port}"\n'
                f'    verify: {{ policy: {self.inside_policy} }}\n'
                f'attest: snp\ntsm_root: outside-tsm\ningress:\n'
                + ''.join(f'  - {{ listen: "{listen}", to: cloud/{to} }}\n' for listen, to in ways)
                + f'  - {{ listen: "udp://127.0.0.1:{short}", to: cloud/echo, idle: 1s }}\n')


world = Datagrams()
expect(eventually(lambda: world.outside.is_up()), 'the link is up')

# Each datagram whole, both ways, whatever its size; from one socket and from another.
apps = [udp(), udp()]
for size in 0, 1, 512, 1400, 1500, 9000, 16377, 16378, 40000, 65507:
    for app in apps:
        content = os.urandom(size)
        app.sendto(content, ('127.0.0.1', echo))
        got, who = service.recvfrom(1 << 16)
        expect(got == content, f'{size} bytes arrive')
        service.sendto(got[::-1], who)
        back, origin = app.recvfrom(1 << 16)
        expect(back == content[::-1] and origin == ('127.0.0.1', echo), f'{size} bytes come back')

# Over IPv6 and over IPv4 to a socket for every address: the answer leaves from where the question came to.
for family, host, to in (socket.AF_INET6, '::1', '::1'), (socket.AF_INET, '127.0.0.1', '127.0.0.2'):
    app = udp(family, host)
    app.sendto(b'ask', (to, echo6))
    got, who = service.recvfrom(1 << 16)
    service.sendto(b'answer', who)
    back, origin = app.recvfrom(1 << 16)
    expect((got, back, origin[0]) == (b'ask', b'answer', to), f'{to}: {got, back, origin}')

# A flow ends when nothing goes, and the next datagram begins another.
app = udp()
app.sendto(b'one', ('127.0.0.1', short))
before = service.recvfrom(1 << 16)[1]
streams = lambda: sum(link['streams'] for link in world.outside.status()['links'])
expect(streams() == 5, f'five flows: {streams()}')
expect(eventually(lambda: streams() == 4), 'the idle one ends')
app.sendto(b'two', ('127.0.0.1', short))
got, after = service.recvfrom(1 << 16)
expect(got == b'two' and after != before, 'and another begins')

# To who is not there, and to a service of streams: silence, and nothing else is disturbed.
for port in nobody, gone + 1:
    app = udp()
    app.settimeout(0.5)
    app.sendto(b'hello', ('127.0.0.1', port))
    try:
        expect(not app.recvfrom(1 << 16), 'nobody answers')
    except TimeoutError:
        pass
world.inside.logs('stream-refused service=stream .*datagrams')
apps[0].sendto(b'still', ('127.0.0.1', echo))
expect(service.recvfrom(1 << 16)[0] == b'still', 'others go on')

# A flood: what arrives is whole, and the link holds.
for i in range(3000):
    apps[1].sendto(i.to_bytes(4, 'big') * 300, ('127.0.0.1', echo))
service.settimeout(1)
arrived = 0
try:
    while True:
        got = service.recvfrom(1 << 16)[0]
        arrived += 1
        if got != got[:4] * 300:
            expect(False, 'a datagram is not what was sent')
except TimeoutError:
    pass
expect(arrived > 100 and world.outside.is_up(), f'{arrived} of 3000 arrive')

# The real thing.
if shutil.which('dnsmasq') and shutil.which('dig'):
    running.append(subprocess.Popen(['dnsmasq', '--no-daemon', '--no-resolv', '--no-hosts', '--bind-interfaces', '--no-ping',
                                     '--listen-address=127.0.0.1', f'--port={names}', '--user=', '--group=', '--pid-file=',
                                     '--conf-file=/dev/null', '--address=/db.example/192.0.2.7', '--local=/example/',
                                     '--txt-record=long.example,' + ','.join(['x' * 200] * 10)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    dig = lambda *more: subprocess.run(['dig', '@127.0.0.1', '-p', str(dns), '+short', '+tries=20', '+time=1', *more],
                                       capture_output=True, text=True, check=False).stdout.strip()
    expect(dig('db.example') == '192.0.2.7', 'a name is found')
    expect(dig('long.example', 'TXT', '+bufsize=4000').count('x') == 2000, 'a long answer in one datagram')
    expect(dig('long.example', 'TXT', '+bufsize=512').count('x') == 2000, 'and by TCP when it is truncated')
else:
    skip(3, 'no dnsmasq or dig here')
finish()
