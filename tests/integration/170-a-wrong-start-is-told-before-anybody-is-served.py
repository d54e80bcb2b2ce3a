# C6, C8, C10, C13, K6, K11, K12 and O5: what a gateway refuses to start with, and what it admits.
import stat

from gateways import *

BASE = ('listen: [ "tls://127.0.0.1:{link}" ]\nattest: none\nclients: any\n'
        'egress: [ {{ service: db, to: "tcp://127.0.0.1:1" }} ]\n')
port = free_port()
base = BASE.format(link=port)


def wrong(configuration, code, *told):
    with open(path('wrong.yaml'), 'w') as out:
        out.write(configuration)
    try:
        ran = subprocess.run([CIX, 'run', '-c', 'wrong.yaml'], cwd=work, capture_output=True, text=True,
                             check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        expect(False, f'it runs: {configuration}')
        return
    expect(ran.returncode == code, f'exit {ran.returncode} instead of {code}: {ran.stderr}')
    for one in told:
        expect(one in ran.stderr, f'{one!r} is not in {ran.stderr!r}')
    expect('gateway-start' not in ran.stderr, 'nobody was served')


none = 'control_socket: none\n'
# C6, C9
wrong('links: { cloud: { connect: "tls://h:1" } }\n' + none, 2, 'wrong.yaml', 'line 1', "'verify:' is missing")
wrong('links:\n  cloud:\n    connect: "tls://h:1"\n    verify: { policy: absent.yaml }\n' + none, 2, 'line 4',
      'absent.yaml', 'No such file')
with open(path('empty.yaml'), 'w') as out:
    out.write('accept: []\n')
wrong('links:\n  cloud:\n    connect: "tls://h:1"\n    verify: { policy: empty.yaml }\n' + none, 2, 'line 4',
      'empty.yaml')
with open(path('open.yaml'), 'w') as out:
    out.write(f'accept:\n  - platform: snp\n    measurement: "{"ab" * 48}"\n')
wrong('links:\n  cloud:\n    connect: "tls://h:1"\n    verify: { policy: open.yaml }\n' + none, 2, 'line 4',
      'open.yaml', 'insecure_any_instance')
# A machine that has nothing to prove with.
os.makedirs(path('nothing'))
wrong(base.replace('attest: none', 'attest: auto') + 'tsm_root: nothing\n' + none, 1, 'attest: auto')
wrong(base.replace('attest: none', 'attest: snp') + 'tsm_root: nothing\n' + none, 1, 'attest: snp')
# C13, K11
with open(path('key.pem'), 'w') as out:
    out.write('secret')
os.chmod(path('key.pem'), 0o644)
wrong(base + 'identity: { key: key.pem, certificate: key.pem }\n' + none, 2, 'key.pem', 'chmod 600')
os.chmod(path('key.pem'), 0o600)
wrong(base + 'identity: { key: key.pem, certificate: key.pem }\n' + none, 2, 'identity')
# K11: the control socket's place is taken by something else.
wrong(base + 'control_socket: key.pem\n', 1, 'key.pem', 'is no socket')
expect(open(path('key.pem')).read() == 'secret', 'and it is left alone')
os.symlink(path('key.pem'), path('trap.sock'))
wrong(base + 'control_socket: trap.sock\n', 1, 'trap.sock')
wrong(base + 'control_socket: /proc/none/there.sock\n', 1, '/proc/none/there.sock')

# C8, K6: who runs already is not disturbed.
gateway = Gateway('first', base)
expect(gateway.status() is not None, 'the first runs')
wrong(base + none, 1, f'127.0.0.1:{port}', 'in use by another program')
wrong(BASE.format(link=free_port()) + 'control_socket: first.sock\n', 1, 'first.sock', 'another gateway runs')
expect(gateway.status() is not None, 'the first still runs')
# O5
mode = os.stat(path('first.sock')).st_mode
expect(stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600, 'the control socket is its owner\'s')
# K12
with open(f'/proc/{gateway.process.pid}/limits') as limits:
    expect(any(line.split()[:6] == ['Max', 'core', 'file', 'size', '0', '0'] for line in limits), 'no core file')
# A socket that a killed gateway left behind is replaced.
gateway.kill()
expect(os.path.exists(path('first.sock')), 'left behind')
gateway.start()
expect(gateway.status() is not None, 'it starts again')
expect(gateway.end() == 0 and not os.path.exists(path('first.sock')), 'and takes its socket along')

# C10: what is insecure says so at start and for as long as it runs.
with open(path('any.yaml'), 'w') as out:
    out.write('accept:\n  - platform: snp\n    insecure_any_measurement: true\n    insecure_any_instance: true\n')
careless = Gateway('careless', f'links:\n  a: {{ connect: "tls://127.0.0.1:{free_port()}", verify: '
                   '{ insecure_skip_appraisal: true } }\n  b: { connect: "tls://127.0.0.1:2", '
                   'verify: { policy: any.yaml } }\n')
for where, knob in (('a', 'insecure_skip_appraisal'), ('b', 'insecure_any_measurement'),
                    ('b', 'insecure_any_instance')):
    careless.logs(f'warning insecure where={where} knob={knob}$')
    expect(f'{where}: {knob}' in careless.status()['insecure'], f'{where}: {knob} is in the status')
careless.end()
finish()
