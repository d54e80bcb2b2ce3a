# R4
import random, resource

from vendor import *

folder = simulate()
other = simulate('other') # the same objects, under other roots and of other sizes
TRUST = ['--trust', 'state/trust']
BOTH = [*TRUST, '--trust', 'other/trust']
vendor = Vendor()
vendor.answers = amd_of(folder)


def hidden(cache):
    return {name for name in os.listdir(path(cache)) if name.startswith('.')}


def whole(cache, what):
    """Every file is an object that verifies, by itself: the index is not asked."""
    shutil.copytree(path(cache), path('looked-at'))
    if os.path.exists(path('looked-at', '.index.json')):
        os.unlink(path('looked-at', '.index.json'))
    files = {name for name in os.listdir(path('looked-at')) if not name.startswith('.')}
    said = listed('looked-at', *BOTH)
    shutil.rmtree(path('looked-at'))
    return expect(said.keys() == files and all(one['state'] == 'fresh' for one in said.values()),
                  f'{what}: {[(name, one["state"]) for name, one in said.items()]} of {files}')


# ---- killed at any moment ----

random.seed(7)
expect(cix('collateral', 'import', folder, '--cache', 'killed', *BOTH).returncode == 0, 'import')
begun = time.monotonic()
cix('collateral', 'import', folder, '--cache', 'timed', *BOTH)
takes = time.monotonic() - begun
died = 0
for turn in range(60):
    process = subprocess.Popen([CIX, 'collateral', 'import', other if turn % 2 else folder, '--cache', 'killed', *BOTH],
                               cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0, 0.9 * takes))
    process.kill()
    died += process.wait() == -signal.SIGKILL
    if not whole('killed', f'killed, turn {turn}'):
        break
expect(died > 20, f'killed on the way: {died}')
done = cix('collateral', 'import', folder, '--cache', 'killed', *BOTH)
expect(done.returncode == 0, f'and goes on: {done.stderr}')
expect(hidden('killed') == {'.index.json', '.lock'}, f'nothing is left of the dead: {hidden("killed")}')

# Killed between an answer and the next.
vendor.gate.clear()
process = subprocess.Popen([CIX, 'collateral', 'fetch', '--product', 'Milan', '--cache', 'halfway', '--kds-url', vendor.url,
                            *TRUST], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while not vendor.asked:
    time.sleep(0.05)
process.kill()
process.wait()
vendor.gate.set()
expect(listed('halfway', code=0) == {}, 'nothing was stored')

# ---- two at once ----

both = [subprocess.Popen([CIX, 'collateral', 'fetch', '--product', 'Milan', '--cache', 'shared', '--kds-url', vendor.url,
                          '--force', *TRUST], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(6)]
both += [subprocess.Popen([CIX, 'collateral', 'import', folder, '--cache', 'shared', *TRUST], cwd=work,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(6)]
codes = [process.wait() for process in both]
expect(set(codes) == {0, 1}, f'each does its own: {codes}') # 1: this vendor has no VLEK chain
whole('shared', 'two at once')
index = json.loads(read(path('shared', '.index.json')))
files = {name for name in os.listdir(path('shared')) if not name.startswith('.')}
expect(len(files) >= 10 and index['objects'].keys() == files, f'the index knows them all: {sorted(index["objects"])}')

# ---- the index lost or damaged, a file damaged ----

sources = {name: one['source'] for name, one in listed('shared').items()}
for what, text in (('cut', read(path('shared', '.index.json'))[:500]), ('junk', b'\0\1\2'), ('empty', b''),
                   ('deep', b'[' * 100000), ('of another version', b'{"version":2,"objects":{}}'),
                   ('of names that lead elsewhere', b'{"version":1,"objects":{"../x":{}}}')):
    open(path('shared', '.index.json'), 'wb').write(text)
    said = listed('shared', *TRUST, code=0)
    expect(said.keys() == sources.keys(), f'index {what}: {sorted(said)}')
os.unlink(path('shared', '.index.json'))
expect(listed('shared', *TRUST, code=0).keys() == sources.keys(), 'without an index')
expect(fetch(vendor, '--product', 'Milan', *TRUST, cache='shared')[CHAIN_NAME]['result'] == 'fresh',
       'nor is anything fetched again')

with open(path('shared', CHAIN_NAME), 'r+b') as file:
    file.truncate(1000)
said = listed('shared', *TRUST, code=1)
expect(said[CHAIN_NAME]['state'] == 'unusable', f'a damaged file: {said[CHAIN_NAME]}')
expect(fetch(vendor, '--product', 'Milan', *TRUST, cache='shared')[CHAIN_NAME]['result'] == 'fetched',
       'is fetched again')
listed('shared', *TRUST, code=0)

# A file that is none of ours is told, and pruned.
open(path('shared', 'notes.txt'), 'w').write('hello')
os.mkfifo(path('shared', 'pipe'))
expect(listed('shared', *TRUST, code=1)['notes.txt']['state'] == 'unusable', 'a file that is none of ours')
expect(cix('collateral', 'prune', '--cache', 'shared', *TRUST).stdout == 'removed   notes.txt\n', 'pruned')
listed('shared', *TRUST, code=0)

# ---- a full disk: the old object stays, and nothing is left behind ----

before = {name: read(path('killed', name)) for name in os.listdir(path('killed'))}


def few_bytes():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


done = cix('collateral', 'import', other, '--cache', 'killed', *BOTH, preexec_fn=few_bytes)
expect(done.returncode == 1 and 'the disk is full: the cache is as it was' in done.stderr, f'full: {done.stderr}')
expect({name: read(path('killed', name)) for name in os.listdir(path('killed'))} == before, 'all is as it was')

mounted = os.geteuid() == 0 and subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=24k', 'tmpfs', path('killed')],
                                               capture_output=True).returncode == 0
if mounted:
    try:
        done = cix('collateral', 'import', folder, '--cache', 'killed', *TRUST)
        expect(done.returncode == 1 and 'the disk is full' in done.stderr, f'really full: {done.stderr}')
        kept = {name: read(path('killed', name)) for name in os.listdir(path('killed'))}
        expect('.draft' not in kept and len(kept) > 2, f'what fitted is there: {sorted(kept)}')
        expect(all(kept.values()) or '.lock' in kept, 'and whole')
        vendor.answers[CHAIN] = answer(read(folder, 'snp-Milan-chain.pem') + b'\n')
        said = fetch(vendor, '--product', 'Milan', '--force', *TRUST, cache='killed')
        expect(said[CHAIN_NAME]['result'] in ('not written', 'unchanged', 'fetched'), f'{said[CHAIN_NAME]}')
        listed('killed', *TRUST)
    finally:
        subprocess.run(['umount', path('killed')], check=True)
else:
    skip(1, 'no small disk can be mounted here')

# ---- folders that cannot be ----

open(path('a-file'), 'w').close()
for where in ('a-file', 'a-file/below', '/proc/none', '/dev/null'):
    done = cix('collateral', 'import', folder, '--cache', where, *TRUST)
    expect(done.returncode == 1 and done.stderr.startswith('cix collateral import: '), f'{where}: {done.stderr}')
expect(cix('collateral', 'list', '--cache', 'not-there').returncode == 1, 'there is no cache')
os.mkdir(path('full'))
for number in range(4097):
    open(path('full', str(number)), 'w').close()
done = cix('collateral', 'list', '--cache', 'full')
expect(done.returncode == 1 and 'more files than we read' in done.stderr, f'too many: {done.stderr}')
vendor.end()
finish()
