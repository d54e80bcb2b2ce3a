# Every platform that can bind a channel, each in a gateway of its own on its simulated machine, mutually attested
# with every other: a link of each kind in each direction, and bytes through it. Prints the table of docs/platforms.md.
import json, os, socket, subprocess, threading

from gateways import *

SCHEMES = ('tls', 'spdm')
# What else a platform's policy entry needs; every platform with a simulated machine takes part.
UNABLE = {'sev': 'has no field for a binding', 'android': 'attests keys, and no gateway runs there',
          'psa': 'attests a device, and no gateway runs there', 'nvidia': 'is a device: a CPU vouches for it'}


def simulated():
    """The platforms that `cix sim` knows, by its own words."""
    said = cix('sim', '--platform', 'none-such', '--state', 'sim', '--evidence-out', 'x')
    names = said.stderr.split('known are:')[-1].split() if 'known are:' in said.stderr else []
    expect(len(names) >= 2, f'cix sim names its platforms: {said.stderr}')
    return [name for name in names if name not in UNABLE]


class Party:
    """A gateway on a simulated machine: it listens for all, has a link to each, and serves its own name."""

    def __init__(self, platform):
        self.platform, self.service_port = platform, free_port()
        self.ports = {scheme: free_port() for scheme in SCHEMES}
        self.ingress = {}
        said = cix('sim', '--platform', platform, '--state', 'sim', '--evidence-out', f'{platform}.evidence',
                   '--endorsements-out', f'{platform}.endorsements')
        expect(said.returncode == 0, f'{platform}: {said.stderr}')
        self.claims = json.loads(cix('inspect', f'{platform}.evidence', '--json').stdout)['claims']

    def accepted(self):
        """Where the measurement is of what runs below the guest, the guest is pinned by its registers."""
        guest = self.claims.get('pcrs', {}).get('sha256', {}) if self.platform.startswith('azure') else {}
        claims = ''.join(f'    claims: {{ pcrs.sha256.{i}: "{guest[i]}" }}\n' for i in ('7',) if i in guest)
        return (f'  - platform: {self.platform}\n    measurement: "{self.claims["measurement"]}"\n{claims}'
                f'    insecure_any_instance: true\n')

    def configure(self, others):
        ways = [(scheme, other) for scheme in SCHEMES for other in others]
        self.ingress = {(scheme, other.platform): free_port() for scheme, other in ways}
        links = ''.join(f'  {scheme}-to-{other.platform}:\n'
                        f'    connect: "{scheme}://127.0.0.1:{other.ports[scheme]}"\n'
                        f'    verify: {{ policy: any.yaml }}\n' for scheme, other in ways)
        ingress = ''.join(f'  - {{ listen: "tcp://127.0.0.1:{self.ingress[scheme, other.platform]}", '
                          f'to: {scheme}-to-{other.platform}/name }}\n' for scheme, other in ways)
        listen = ', '.join(f'"{scheme}://127.0.0.1:{port}"' for scheme, port in self.ports.items())
        with open(path(f'{self.platform}.yaml'), 'w') as out:
            out.write(f'listen: [ {listen} ]\nattest: {self.platform}\n'
                      f'clients: {{ policy: any.yaml }}\ncontrol_socket: {self.platform}.sock\n'
                      f'egress: [ {{ service: name, to: "tcp://127.0.0.1:{self.service_port}" }} ]\n'
                      f'links:\n{links}ingress:\n{ingress}')

    def start(self):
        self.service = socket.create_server(('127.0.0.1', self.service_port))
        threading.Thread(target=self.serve, daemon=True).start()
        log = open(path(f'{self.platform}.log'), 'a')
        self.process = subprocess.Popen([CIX, 'sim', '--platform', self.platform, '--state', 'sim', '--', CIX, 'run',
                                         '-c', f'{self.platform}.yaml'], cwd=work, stdout=log, stderr=log)
        running.append(self.process)

    def serve(self):
        while True:
            one, _ = self.service.accept()
            with one:
                one.sendall(f'here is {self.platform}'.encode())

    def is_ready(self):
        return self.process.poll() is None and os.path.exists(path(f'{self.platform}.sock'))

    def links(self):
        said = cix('status', '--socket', f'{self.platform}.sock', '--json')
        return json.loads(said.stdout)['links'] if said.returncode == 0 else []

    def up(self):
        """The names of our links that are up, each over what it asked for."""
        return {link['name'] for link in self.links() if link['state'] == 'up' and '-to-' in str(link.get('name'))
                and link['channel'] == CHANNEL[link['name'].split('-to-')[0]]}

    def hears(self, scheme, other):
        with socket.create_connection(('127.0.0.1', self.ingress[scheme, other.platform]), PATIENCE_S) as app:
            app.settimeout(PATIENCE_S)
            return receive(app, 64) == f'here is {other.platform}'.encode()


cix('sim', 'init', '--state', 'sim')
parties = [Party(platform) for platform in simulated()]
with open(path('any.yaml'), 'w') as policy:
    given = [f'{party.platform}.endorsements' for party in parties # a chip's certificate, where no guest can send it
             if party.platform == 'azure_snp']
    policy.write(f'trust: [ sim/trust ]\nendorsements: [ {", ".join(["sim/endorsements"] + given)} ]\naccept:\n' +
                 ''.join(party.accepted() for party in parties))
for party in parties:
    party.configure([other for other in parties if other is not party])
    party.start()

for party in parties:
    if not expect(eventually(lambda: party.is_ready() or party.process.poll() is not None) and party.is_ready(),
                  f'{party.platform} starts'):
        finish() # the others would wait for it, each in vain

eventually(lambda: all(len(party.up()) == len(SCHEMES) * (len(parties) - 1) for party in parties), 120)
cells = {}
for party in parties:
    up = party.up()
    for scheme in SCHEMES:
        for other in parties:
            if other is not party:
                cells[scheme, party.platform, other.platform] = (f'{scheme}-to-{other.platform}' in up
                                                                 and party.hears(scheme, other))
names = [party.platform for party in parties]
for scheme in SCHEMES:
    print(f'| from \\ to, over {scheme}:// | ' + ' | '.join(names) + ' |')
    print('|---' * (len(names) + 1) + '|')
    for one in names:
        print(f'| {one} | ' + ' | '.join('-' if one == other else 'yes' if cells[scheme, one, other] else 'NO'
                                         for other in names) + ' |')
for holds in cells.values():
    counts['passed' if holds else 'failed'] += 1
if not all(cells.values()):
    expect(False, 'every link is up')
finish()
