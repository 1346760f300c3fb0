import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultAllow } from '../../domain/settings.ts'
import { allowList, mustStayShut } from './allow.ts'

test('an IPv4 peer is known by its IPv4 network on a socket of both families', () => {
  const allowed = allowList(['10.6.0.0/16', '2001:db8::/32', '192.0.2.7'])
  assert.ok(allowed('10.6.0.1'))
  assert.ok(allowed('::ffff:10.6.0.1'))
  assert.ok(allowed('::FFFF:192.0.2.7'))
  assert.ok(allowed('2001:db8::5'))
  assert.ok(!allowed('10.7.0.1'))
  assert.ok(!allowed('::ffff:10.7.0.1'))
  assert.ok(!allowed('192.0.2.8'))
  assert.ok(!allowed(''))
  assert.ok(!allowed('not an address'))
})

test('private networks are this machine and addresses that are not routed', () => {
  const allowed = allowList(defaultAllow)
  for (const peer of ['127.0.0.1', '::1', '10.0.0.9', '172.31.255.1', '192.168.3.4', 'fe80::1%eth0', 'fd00::2'])
    assert.ok(allowed(peer), peer)
  for (const peer of ['8.8.8.8', '172.32.0.1', '2001:4860::1', '11.0.0.1']) assert.ok(!allowed(peer), peer)
})

test('a listener in a container or on a public address stays shut until it names whom it lets in', () => {
  assert.equal(mustStayShut('0.0.0.0', null, true), 'container')
  assert.equal(mustStayShut('0.0.0.0', ['10.0.0.0/8'], true), null)
  assert.equal(mustStayShut('127.0.0.1', null, true), null)
  assert.equal(mustStayShut('203.0.113.5', null, false), 'public-address')
  assert.equal(mustStayShut('203.0.113.5', ['198.51.100.0/24'], false), null)
  assert.equal(mustStayShut('0.0.0.0', null, false), null)
  assert.equal(mustStayShut('10.6.0.88', null, false), null)
})
