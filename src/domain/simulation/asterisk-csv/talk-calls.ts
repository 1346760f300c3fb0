import type { Outcome } from '../../call.ts'
import type { Person } from '../site.ts'
import type { Answer, Ring, TalkStory } from '../story.ts'
import { CallDraft, type AsteriskCall } from './call-draft.ts'
import { tellHandling } from './handling-rows.ts'
import { dispositionOf, personCaller, type Extras, type Office } from './office.ts'
import { clidOf, type Channel, type Row } from './row.ts'

interface Teller {
  readonly office: Office
  readonly story: TalkStory
  readonly draft: CallDraft
  /** Since when the caller is connected to the exchange itself: menu or announcement. */
  readonly upAt: number | null
}

/** A call from outside or from a telephone to a person or a queue, with its consultations. */
export function talkCalls(office: Office, story: TalkStory, extras: Extras): AsteriskCall[] {
  const { caller, at } = story
  const outside = caller.kind === 'outside'
  const who = outside ? callerOf(office, caller.customer) : personCaller(caller.person)
  const menu = story.menuUntil !== null
  const dialled = story.queue ? story.queue.number : menu ? (story.person?.extension ?? 's') : story.dialled
  const target = story.person ?? null
  const draft = new CallDraft(office.tech, at, outside ? 'trunk-msk' : caller.person, story.endAt, {
    src: who.src,
    clid: who.clid,
    dst: dialled,
    context: !outside ? 'from-internal' : menu ? (target ? 'from-ivr' : 'ivr-main') : 'from-trunk',
    ...applicationOf(office, story, target),
    ...extras,
  })
  const untilUp = Math.floor(at / 1000) % 2 === 0 ? 700 : 1100
  const upAt = menu || story.announcedUntil !== null || story.scenario === 'closed-forwarded' ? at + untilUp : null
  const teller: Teller = { office, story, draft, upAt }
  const more: AsteriskCall[] = []
  const outcome = story.answer === null ? tellUnanswered(teller) : tellAnswered(teller, story.answer, more)
  const call = draft.done({
    scenario: story.scenario,
    handling: story.answer === null ? null : story.handling.kind,
    kind: 'call',
    direction: outside ? 'inbound' : 'internal',
    outcome,
    from: who.number,
    fromName: who.name,
    conference: null,
  })
  return [call, ...more]
}

function callerOf(
  { nameIsNumber }: Office,
  { number, name }: { readonly number: string | null; readonly name: string },
) {
  if (number === null) {
    return nameIsNumber
      ? { src: '', clid: clidOf('', ''), number: null, name: null }
      : { src: 'anonymous', clid: clidOf('Anonymous', 'anonymous'), number: null, name: null }
  }
  const shown = name === '' && nameIsNumber ? number : name
  return { src: number, clid: clidOf(shown, number), number, name: name === '' ? null : name }
}

function applicationOf({ tech }: Office, story: TalkStory, target: Person | null): { app: string; data: string } {
  if (story.queue) return { app: 'Queue', data: `${story.queue.name},t,,,240` }
  if (story.scenario === 'closed-message') return { app: 'Playback', data: 'closed-hours' }
  if (target === null) return { app: 'BackGround', data: 'main-menu' }
  const { extension, phone } = target
  return {
    app: 'Dial',
    data: phone === 'softphone' ? `${tech}/${extension}&IAX2/${extension},30,tT` : `${tech}/${extension},30,tT`,
  }
}

const mailboxOf = ({ queue, person }: TalkStory): string => queue?.number ?? person?.extension ?? ''

/** One telephone that rang: a row, for a Local member a second one. Returns the row and the telephone's channel. */
function tellRing(
  { office, story, draft, upAt }: Teller,
  ring: Ring,
  hangUp: number,
  upTo: number,
): { row: Row; phone: Channel } {
  const { person } = ring
  const first = draft.rows.length === 0
  const disposition = dispositionOf(ring)
  const answered = ring.result === 'answered'
  const answer = upAt === null ? (answered ? ring.to : null) : first ? upAt : ring.from
  const end = answered ? upTo : ring.to
  if (person.phone !== 'local' || story.queue === null) {
    const phone = draft.phone(ring.from, person)
    return { row: draft.add({ b: phone, far: person, start: ring.from, answer, end, disposition }), phone }
  }
  const [one, two] = draft.local(ring.from, `${person.extension}@agents`)
  const phone = draft.phone(ring.from, person)
  const through: Row = draft.add({
    a: two,
    b: phone,
    far: person,
    start: ring.from,
    answer: answered ? ring.to : null,
    end,
    disposition,
    dst: person.extension,
    context: 'agents',
    app: 'Dial',
    data: `${office.tech}/${person.extension},15`,
    writtenAt: answered ? hangUp : ring.to,
  })
  return { row: draft.add({ b: one, far: person, start: ring.from, answer, end, disposition, through }), phone }
}

