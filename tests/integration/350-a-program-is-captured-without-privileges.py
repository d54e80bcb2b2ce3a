# Unmodified programs under `cix exec`: their connections go through the link, and nowhere else.
import contextlib, shutil, textwrap

from gateways import *

needs_fuse()
web, web6, closed = free_port(), free_port(), free_port()
gate = path('exec.sock')
MPTCP = 262


class Captured(World):
    def inside_yaml(self):
        return (f'listen: [ "tls://127.0.0.1:{self.link_port}" ]\nattest: tdx\ntsm_root: inside-tsm\n'
                f'clients: {{ policy: {self.outside_policy} }}\n'
                f'egress: [ {{ allow: [ "127.0.0.0/8:{web},{closed},{self.service_port}", "[::1]:{web6}" ] }} ]\n')

    def outside_yaml(self):
        return (f'links:\n  cloud:\n    connect: "tls://127.0.0.1:{self.link_port}"\n'
                f'    verify: {{ policy: {self.inside_policy} }}\n'
                f'attest: snp\ntsm_root: outside-tsm\ningress:\n  - {{ exec: exec.sock, to: cloud }}\n')


world = Captured()
expect(eventually(lambda: world.outside.is_up()), 'the link is up')
rules = f'127.0.0.0/8:{web},{closed},{world.service_port}', f'[::1]:{web6}'
under = [CIX, 'exec', '--via', gate, *[word for rule in rules for word in ('--capture', rule)], '--']


def run(*command, **more):
    return subprocess.run([*under, *command], cwd=work, capture_output=True, timeout=60, check=False, **more)


def python(program, *arguments):
    done = run(sys.executable, '-c', textwrap.dedent(program), *map(str, arguments))
    return done.stdout.decode().strip() or done.stderr.decode()


def streams_begun():
    return sum(link['streams_begun'] for link in world.outside.status()['links'])


# curl, to both families; what it gets is what the server has, and it went through the link.
if shutil.which('nginx') and shutil.which('curl'):
    os.makedirs(path('html'))
    content = os.urandom(2 << 20)
    with open(path('html/file'), 'wb') as out:
        out.write(content)
    with open(path('nginx.conf'), 'w') as out:
        out.write(('user root; ' if os.geteuid() == 0 else '')
                  + 'daemon off; pid nginx.pid; error_log error.log; events {}\nhttp { access_log off; '
                  + ' '.join(f'{kind}_temp_path html;' for kind in ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
                  + f' server {{ listen 127.0.0.1:{web}; listen [::1]:{web6}; root html; }} }}\n')
    running.append(subprocess.Popen(['nginx', '-p', work, '-c', 'nginx.conf'], stderr=subprocess.DEVNULL))
    expect(eventually(lambda: subprocess.run(['curl', '-s', '-o', '/dev/null', f'http://[::1]:{web6}/file'],
                                             check=False).returncode == 0), 'nginx serves')
    for host in f'127.0.0.1:{web}', f'[::1]:{web6}':
        before = streams_begun()
        expect(run('curl', '-s', '-m', '20', f'http://{host}/file').stdout == content, f'curl {host}')
        expect(streams_begun() == before + 1, f'through the link: {host}')
else:
    skip(4, 'no nginx or curl here')

# What a program sees of its connection: the peer that it asked for, blocking or not, and by every call.
service = world.listener


def serve():
    while True:
        try:
            one, _ = service.accept()
        except OSError:
            return
        with one, contextlib.suppress(ConnectionError):
            one.sendall(b'hello')
            one.recv(100)


service.settimeout(None)
threading.Thread(target=serve, daemon=True).start()
port = world.service_port
expect(python('''
    import socket, sys
    s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    print(s.getpeername(), s.recv(5))''', port) == f"('127.0.0.1', {port}) b'hello'", 'blocking')
expect(python('''
    import socket, sys
    s = socket.socket(socket.AF_INET6)
    s.connect(('::ffff:127.0.0.1', int(sys.argv[1])))
    print(s.getpeername()[:2], s.recv(5))''', port) == f"('::ffff:127.0.0.1', {port}) b'hello'", 'IPv4 in IPv6')
expect(python('''
    import errno, select, socket, sys
    s = socket.socket()
    s.setblocking(False)
    poll = select.epoll()
    poll.register(s, select.EPOLLOUT)
    to = ('127.0.0.1', int(sys.argv[1]))
    assert s.connect_ex(to) in (0, errno.EINPROGRESS)
    assert poll.poll(10)
    assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert s.connect_ex(to) in (0, errno.EISCONN)
    poll.modify(s, select.EPOLLIN)
    poll.poll(10)
    print(s.getpeername() == to, s.recv(5))''', port) == "True b'hello'", 'not blocking, with the same descriptor')
expect(python('''
    import socket, sys
    s = socket.socket()
    s.sendto(b'early', socket.MSG_FASTOPEN, ('127.0.0.1', int(sys.argv[1])))
    print(s.recv(5))''', port) == "b'hello'", 'fast open')
expect(python('''
    import asyncio, sys
    async def one(port):
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        got = await reader.readexactly(5)
        writer.close()
        return got
    async def main():
        return await asyncio.gather(*[one(int(sys.argv[1])) for _ in range(50)])
    print(set(asyncio.run(main())))''', port) == "{b'hello'}", 'fifty at once')
before = streams_begun()
expect(python('''
    import ctypes, socket, sys
    class Part(ctypes.Structure):
        _fields_ = [('data', ctypes.c_char_p), ('size', ctypes.c_size_t)]
    class Message(ctypes.Structure):
        _fields_ = [('name', ctypes.c_char_p), ('name_size', ctypes.c_uint32), ('parts', ctypes.POINTER(Part)),
                    ('count', ctypes.c_size_t), ('control', ctypes.c_void_p), ('control_size', ctypes.c_size_t),
                    ('flags', ctypes.c_int), ('_', ctypes.c_int), ('sent', ctypes.c_uint32)]
    to = socket.AF_INET.to_bytes(2, sys.byteorder) + int(sys.argv[1]).to_bytes(2, 'big') + bytes([127, 0, 0, 1] + [0] * 8)
    message = Message(to, len(to), ctypes.pointer(Part(b'early', 5)), 1)
    s = socket.socket()
    sent = ctypes.CDLL(None).sendmmsg(s.fileno(), ctypes.byref(message), 1, socket.MSG_FASTOPEN)
    print(sent, message.sent, s.recv(5))''', port) == "1 5 b'hello'" and streams_begun() == before + 1,
       'fast open of several messages')
before = streams_begun()
expect(python('''
    import socket, sys
    own = int(sys.argv[2])
    for _ in range(2):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))
        s.bind(('127.0.0.1', own))
        s.connect(('127.0.0.1', int(sys.argv[1])))
        print(s.recv(5), end=' ')
        s.close()''', port, free_port()) == "b'hello' b'hello'" and streams_begun() == before + 2,
       'twice from the same port of its own')
try:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM, MPTCP).close()
    before = streams_begun()
    expect(python('''
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, int(sys.argv[2]))
        s.connect(('127.0.0.1', int(sys.argv[1])))
        print(s.getpeername()[1], s.recv(5))''', port, MPTCP) == f"{port} b'hello'" and streams_begun() == before + 1,
           'TCP over several paths')
