import { existsSync } from 'node:fs'
import pino from 'pino'
import { openNotify } from '../../adapters/systemd/notify.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { Announcement, RoleOptions } from '../../roles/role-process.ts'
import type { Context } from '../context.ts'
import { appliedLine } from '../present/applied.ts'

const logLevels = [...Object.values(pino.levels.labels), 'silent']

type Role = 'serve' | 'collect' | 'record' | 'attribute' | 'web'

/** Runs a role until the process is asked to end; its last line says that it has, in good order. Only what the role needs is loaded. */
export async function roleCommand(context: Context, role: Role): Promise<void> {
  const { surroundings } = context
  await using notify = openNotify({
    environment: surroundings.environment,
    warn: (message) => options.log.warn(message),
  })
  const options = roleOptions(context, (it) => {
    const line = announcementLine(it, context)
    if (line !== null) surroundings.stdout.write(`${line}\n`)
    if (it.kind === 'ready') void notify.ready(it.isWell)
    if (it.kind === 'stopping') void notify.stopping()
  })
  const run = await load(role)
  await run(options)
  surroundings.stdout.write(`${context.words.t('config:ended')}\n`)
}

export function roleOptions(context: Context, announce: RoleOptions['announce']): RoleOptions {
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
  return {
    settings: loaded.settings,
    version,
    inContainer: isContainer(environment),
    runtimeDirectory: environment['XDG_RUNTIME_DIR'] ?? environment['RUNTIME_DIRECTORY'] ?? null,
    log,
    announce,
    signal,
  }
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
