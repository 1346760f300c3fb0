import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Status } from '../../pipeline/status.ts'

const count = Type.Integer({ minimum: 0 })

const SourceStatus = Type.Object({
  received: count,
  stored: count,
  duplicate: count,
  quarantined: count,
  pending: count,
  lastRecordAt: Type.Union([Type.String(), Type.Null()]),
  connections: count,
  clockErrorSeconds: Type.Union([Type.Integer(), Type.Null()]),
  olderRules: count,
})

const StatusSchema = Type.Object({
  sources: Type.Record(Type.String(), SourceStatus),
  gaps: Type.Array(
    Type.Object({ source: Type.String(), journal: Type.String(), from: count, to: count, since: Type.String() }),
  ),
  collectors: Type.Array(
    Type.Object({
      journal: Type.String(),
      host: Type.String(),
      asOf: Type.String(),
      sources: Type.Record(Type.String(), Type.Object({ given: count, unforwarded: count, connections: count })),
      hasEnded: Type.Boolean(),
    }),
  ),
  roles: Type.Object({ record: Type.Object({ lag: count }), attribute: Type.Object({ lag: count }) }),
  mode: Type.Union([Type.Literal('solo'), Type.Literal('cluster')]),
  version: Type.String(),
  alarms: Type.Array(
    Type.Object({
      code: Type.String(),
      source: Type.Union([Type.String(), Type.Null()]),
      message: Type.String(),
      details: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
    }),
  ),
  unread: Type.Array(Type.Object({ what: Type.Literal('kafka'), hides: Type.Array(Type.String()) })),
})

export const status =
  (ask: () => Promise<Status>): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get('/api/v1/status', { schema: { response: { 200: StatusSchema } } }, async (_, reply) => {
      const { gaps, collectors, alarms, unread, ...now } = await ask()
      return reply.send({
        ...now,
        gaps: [...gaps],
        collectors: [...collectors],
        alarms: [...alarms],
        unread: unread.map(({ what, hides }) => ({ what, hides: [...hides] })),
      })
    })
  }
