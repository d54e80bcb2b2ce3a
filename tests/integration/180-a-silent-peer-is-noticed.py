# N7, N10: who vanished without a word, and who never says one.
import select

from gateways import *

needs_fuse()
world = World()
app, service = world.join()
expect(carries(app, service, b'before'), 'before')

silent = socket.create_connection(('127.0.0.1', world.link_port))
slow = socket.create_connection(('127.0.0.1', world.link_port))
slow.sendall(b'\x16\x03\x01\x02\x00\x01')
begun = time.monotonic()
for one in (silent, slow):
    one.settimeout(60)
    size, end = how_it_ends(one)
    waited = time.monotonic() - begun
    expect(end in ('end', 'error') and 20 < waited < 50, f'closed after {waited:.0f}s: {end}')
expect(carries(app, service, b'meanwhile'), 'others are not hurt')

# R8: a process that was stopped for a while is not taken for dead.
world.inside.process.send_signal(signal.SIGSTOP)
time.sleep(10)
world.inside.process.send_signal(signal.SIGCONT)
expect(carries(app, service, b'after a pause'), 'a pause is no death')

world.inside.process.send_signal(signal.SIGSTOP)
app.settimeout(90)
begun = time.monotonic()
size, end = how_it_ends(app)
waited = time.monotonic() - begun
expect(end == 'error' and waited < 60, f'a vanished peer is noticed after {waited:.0f}s: {end}')
world.outside.logs('link-closed link=cloud .*no answer to a ping')
world.inside.process.send_signal(signal.SIGCONT)
expect(eventually(lambda: world.outside.is_up('cloud'), 60), 'and may come back')
finish()
