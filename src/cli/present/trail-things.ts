import type { Unit } from '../../domain/units.ts'
import { issueId } from '../../pipeline/legacy/issue-view.ts'
import type { ThingDeed } from '../../pipeline/people-store.ts'
import type { Words } from '../words/words.ts'

/** What a line of the trail that is of no person changed: units, sites, numbers, kinds, periods, ticks, reports, an import. */

export type Thing = Readonly<Record<string, unknown>>

/** A fact under the head that it has in lists. The first one is what the thing is known by. */
type Fact = readonly [head: string, value: (it: Thing) => string | null]

/** The thing as it was and as it was then: what it is known by, and what is no longer as it was. */
export function thingTexts(
  what: ThingDeed,
  before: Thing | null,
  after: Thing | null,
  units: readonly Unit[],
  words: Words,
): string[] {
  return factsOf(what, units, words).flatMap(([head, value], place) => {
    const [was, is] = [before && value(before), after && value(after)]
    if (was !== is) return [`${head}: ${was ?? '–'} → ${is ?? '–'}`]
    return place === 0 && is !== null ? [`${head}: ${is}`] : []
  })
}

const shownOfId = 8

function factsOf(what: ThingDeed, units: readonly Unit[], words: Words): readonly Fact[] {
  const { t } = words
  const text = (key: string) => (it: Thing) => {
    const found = it[key]
    return typeof found === 'number' || (typeof found === 'string' && found !== '') ? String(found) : null
  }
  const yes = (key: string) => (it: Thing) =>
    typeof it[key] === 'boolean' ? t(it[key] ? 'people:yes' : 'people:no') : null
  const duration = (key: string) => (it: Thing) => (typeof it[key] === 'number' ? words.duration(it[key]) : null)
  const time = (key: string) => (it: Thing) => (typeof it[key] === 'number' ? words.time(it[key]) : null)
  switch (what) {
    case 'unit-add':
    case 'unit-set':
      return [
        [t('people:column.unit'), text('name')],
        [t('people:column.parent'), text('parent')],
      ]
    case 'site-set':
      return [
        [t('people:column.site'), text('name')],
        [t('people:column.zone'), text('zone')],
      ]
    case 'directory-set':
      return [
        [t('people:column.extension'), ({ number, plan }) => `${String(number)} (${String(plan)})`],
        [t('people:column.isGroup'), yes('isGroup')],
        [t('people:column.label'), text('label')],
        [t('people:column.site'), text('site')],
        [t('people:column.serviceLevel'), text('serviceLevelSeconds')],
        [t('people:column.short'), text('shortSeconds')],
        [t('people:column.groups'), ({ groups }) => (Array.isArray(groups) ? groups.join(', ') : null)],
      ]
    case 'break-type-set':
      return [
        [t('people:column.type'), ({ name }) => words.breakType(String(name))],
        [t('people:column.paid'), (it) => yes('paid')(it) ?? t('people:unknown')],
        [t('people:column.minimum'), duration('minimumSeconds')],
        [t('people:column.maximum'), duration('maximumSeconds')],
        [t('people:column.active'), yes('active')],
      ]
    case 'mark-type-set':
      return [
        [t('people:column.type'), text('name')],
        [t('people:column.wrapUp'), yes('wrapUp')],
        [t('people:column.active'), yes('active')],
        [t('people:column.place'), text('position')],
      ]
    case 'missed-done':
    case 'missed-undo':
      return [
        [t('people:column.number'), text('number')],
        [t('people:column.site'), text('site')],
        [t('people:column.until'), time('until')],
        [t('people:column.how'), text('how')],
      ]
    case 'period-lock':
    case 'period-unlock':
      return [
        [t('people:column.id'), text('id')],
        [t('people:column.from'), time('from')],
        [t('people:column.to'), time('to')],
        [
          t('people:column.unit'),
          ({ unitId }) => units.find(({ id }) => id === unitId)?.name ?? t('people:period.everybody'),
        ],
        [
          t('people:column.state'),
          (it) => t(`people:period.state.${it['unlockedAt'] === null ? 'locked' : 'unlocked'}`),
        ],
      ]
    case 'report-save':
    case 'report-delete':
    case 'legacy-report':
      return [[t('people:column.name'), text('name')]]
    case 'legacy-events':
      return [[t('people:column.rows'), text('rows')]]
    case 'legacy-decide':
      return [
        [t('people:column.id'), ({ key }) => issueId(String(key)).slice(0, shownOfId)],
        [t('people:column.how'), text('how')],
      ]
    case 'legacy-issues-gone':
      return [
        [
          t('people:column.id'),
          ({ keys }) => (keys as readonly string[]).map((key) => issueId(key).slice(0, shownOfId)).join(', '),
        ],
      ]
  }
}
