import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The network that counts as one client: a client that has one IPv6 address has the whole /64 around it. All texts that are not
 * addresses count as one client.
 */
export function toClientNetwork(address: string): string {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return 'unreadable';
  const parsed = ipaddr.IPv6.parse(address);
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  const [first, second, third, fourth] = parsed.parts;
  return [first, second, third, fourth].map((part) => part?.toString(16)).join(':');
}
