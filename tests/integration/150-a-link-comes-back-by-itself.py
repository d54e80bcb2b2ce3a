# Reconnecting with growing pauses, and what applications see meanwhile (P26).
from gateways import *

needs_fuse()
world = World(connect_timeout='3s')
expect(eventually(lambda: world.outside.is_up('cloud')), 'up')
world.inside.kill()
world.outside.logs('link-closed link=cloud')
begun = time.monotonic()
expect(world.turns_away(), 'an application is refused')
waited = time.monotonic() - begun
expect(2 < waited < 15, f'after connect_timeout: {waited:.1f}s')

# Every try is a line; each pause is longer than half of what the one before could be.
expect(eventually(lambda: world.outside.log().count('link-failed link=cloud') >= 4, 60), 'it tries again')
down = next(one for one in world.outside.status()['links'] if one['name'] == 'cloud')
expect(down['state'] in ('down', 'connecting') and down['reason'], f'status says why: {down}')
expect(not down['denied'], 'nobody refused anybody')
world.inside.start()
expect(eventually(lambda: world.outside.is_up('cloud'), 60), 'the link is made again')
app, service = world.join()
expect(carries(app, service, b'again'), 'and carries')

# Who comes while the link is being made waits for it.
world.outside.kill()
world.outside.start()
app, service = world.join()
expect(carries(app, service, b'waited'), 'an application that came early')
finish()