function tellUnanswered(teller: Teller): Outcome {
  const { office, story, draft, upAt } = teller
  const { at, ending, endAt, rings } = story
  for (const ring of rings) {
    const twoPhones = ring.person.phone === 'softphone' && story.queue === null && ring.result !== 'busy'
    tellRing(teller, ring, endAt, endAt)
    if (twoPhones) {
      const answer = upAt === null ? null : ring.from
      draft.add({
        b: draft.softphone(ring.from, ring.person),
        far: ring.person,
        start: ring.from,
        answer,
        end: ring.to,
        disposition: 'NO ANSWER',
      })
    }
  }
  if (ending.kind === 'mailbox') {
    const up = ending.from + (upAt === null ? 900 : 0)
    const reason = rings.at(-1)?.result === 'busy' ? 'b' : 'u'
    const data = `${mailboxOf(story)}@default,${reason}`
    draft.add({
      b: null,
      far: null,
      start: ending.from,
      answer: up,
      end: endAt,
      disposition: 'ANSWERED',
      app: 'VoiceMail',
      data,
    })
    return 'voicemail'
  }
  if (ending.kind === 'forwarded') {
    const answered = ending.answeredAt !== null
    const disposition = answered ? 'ANSWERED' : 'NO ANSWER'
    const number = ending.to.slice(1)
    const dial = { app: 'Dial', data: `${office.tech}/${number}@trunk-msk,30` } as const
    if (ending.by === null) {
      const b = draft.trunk(at + 1500, 'trunk-msk')
      draft.add({
        b,
        far: 'outside',
        start: at,
        answer: upAt,
        end: endAt,
        disposition,
        dst: 's',
        context: 'ivr-main',
        ...dial,
      })
    } else {
      const [one, two] = draft.local(ending.from, `${ending.to}@from-internal`)
      const b = draft.trunk(ending.from, 'trunk-msk')
      const row = { start: ending.from, end: endAt, disposition, far: 'outside' } as const
      const through: Row = draft.add({
        ...row,
        ...dial,
        a: two,
        b,
        answer: ending.answeredAt,
        dst: ending.to,
        context: 'from-internal',
      })
      draft.add({ ...row, b: one, answer: upAt === null ? ending.answeredAt : ending.from, through })
    }
    return answered ? 'answered' : 'missed'
  }
  if (rings.length > 0) return rings.every(({ result }) => result === 'busy') ? 'busy' : 'missed'
  // Nobody rang: one row of the application in which the caller left.
  draft.add({ b: null, far: null, start: at, answer: upAt, end: endAt, disposition: 'ANSWERED' })
  return story.queue ? 'missed' : 'automated'
}

/** When the answerer's part in the call ends: the whole call, or the moment of parking or handing over. */
function answererUntil({ handling, endAt }: TalkStory): number {
  if (handling.kind === 'parked') return handling.from
  if (handling.kind === 'supervised' || handling.kind === 'blonde') return handling.consultation.to
  return handling.kind === 'blind' ? handling.ring.from : endAt
}

function tellAnswered(teller: Teller, answer: Answer, more: AsteriskCall[]): Outcome {
  const { story, draft, upAt } = teller
  const until = answererUntil(story)
  let up: { row: Row; phone: Channel } | null = null
  if (answer.on === 'another-desk') {
    // The channel that picked up takes the place of the one that rang, which leaves no trace.
    const phone = draft.phone(answer.at, answer.by)
    const row = draft.add({
      b: phone,
      far: answer.by,
      start: story.at,
      answer: upAt ?? answer.at,
      end: until,
      disposition: 'ANSWERED',
    })
    up = { row, phone }
  } else {
    for (const ring of story.rings) {
      const twoPhones = ring.person.phone === 'softphone' && story.queue === null
      const elsewhere = twoPhones && answer.on === 'softphone'
      const told = tellRing(teller, elsewhere ? { ...ring, result: 'unanswered' } : ring, until, until)
      if (ring.result === 'answered' && !elsewhere) up = told
      if (!twoPhones) continue
      const phone = draft.softphone(ring.from, ring.person)
      const common = { b: phone, far: ring.person, start: ring.from } as const
      if (elsewhere)
        up = {
          phone,
          row: draft.add({ ...common, answer: upAt ? ring.from : ring.to, end: until, disposition: 'ANSWERED' }),
        }
      else draft.add({ ...common, answer: upAt ? ring.from : null, end: ring.to, disposition: 'NO ANSWER' })
    }
  }
  if (up) tellHandling({ office: teller.office, story, draft }, answer.by, up.row, up.phone, more)
  return 'answered'
}
