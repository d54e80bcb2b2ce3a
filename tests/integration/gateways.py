# Imported by the scripts here that are written in Python: gateways as processes of the built program
# ($CIX), simulated machines for them, and the two ends of an application's connection through them.
import atexit, json, os, random, re, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time

CIX = os.environ.get('CIX') or sys.exit('CIX: the built cix')
SCHEME = sys.argv[1] if len(sys.argv) > 1 else 'tls' # of the links
CHANNEL = {'tls': 'tls13', 'spdm': 'spdm'} # as logs and status say it
PATIENCE_S = 40
work = tempfile.mkdtemp(prefix='cix-gateways-')
counts = {'passed': 0, 'failed': 0, 'skipped': 0}
running = []
ports = set() # that we gave away


def at_exit():
    for process in running: # the simulators unmount what they mounted
        process.send_signal(signal.SIGCONT)
        process.terminate()
    for process in running:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    shutil.rmtree(work, ignore_errors=True)


atexit.register(at_exit)


def path(name):
    return os.path.join(work, name)


def expect(holds, what):
    counts['passed' if holds else 'failed'] += 1
    if not holds:
        print('FAIL', what, flush=True)
        for name in sorted(os.listdir(work)):
            if name.endswith('.log'):
                print(f'    {name}:', *open(path(name), errors='replace').read().splitlines()[-8:], sep='\n      ')
    return holds


def skip(count, why):
    counts['skipped'] += count
    print(f'skipped {count}: {why}')


def finish():
    print('{passed} passed, {failed} failed, {skipped} skipped'.format(**counts))
    sys.exit(counts['failed'] > 0)


def eventually(holds, seconds=PATIENCE_S):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return bool(holds())


def needs_fuse():
    if not os.access('/dev/fuse', os.W_OK):
        skip(1, 'no FUSE here')
        finish()


def free_port():
    """Below those that the kernel gives to whoever connects: nobody takes it before we listen."""
    while True:
        port = random.randrange(20000, 32000)
        try:
            socket.create_server(('127.0.0.1', port)).close()
        except OSError:
            continue
        if port not in ports:
            ports.add(port)
            return port


def cix(*arguments):
    return subprocess.run([CIX, *arguments], cwd=work, capture_output=True, text=True, check=False)


# ---- simulated machines ----

