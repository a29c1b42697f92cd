import test from 'ava';
import fc from 'fast-check';
import { toClientNetwork } from '../../src/key-cache/client-network.ts';

const networks: Readonly<Record<string, string>> = {
  '192.0.2.7': '192.0.2.7',
  '::ffff:192.0.2.7': '192.0.2.7',
  '::FFFF:192.0.2.7': '192.0.2.7',
  '::ffff:c000:207': '192.0.2.7',
  '2001:db8:1:2:3:4:5:6': '2001:db8:1:2',
  '2001:0DB8:0001:0002::': '2001:db8:1:2',
  '2001:db8::1': '2001:db8:0:0',
  '::1': '0:0:0:0',
  'fe80::1%eth0': 'fe80:0:0:0',
  '0x7f.1': 'unreadable',
  '192.0.2.7, 10.0.0.1': 'unreadable',
  unix: 'unreadable',
  '': 'unreadable',
};
for (const [address, network] of Object.entries(networks)) {
  test(`"${address}" counts as ${network}`, (t) => t.is(toClientNetwork(address), network));
}

test('addresses count as one client only if they are in the same /64', (t) => {
  const part = fc.integer({ min: 1, max: 0xffff });
  const parts = fc.array(part, { minLength: 8, maxLength: 8 });
  const write = (all: readonly number[]) => all.map((each) => each.toString(16)).join(':');
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const neighbour = [...one.slice(0, 4), ...other.slice(4)];
      t.is(toClientNetwork(write(one)), toClientNetwork(write(neighbour)));
      const isSame = write(one.slice(0, 4)) === write(other.slice(0, 4));
      t.is(toClientNetwork(write(one)) === toClientNetwork(write(other)), isSame);
    }),
  );
});
