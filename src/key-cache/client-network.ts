import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whom an address stands for, where clients are counted: whoever has one address of an IPv6 network has all of its /64. What is
 * no address is one client.
 */
export function toClientNetwork(address: string): string {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return 'unreadable';
  const [mapped] = /(?<=^::ffff:)[\d.]+$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const all = tail === undefined ? groups : [...groups, ...Array<string>(8).fill('0')];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
