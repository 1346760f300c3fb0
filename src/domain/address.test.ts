import assert from 'node:assert/strict'
import { BlockList, isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { collide, formatAddress, isLoopback, isNetwork, parseAddress } from './address.ts'

test('an address is host and port, an IPv6 host in brackets, or a port alone', () => {
  assert.deepEqual(parseAddress('0.0.0.0:11111'), { host: '0.0.0.0', port: 11_111 })
  assert.deepEqual(parseAddress('[::1]:0'), { host: '::1', port: 0 })
  assert.deepEqual(parseAddress(':11112'), { host: null, port: 11_112 })
  assert.deepEqual(parseAddress('pbx-gate.example:65535'), { host: 'pbx-gate.example', port: 65_535 })
})

test('what is no address is refused', () => {
  const wrong = [
    '',
    ':',
    '11111',
    'host',
    'host:',
    'host:x',
    'host:65536',
    'host:-1',
    'host: 1',
    ' host:1',
    'a b:1',
    '::1:80',
    '[::1]',
    '[::1]80',
    '[1.2.3.4]:80',
    '[]:80',
    '256.1.1.1:80',
    '1.2.3:80',
    '-a:80',
    'a-:80',
    'a..b:80',
    '*:80',
    'http://a:80',
    'host:1\n',
    `${'a'.repeat(64)}:1`,
  ]
  for (const text of wrong) assert.equal(parseAddress(text), null, JSON.stringify(text))
})

test('an address is written as it was read', () => {
  for (const text of ['0.0.0.0:1', '[2001:db8::1]:443', ':0', 'localhost:80']) {
    const parsed = parseAddress(text)
    assert.ok(parsed)
    assert.equal(formatAddress(parsed), text)
  }
})

test('only this machine is loopback', () => {
  for (const host of ['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LocalHost'])
    assert.ok(isLoopback(host), host)
  for (const host of [null, '0.0.0.0', '::', '10.0.0.1', '::2', 'localhost.example', '127.example'])
    assert.ok(!isLoopback(host), String(host))
})

test('two listeners collide where the system would refuse the second', () => {
  const at = (text: string) => parseAddress(text)
  const both = [
    ['127.0.0.1:5', '127.0.0.1:5'],
    [':5', '127.0.0.1:5'],
    ['[::]:5', '0.0.0.0:5'],
    ['0.0.0.0:5', 'pbx:5'],
    ['[::1]:5', '[0:0:0:0:0:0:0:1]:5'],
    ['Pbx:5', 'pbx:5'],
  ] as const
  for (const [a, b] of both) assert.ok(collide(at(a), at(b)) && collide(at(b), at(a)), `${a} ${b}`)
  const apart = [
    ['127.0.0.1:5', '127.0.0.1:6'],
    [':0', ':0'],
    ['127.0.0.1:5', '10.0.0.1:5'],
    ['0.0.0.0:5', '[::1]:5'],
  ] as const
  for (const [a, b] of apart) assert.ok(!collide(at(a), at(b)), `${a} ${b}`)
  assert.ok(!collide(null, at(':5')))
})

test('a network is an address with or without a length of its prefix', () => {
  const right = [
    '10.6.0.0/16',
    '10.6.0.14',
    '10.6.0.14/16',
    '0.0.0.0/0',
    '1.2.3.4/32',
    '::/0',
    '::1',
    'fc00::/7',
    '2001:db8::1.2.3.4/128',
  ]
  for (const text of right) assert.ok(isNetwork(text), text)
  const wrong = [
    '',
    '/8',
    '10.6.0.0/33',
    '10.6.0.0/',
    '10.6.0.0/08',
    '10.6/16',
    '010.6.0.0/16',
    '10.6.0.256',
    '::1/129',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::g',
    '12345::',
    '::ffff:10.6.0.0/112',
    '::ffff:a06:1',
    'fe80::1%eth0',
    'pbx',
    '10.6.0.0/16 ',
    '1.2.3.4::',
  ]
  for (const text of wrong) assert.ok(!isNetwork(text), text)
})

const groups = fc
  .array(fc.stringMatching(/^[0-9a-f]{0,5}$/u), { minLength: 2, maxLength: 10 })
  .map((parts) => parts.join(':'))
const dots = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'))

test('an accepted host is one for the runtime too, and the other way round', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        groups,
        dots,
        fc.ipV4(),
        fc.ipV6(),
        fc.tuple(groups, dots).map((it) => it.join(':')),
      ),
      (text) => {
        const isHost = parseAddress(text.includes(':') ? `[${text}]:1` : `${text}:1`) !== null
        assert.equal(isHost, isIP(text) !== 0, text)
      },
    ),
    { numRuns: 5000 },
  )
})

test('an accepted network is one that the runtime can match', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 140 }), (base, bits) => {
      const text = `${base}/${bits}`
      if (isNetwork(text)) new BlockList().addSubnet(base, bits, base.includes(':') ? 'ipv6' : 'ipv4')
      else
        assert.ok(
          bits > (base.includes(':') ? 128 : 32) ||
            /^(?:::|(?:0+:){5,})(?:ffff:)/iu.test(base) ||
            base.startsWith('::'),
          text,
        )
    }),
  )
})
