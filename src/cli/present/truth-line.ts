import type { PeopleEvent } from '../../domain/simulation/people.ts'
import { instantText } from '../../pipeline/status.ts'

const textOf = (at: number | null): string | null => (at === null ? null : instantText(at))

/** An event of the simulated people as it stands in the file of `simulate --truth`; `plan` is that of the exchange's extensions. */
export function truthLine(event: PeopleEvent, plan: string): object {
  switch (event.kind) {
    case 'employee':
      return event
    case 'fact': {
      const { kind, employee, fact, at, toldAt, ...rest } = event
      const desk = 'extension' in rest ? { plan, extension: rest.extension, to: textOf(rest.to) } : rest
      return { kind, employee, fact, at: instantText(at), toldAt: instantText(toldAt), ...desk }
    }
    case 'assignment': {
      const { kind, employee, extension, from, to } = event
      return { kind, employee, plan, extension, from: instantText(from), to: textOf(to) }
    }
    case 'shift': {
      const { startedAt, endedAt, breaks, ...rest } = event
      const spanOf = (it: { startedAt: number; endedAt: number }) => ({
        startedAt: instantText(it.startedAt),
        endedAt: instantText(it.endedAt),
      })
      return {
        ...rest,
        ...spanOf({ startedAt, endedAt }),
        breaks: breaks.map((it) => ({ type: it.type, ...spanOf(it) })),
      }
    }
    case 'call': {
      const { index: _, startedWall: __, scenario, handling, kind, ...call } = event.call
      const parts = event.parts.map(({ employee, extension, at, ...rest }) => ({
        employee,
        plan,
        extension,
        at: instantText(at),
        ...rest,
      }))
      const times = {
        startedAt: instantText(call.startedAt),
        answeredAt: textOf(call.answeredAt),
        endedAt: instantText(call.endedAt),
      }
      return { kind: 'call', scenario, handling, call: { kind, ...call, ...times }, parts }
    }
  }
}
