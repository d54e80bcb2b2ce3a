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


class Cut:
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


def bare_fin(connection):
    connection.shutdown(socket.SHUT_WR)


cut = Cut()
world = World(connect_port=cut.port)
cut.to = world.link_port
cases = [('the client gateway is killed', world.outside.kill, world.outside.start),
         ('the service gateway is killed', world.inside.kill, world.inside.start),
         ('the link ends with a bare FIN', lambda: cut.end(bare_fin), None),
         ('the link ends with a reset', lambda: cut.end(reset), None)]
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
