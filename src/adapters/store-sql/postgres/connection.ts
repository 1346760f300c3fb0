import pg from 'pg'
import { SmenaError } from '../../../domain/errors.ts'
import { storeMends } from '../../../domain/store-mends.ts'

/**
 * Connections to PostgreSQL. Whole numbers of 64 bits come as numbers: every one that Smena writes is below 2^53.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC) return Number
    return pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}

/**
 * The writing connections look rows up by key and never read a table whole. The planner is told so, or it would scan or hash a
 * table of ten million rows that it believes to be empty because nothing has analysed it since it was filled. Ruling plans out
 * makes the rest look expensive, which must not set the compiler going.
 */
const lookUpsOnly = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'material', 'memoize']
  .map((it) => `-c enable_${it}=off`)
  .concat('-c jit=off', '-c plan_cache_mode=force_custom_plan')
  .join(' ')

/**
 * After 15 s of silence the server takes back what a process holds that was stopped in the middle of a transaction, or whose machine
 * is gone: the next one that reads the source waits for its lock. Whoever works in a transaction says so (`aliveMs`).
 */
const letGo = [
  'idle_in_transaction_session_timeout=15000',
  'tcp_keepalives_idle=5',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=2',
  'tcp_user_timeout=15000',
]
  .map((it) => `-c ${it}`)
  .join(' ')

/** A transaction that asks for nothing for so long, because calls are being assembled, says that it is still there. */
export const aliveMs = 5000

export function openPool(url: string, use: 'write' | 'read', connections: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    application_name: `smena ${use}`,
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(use === 'write' ? { options: `${lookUpsOnly} ${letGo}` } : {}),
  })
  // A connection that the server ends: the next one that is needed is opened anew. Whoever uses it at that moment is told by
  // the question that fails; without a listener the process would end.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Error classes of SQLSTATE (PostgreSQL manual, appendix A) that pass by themselves. */
const passing = ['08', '40', '53', '55', '57']
/** Of other classes: a server that only reads, as one that another has taken the place of, and a transaction that rested too long. */
const passingToo = ['25006', '25P03']
/** A value, a constraint or a size (a text too long for its index) that the store does not take: this record is refused (R13). */
const refusing = ['22', '23', '54']
/** Of those classes what no value can be the cause of: rows that are not written as the server reads them. */
const broken = '22P03'

/** Somebody else wrote what this excludes, or both waited for each other: judged anew it is done or refused for a reason. */
const raced = ['23P01', '23505', '40P01', '40001']

/** The same for people's writing, which is small and judged by what stands there. */
export function peopleError(error: unknown, connectionBroke: boolean): unknown {
  if (!(error instanceof pg.DatabaseError) || !raced.includes(error.code ?? ''))
    return postgresError(error, connectionBroke)
  return new SmenaError('people-raced', { cause: describe(error) }, { cause: error })
}

/** 28: who connects is not let in; 3D000: there is no such database; 42501: the account lacks a right. */
const mendOf = (code: string): string => {
  if (code.startsWith('28')) return storeMends.account
  if (code === '3D000') return storeMends.database
  return code === '42501' ? storeMends.rights : storeMends.disk
}

/** By SQLSTATE or errno, never by text. An error of a connection that broke has neither and says so by `connectionBroke`. */
export function postgresError(error: unknown, connectionBroke: boolean): unknown {
  if (error instanceof SmenaError) return error
  const cause = describe(error)
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const state = code.slice(0, 2)
  if (error instanceof pg.DatabaseError) {
    if (refusing.includes(state) && code !== broken) return new SmenaError('store-refused', { cause }, { cause: error })
    if (passing.includes(state) || passingToo.includes(code))
      return new SmenaError('store-away', { cause }, { cause: error })
    return new SmenaError('store-broken', { cause, mend: mendOf(code) }, { cause: error })
  }
  if (connectionBroke || /^E[A-Z]+$/u.test(code)) return new SmenaError('store-away', { cause }, { cause: error })
  return error
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ')
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${error.message}${code}`
}
