# A simulated TD behind `cix spdm responder`: its evidence is fresh, bound to the nonce, the session and the key, and
# judged by the requester's policy. docs/spdm-cpu-tee-profile.md
from gateways import *

needs_fuse()
TEE, OTHER = Machine('tdx', 'tee'), Machine('tdx', 'other', '--measurement', 'aa' * 48)
TEE.policy('good.yaml')
OTHER.policy('other.yaml')


def openssl(*arguments, text=None):
    done = subprocess.run(['openssl', *arguments], cwd=work, input=text, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f'openssl {arguments}: {done.stderr}')


def make_chain(name):
    curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes']
    openssl('req', '-x509', *curve, '-keyout', f'{name}-root.key', '-subj', '/CN=Root', '-out', f'{name}-root.pem', '-days', '9')
    openssl('req', *curve, '-keyout', f'{name}.key', '-subj', '/CN=TEE', '-out', f'{name}.csr')
    with open(path('leaf.cnf'), 'w') as out:
        out.write('basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n')
    openssl('x509', '-req', '-in', f'{name}.csr', '-CA', f'{name}-root.pem', '-CAkey', f'{name}-root.key', '-CAcreateserial',
            '-days', '9', '-extfile', 'leaf.cnf', '-out', f'{name}-leaf.pem')
    with open(path(f'{name}.pem'), 'w') as out:
        out.write(open(path(f'{name}-root.pem')).read() + open(path(f'{name}-leaf.pem')).read())
    os.chmod(path(f'{name}.key'), 0o600)


def serve(machine, *more):
    log = open(path('responder.log'), 'w+')
    process = subprocess.Popen([CIX, 'spdm', 'responder', '127.0.0.1:0', '--once', '--chain', 'a.pem', '--key', 'a.key',
                                '--attest', 'tdx', '--tsm-root', machine, *more], cwd=work, stdout=subprocess.DEVNULL, stderr=log)
    running.append(process)
    expect(eventually(lambda: 'listening' in open(path('responder.log')).read()), 'the responder listens')
    return re.search(r'listening at (\S+)\n', open(path('responder.log')).read())[1]


def ask(machine, policy, *more, do='certificate,measurements'):
    address = serve(machine)
    said = cix('spdm', 'requester', address, '--trust', 'a-root.pem', '--policy', policy, '--do', do, '--json', *more)
    return said.returncode, json.loads(said.stdout)['appraisal'], said.stderr


make_chain('a')
for version in '1.2', '1.3', '1.4':
    code, appraisal, _ = ask('tee', 'good.yaml', '--versions', version)
    expect((code, appraisal) == (0, {'platform': 'tdx', 'verdict': 'accepted', 'reasons': []}), f'{version}: {code, appraisal}')
    code, appraisal, _ = ask('tee', 'good.yaml', '--versions', version, do='certificate,session,measurements,end')
    expect(code == 0 and appraisal['verdict'] == 'accepted', f'{version} in a session: {code, appraisal}')

# The policy decides: other code, and a debugged TD, are denied, and the exit says so.
code, appraisal, said = ask('tee', 'other.yaml')
expect(code == 2 and appraisal['verdict'] == 'denied' and 'TDX_MEASUREMENT_NOT_ACCEPTED' in appraisal['reasons'],
       f'other code: {code, appraisal}')
code, appraisal, _ = ask('other', 'good.yaml')
expect(code == 2 and appraisal['verdict'] == 'denied', f'another guest: {code, appraisal}')

# In words, too; and without a policy nothing is judged.
said = cix('spdm', 'requester', serve('tee'), '--trust', 'a-root.pem', '--policy', 'good.yaml', '--do', 'certificate,measurements')
expect(said.returncode == 0 and 'appraisal: tdx, accepted' in said.stdout, said.stdout[-300:] + said.stderr)
said = cix('spdm', 'requester', serve('tee'), '--trust', 'a-root.pem', '--do', 'certificate,measurements', '--json')
expect(said.returncode == 0 and json.loads(said.stdout)['appraisal'] is None, 'nothing is judged that nobody asked for')

# Measurements of files are no evidence.
with open(path('firmware'), 'w') as out:
    out.write('firmware')
log = open(path('responder.log'), 'w')
running.append(subprocess.Popen([CIX, 'spdm', 'responder', '127.0.0.1:0', '--once', '--chain', 'a.pem', '--key', 'a.key',
                                 '--measure', '1:firmware=firmware'], cwd=work, stdout=subprocess.DEVNULL, stderr=log))
expect(eventually(lambda: 'listening' in open(path('responder.log')).read()), 'the responder listens')
address = re.search(r'listening at (\S+)\n', open(path('responder.log')).read())[1]
said = cix('spdm', 'requester', address, '--trust', 'a-root.pem', '--policy', 'good.yaml', '--do', 'certificate,measurements')
expect(said.returncode == 2 and 'accepted' not in said.stdout, f'no evidence: {said.stdout[-200:]}')

for wrong, what in ((['--attest', 'nothing', '--chain', 'a.pem', '--key', 'a.key'], 'no evidence of'),
                    (['--attest', 'tdx'], '--chain and --key'),
                    (['--attest', 'tdx', '--chain', 'a.pem', '--key', 'a.key', '--measure', '1:firmware=firmware'], 'two responders')):
    said = cix('spdm', 'responder', '127.0.0.1:0', '--once', *wrong)
    expect(said.returncode != 0 and what in said.stderr, f'{wrong}: {said.stderr}')
finish()
