import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { avayaLine } from '../support/avaya-lines.ts'
import { installation, send, serve, statusOfInstallation, until } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'
import { filterMissing, manager, notifyMissing, systemdMissing } from '../support/systemd.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const directory = join(root, 'deploy/systemd')
const units = globSync('*.service', { cwd: directory }).toSorted()
const textOf = (unit: string) => readFileSync(join(directory, unit), 'utf8')
/** Values of a key, in order; continued lines are not used. */
const valuesOf = (unit: string, key: string) =>
  textOf(unit)
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1))
const roleOf = (unit: string) => /^smena-([a-z]+)/u.exec(unit)?.[1] ?? ''

test('there is a unit for every role, with a directory and an address of its own', () => {
  assert.deepEqual(units.map(roleOf), ['attribute', 'collect', 'record', 'serve', 'web'])
  const directories = new Set<string>()
  const addresses = new Set<string>()
  for (const unit of units) {
    const [command, ...more] = valuesOf(unit, 'ExecStart')
    assert.deepEqual([command, more], [`smena ${roleOf(unit)} --config /etc/smena/smena.yaml`, []])
    const variables = Object.fromEntries(valuesOf(unit, 'Environment').map((it) => it.split('=') as [string, string]))
    const [state] = valuesOf(unit, 'StateDirectory')
    assert.equal(variables['SMENA_DATA_DIR'], `%S/${state}`)
    directories.add(state as string)
    // Solo mode and the roles of a cluster never run together on one machine.
    if (roleOf(unit) !== 'serve') addresses.add(variables['SMENA_HTTP'] as string)
    assert.match(variables['SMENA_HTTP'] ?? '', /^127\./u)
    assert.equal(unit.includes('@'), (variables['SMENA_HTTP'] ?? '').includes('%i'))
  }
  assert.deepEqual([directories.size, addresses.size], [units.length, units.length - 1])
})

test('every unit is started at boot, again after any end, and watched', () => {
  for (const unit of units) {
    const first = (key: string) => valuesOf(unit, key).join()
    assert.deepEqual(
      ['WantedBy', 'Restart', 'StartLimitIntervalSec', 'Type', 'NotifyAccess', 'WatchdogSec', 'User'].map(first),
      ['multi-user.target', 'always', '0', 'notify', 'all', '30', 'smena'],
      unit,
    )
  }
})

test('what keeps a unit in its place is the same for all', () => {
  const hardening = (unit: string) => textOf(unit).slice(textOf(unit).indexOf('LimitNOFILE='))
  for (const unit of units) assert.equal(hardening(unit), hardening(units[0] as string), unit)
})

for (const unit of units)
  test(`systemd takes ${unit}, and finds it well shut in`, { skip: systemdMissing }, (t) => {
    const copy = join(temporaryDirectory(t), unit)
    const instance = copy.replace('@.', '@1.')
    // It looks whether the program is there.
    writeFileSync(instance, textOf(unit).replace(/^ExecStart=smena /mu, 'ExecStart=/bin/true '))
    const analyze = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
      return { status, told: stdout + stderr }
    }
    const verified = analyze('verify', '--man=no', '--recursive-errors=no', instance)
    const complaints = verified.told.split('\n').filter((line) => line.includes(basename(instance)))
    assert.deepEqual([verified.status, complaints], [0, []], verified.told)
    // In tenths: 0 is the best there is, 100 no protection at all.
    const shut = analyze('security', '--offline=true', '--threshold=20', instance)
    assert.equal(shut.status, 0, shut.told)
  })

