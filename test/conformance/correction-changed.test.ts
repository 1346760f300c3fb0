import assert from 'node:assert/strict'
import type { Edit } from '../../src/domain/worktime/edit.ts'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import { closeOverdueShifts } from '../../src/pipeline/people.ts'
import { bring, lineAt } from '../support/office.ts'
import { at, onBothEngines, type Place, refused } from '../support/people.ts'

/** A correction that would do something else by now than was shown when it was asked for. */

const request = (place: Place, employee: string, edits: readonly Edit[]) =>
  place.ask<CorrectionJson>({ do: 'correction-request', employee, reason: 'x', edits }, { who: 'Секретарь' })

const approve = (place: Place, { id }: CorrectionJson, who = 'Олег', asNow = false) =>
  place.ask<CorrectionJson>({ do: 'correction-approve', correction: Number(id), comment: null, asNow }, { who })

onBothEngines(
  'what was told after the request is seen by whoever approves; the clock and calls change nothing',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    await place.assign(anna, '201', at('09:00'))
    place.now = at('18:05')
    await place.start(anna, at('09:00'))
    await place.pause(anna, 'rest', at('16:00'))
    const shorter = (time: string) => request(place, anna, [{ edit: 'set-shift', shift: 1, endedAt: at(time) }])
    // The system closes the shift meanwhile, and calls come that would be within it.
    const forgotten = await shorter('18:00')
    place.now = at('23:00')
    assert.equal(await closeOverdueShifts(place.options()), 1)
    await bring(place, 'avaya', lineAt('19:30'))
    assert.equal((await approve(place, forgotten)).state, 'approved')
    // The break is ended by its person, the period is locked.
    const asked = await shorter('17:00')
    await place.resume(anna, at('16:10'))
    await assert.rejects(
      approve(place, asked),
      refused('correction-changed', { what: /^break, worked time$|^break$/u }),
    )
    const again = await shorter('17:00')
    await bring(place, 'avaya', lineAt('17:30'))
    assert.equal((await approve(place, again)).state, 'approved')
    const third = await shorter('16:30')
    await place.ask({ do: 'period-lock', from: at('00:00'), to: at('00:00', 25), unit: null })
    await assert.rejects(approve(place, third), refused('correction-changed', { what: 'locked periods' }))
    assert.equal((await approve(place, third, 'Олег', true)).state, 'approved')
  },
)