class Machine:
    """A simulated guest; `options` as cix sim takes them. Its policy accepts exactly it."""

    def __init__(self, platform, name, *options):
        self.platform, self.name = platform, name
        os.makedirs(path(name), exist_ok=True)
        self.process = subprocess.Popen([CIX, 'sim', '--foreground', '--platform', platform, '--state',
                                         'sim', '--mount', name, *options], cwd=work,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append(self.process)
        expect(eventually(lambda: os.path.ismount(path(name))), f'{name} is not mounted')
        expect(cix('attest', '--tsm-root', name, '--out', f'{name}.evidence').returncode == 0, 'attest')
        claims = json.loads(cix('inspect', f'{name}.evidence', '--json').stdout)['claims']
        self.measurement = claims['measurement']
        self.identity = (f'chip_id: "{claims["chip_id"]}"' if platform == 'snp' else
                         f'platform_instance_id: "{claims["pck"]["piid"]}"')

    def end(self):
        self.process.terminate()
        self.process.wait()
        eventually(lambda: not os.path.ismount(path(self.name)))

    def policy(self, file, measurement=None, identity=None, more=''):
        with open(path(file), 'w') as out:
            out.write(f'trust: [ sim/trust ]\nendorsements: [ sim/endorsements ]\naccept:\n'
                      f'  - platform: {self.platform}\n'
                      f'    measurement: "{measurement or self.measurement}"\n'
                      f'    identity: {{ {identity or self.identity} }}\n{more}')
        return file


# ---- gateways ----

class Gateway:
    def __init__(self, name, configuration):
        self.name = name
        with open(path(f'{name}.yaml'), 'w') as out:
            out.write(configuration)
            if 'control_socket' not in configuration:
                out.write(f'control_socket: {name}.sock\n')
        self.process = None
        self.start()

    def start(self):
        log = open(path(f'{self.name}.log'), 'a')
        self.process = subprocess.Popen([CIX, 'run', '-c', f'{self.name}.yaml'], cwd=work,
                                        stdout=log, stderr=log)
        running.append(self.process)
        expect(eventually(lambda: self.process.poll() is not None or self.status()), f'{self.name} starts')

    def status(self):
        said = cix('status', '--socket', f'{self.name}.sock', '--json')
        return json.loads(said.stdout) if said.returncode == 0 else None

    def is_up(self, link=None):
        status = self.status()
        return status and any(one['state'] == 'up' and (not link or one.get('name') == link)
                              for one in status['links'])

    def log(self):
        return open(path(f'{self.name}.log'), errors='replace').read()

    def logs(self, pattern, seconds=PATIENCE_S):
        """A line that holds the whole pattern is or will be in the log."""
        return expect(eventually(lambda: re.search(pattern, self.log(), re.M), seconds),
                      f'{self.name} does not log: {pattern}')

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


class World:
    """An SNP machine beside the clients and a TDX machine with the service, mutually attested."""

    def __init__(self, **changes):
        self.outside_machine = changes.get('outside_machine') or Machine('snp', 'outside-tsm')
        self.inside_machine = changes.get('inside_machine') or Machine('tdx', 'inside-tsm')
        self.link_port, self.ingress_port = free_port(), free_port()
        self.connect_port = changes.get('connect_port', self.link_port)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.listener.settimeout(PATIENCE_S)
        self.service_port = self.listener.getsockname()[1]
        self.inside_policy = self.inside_machine.policy('inside-policy.yaml')
        self.outside_policy = self.outside_machine.policy('outside-policy.yaml')
        self.changes = changes
        self.inside = Gateway('inside', self.inside_yaml())
        self.outside = Gateway('outside', self.outside_yaml())

    def inside_yaml(self):
        change = self.changes
        return (f'listen: [ "{SCHEME}://127.0.0.1:{self.link_port}" ]\n'
                f'attest: {change.get("inside_attest", "tdx")}\ntsm_root: inside-tsm\n'
                f'clients: {change.get("clients", f"{{ policy: {self.outside_policy} }}")}\n'
                f'egress: [ {{ service: db, to: "tcp://127.0.0.1:{self.service_port}" }} ]\n')

    def outside_yaml(self):
        change = self.changes
        policy = change.get('policy', self.inside_policy)
        return (f'links:\n  cloud:\n    connect: "{SCHEME}://127.0.0.1:{self.connect_port}"\n'
                f'    verify: {{ policy: {policy}, reattest: {change.get("reattest", "1h")} }}\n'
                f'attest: {change.get("outside_attest", "snp")}\ntsm_root: outside-tsm\n'
                f'ingress: [ {{ listen: "tcp://127.0.0.1:{self.ingress_port}", to: cloud/db }} ]\n'
                f'connect_timeout: {change.get("connect_timeout", "30s")}\n')

    def connect(self):
        app = socket.create_connection(('127.0.0.1', self.ingress_port), PATIENCE_S)
        app.settimeout(PATIENCE_S)
        return app

    def join(self):
        """An application's connection from both its ends: (application, service)."""
        app = self.connect()
        try:
            service, _ = self.listener.accept()
        except TimeoutError:
            expect(False, 'a connection reaches the service')
            finish()
        service.settimeout(PATIENCE_S)
        return app, service

    def turns_away(self):
        """An application is reset, sooner or later."""
        try:
            with self.connect() as app:
                app.sendall(b'secret')
                return ends_with_error(app)
        except ConnectionError:
            return True

    def nobody_comes(self):
        self.listener.settimeout(0.2)
        try:
            self.listener.accept()[0].close()
            return False
        except TimeoutError:
            return True
        finally:
            self.listener.settimeout(PATIENCE_S)


# ---- the ends of connections ----

def receive(connection, size):
    got = b''
    while len(got) < size:
        more = connection.recv(min(size - len(got), 1 << 20))
        if not more:
            break
        got += more
    return got


def carries(sender, receiver, content):
    sender.sendall(content)
    return receive(receiver, len(content)) == content


def ends_cleanly(connection):
    try:
        return connection.recv(1) == b''
    except OSError:
        return False


def how_it_ends(connection):
    """(bytes that came, 'end' or 'error')"""
    size = 0
    while True:
        try:
            more = connection.recv(1 << 20)
        except ConnectionError:
            return size, 'error'
        except TimeoutError:
            return size, 'nothing'
        if not more:
            return size, 'end'
        size += len(more)


def ends_with_error(connection):
    return how_it_ends(connection)[1] == 'error'


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    connection.close()


class Cable:
    """Carries the link's connections until it is told to cut them all."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.to, self.pairs = None, []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            one, _ = self.listener.accept()
            try:
                other = socket.create_connection(('127.0.0.1', self.to))
            except OSError:
                reset(one)
                continue
            pair = [one, other]
            self.pairs.append(pair)
            pair += [threading.Thread(target=self.carry, args=(pair, *ends), daemon=True)
                     for ends in ((one, other), (other, one))]
            pair[2].start(), pair[3].start()

    def carry(self, pair, source, sink):
        try:
            while more := source.recv(65536):
                sink.sendall(more)
            how = lambda: sink.shutdown(socket.SHUT_WR)
        except OSError:
            how = lambda: reset(sink)
        if pair in self.pairs: # else it was cut, and how is not for us to say
            quietly(how)

    def end(self, how):
        pairs, self.pairs = self.pairs, []
        for one, other, *carriers in pairs:
            for end in one, other: # wakes the carriers, and says nothing to the other side
                quietly(lambda: end.shutdown(socket.SHUT_RD))
        for one, other, *carriers in pairs:
            for carrier in carriers:
                carrier.join(5)
            for end in one, other:
                quietly(lambda: how(end))


def quietly(act):
    try:
        act()
    except OSError:
        pass
