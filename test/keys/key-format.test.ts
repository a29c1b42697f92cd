import test from 'ava';
import {
  digestOf,
  generateKey,
  isMistyped,
  packDigest,
  packedDigestOf,
  unpackDigest,
} from '../../src/keys/key-format.ts';

test('keys are recognisable, differ, and carry check digits that catch every single slip', (t) => {
  const keys = new Set(Array.from({ length: 1000 }, generateKey));
  t.is(keys.size, 1000);
  for (const key of keys) {
    t.regex(key, /^pfa_[0-9A-Za-z]{38}$/);
    t.false(isMistyped(key));
  }
  const [key = ''] = keys;
  for (let at = 4; at < key.length; at++) {
    const slip = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1);
    t.true(isMistyped(slip), slip);
  }
  t.true(isMistyped(key.slice(0, -1)));
  t.true(isMistyped(`${key}x`));
  t.true(isMistyped('pfa_'));
});

test('keys that another service issued are not judged by their check digits', (t) => {
  for (const key of ['TestKey001', 'PFA_x', 'xpfa_']) t.false(isMistyped(key), key);
});

test('the digest is SHA-256 in hexadecimal', (t) => {
  t.is(digestOf('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('a packed digest is the same digest in 32 characters, whatever its bytes are', (t) => {
  for (const key of ['abc', '', 'k\u00e4y', ...Array.from({ length: 200 }, generateKey)]) {
    const packed = packedDigestOf(key);
    t.is(packed.length, 32);
    t.is(packed, packDigest(digestOf(key)));
    t.is(unpackDigest(packed), digestOf(key));
  }
});
