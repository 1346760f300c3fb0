import { requireCluster, requireSameReadings } from './cluster.ts'
import { RoleProcess, type RoleOptions, untilHealed } from './role-process.ts'
import { StoreView } from './store-view.ts'

const defaultHttp = { host: '127.0.0.1', port: 8080 }

/** The role of a cluster that people and programs ask: health, metrics, status. */
export async function web(options: RoleOptions): Promise<void> {
  requireCluster('web', options.settings)
  const it = new RoleProcess(options)
  await using _stack = it.stack
  const { settings, announce, version } = options
  const view = it.stack.use(new StoreView(it, 'web'))
  await it.openHttp(settings.http ?? defaultHttp, {
    version,
    status: () => view.status(),
    tellsOfAll: true,
    dependencies: ['store', 'kafka'],
    notReady: () => view.notReady(),
    journal: null,
  })
  // Meanwhile it answers that the store is away.
  void untilHealed(
    it,
    async () => {
      await requireSameReadings(view.reader, settings)
      it.ready()
    },
    () => undefined,
  )
  await it.untilOver()
  announce({ kind: 'stopping' })
}
