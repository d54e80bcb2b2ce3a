# Real web servers behind one service, one after the other gone; and the PROXY protocol, in and out.
import shutil

from gateways import *

needs_fuse()
if not shutil.which('nginx') or not shutil.which('curl'):
    skip(1, 'no nginx or curl here')
    finish()
first, second, closed, told = free_port(), free_port(), free_port(), free_port()
told_in = free_port()


class Several(World):
    def inside_yaml(self):
        return (f'listen: [ "tls://127.0.0.1:{self.link_port}" ]\nattest: tdx\ntsm_root: inside-tsm\n'
                f'clients: {{ policy: {self.outside_policy} }}\negress:\n'
                f'  - service: web\n    health: 1s\n'
                f'    to: [ "tcp://127.0.0.1:{closed}", "tcp://127.0.0.1:{first}", "tcp://127.0.0.1:{second}" ]\n'
                f'  - {{ service: told, to: "tcp://127.0.0.1:{told}", proxy_protocol: v2 }}\n'
                f'  - {{ service: raw, to: "tcp://127.0.0.1:{self.service_port}", proxy_protocol: v2 }}\n')

    def outside_yaml(self):
        ways = [(self.ingress_port, 'web', ''), (told_in, 'told', ', proxy_protocol: true'),
                (plain_in, 'told', ''), (raw_in, 'raw', '')]
        return (f'links:\n  cloud:\n    connect: "tls://127.0.0.1:{self.link_port}"\n'
                f'    verify: {{ policy: {self.inside_policy} }}\n'
                f'attest: snp\ntsm_root: outside-tsm\ningress:\n'
                + ''.join(f'  - {{ listen: "tcp://127.0.0.1:{port}", to: cloud/{service}{more} }}\n'
                          for port, service, more in ways))


def serve(name, port, answer, more=''):
    os.makedirs(path(name), exist_ok=True)
    with open(path(f'{name}.conf'), 'w') as out:
        out.write(('user root; ' if os.geteuid() == 0 else '')
                  + f'daemon off; pid {name}.pid; error_log {name}.log; events {{}}\nhttp {{ access_log off; '
                  + ' '.join(f'{kind}_temp_path {name};' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
                  + f'\nserver {{ listen 127.0.0.1:{port}{more}; location / {{ return 200 "{answer}"; }} }} }}\n')
    process = subprocess.Popen(['nginx', '-p', work, '-c', f'{name}.conf'], stderr=subprocess.DEVNULL)
    running.append(process)
    return process


def curl(port, *more):
    return subprocess.run(['curl', '-s', '-m', '20', *more, f'http://127.0.0.1:{port}/'], capture_output=True, text=True,
                          check=False).stdout


plain_in, raw_in = free_port(), free_port()
one = serve('one', first, 'one')
serve('two', second, 'two')
serve('told', told, '$proxy_protocol_addr $proxy_protocol_port', ' proxy_protocol')
world = Several()
expect(eventually(lambda: world.outside.is_up()), 'the link is up')

# The one that is not there is passed over; the others share.
answers = [curl(world.ingress_port) for _ in range(6)]
expect(set(answers) <= {'one', 'two'}, f'every request is answered: {answers}')
kept = [socket.create_connection(('127.0.0.1', world.ingress_port), PATIENCE_S) for _ in range(8)]
for app in kept:
    app.settimeout(PATIENCE_S)
    app.sendall(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
shared = [receive(app, 15) and app.recv(4096).rsplit(b'\n', 1)[-1] for app in kept]
expect(abs(shared.count(b'one') - shared.count(b'two')) <= 1, f'the backend with the fewest streams is next: {shared}')
for app in kept:
    app.close()
world.inside.logs(f'backend-down service=web to=127.0.0.1:{closed}')

# One goes, and comes back.
one.terminate()
one.wait()
expect([curl(world.ingress_port) for _ in range(4)] == ['two'] * 4, 'the other one serves')
world.inside.logs(f'backend-down service=web to=127.0.0.1:{first}')
serve('one', first, 'one')
world.inside.logs(f'backend-up service=web to=127.0.0.1:{first}')

# Who connects, to a web server that reads the header, from curl that writes one for us.
expect(re.fullmatch(r'127\.0\.0\.1 \d+', curl(plain_in)), 'the service hears of the application')
bound = free_port()
said = curl(plain_in, '--local-port', str(bound))
expect(said == f'127.0.0.1 {bound}', f'and of its port: {said}')
said = curl(told_in, '--local-port', str(bound + 1), '--haproxy-protocol')
expect(said == f'127.0.0.1 {bound + 1}', f'as another proxy told us: {said}')
expect(curl(told_in) == '', 'where a header is due, nobody comes in without')

# What the header says beside: the peer that was attested.
app = socket.create_connection(('127.0.0.1', raw_in), PATIENCE_S)
app.sendall(b'hello')
service, _ = world.listener.accept()
service.settimeout(PATIENCE_S)
head = receive(service, 16)
expect(head[:13] == bytes.fromhex('0d0a0d0a000d0a515549540a21') and head[13] == 0x11, 'a header of version 2')
body = receive(service, int.from_bytes(head[14:], 'big'))
source = socket.inet_ntoa(body[:4]), int.from_bytes(body[8:10], 'big')
expect(source == app.getsockname(), f'from the application: {source}')
fields, at = {}, 12
while at < len(body):
    size = int.from_bytes(body[at + 1:at + 3], 'big')
    fields[body[at]], at = body[at + 3:at + 3 + size], at + 3 + size
expect(fields == {0xE0: b'snp', 0xE1: bytes.fromhex(world.outside_machine.measurement)}, f'on an attested machine: {fields}')
expect(receive(service, 5) == b'hello', 'and then what it says')
finish()
