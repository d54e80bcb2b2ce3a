# Every platform that can bind a channel, each in a gateway of its own on its simulated machine, mutually attested
# with every other: one link in each direction, and bytes through it. Prints the table of docs/platforms.md.
import glob, json, os, socket, subprocess, sys, threading

from gateways import *

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
        self.platform, self.port, self.service_port = platform, free_port(), free_port()
        self.ingress = {}
        said = cix('sim', '--platform', platform, '--state', 'sim', '--evidence-out', f'{platform}.evidence')
        expect(said.returncode == 0, f'{platform}: {said.stderr}')
        inspected = cix('inspect', f'{platform}.evidence', '--json')
        self.measurement = json.loads(inspected.stdout)['claims']['measurement']

    def accepted(self):
        return (f'  - platform: {self.platform}\n    measurement: "{self.measurement}"\n'
                f'    insecure_any_instance: true\n')

    def configure(self, others):
        self.ingress = {other.platform: free_port() for other in others}
        links = ''.join(f'  to-{other.platform}:\n    connect: "tls://127.0.0.1:{other.port}"\n'
                        f'    verify: {{ policy: any.yaml }}\n' for other in others)
        ingress = ''.join(f'  - {{ listen: "tcp://127.0.0.1:{self.ingress[other.platform]}", '
                          f'to: to-{other.platform}/name }}\n' for other in others)
        with open(path(f'{self.platform}.yaml'), 'w') as out:
            out.write(f'listen: [ "tls://127.0.0.1:{self.port}" ]\nattest: {self.platform}\n'
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

    def links(self):
        said = cix('status', '--socket', f'{self.platform}.sock', '--json')
        return json.loads(said.stdout)['links'] if said.returncode == 0 else []

    def is_up(self, other):
        return any(link.get('name') == f'to-{other.platform}' and link['state'] == 'up' for link in self.links())

    def hears(self, other):
        with socket.create_connection(('127.0.0.1', self.ingress[other.platform]), PATIENCE_S) as app:
            app.settimeout(PATIENCE_S)
            return receive(app, 64) == f'here is {other.platform}'.encode()


cix('sim', 'init', '--state', 'sim')
parties = [Party(platform) for platform in simulated()]
with open(path('any.yaml'), 'w') as policy:
    policy.write('trust: [ sim/trust ]\nendorsements: [ sim/endorsements ]\naccept:\n' +
                 ''.join(party.accepted() for party in parties))
for party in parties:
    party.configure([other for other in parties if other is not party])
    party.start()

cells = {}
for party in parties:
    for other in parties:
        if other is not party:
            up = expect(eventually(lambda: party.is_up(other)), f'{party.platform} to {other.platform}: {party.links()}')
            cells[party.platform, other.platform] = up and expect(party.hears(other), f'{party.platform} hears '
                                                                  f'{other.platform}')
names = [party.platform for party in parties]
print('| from \\ to | ' + ' | '.join(names) + ' |')
print('|---' * (len(names) + 1) + '|')
for one in names:
    print(f'| {one} | ' + ' | '.join('-' if one == other else 'yes' if cells[one, other] else 'NO' for other in names)
          + ' |')
finish()
