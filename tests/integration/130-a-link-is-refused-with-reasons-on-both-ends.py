# P7, P17 and the verdicts of policy: nobody gets in, and both ends know why.
import socket, ssl, subprocess

from gateways import *

needs_fuse()
outside_machine, inside_machine = Machine('snp', 'outside-tsm'), Machine('tdx', 'inside-tsm')
other = 'ee' * 48


def refused(what, reason, judge, **changes):
    """`judge` is the end whose policy says no."""
    world = World(outside_machine=outside_machine, inside_machine=inside_machine, **changes)
    judging, judged = ((world.outside, world.inside) if judge == 'outside' else
                       (world.inside, world.outside))
    judging.logs(f'link-refused .*verdict=denied by=us reasons=[A-Z_,]*{reason}')
    judged.logs(f'link-refused .*by=peer reasons=[A-Z_,]*{reason}')
    expect(world.turns_away(), f'{what}: the application is reset')
    expect(world.nobody_comes(), f'{what}: the service is never reached')
    status = world.outside.status()
    link = next(one for one in status['links'] if one['name'] == 'cloud')
    expect(link['state'] != 'up' and reason in link.get('reason', ''), f'{what}: status says {link}')
    expect(world.inside.status()['denied'] >= 1, f'{what}: counted')
    expect('link-open' not in world.outside.log() + world.inside.log(), f'{what}: never open')
    world.outside.end()
    world.inside.end()
    for name in ('outside.log', 'inside.log'):
        os.unlink(path(name))


inside_machine.policy('other.yaml', measurement=other)
refused('wrong measurement of the service', 'MEASUREMENT', 'outside', policy='other.yaml')
outside_machine.policy('other.yaml', measurement=other)
refused('wrong measurement of the client', 'MEASUREMENT', 'inside', clients='{ policy: other.yaml }')
inside_machine.policy('other.yaml', identity=f'platform_instance_id: "{"ee" * 16}"')
refused('another instance', 'INSTANCE', 'outside', policy='other.yaml')
refused('a service without evidence', 'PEER_HAS_NO_EVIDENCE', 'outside', inside_attest='none')
refused('a client without evidence', 'PEER_HAS_NO_EVIDENCE', 'inside', outside_attest='none')
outside_machine.end()
outside_machine = Machine('snp', 'outside-tsm', '--debug')
refused('a debug guest', 'DEBUG', 'inside')
outside_machine.end()
outside_machine = Machine('snp', 'outside-tsm')

world = World(outside_machine=outside_machine, inside_machine=inside_machine)


# P17: a client that sends stream frames at once, before anybody appraised anybody.
def speaks_too_soon(protocol):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    context.load_cert_chain(path('cert.pem'), path('key.pem'))
    with socket.create_connection(('127.0.0.1', world.link_port), PATIENCE_S) as raw:
        with context.wrap_socket(raw) as session:
            expect(session.selected_alpn_protocol() == protocol, f'{protocol} is spoken')
            open_frame = (1).to_bytes(4, 'big') + b'db'
            data_frame = (1).to_bytes(4, 'big') + b'hello'
            session.sendall(len(open_frame).to_bytes(2, 'big') + bytes([16]) + open_frame +
                            len(data_frame).to_bytes(2, 'big') + bytes([17]) + data_frame)
            try:
                while session.recv(65536):
                    pass
                closed = True
            except OSError as error:
                closed = not isinstance(error, TimeoutError)
            expect(closed, f'{protocol}: data before the verdicts closes')
    expect(world.nobody_comes(), f'{protocol}: no byte is forwarded')


if SCHEME == 'tls': # Python speaks no SPDM; unit/channel/over_spdm has liars who do
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
                    '-keyout', path('key.pem'), '-out', path('cert.pem'), '-subj', '/CN=x', '-days', '1'],
                   check=True, capture_output=True)
    speaks_too_soon('cix-link/1')
    speaks_too_soon('cix-lane/1')
    world.inside.logs('PROTOCOL_VIOLATION')
expect(eventually(lambda: world.outside.is_up('cloud')), 'others are not hurt')
app, service = world.join()
expect(carries(app, service, b'unhurt'), 'nor their streams')

# Nothing falls back: who speaks the other protocol gets nowhere, and says why.
spoken = 'spdm' if SCHEME == 'tls' else 'tls'
other_way = Gateway('other-way', f'links: {{ cloud: {{ connect: "{spoken}://127.0.0.1:{world.link_port}", '
                    'verify: { insecure_skip_appraisal: true } } }\nattest: none\n')
other_way.logs(r'link-failed link=cloud .*detail=\S')
expect('link-open' not in other_way.log(), 'a link of the other kind is never open')
other_way.end()

# P22: a link that leads back to its own gateway, by a way that no configuration shows.
cable = Cable()
cable.to = free_port()
itself = Gateway('itself', f'listen: [ "{SCHEME}://127.0.0.1:{cable.to}" ]\nattest: none\nclients: any\n'
                 f'egress: [ {{ service: db, to: "tcp://127.0.0.1:{world.service_port}" }} ]\n'
                 f'links: {{ me: {{ connect: "{SCHEME}://127.0.0.1:{cable.port}", '
                 'verify: { insecure_skip_appraisal: true } } }\n')
itself.logs('link-refused link=me side=client .*reasons=LINK_TO_ITSELF')
itself.logs('link-refused .*side=server .*reasons=LINK_TO_ITSELF')
expect('link-open' not in itself.log(), 'never open')
finish()
