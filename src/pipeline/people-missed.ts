import { numberKey } from '../domain/call.ts'
import { SmenaError } from '../domain/errors.ts'
import type { MissedDone } from '../domain/metrics/missed-done.ts'
import type { PeopleRequest } from './people-request.ts'
import type { PeopleTransaction } from './people-store.ts'
import { audited, cleanText, clockText, type Telling } from './people-telling.ts'
import { instantText } from './status.ts'

/** Missed numbers that a person ticks off, because they were settled in a way that no call shows; and takes back. */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

export interface MissedDoneJson {
  readonly id: string
  readonly number: string
  /** Null: of sources without a site. */
  readonly site: string | null
  readonly until: string
  readonly at: string
  readonly by: string
  readonly how: string
}

export const missedDoneJson = ({ id, number, site, until, doneAt, who, how }: MissedDone): MissedDoneJson => ({
  id: String(id),
  number,
  site: site === '' ? null : site,
  until: instantText(until),
  at: instantText(doneAt),
  by: who,
  how,
})

/** Refused where there is nothing to tick off: a number that was mistyped would look settled. */
export async function doneMissed(
  tx: PeopleTransaction,
  request: Request<'missed-done'>,
  it: Telling,
): Promise<MissedDoneJson> {
  const number = cleanText('number', request.number, 64)
  const until = request.at ?? it.now
  if (until > it.now)
    throw new SmenaError('value-unreadable', {
      what: 'at',
      found: clockText(until, it.zone),
      expected: 'a time that is not to come',
    })
  const key = numberKey(number)
  const sites = it.sites ?? {}
  const missed = new Set((await tx.missedAt(key, until)).map((source) => sites[source] ?? ''))
  const site = siteOf(number, request.site, missed, it)
  if (site === null) throw new SmenaError('number-not-missed', { number, at: clockText(until, it.zone) })
  const row = { site, number, numberKey: key, until, doneAt: it.now, who: it.who, how: cleanText('how', request.how) }
  const made = { id: await tx.addMissedDone(row), ...row }
  await tx.addAudit([audited(it, 'missed-done', null, null, made)])
  return missedDoneJson(made)
}

/** Takes back what was told last of the number. */
export async function undoMissed(
  tx: PeopleTransaction,
  request: Request<'missed-undo'>,
  it: Telling,
): Promise<MissedDoneJson> {
  const number = cleanText('number', request.number, 64)
  const ticks = await tx.missedDone(numberKey(number))
  const site = siteOf(number, request.site, new Set(ticks.map((tick) => tick.site)), it)
  const last = ticks.findLast((tick) => tick.site === site)
  if (!last) throw new SmenaError('number-not-done', { number })
  await tx.removeMissedDone(last.id)
  await tx.addAudit([audited(it, 'missed-undo', null, last, null)])
  return missedDoneJson(last)
}

/** The site that is named, else the only one of these; null: the number is at none of them. */
function siteOf(number: string, named: string | null, found: ReadonlySet<string>, it: Telling): string | null {
  const known = new Set([...Object.values(it.sites ?? {}), ...found])
  if (named !== null && named !== '' && !known.has(named))
    throw new SmenaError('name-unknown', { what: 'site', found: named, known: shown(known) })
  if (named !== null) return found.has(named) ? named : null
  const [only = null, ...others] = found
  if (others.length > 0) throw new SmenaError('site-unclear', { number, sites: shown(found) })
  return only
}

/** Sources without a site are named by an empty text. */
const shown = (sites: ReadonlySet<string>): string =>
  [...sites]
    .map((site) => site || '""')
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(', ') || '–'
