import assert from 'node:assert/strict'
import type { Edit } from '../../src/domain/worktime/edit.ts'
import type { CorrectionJson } from '../../src/pipeline/people-correction-view.ts'
import { at, onBothEngines, zone } from '../support/people.ts'

/** Marks of shifts that corrections change, through both engines. */

onBothEngines(
  'marks that are left without a shift are counted, and those that another shift takes are not',
  async (place) => {
    const anna = await place.add('Петрова Анна')
    place.now = at('23:00')
    await place.start(anna, at('09:00'))
    for (const time of ['10:00', '16:00'])
      await place.ask({
        do: 'mark-add',
        employee: anna,
        at: at(time),
        type: 'Почта',
        comment: null,
        count: 1,
        seconds: null,
      })
    await place.end(anna, at('18:00'))
    const request = (edits: readonly Edit[]) =>
      place.ask<CorrectionJson>({ do: 'correction-request', employee: anna, reason: 'x', edits })
    const marksOf = async (...edits: Edit[]) => (await request(edits)).effect.marks
    const again = (from: string, to: string): Edit => ({
      edit: 'add-shift',
      startedAt: at(from),
      endedAt: at(to),
      zone,
    })
    const gone: Edit = { edit: 'remove-shift', shift: 1 }
    assert.equal(await marksOf(gone), 2)
    assert.equal(await marksOf(gone, again('08:00', '12:00')), 1)
    assert.equal(await marksOf(gone, again('08:00', '18:00')), 0)
    assert.equal(await marksOf({ edit: 'set-shift', shift: 1, endedAt: at('15:00') }), 1)
    assert.equal(await marksOf(gone, { edit: 'remove-mark', mark: 1 }), 2, 'each once')
    const shorter = await request([gone, again('08:00', '12:00')])
    await place.ask({ do: 'correction-approve', correction: Number(shorter.id), comment: null }, { who: 'Олег' })
    const rows = await place.it.rows('SELECT shift_id FROM mark ORDER BY id')
    assert.deepEqual(
      rows.map(({ shift_id }) => shift_id === null),
      [false, true],
      'what was counted is what happened',
    )
  },
)
