import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ErrorCode, SmenaError } from '../../src/domain/errors.ts'
import { doPeople, type PeopleOptions } from '../../src/pipeline/people.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import type { AssignmentJson, BreakJson, EmployeeJson, ShiftJson } from '../../src/pipeline/people-view.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { applyReading, sampleReadings } from './feed.ts'
import { type Engine, engines, type TestStore } from './stores.ts'

export const zone = 'Asia/Krasnoyarsk'
/** 24 November 2026 on the site's clock, which is seven hours ahead. */
export const at = (time: string, day = 24): number =>
  Date.parse(`2026-11-${String(day).padStart(2, '0')}T${time}:00+07:00`)

export class Place {
  readonly it: TestStore
  /** After the working day that tests tell of, before a shift of that morning is too long. */
  now = at('19:30')
  shiftAtMostSeconds = 12 * 3600
  /** The site of each source that has one. */
  sites: Readonly<Record<string, string>> = {}

  constructor(it: TestStore) {
    this.it = it
  }

  options(store: Store = this.it.store): PeopleOptions {
    const { shiftAtMostSeconds, sites } = this
    return { store, now: () => this.now, settings: { zone, shiftAtMostSeconds, sites } }
  }

  ask<T = ShiftJson>(
    request: PeopleRequest,
    more: { who?: string; key?: string; store?: Store; toldAt?: number } = {},
  ): Promise<T> {
    const { who = 'test', key = null, toldAt } = more
    const told = { request, who, how: 'shell' as const, key, ...(toldAt === undefined ? {} : { toldAt }) }
    return doPeople(this.options(more.store), told) as Promise<T>
  }

  async add(name: string, more: { personnelNumber?: string; unit?: string } = {}): Promise<string> {
    return (await this.ask<EmployeeJson>({ do: 'employee-add', name, ...more })).id
  }

  assign(employee: string, extension: string, from: number, to: number | null = null): Promise<AssignmentJson> {
    return this.ask({ do: 'assign', employee, extension, plan: 'avaya', from, to })
  }

  start = (employee: string, when: number) => this.ask({ do: 'shift-start', employee, at: when })
  end = (employee: string, when: number) => this.ask({ do: 'shift-end', employee, at: when })
  pause = (employee: string, type: string, when: number) =>
    this.ask<BreakJson>({ do: 'break-start', employee, type, at: when })
  resume = (employee: string, when: number) => this.ask<BreakJson>({ do: 'break-end', employee, at: when })

  /** Ranges that were made due since they were looked at last. */
  async due(): Promise<string[]> {
    const rows = await this.it.rows('SELECT plan, extension, from_at, to_at FROM attribution_due_range ORDER BY id')
    await this.it.execute('DELETE FROM attribution_due_range')
    return rows.map(({ plan, extension, from_at, to_at }) => {
      const text = (instant: unknown) => new Date((instant as number) + 7 * 3_600_000).toISOString().slice(8, 16)
      return `${plan} ${extension} ${text(from_at)} ${to_at === null ? '…' : text(to_at)}`
    })
  }

  async shifts(): Promise<readonly Record<string, unknown>[]> {
    return this.it.rows('SELECT * FROM shift ORDER BY started_at')
  }
}

async function openPlace(engine: Engine, t: TestContext): Promise<Place> {
  const it = await engine.open(t)
  for (const name of ['avaya', 'asterisk'] as const) await applyReading(it.store, name, sampleReadings[name])
  return new Place(it)
}

export const refused =
  (code: ErrorCode, details: Readonly<Record<string, string | number | RegExp>> = {}) =>
  (error: unknown) => {
    assert.ok(error instanceof SmenaError, String(error))
    assert.equal(error.code, code, error.message)
    for (const [name, value] of Object.entries(details))
      if (value instanceof RegExp) assert.match(String(error.details[name]), value)
      else assert.equal(error.details[name], value, name)
    return true
  }

/** The same test over both engines, each in a place of its own. */
export function onBothEngines(name: string, run: (place: Place, t: TestContext) => Promise<void>): void {
  for (const engine of engines)
    test(`${engine.name}: ${name}`, { skip: engine.skip }, async (t) => run(await openPlace(engine, t), t))
}
