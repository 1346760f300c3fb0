import { existsSync } from 'node:fs'
import pino from 'pino'
import { openNotify } from '../../adapters/systemd/notify.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { Announcement, RoleOptions } from '../../roles/role-process.ts'
import type { Context } from '../context.ts'

const logLevels = [...Object.values(pino.levels.labels), 'silent']

type Role = 'serve' | 'collect' | 'record' | 'attribute' | 'web'

/** Runs a role until the process is asked to end. Only what the role needs is loaded. */
export async function roleCommand(context: Context, role: Role): Promise<void> {
  const { loaded, surroundings, version, signal } = context
  const { environment, stderr } = surroundings
  // For a person at a terminal only what needs attention; for a log everything.
  const level = environment['SMENA_LOG_LEVEL'] || (stderr.isTTY ? 'warn' : 'info')
  if (!logLevels.includes(level))
    throw new SmenaError('config-invalid', {
      file: 'SMENA_LOG_LEVEL',
      key: 'SMENA_LOG_LEVEL',
      found: JSON.stringify(level),
      expected: logLevels.join(', '),
    })
  const log = pino(
    { level, base: { name: 'smena' }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  await using notify = openNotify({ environment, warn: (message) => log.warn(message) })
  const run = await load(role)
  await run({
    settings: loaded.settings,
    version,
    inContainer: isContainer(environment),
    runtimeDirectory: environment['XDG_RUNTIME_DIR'] ?? environment['RUNTIME_DIRECTORY'] ?? null,
    log,
    announce: (it) => {
      const line = announcementLine(it, context)
      if (line !== null) surroundings.stdout.write(`${line}\n`)
      // The turn of the event loop that pings is the health of the process: what it cannot do without ends it.
      if (it.kind === 'ready') void notify.ready(() => true)
      if (it.kind === 'stopping') void notify.stopping()
    },
    signal,
  })
}

async function load(role: Role): Promise<(options: RoleOptions) => Promise<void>> {
  switch (role) {
    case 'serve':
      return (await import('../../roles/serve.ts')).serve
    case 'collect':
      return (await import('../../roles/collect.ts')).collect
    case 'record':
      return (await import('../../roles/record.ts')).record
    case 'attribute':
      return (await import('../../roles/attribute.ts')).attribute
    case 'web':
      return (await import('../../roles/web.ts')).web
  }
}

/** What container engines leave for programs to find. */
function isContainer(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (
    existsSync('/.dockerenv') ||
    existsSync('/run/.containerenv') ||
    environment['container'] !== undefined ||
    environment['KUBERNETES_SERVICE_HOST'] !== undefined
  )
}

function announcementLine(it: Announcement, { words, loaded }: Context): string | null {
  const { t } = words
  switch (it.kind) {
    case 'listening': {
      const format = loaded.settings.sources.find((source) => source.name === it.source)?.format ?? ''
      return t('config:listening', { source: it.source, format, address: it.address })
    }
    case 'loopback-only':
      return t('config:loopbackOnly', { source: it.source })
    case 'shut':
      return t('config:shut', { source: it.source })
    case 'http':
      return t('config:app', { address: it.address })
    case 'data':
      return t('config:data', { directory: it.directory })
    case 'reading':
      return appliedLine(it.applied, words)
    case 'store-away':
      return t('config:storeAway', { message: it.message })
    case 'ready':
      return t('config:ready')
    case 'stopping':
      return t('config:stopping')
  }
}

/** `from` is what the exchange's clock shows. */
export function appliedLine(
  { name, from }: { readonly name: string; readonly from: number | null },
  { t }: Context['words'],
): string {
  const at = from === null ? t('replay:always') : new Date(from).toISOString().slice(0, 19).replace('T', ' ')
  return t('config:newReading', { source: name, from: at })
}
