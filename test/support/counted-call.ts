import type { AttributedPart } from '../../src/domain/attribution.ts'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'

/** Calls and their parts as figures are worked out from, with only what a test is about named. */

let lastId = 0
export const callOf = (fields: Partial<CountedCall> = {}): CountedCall => ({
  id: ++lastId,
  sourceId: 1,
  readingId: 1,
  plan: 'pbx',
  direction: 'inbound',
  outcome: 'answered',
  from: '74955550101',
  to: '300',
  targets: ['300'],
  answeredBy: null,
  answeredOutside: false,
  extensions: [],
  startedAt: 0,
  answeredAt: null,
  endedAt: 0,
  waitSeconds: 0,
  talkSeconds: 0,
  holdSeconds: 0,
  conference: null,
  ...fields,
})

export const partOf = (fields: Partial<AttributedPart> = {}): AttributedPart => ({
  callId: 1,
  position: 0,
  sourceId: 1,
  startedAt: 0,
  direction: 'inbound',
  counted: true,
  employeeId: 1,
  plan: 'pbx',
  extension: '201',
  role: 'answered',
  state: 'on-shift',
  at: 0,
  recordId: null,
  ringSeconds: 0,
  talkSeconds: 0,
  holdSeconds: 0,
  busy: null,
  offer: null,
  ...fields,
})
