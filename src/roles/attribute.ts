import { requireCluster } from './cluster.ts'
import { RoleProcess, type RoleOptions, storeAway, untilHealed } from './role-process.ts'
import { storePlace } from './store-place.ts'
import { StoreView } from './store-view.ts'
import { readingsOf, Work } from './work.ts'
import { worktimeOf } from './worktime.ts'

/** The role of a cluster that takes calls from the queue of those that are due and gives them to people (R1). */
export async function attribute(options: RoleOptions): Promise<void> {
  requireCluster('attribute', options.settings)
  const it = new RoleProcess(options)
  await using _stack = it.stack
  const { settings, announce, log } = options
  const work = new Work(storePlace(settings), null)
  it.stack.use(work)
  it.threads.push(work)
  work.onFailed = it.fail
  work.onAttribute = (event) => {
    if (event.kind === 'trouble') {
      const { message, details } = event
      it.raise('store work', { code: 'store-away', source: null, message, details })
    } else if (event.kind === 'recovered') it.calm('store work', 'the store answers again')
    else log.debug({ ...event }, 'attributed')
  }
  const view = settings.http ? it.stack.use(new StoreView(it, 'attribute')) : null
  if (settings.http && view)
    await it.openHttp(settings.http, {
      version: options.version,
      status: () => view.status(),
      tellsOfAll: false,
      dependencies: ['store'],
      notReady: () => view.notReady(),
      journal: null,
    })
  void untilHealed(
    it,
    async () => {
      await work.methods.open()
      await work.methods.compare(readingsOf(settings))
      await work.methods.attribute(worktimeOf(settings))
      it.calm('store', 'the store answers')
      it.ready()
    },
    (error) => {
      if (!it.alarms.has('store')) announce({ kind: 'store-away', message: error.message })
      it.alarms.set('store', storeAway(error))
    },
  )
  await it.untilOver()
  announce({ kind: 'stopping' })
}
