# P18: evidence is asked for again in the live link; another measurement ends it, its lanes and streams.
from gateways import *

needs_fuse()
world = World(reattest='2s')
app, service = world.join()
world.outside.logs(f'link-open link=cloud side=client .* channel={CHANNEL[SCHEME]} ')
expect(world.outside.status()['links'][0]['channel'] == CHANNEL[SCHEME], 'status says how it is protected')
world.outside.logs('round-accepted link=cloud side=client .*round=2')
world.outside.logs('round-accepted link=cloud side=client .*round=3')
expect(carries(app, service, b'still') and carries(service, app, b'there'), 'streams live through rounds')
expect('link-closed' not in world.outside.log(), 'one link')

world.inside_machine.end()
world.inside_machine = Machine('tdx', 'inside-tsm', '--measurement', 'ab' * 48)
world.outside.logs(f'round-refused link=cloud side=client .* measurement={"ab" * 48} verdict=denied by=us reasons=[A-Z_,]*MEASUREMENT')
world.inside.logs('round-refused .*side=server .*by=peer reasons=[A-Z_,]*MEASUREMENT')
world.outside.logs('link-closed link=cloud side=client')
expect(ends_with_error(app) and ends_with_error(service), 'its streams end with errors')

# The next tries are refused by policy, and applications at once.
world.outside.logs(f'link-refused link=cloud .* platform=tdx measurement={"ab" * 48} .*by=us reasons=[A-Z_,]*MEASUREMENT')
begun = time.monotonic()
expect(world.turns_away() and time.monotonic() - begun < 20, 'refused without waiting')
expect(world.nobody_comes(), 'the service is never reached')

# When the machine is what it was, the link comes back by itself.
world.inside_machine.end()
world.inside_machine = Machine('tdx', 'inside-tsm')
expect(eventually(lambda: world.outside.is_up('cloud'), 60), 'the link comes back')
app, service = world.join()
expect(carries(app, service, b'again'), 'and carries')
finish()