/** Every name of a call that the lines allow in the end, the sets of systemd taken apart. */
function allowedCalls(filters: readonly string[]): string[] {
  const sets = new Map<string, string[]>()
  let current: string[] = []
  const { stdout } = spawnSync('systemd-analyze', ['syscall-filter'], { encoding: 'utf8' })
  for (const line of stdout.split('\n')) {
    const name = line.trim()
    if (name === '' || name.startsWith('#')) continue
    if (line.startsWith('@')) sets.set(name, (current = []))
    else current.push(name)
  }
  const namesOf = (name: string): string[] => (sets.has(name) ? (sets.get(name) as string[]).flatMap(namesOf) : [name])
  const allowed = new Set(namesOf('@default'))
  for (const filter of filters) {
    const names = filter.replace(/^~/u, '').split(' ').flatMap(namesOf)
    for (const name of names) {
      if (filter.startsWith('~')) allowed.delete(name)
      else allowed.add(name)
    }
  }
  return [...allowed]
}

/** Shuts itself in as systemd does for SystemCallFilter= and RestrictAddressFamilies=, and becomes the command. */
const shutIn = `
import ctypes, errno, json, os, socket, sys
calls, families = json.load(open(sys.argv[1]))
lib = ctypes.CDLL('libseccomp.so.2')
lib.seccomp_init.restype = ctypes.c_void_p
class Compare(ctypes.Structure):
    _fields_ = [('arg', ctypes.c_uint), ('op', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]
allow, refuse, equal = 0x7fff0000, lambda code: 0x00050000 | code, 4
context = ctypes.c_void_p(lib.seccomp_init(refuse(errno.EPERM)))
def add(action, call, *compares):
    if lib.seccomp_rule_add_array(context, action, call, len(compares), (Compare * len(compares))(*compares)):
        sys.exit('no filter for %d' % call)
numbers = [(name, lib.seccomp_syscall_resolve_name(name.encode())) for name in calls]
for name, number in numbers:
    if number < 0: continue
    if name != 'socket':
        add(allow, number)
        continue
    for family in range(46):
        known = family in [getattr(socket, it) for it in families]
        add(allow if known else refuse(errno.EAFNOSUPPORT), number, Compare(0, equal, family, 0))
if lib.seccomp_load(context): sys.exit('the filter was not taken')
os.execv(sys.argv[2], sys.argv[2:])
`

test('shut in as by its unit the program serves, tells the manager how it is, and ends in good order', {
  skip: systemdMissing || notifyMissing || filterMissing,
}, async (t) => {
  const it = installation(temporaryDirectory(t))
  const [filter, calls, program] = ['filter.py', 'calls.json', 'smena'].map((name) => join(it.directory, name))
  writeFileSync(filter as string, shutIn)
  const unit = 'smena-serve.service'
  const families = valuesOf(unit, 'RestrictAddressFamilies').join(' ').split(' ')
  writeFileSync(calls as string, JSON.stringify([allowedCalls(valuesOf(unit, 'SystemCallFilter')), families]))
  const cli = join(root, 'src/cli.ts')
  writeFileSync(
    program as string,
    `#!/bin/sh\nexec python3 '${filter}' '${calls}' '${process.execPath}' '${cli}' "$@"\n`,
  )
  chmodSync(program as string, 0o700)
  const systemd = await manager(t)
  const serving = await serve({ ...it, program: program as string }, t, {
    NOTIFY_SOCKET: systemd.path,
    WATCHDOG_USEC: '1000000',
  })
  const { Seccomp } = Object.fromEntries(
    readFileSync(`/proc/${serving.child.pid}/status`, 'utf8')
      .split('\n')
      .map((line) => line.split(/:\s+/u)),
  ) as Record<string, string>
  assert.equal(Seccomp, '2', 'the filter is in force')
  await send(serving.ports['avaya'] as number, Buffer.from(`${avayaLine()}\r\n`))
  const { sources } = await until(
    () => statusOfInstallation(it),
    (status) => status.sources['avaya']?.stored === 1,
  )
  assert.equal(sources['avaya']?.received, 1)
  await until(
    async () => systemd.messages(),
    (messages) => messages.some((one) => one.includes('READY=1')) && messages.includes('WATCHDOG=1'),
  )
  assert.equal(await serving.stop(), 0)
  assert.ok(systemd.messages().includes('STOPPING=1'))
})
