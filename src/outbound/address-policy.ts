import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { OutboundPolicy } from './outbound.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** Whether an IP address, written as text, may be connected to. */
export type AddressPolicy = (address: string) => boolean;

const GLOBAL_UNICAST: Network = [ipaddr.IPv6.parse('2000::'), 3];

/** Where clouds hand credentials to whoever asks: never within a range, only when listed one by one. */
const METADATA = [
  '169.254.169.254',
  '169.254.169.253',
  '169.254.169.123',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.42.42',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::253',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fd00:42::42',
  'fe80::a9fe:a9fe',
].map((address) => ipaddr.parse(address).toNormalizedString());

/** Where an IPv6 address of a transition scheme carries IPv4 addresses; Teredo inverts the second. */
const TRANSITIONS: readonly { readonly network: Network; readonly parts: readonly number[]; readonly flip?: number }[] =
  [
    { network: [ipaddr.IPv6.parse('2002::'), 16], parts: [1] },
    { network: [ipaddr.IPv6.parse('2001::'), 32], parts: [2, 6], flip: 6 },
    { network: [ipaddr.IPv6.parse('64:ff9b::'), 96], parts: [6] },
    { network: [ipaddr.IPv6.parse('64:ff9b:1::'), 48], parts: [6] },
    { network: [ipaddr.IPv6.parse('::ffff:0:0:0'), 96], parts: [6] },
    { network: [ipaddr.IPv6.parse('::'), 96], parts: [6] },
  ];

function isWithin(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isWithin(address, GLOBAL_UNICAST);
}

function embeddedIn(address: Address): readonly ipaddr.IPv4[] {
  if (!(address instanceof ipaddr.IPv6)) return [];
  const { parts: all } = address;
  return TRANSITIONS.filter(({ network }) => isWithin(address, network)).flatMap(({ parts, flip }) =>
    parts.map((at) => {
      const octets = all.slice(at, at + 2).flatMap((part) => [part >> 8, part & 0xff]);
      return new ipaddr.IPv4(at === flip ? octets.map((octet) => octet ^ 0xff) : octets);
    }),
  );
}

function networkOf(cidr: string): Network {
  const fault = faultOfNetwork(cidr);
  if (fault !== undefined) throw new Error(`a private network ${fault}`);
  return ipaddr.parseCIDR(cidr);
}

/** What is wrong with a range the operator lists, as in "must be …"; undefined when nothing is. */
export function faultOfNetwork(cidr: string): string | undefined {
  const [address = '', bits = '', ...more] = cidr.split('/');
  // ipaddr.js also takes 10/8 and 012.0.0.0/8, which do not mean what they seem to.
  if (more.length > 0 || isIP(address) === 0 || !ipaddr.isValidCIDR(cidr)) {
    return 'must be a range of addresses like 10.20.0.0/16 or fd12:3456::/32';
  }
  const isMapped = ipaddr.parse(address).range() === 'ipv4Mapped';
  if (isMapped) return 'must be written as an IPv4 range';
  if (Number(bits) === 0) return 'must not hold every address';
  const family = isIP(address) === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = family.networkAddressFromCIDR(cidr).toNormalizedString();
  return first === ipaddr.parse(address).toNormalizedString()
    ? undefined
    : `must begin at its first address, ${first}/${bits}`;
}

/** The address as it is connected to, without zone; undefined when the text is no address. */
function readAddress(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.process(text.replace(/%.*$/, ''));
}

/** Whether text is an address of this machine. */
export function isLoopbackAddress(text: string): boolean {
  return readAddress(text)?.range() === 'loopback';
}

/** Whether the host of a URL, as `new URL` writes it, is this machine by its very letters. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Whether a call to a URL cannot be overheard: https, or http that does not leave this machine. */
export function isSecureUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}

/**
 * Says which addresses may be connected to: public unicast ones, and those of the operator's ranges. An address that
 * carries another one must be allowed for both. Throws when a range is faulty.
 */
export function createAddressPolicy({ privateNetworks }: OutboundPolicy): AddressPolicy {
  const networks = privateNetworks.map(networkOf);
  const isMetadata = (address: Address) => METADATA.includes(address.toNormalizedString());
  const isListed = (address: Address) =>
    networks.some((network) => {
      const isSingle = network[1] === (network[0].kind() === 'ipv4' ? 32 : 128);
      return (isSingle || !isMetadata(address)) && isWithin(address, network);
    });
  const isReachable = (address: Address): boolean =>
    (isListed(address) || (isPublic(address) && !isMetadata(address))) && embeddedIn(address).every(isReachable);
  return (text) => {
    const address = readAddress(text);
    return address !== undefined && isReachable(address);
  };
}
