# Half-closes, resets and slow readers, between two machines that attested each other.
import socket, threading

from gateways import *

needs_fuse()
world = World()
outside, inside = world.outside, world.inside
outside.logs('link-open link=cloud side=client .* channel=tls13 platform=tdx .* verdict=accepted round=1')
inside.logs('link-open .*side=server .* platform=snp .* verdict=accepted round=1')
expect(world.inside_machine.measurement in outside.log(), 'the log names the measurement')
expect(world.outside_machine.measurement in inside.log(), 'and at the other end')

app, service = world.join()
expect(carries(app, service, b'question') and carries(service, app, b'answer'), 'bytes go both ways')

# N8: either side may end first, and the other goes on.
app.shutdown(socket.SHUT_WR)
expect(ends_cleanly(service), 'the end of the application arrives')
expect(carries(service, app, b'x' * 300000), 'the service may still speak')
service.close()
expect(ends_cleanly(app), 'and its end arrives too')
app, service = world.join()
service.sendall(b'all')
service.shutdown(socket.SHUT_WR)
expect(receive(app, 3) == b'all' and ends_cleanly(app), 'the service may end first')
expect(carries(app, service, b'y' * 300000), 'the application may still speak')
app.close()
expect(ends_cleanly(service), 'until it ends')

# A reset is a reset.
app, service = world.join()
expect(carries(app, service, b'before'), 'before')
reset(app)
expect(ends_with_error(service), "the application's reset reaches the service")
app, service = world.join()
expect(carries(service, app, b'before'), 'before')
reset(service)
expect(ends_with_error(app), "the service's reset reaches the application")


# N9: who does not read holds back who writes to him, and nobody else.
def fill(connection):
    connection.settimeout(1)
    size = 0
    try:
        while True:
            size += connection.send(b'z' * 65536)
    except TimeoutError:
        return size


slow_app, slow_service = world.join()
held = fill(slow_service)
expect(1 << 20 < held < 64 << 20, f'{held} bytes are held for a slow reader')
app, service = world.join()
expect(carries(app, service, b'a' * 3000000) and carries(service, app, b'b' * 3000000),
       'its neighbour is not held up')
slow_service.close()
expect(how_it_ends(slow_app) == (held, 'end'), 'it gets everything and then the end')

# N12: a service that is not there is a reset, and the log says which.
world.listener.close()
expect(world.turns_away(), 'nobody at the service')
inside.logs('service-unreachable to=127.0.0.1:.* detail="connection refused"')

status = outside.status()
link = next(one for one in status['links'] if one['name'] == 'cloud')
expect(link['lanes'] >= 1 and link['streams_begun'] >= 6 and link['streams_reset'] >= 3, 'status counts')
expect(outside.end() == 0 and inside.end() == 0, 'both end with 0')
finish()
