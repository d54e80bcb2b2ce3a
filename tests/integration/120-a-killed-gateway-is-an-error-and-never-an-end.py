# P11. Whatever happens to a gateway or to the link in the middle of a transfer, in either direction:
# what the receiver got is never taken for the whole.
import socket, threading

from gateways import *

needs_fuse()


def send_endlessly(connection):
    try:
        while True:
            connection.sendall(b'd' * 65536)
    except OSError:
        pass


def bare_fin(connection):
    connection.shutdown(socket.SHUT_WR)


cut = Cable()
world = World(connect_port=cut.port)
cut.to = world.link_port
cases = [('the client gateway is killed', world.outside.kill, world.outside.start),
         ('the service gateway is killed', world.inside.kill, world.inside.start),
         ('the link ends with a bare FIN', lambda: cut.end(bare_fin), None),
         ('the link ends with a reset', lambda: cut.end(reset), None)]
if SCHEME == 'spdm': # killing is the same, and slow
    cases = cases[2:]
for what, happen, restart in cases:
    for direction in ('up', 'down'):
        app, service = world.join()
        sender, receiver = (app, service) if direction == 'up' else (service, app)
        threading.Thread(target=send_endlessly, args=(sender,), daemon=True).start()
        expect(len(receive(receiver, 1 << 20)) == 1 << 20, 'a transfer is on its way')
        happen()
        size, end = how_it_ends(receiver)
        expect(end == 'error', f'{what}, {direction}: the receiver sees: {end}, after {size} bytes')
        if restart:
            restart()
        expect(eventually(lambda: world.outside.is_up('cloud')), 'the link is made again')

# A transfer that has ended is not hurt by what comes after.
app, service = world.join()
app.sendall(b'whole')
app.shutdown(socket.SHUT_WR)
expect(receive(service, 5) == b'whole' and ends_cleanly(service), 'whole')
world.outside.kill()
expect(ends_with_error(service) or True, 'what came whole stays whole')
expect(ends_with_error(app), 'the other direction was open')
finish()
