# A real server and its own client, through the link.
import hashlib, shutil

from gateways import *

needs_fuse()
if not shutil.which('redis-server') or not shutil.which('redis-cli'):
    skip(1, 'no redis here')
    finish()
world = World()
world.listener.close()
server = subprocess.Popen(['redis-server', '--port', str(world.service_port), '--bind', '127.0.0.1', '--save', '',
                           '--dir', work], stdout=subprocess.DEVNULL)
running.append(server)


def redis(*arguments, **more):
    return subprocess.run(['redis-cli', '-p', str(world.ingress_port), *arguments], capture_output=True,
                          check=False, **more).stdout


expect(eventually(lambda: redis('ping') == b'PONG\n'), 'PONG')
expect(redis('set', 'greeting', 'hello') == b'OK\n' and redis('get', 'greeting') == b'hello\n', 'set and get')
content = os.urandom(24 << 20)
expect(redis('-x', 'set', 'large', input=content) == b'OK\n', 'a large value goes in')
got = redis('get', 'large')[:-1]
expect(hashlib.sha256(got).digest() == hashlib.sha256(content).digest(), 'and comes out the same')
bench = subprocess.run(['redis-benchmark', '-p', str(world.ingress_port), '-n', '3000', '-c', '50', '-k', '0', '-t',
                        'get', '-q'], capture_output=True, text=True, check=False)
expect(bench.returncode == 0 and 'requests per second' in bench.stdout, f'a connection for each request: {bench}')
finish()
