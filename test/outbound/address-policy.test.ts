import { describe, expect, test } from '@jest/globals';
import {
  createAddressPolicy,
  faultOfNetwork,
  isLoopbackAddress,
  isLoopbackHost,
} from '../../src/outbound/address-policy.js';

describe('which addresses may be reached (SEC-16 T-51)', () => {
  const nothing: readonly string[] = [];
  const rows: readonly (readonly [string, string, readonly string[], boolean])[] = [
    ['public', '8.8.8.8', nothing, true],
    ['public, IPv6', '2606:4700::1111', nothing, true],
    ['loopback', '127.0.0.1', nothing, false],
    ['loopback, far end', '127.255.255.254', nothing, false],
    ['loopback, IPv6', '::1', nothing, false],
    ['private 10', '10.0.0.1', nothing, false],
    ['private 172.16', '172.16.0.1', nothing, false],
    ['private 172.31', '172.31.255.255', nothing, false],
    ['just outside private 172', '172.32.0.1', nothing, true],
    ['private 192.168', '192.168.1.1', nothing, false],
    ['link-local', '169.254.1.1', nothing, false],
    ['carrier-grade NAT', '100.64.0.1', nothing, false],
    ['just outside carrier-grade NAT', '100.128.0.1', nothing, true],
    ['unspecified', '0.0.0.0', nothing, false],
    ['this network', '0.1.2.3', nothing, false],
    ['broadcast', '255.255.255.255', nothing, false],
    ['multicast', '224.0.0.1', nothing, false],
    ['reserved', '240.0.0.1', nothing, false],
    ['benchmarking', '198.18.0.1', nothing, false],
    ['documentation 1', '192.0.2.1', nothing, false],
    ['documentation 2', '198.51.100.1', nothing, false],
    ['documentation 3', '203.0.113.1', nothing, false],
    ['protocol assignments', '192.0.0.8', nothing, false],
    ['6to4 relay', '192.88.99.1', nothing, false],
    ['unspecified, IPv6', '::', nothing, false],
    ['link-local, IPv6', 'fe80::1', nothing, false],
    ['link-local with a zone', 'fe80::1%eth0', nothing, false],
    ['site-local', 'fec0::1', nothing, false],
    ['unique-local', 'fd12:3456::1', nothing, false],
    ['multicast, IPv6', 'ff02::1', nothing, false],
    ['documentation, IPv6', '2001:db8::1', nothing, false],
    ['discard', '100::1', nothing, false],
    ['beyond what is given out', '4000::1', nothing, false],
    ['IPv4-mapped loopback', '::ffff:127.0.0.1', nothing, false],
    ['IPv4-mapped loopback in hex', '::ffff:7f00:1', nothing, false],
    ['IPv4-mapped private', '::ffff:10.0.0.1', nothing, false],
    ['IPv4-mapped public', '::ffff:8.8.8.8', nothing, true],
    ['IPv4-compatible', '::127.0.0.1', nothing, false],
    ['6to4 of loopback', '2002:7f00:1::', nothing, false],
    ['6to4 of a public address', '2002:808:808::', nothing, false],
    ['Teredo', '2001:0:808:808:0:0:f7f7:f7f7', nothing, false],
    ['NAT64 of loopback', '64:ff9b::7f00:1', nothing, false],
    ['NAT64 of a public address', '64:ff9b::808:808', nothing, false],
    ['NAT64 of a site', '64:ff9b:1::808:808', nothing, false],
    ['IPv4-translated', '::ffff:0:127.0.0.1', nothing, false],
    ['no address', 'ehr.example', nothing, false],
    ['nothing', '', nothing, false],
    ['a number', '2130706433', nothing, false],
    ['octal', '0177.0.0.1', nothing, false],
    ['short', '127.1', nothing, false],
    ['with a port', '8.8.8.8:80', nothing, false],

    ['listed range', '10.20.3.4', ['10.20.0.0/16'], true],
    ['beside the listed range', '10.21.3.4', ['10.20.0.0/16'], false],
    ['the second range', 'fd12:3456::1', ['10.20.0.0/16', 'fd12:3456::/32'], true],
    ['loopback when listed', '127.0.0.1', ['127.0.0.1/32'], true],
    ['mapped form of a listed range', '::ffff:10.20.3.4', ['10.20.0.0/16'], true],
    ['an IPv6 range holds no IPv4', '10.20.3.4', ['fd00::/8'], false],
    ['NAT64 listed, public inside', '64:ff9b::808:808', ['64:ff9b::/96'], true],
    ['NAT64 listed, private inside', '64:ff9b::a00:1', ['64:ff9b::/96'], false],
    ['NAT64 and the private range listed', '64:ff9b::a00:1', ['64:ff9b::/96', '10.0.0.0/8'], true],
    ['6to4 listed, private inside', '2002:a00:1::', ['2002::/16'], false],
    ['Teredo listed, private client inside', '2001:0:808:808:0:0:f5ff:fffe', ['2001::/32'], false],
    ['Teredo listed, private server inside', '2001:0:a00:1:0:0:f7f7:f7f7', ['2001::/32'], false],
    ['Teredo listed, public inside', '2001:0:808:808:0:0:f7f7:f7f7', ['2001::/32'], true],

    ['metadata', '169.254.169.254', nothing, false],
    ['metadata within a range', '169.254.169.254', ['169.254.0.0/16'], false],
    ['metadata by itself', '169.254.169.254', ['169.254.169.254/32'], true],
    ['its neighbour in the range', '169.254.169.200', ['169.254.0.0/16'], true],
    ['metadata, mapped', '::ffff:a9fe:a9fe', ['169.254.0.0/16'], false],
    ['metadata, mapped, by itself', '::ffff:169.254.169.254', ['169.254.169.254/32'], true],
    ['metadata through NAT64', '64:ff9b::a9fe:a9fe', ['64:ff9b::/96', '169.254.0.0/16'], false],
    ['metadata, IPv6', 'fd00:ec2::254', ['fd00::/8'], false],
    ['metadata, IPv6, by itself', 'fd00:ec2::254', ['fd00:ec2::254/128'], true],
    ['metadata, IPv6, written out', 'fd00:0ec2:0:0:0:0:0:0254', ['fd00::/8'], false],
    ['metadata of containers', '169.254.170.2', ['169.254.0.0/16'], false],
    ['metadata in shared space', '100.100.100.200', ['100.64.0.0/10'], false],
    ['metadata in public space', '168.63.129.16', nothing, false],
    ['metadata with a zone', 'fe80::a9fe:a9fe%eth0', ['fe80::/10'], false],
  ];
  test.each(rows)('%s %s %j', (_, address, privateNetworks, isReachable) => {
    expect(createAddressPolicy({ privateNetworks })(address)).toBe(isReachable);
  });

  test('a faulty range is no policy', () => {
    expect(() => createAddressPolicy({ privateNetworks: ['10/8'] })).toThrow('must be a range');
  });
});

