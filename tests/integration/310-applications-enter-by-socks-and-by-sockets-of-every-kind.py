# curl and a real web server, through the link: SOCKS 5 to addresses that are allowed, Unix sockets at both ends.
import shutil

from gateways import *

needs_fuse()
if not shutil.which('nginx') or not shutil.which('curl'):
    skip(1, 'no nginx or curl here')
    finish()
web, web6, closed = free_port(), free_port(), free_port()
socks, locked, proxy, gate, by_path = free_port(), free_port(), free_port(), free_port(), path('way-in')


class Ways(World):
    def inside_yaml(self):
        return (f'listen: [ "tls://unix:{path("peers")}" ]\nattest: tdx\ntsm_root: inside-tsm\n'
                f'clients: {{ policy: {self.outside_policy} }}\n'
                f'egress:\n  - {{ service: web, to: "unix://{path("web")}" }}\n'
                f'  - allow: [ "127.0.0.1:{web},{closed}", "[::1]:{web6}", "*.example:{web}" ]\n')

    def outside_yaml(self):
        return (f'links:\n  cloud:\n    connect: "tls://unix:{path("peers")}"\n'
                f'    verify: {{ policy: {self.inside_policy} }}\n'
                f'attest: snp\ntsm_root: outside-tsm\ningress:\n'
                f'  - {{ listen: "unix://{by_path}", to: cloud/web }}\n'
                f'  - {{ socks5: "127.0.0.1:{socks}", to: cloud }}\n'
                f'  - {{ socks5: "[::1]:{locked}", to: cloud, user: alice, password_file: secret }}\n'
                f'  - {{ http: "127.0.0.1:{proxy}", to: cloud }}\n'
                f'  - {{ http: "127.0.0.1:{gate}", to: cloud, user: alice, password_file: secret }}\n')


os.makedirs(path('html'))
os.makedirs(path('nginx'))
content = os.urandom(3 << 20)
with open(path('html/file'), 'wb') as out:
    out.write(content)
with open(path('secret'), 'w') as out:
    out.write('wonder land\n')
os.chmod(path('secret'), 0o600)
with open(path('nginx.conf'), 'w') as out:
    out.write(('user root; ' if os.geteuid() == 0 else '') + # the folder is ours alone
              f'daemon off; pid nginx.pid; error_log error.log; events {{}}\nhttp {{ access_log off; '
              + ' '.join(f'{kind}_temp_path nginx;' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
              + f'\nserver {{ listen 127.0.0.1:{web}; listen [::1]:{web6} ipv6only=on; listen unix:{path("web")}; '
              f'root html; }} }}\n')
running.append(subprocess.Popen(['nginx', '-p', work, '-c', 'nginx.conf'], stderr=subprocess.DEVNULL))
expect(eventually(lambda: os.path.exists(path('web'))), 'nginx serves')
world = Ways()
expect(eventually(lambda: world.outside.is_up()), 'the link is up')


def curl(*arguments):
    """What came, and curl's own verdict: 0, or 97 for what a proxy answered."""
    done = subprocess.run(['curl', '-s', '-m', '20', *arguments], capture_output=True, check=False)
    return done.stdout, done.returncode


def by_socks(to, *more, port=socks, host='127.0.0.1'):
    return curl('--socks5', f'{host}:{port}', *more, f'http://{to}/file')


expect(curl('--unix-socket', by_path, 'http://any/file') == (content, 0), 'a Unix socket at both ends')
expect(by_socks(f'127.0.0.1:{web}') == (content, 0), 'SOCKS to IPv4')
expect(by_socks(f'[::1]:{web6}') == (content, 0), 'SOCKS to IPv6')

# The server side looks names up: localhost is allowed where it leads.
expect(curl('--socks5-hostname', f'127.0.0.1:{socks}', f'http://localhost:{web}/file') == (content, 0), 'SOCKS to a name')

# Refused: curl says 97 when the proxy answers no.
expect(by_socks(f'127.0.0.1:{world.service_port}')[1] == 97, 'a port that no rule has')
expect(by_socks('10.0.0.1:80')[1] == 97, 'an address that no rule has')
expect(by_socks(f'127.0.0.1:{closed}')[1] == 97, 'allowed, but nobody serves there')
world.inside.logs(f'stream-refused.*tcp://127.0.0.1:{world.service_port}.*not allowed')
world.inside.logs(f'service-unreachable.*127.0.0.1:{closed}')

# With a login.
login = ['--proxy-user', 'alice:wonder land']
expect(by_socks(f'127.0.0.1:{web}', *login, port=locked, host='[::1]') == (content, 0), 'with the password')
expect(by_socks(f'127.0.0.1:{web}', '--proxy-user', 'alice:wonder', port=locked, host='[::1]')[1] == 97, 'with another')
expect(by_socks(f'127.0.0.1:{web}', port=locked, host='[::1]')[1] == 97, 'with none')

# As an HTTP proxy: tunnels, and requests that are passed on.
def by_proxy(to, *more, port=proxy):
    return curl('-x', f'http://127.0.0.1:{port}', *more, f'http://{to}/file')


def said_by_proxy(to, *more, port=proxy):
    return by_proxy(to, '-o', '/dev/null', '-w', '%{http_code} %{http_connect}', *more, port=port)[0].decode()


expect(by_proxy(f'127.0.0.1:{web}') == (content, 0), 'a request is passed on')
expect(by_proxy(f'[::1]:{web6}', '-p') == (content, 0), 'a tunnel')
expect(by_proxy(f'localhost:{web}', '-p') == (content, 0), 'a tunnel to a name')
twice = curl('-x', f'http://127.0.0.1:{proxy}', f'http://127.0.0.1:{web}/file', f'http://[::1]:{web6}/file')
expect(twice == (content * 2, 0), 'two requests for two hosts')
expect(said_by_proxy('10.0.0.1:80', '-p').endswith(' 403') and said_by_proxy('10.0.0.1:80').startswith('403'), 'not allowed')
expect(said_by_proxy(f'127.0.0.1:{closed}').startswith('502'), 'allowed, but nobody serves there')
expect(said_by_proxy(f'127.0.0.1:{web}', port=gate).startswith('407'), 'without a password')
expect(by_proxy(f'127.0.0.1:{web}', *login, port=gate) == (content, 0), 'with the password')
with socket.create_connection(('127.0.0.1', proxy), PATIENCE_S) as app:
    app.sendall(f'GET http://127.0.0.1:{web}/ HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n'.encode())
    expect(receive(app, 12) == b'HTTP/1.1 400', 'what could be read in two ways is not passed on')

# All of it at once, and longer together than any one message: what follows is not left lying.
with socket.create_connection(('::1', locked), PATIENCE_S) as app:
    methods, name = bytes([2] * 255), b'h' * 240
    app.sendall(b'\x05\xff' + methods + b'\x01\x05alice\x0bwonder land'
                + b'\x05\x01\x00\x03\xf0' + name + web.to_bytes(2, 'big'))
    expect(receive(app, 5) == b'\x05\x02\x01\x00\x05', 'greeting, login and request at once: an answer')

# One that never says where to is let go, and a byte that is no SOCKS ends it.
with socket.create_connection(('127.0.0.1', socks), PATIENCE_S) as app:
    app.sendall(b'GET / HTTP/1.1\r\n\r\n')
    expect(ends_with_error(app), 'another protocol is turned away')
finish()
