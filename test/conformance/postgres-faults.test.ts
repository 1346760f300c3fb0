import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, type TestContext, test } from 'node:test'
import pg from 'pg'
import { openPostgresReader } from '../../src/adapters/store-sql/postgres/reader.ts'
import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { SmenaError } from '../../src/domain/errors.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { simulate } from '../../src/domain/simulation/simulate.ts'
import { type ImportCounts, Importer } from '../../src/pipeline/import.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { assertSameDump, ledgerSums, statusWith } from '../support/accounts.ts'
import { replayAll } from '../support/again.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { freshDatabase, postgresMissing, startPostgres, type TestPostgres } from '../support/postgres.ts'
import { type CommitFate, proxyTo } from '../support/proxy.ts'
import { openPostgresAt, type TestStore } from '../support/stores.ts'
import { until } from '../support/smena.ts'
import { recordTogether } from '../support/together.ts'

/** What a network and a server do to a writer, at any moment: nothing is lost, nothing is double, the books are right. */

const format = 'avaya-ip-office'
const options = { skip: postgresMissing }

let own: TestPostgres | null = null
after(async () => own?.[Symbol.asyncDispose]())

/** A database on a server that this file may stop. */
async function ownDatabase(): Promise<{ server: TestPostgres; url: string }> {
  own ??= await startPostgres({ fsync: 'off' })
  const name = `t_${randomBytes(6).toString('hex')}`
  await ask(own.url, `CREATE DATABASE ${name}`)
  return { server: own, url: own.url.replace(/\/[^/]*$/u, `/${name}`) }
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

const isAway = (error: unknown) =>
  error instanceof SmenaError && error.code === 'store-away' && error.remedy === 'retry'

const believable = (records: number, seed: number): Buffer[] => {
  const made = {
    format,
    seed,
    from: '2026-03-16',
    days: 300,
    callsADay: 700,
    timezone: 'Europe/Moscow',
    records,
  } as const
  return [...simulate(made)].map(({ line }) => Buffer.from(line))
}

interface Load {
  readonly lines: Readonly<Record<'main' | 'branch', Buffer[]>>
  readonly log: MemoryLog
}

/** 20,000 records: those of one source live and by archive at once, those of another live. */
function load(): Load {
  const lines = { main: believable(7000, testSeed), branch: believable(6000, testSeed + 1) }
  const log = new MemoryLog()
  for (const [name, list] of Object.entries(lines)) {
    for (let at = 0; at < list.length; at += 500) log.deliver(name, streamOf(list.slice(at, at + 500)), { format })
  }
  return { lines, log }
}

async function archive(store: Store, bytes: Buffer): Promise<ImportCounts> {
  const uid = randomBytes(16).toString('hex')
  const delivery = { uid, source: 'main', format, how: 'import', peer: 'archive', openedAt: 0 } as const
  const sources = new Sources(store, formats)
  const importer = await Importer.open({
    store,
    sources,
    now: Date.now,
    source: 'main',
    delivery,
    progress: () => undefined,
  })
  for (let at = 0; at < bytes.length; at += 20_000) await importer.push(bytes.subarray(at, at + 20_000))
  return importer.end()
}

/** Asks for the status as fast as it is answered; whoever is away says so, and what is answered balances. */
async function sampling(url: string, log: MemoryLog) {
  const reader = (await openPostgresReader(url)) ?? assert.fail()
  let ended = false
  const done = (async () => {
    let [samples, away] = [0, 0]
    while (!ended) {
      try {
        const { sources } = await statusWith(reader, log)
        const { received, stored, duplicate, quarantined, pending } = sources['branch'] as NonNullable<typeof sources.x>
        assert.equal(received, 6000, `${stored} + ${duplicate} + ${quarantined} + ${pending}`)
        samples++
      } catch (error) {
        if (!(error instanceof SmenaError) || error.code !== 'store-away') throw error
        away++
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await reader[Symbol.asyncDispose]()
    return { samples, away }
  })()
  return async () => {
    ended = true
    return done
  }
}

let calmDump: string | null = null

/** What the same records are on a store that nothing happens to. */
async function untroubled(t: TestContext): Promise<string> {
  if (calmDump !== null) return calmDump
  const calm = await openPostgresAt(t, await freshDatabase(t))
  const { lines, log } = load()
  for (const name of Object.keys(lines)) {
    await applyReading(calm.store, name, readingOf(format))
    await recordAll(calm.store, log, name)
  }
  calmDump = await canonicalDump(calm)
  return calmDump
}

/** Everything at once on a store that is troubled all the while, then compared with one that was not. */
async function assertWithstands(
  t: TestContext,
  it: TestStore,
  url: string,
  trouble: (stillAtWork: () => boolean) => Promise<number>,
) {
  const { lines, log } = load()
  for (const name of Object.keys(lines)) await applyReading(it.store, name, readingOf(format))
  const random = openRandom(testSeed, 101)
  let working = true
  const endSampling = await sampling(url, log)
  const recordings = Object.keys(lines).map((source) => {
    return { store: it.store, log, source, limit: () => random.between(20, 400) }
  })
  const work = Promise.all([recordTogether(recordings), archive(it.store, streamOf(lines.main))])
  const [[events, counts], times, { samples, away }] = await Promise.all([
    work.finally(() => {
      working = false
    }),
    trouble(() => working),
    work.then(endSampling, endSampling),
  ])
  const troubles = events.filter((event) => event.kind === 'trouble')
  t.diagnostic(`${times} troubles, ${troubles.length} told by recorders; status: ${samples} answered, ${away} not`)
  assert.ok(
    troubles.length > 0 && troubles.every((event) => event.kind === 'trouble' && event.error.code === 'store-away'),
  )
  const recovered = events.filter((event) => event.kind === 'recovered')
  assert.equal(recovered.length, troubles.length, 'whoever tells of trouble tells of its end')

  assertSameDump(await canonicalDump(it), await untroubled(t), `seed ${testSeed}`)
  assert.deepEqual(await ledgerSums(it), { stored: 13_000, duplicate: 7000, quarantined: 0 })
  assert.equal(counts.received, 7000)
  assert.equal(counts.stored + counts.duplicate, 7000, 'the import counts what it did')
  const [books] = await it.rows(
    "SELECT sum(stored) AS stored, sum(duplicate) AS duplicate FROM ledger l JOIN journal j ON j.id = l.journal_id WHERE j.kind = 'import'",
  )
  assert.deepEqual([books?.['stored'], books?.['duplicate']], [counts.stored, counts.duplicate])
  await assertSound(it)
}

test(
  `connections that end at random moments lose nothing and double nothing (seed ${testSeed})`,
  options,
  async (t) => {
    const { server, url } = await ownDatabase()
    const it = await openPostgresAt(t, url)
    const random = openRandom(testSeed, 102)
    await assertWithstands(t, it, url, async (stillAtWork) => {
      const admin = new pg.Client({ connectionString: server.url })
      await admin.connect()
      let ended = 0
      while (stillAtWork()) {
        const { rows } = await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'smena%' AND random() < 0.4`,
        )
        ended += rows.length
        await new Promise((resolve) => setTimeout(resolve, random.between(60, 400)))
      }
      await admin.end()
      return ended
    })
  },
)

test(
  `a server that crashes and comes back loses nothing and doubles nothing (seed ${testSeed})`,
  options,
  async (t) => {
    const { server, url } = await ownDatabase()
    const it = await openPostgresAt(t, url)
    const random = openRandom(testSeed, 103)
    await assertWithstands(t, it, url, async (stillAtWork) => {
      let restarts = 0
      while (stillAtWork() && restarts < 4) {
        await new Promise((resolve) => setTimeout(resolve, random.between(200, 900)))
        await server.stop(random.chance(0.7) ? 'immediate' : 'fast')
        await new Promise((resolve) => setTimeout(resolve, random.below(200)))
        await server.start()
        restarts++
      }
      return restarts
    })
  },
)

test(
  `a commit whose answer is lost is counted once, and one that is lost is made again (seed ${testSeed})`,
  options,
  async (t) => {
    const url = await freshDatabase(t)
    const direct = await openPostgresAt(t, url)
    const calm = await openPostgresAt(t, await freshDatabase(t))
    const lines = Array.from({ length: 400 }, (_, n) =>
      Buffer.from(n % 50 === 49 ? `nothing ${n}` : avayaLine({ callId: 1e6 + n })),
    )
    for (const { store } of [direct, calm])
      for (const name of ['live', 'archive']) await applyReading(store, name, readingOf(format))
    const log = new MemoryLog()
    log.deliver('live', streamOf(lines), { format })
    await recordAll(calm.store, log, 'live')
    const expected = await importAll(calm.store, 'archive', streamOf(lines), { format })

    const random = openRandom(testSeed, 104)
    let last: CommitFate = 'through'
    const proxy = await proxyTo(t, url, () => {
      // Never twice in a row, or waiting for it to come back would take the test's time.
      last = last === 'through' ? random.pick(['through', 'lost', 'answer lost']) : 'through'
      return last
    })
    const store = await openPostgresStore(proxy.url)
    t.after(() => store[Symbol.asyncDispose]())
    const events = await recordTogether([{ store, log, source: 'live', limit: () => 25 }])
    const counts = await importAll(store, 'archive', streamOf(lines), { format, chunk: 2000 })
    t.diagnostic(JSON.stringify(proxy.seen))
    assert.ok(proxy.seen.lost > 0 && proxy.seen['answer lost'] > 0)
    assert.deepEqual({ ...counts, suspect: 0 }, { ...expected, suspect: 0 })
    const passed = events.filter((event) => event.kind === 'passed')
    assert.ok(passed.length < 16, 'what was committed unseen is not done again')
    assertSameDump(await canonicalDump(direct), await canonicalDump(calm), `seed ${testSeed}`)
    for (const name of ['live', 'archive'])
      assert.deepEqual(await ledgerSums(direct, name), { stored: 392, duplicate: 0, quarantined: 8 })
    await assertSound(direct)

    // The same for what walks over everything: a replay.
    for (const it of [direct, calm]) await applyReading(it.store, 'archive', readingOf(format, { plan: 'next' }))
    await replayAll(calm.store, 'archive')
    await replayAll(store, 'archive')
    assertSameDump(await canonicalDump(direct), await canonicalDump(calm), 'replayed')
    const before = await exactDump(direct)
    await replayAll(direct.store, 'archive')
    assertSameDump(await exactDump(direct), before, 'replayed again')
    await assertSound(direct)
  },
)

test('a server that is away when a store is opened says so, and another time it is there', options, async (t) => {
  const { server, url } = await ownDatabase()
  await server.stop('fast')
  await assert.rejects(() => openPostgresStore(url), isAway)
  await assert.rejects(() => openPostgresReader(url), isAway)
  await server.start()
  assert.equal(await openPostgresReader(url), null, 'no store before one has been made')
  await (await openPostgresStore(url))[Symbol.asyncDispose]()
  const reader = (await openPostgresReader(url)) ?? assert.fail()
  t.after(() => reader[Symbol.asyncDispose]())
  assert.deepEqual(await reader.sources(), [])
})

test(
  'what was still to be written when a transaction failed is never written, and the first error is the one told',
  options,
  async (t) => {
    const { url } = await ownDatabase()
    await using store = await openPostgresStore(url)
    const { id } = await store.ensureSource('main')
    const ledger = (hour: number) => ({ journalId: 1, hour, stored: 1, duplicate: 0, quarantined: 0 })
    const reader = new pg.Client({ connectionString: url })
    await reader.connect()
    t.after(() => reader.end())

    const stopped = store.transaction(id, 'live', async (tx) => {
      for (let hour = 0; hour < 200; hour++) await tx.addLedger([ledger(hour)])
      throw new Error('whoever wrote has changed his mind')
    })
    await assert.rejects(stopped, /has changed his mind/u)
    const refused = store.transaction(id, 'live', async (tx) => {
      await tx.addLedger([{ ...ledger(1000), journalId: Number.NaN }])
      for (let hour = 1001; hour < 1200; hour++) await tx.addLedger([ledger(hour)])
      await tx.deliveryLines([1])
    })
    await assert.rejects(refused, (error) => error instanceof SmenaError && /NaN/u.test(error.message))
    // The connection is whole again, and nothing came after the ROLLBACK.
    await store.transaction(id, 'live', (tx) => tx.addLedger([ledger(2000)]))
    const { rows } = await reader.query<{ hours: string[] }>('SELECT array_agg(hour) AS hours FROM ledger')
    assert.deepEqual(rows[0]?.hours, ['2000'])
  },
)

test('a connection that ends while it is being made is a store that is away', options, async (t) => {
  for (const end of [(it: Socket) => it.destroy(), (it: Socket) => it.end(), (it: Socket) => it.resetAndDestroy()]) {
    const server = createServer((socket) => void socket.on('error', () => undefined).once('data', () => end(socket)))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    await assert.rejects(() => openPostgresStore(`postgres://smena@127.0.0.1:${port}/smena`), isAway)
  }
  await assert.rejects(() => openPostgresStore('postgres://smena@[/smena'), TypeError)
})

test('what is wrong with the account of migrations is an error, and no server that is away', options, async () => {
  const { url } = await ownDatabase()
  await (await openPostgresStore(url))[Symbol.asyncDispose]()
  await ask(url, `UPDATE kysely_migration SET name = '0000-unknown' WHERE name = '0001-spine'`)
  await ask(url, 'DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)')
  await assert.rejects(
    () => openPostgresStore(url),
    (error) => error instanceof Error && !(error instanceof SmenaError) && /0000-unknown/u.test(error.message),
  )
})

test(
  'a server that only reads, as one whose place another has taken, is away until it writes again',
  options,
  async () => {
    const { server, url } = await ownDatabase()
    const name = new URL(url).pathname.slice(1)
    await using store = await openPostgresStore(url)
    const { id } = await store.ensureSource('main')
    const write = (hour: number) =>
      store.transaction(id, 'live', (tx) =>
        tx.addLedger([{ journalId: 1, hour, stored: 1, duplicate: 0, quarantined: 0 }]),
      )
    const only = async (how: 'on' | 'off') => {
      await ask(server.url, `ALTER DATABASE ${name} SET default_transaction_read_only = ${how}`)
      await ask(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
      )
    }
    await only('on')
    await until(
      () =>
        write(1).then(
          () => null,
          (error: unknown) => error,
        ),
      (error) => isAway(error) && /25006/u.test(String(error)),
    )
    await only('off')
    await until(
      () =>
        write(2).then(
          () => true,
          () => false,
        ),
      (written) => written,
    )
  },
)

test(
  'a transaction that asks for nothing, because calls are being assembled, does not count as gone',
  options,
  async (t) => {
    const url = await freshDatabase(t)
    const it = await openPostgresAt(t, url)
    const { source } = await applyReading(it.store, 'pbx', readingOf(format))
    const resting = `SELECT query FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'idle in transaction'`
    await it.store.transaction(source.id, 'live', async (tx) => {
      await tx.holdSource()
      // The lock was not the last thing that was asked for: the time begins anew.
      await until(
        () => it.rows(resting),
        ([session]) => session?.['query'] === 'SELECT',
      )
    })
    await assertSound(it)
  },
)