describe('ranges an operator may list', () => {
  test.each([
    ['10.0.0.0/8', undefined],
    ['10.1.2.3/32', undefined],
    ['fd12:3456::/32', undefined],
    ['::1/128', undefined],
    ['FD12::/16', undefined],
    ['10/8', 'must be a range'],
    ['10.0.0.0', 'must be a range'],
    ['10.0.0.0/33', 'must be a range'],
    ['10.0.0.0/', 'must be a range'],
    ['10.0.0.0/-1', 'must be a range'],
    ['10.0.0.0/8/8', 'must be a range'],
    ['10.0.0.0/255.0.0.0', 'must be a range'],
    ['012.0.0.0/8', 'must be a range'],
    ['0x0a.0.0.0/8', 'must be a range'],
    ['fd12::/129', 'must be a range'],
    ['ehr.example/8', 'must be a range'],
    ['', 'must be a range'],
    ['0.0.0.0/0', 'must not hold every address'],
    ['::/0', 'must not hold every address'],
    ['10.1.2.3/8', 'must begin at its first address, 10.0.0.0/8'],
    ['fd12:3456::1/32', 'must begin at its first address'],
    ['::ffff:10.0.0.0/104', 'must be written as an IPv4 range'],
  ])('%s', (cidr, fault) => {
    if (fault === undefined) expect(faultOfNetwork(cidr)).toBeUndefined();
    else expect(faultOfNetwork(cidr)).toContain(fault);
  });
});

describe('this machine', () => {
  test.each([
    ['http://localhost', true],
    ['http://LOCALHOST:80', true],
    ['http://127.0.0.1', true],
    ['http://127.9.9.9', true],
    ['http://0x7f.1', true],
    ['http://2130706433', true],
    ['http://[::1]', true],
    ['http://[0:0:0:0:0:0:0:1]', true],
    ['http://localhost.', false],
    ['http://a.localhost', false],
    ['http://localhost.example', false],
    ['http://127.0.0.1.example', false],
    ['http://[::ffff:127.0.0.1]', false],
    ['http://[::]', false],
    ['http://0.0.0.0', false],
    ['http://10.0.0.1', false],
  ])('by the letters of %s: %s', (url, isLoopback) => {
    expect(isLoopbackHost(new URL(url).hostname)).toBe(isLoopback);
  });

  test.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
    ['localhost', false],
  ])('by the address %s: %s', (address, isLoopback) => {
    expect(isLoopbackAddress(address)).toBe(isLoopback);
  });
});