except OSError:
    skip(1, 'no MPTCP here')
before = streams_begun()
expect(python('''
    import os, socket, sys
    if os.fork() == 0:
        s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
        print(s.recv(5))
    else:
        os.wait()''', port) == "b'hello'" and streams_begun() == before + 1, 'a child process too')

# Nobody serves there: an error, as it is when nobody can be reached.
expect('Reset' in python('''
    import socket, sys
    s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    s.recv(1)''', closed), 'a destination that does not answer')
world.inside.logs(f'service-unreachable.*127.0.0.1:{closed}')

# What no rule captures is left alone; and a connection that nobody announced is nobody's.
before = streams_begun()
other = socket.create_server(('127.0.0.1', 0))
expect(python('''
    import socket, sys
    print(socket.create_connection(('127.0.0.1', int(sys.argv[1]))).getpeername()[1])''',
              other.getsockname()[1]) == str(other.getsockname()[1]) and streams_begun() == before, 'not captured')
loopback = int(subprocess.run(['ss', '-Hltnp'], capture_output=True, text=True, check=False).stdout.split(
    f'pid={world.outside.process.pid},')[0].splitlines()[-1].split()[3].rsplit(':', 1)[1])
try:
    with socket.create_connection(('127.0.0.1', loopback), PATIENCE_S) as stranger:
        expect(ends_with_error(stranger), 'an unannounced connection is reset')
except ConnectionResetError:
    expect(True, 'at once')
world.outside.logs('application-refused .*announced')

# What the loader would leave out is not begun.
odd = path('a b')
os.makedirs(odd)
for one in CIX, os.path.join(os.path.dirname(CIX), '../preload/libcix-exec.so'):
    shutil.copy(one, odd)
done = subprocess.run([os.path.join(odd, 'cix'), *under[1:], 'true'], capture_output=True, text=True, check=False)
expect(done.returncode == 1 and "with a space, ':' or '$'" in done.stderr, f'a library that cannot be named: {done}')

# Fail closed: the gateway is gone, and so are connections.
world.outside.kill()
expect('refused' in python('''
    import socket, sys
    socket.create_connection(('127.0.0.1', int(sys.argv[1])))''', port).lower(), 'without the gateway: refused')
os.unlink(gate)
gone = subprocess.run([*under, 'true'], capture_output=True, text=True, check=False)
expect(gone.returncode == 1 and 'no gateway listens' in gone.stderr, 'and a program is not even begun')
for wrong in ([], ['--capture', '10.0.0.0/8', '--', 'true'], ['--via', gate, '--'],
              ['--capture', 'db.example:443', '--', 'true'], ['--capture', 'udp://10.0.0.0/8:443', '--', 'true'],
              ['--capture', '[::ffff:10.0.0.0]/104:443', '--', 'true']):
    expect(cix('exec', *wrong).returncode == 64, f'exec {wrong}')
finish()
