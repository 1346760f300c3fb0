import type { FastifyPluginAsync } from 'fastify'
import type { Metrics } from '../metrics.ts'
import type { Process } from '../ports.ts'

/** `/livez` asks nobody: it must not fail because a database is away, or everything is restarted at once. */
export const health =
  (process: Process, metrics: Metrics): FastifyPluginAsync =>
  async (app) => {
    app.get('/livez', async () => ({ live: true }))

    app.get('/readyz', async (_, reply) => {
      const missing = process.notReady()
      return reply.code(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing })
    })

    app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.scrape(process)))
  }
