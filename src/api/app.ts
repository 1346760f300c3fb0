import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { fastify, type FastifyBaseLogger, type FastifyReply, LogController } from 'fastify'
import { SmenaError } from '../domain/errors.ts'
import type { Metrics } from './metrics.ts'
import type { Process } from './ports.ts'
import { health } from './routes/health.ts'
import { status } from './routes/status.ts'

/** The HTTP side of a process: health, metrics, status. It listens nowhere by itself. */
export async function buildApp(options: {
  readonly process: Process
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
}) {
  const app = fastify({
    loggerInstance: options.log,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      void reply.code(400).send(badRequest('The address is no valid URL.'))
    },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1 << 20,
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
  })
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof SmenaError) {
      const code = error.remedy === 'refuse' ? 400 : 503
      return reply.code(code).send({ error: { code: error.code, message: error.message } })
    }
    const { statusCode } = error as { statusCode?: number }
    if (statusCode !== undefined && statusCode < 500)
      return reply.code(statusCode).send(badRequest((error as Error).message))
    request.log.error({ err: error }, 'a request failed')
    return reply
      .code(500)
      .send({ error: { code: 'unexpected', message: 'The request failed. The log of the process says why.' } })
  })
  app.setNotFoundHandler(async (request, reply) =>
    reply
      .code(404)
      .send({ error: { code: 'not-found', message: `There is nothing at ${request.url.slice(0, 200)}.` } }),
  )
  await app.register(health(options.process, options.metrics))
  if (options.process.status) await app.register(status(options.process.status))
  return app
}

const badRequest = (message: string) => ({ error: { code: 'bad-request', message } })
