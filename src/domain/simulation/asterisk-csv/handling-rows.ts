import type { Person } from '../site.ts'
import type { Consultation, TalkStory } from '../story.ts'
import { CallDraft, type AsteriskCall } from './call-draft.ts'
import { dispositionOf, personCaller, type Office } from './office.ts'
import type { Channel, Row } from './row.ts'

interface Told {
  readonly office: Office
  readonly story: TalkStory
  readonly draft: CallDraft
}

/** The rows of what happened to an answered call. `row` is the answerer's, `phone` the channel of the telephone. */
export function tellHandling(
  { office, story, draft }: Told,
  by: Person,
  row: Row,
  phone: Channel,
  more: AsteriskCall[],
): void {
  const { handling, endAt } = story
  const same = { dst: row.dst, context: row.context, app: row.app, data: row.data }
  const dialTo = (person: Person) => ({
    dst: person.extension,
    context: 'from-internal',
    app: 'Dial',
    data: `${office.tech}/${person.extension},30,tT`,
  })
  switch (handling.kind) {
    case 'plain':
    case 'held':
      return
    case 'parked': {
      const { from, to } = handling
      const park = {
        dst: '7000',
        context: 'parkedcalls',
        app: 'Park',
        data: 'default:7001',
        disposition: 'ANSWERED',
      } as const
      draft.add({ ...park, b: null, far: null, start: from, answer: from, end: to })
      draft.add({ ...park, b: draft.phone(to, handling.by), far: handling.by, start: to, answer: to, end: endAt })
      return
    }
    case 'blind': {
      const { ring, mailboxFrom } = handling
      const next = {
        ...dialTo(ring.person),
        b: draft.phone(ring.from, ring.person),
        far: ring.person,
        start: ring.from,
        answer: ring.from,
      }
      draft.add({ ...next, end: ring.result === 'answered' ? endAt : ring.to, disposition: dispositionOf(ring) })
      if (mailboxFrom !== null) {
        const mailbox = {
          app: 'VoiceMail',
          data: `${ring.person.extension}@default,u`,
          dst: ring.person.extension,
          context: 'from-internal',
        }
        draft.add({
          ...mailbox,
          b: null,
          far: null,
          start: mailboxFrom,
          answer: mailboxFrom,
          end: endAt,
          disposition: 'ANSWERED',
        })
      }
      return
    }
    case 'consulted': {
      if (handling.consultation.by === 'refer') more.push(ownConsultation(office, by, handling.consultation))
      else consult(office, draft, by, phone, handling.consultation, endAt)
      return
    }
    case 'supervised': {
      const { consultation } = handling
      const own = consultation.by === 'refer' ? draft.phone(consultation.from, by) : phone
      const b = consult(office, draft, by, own, consultation, consultation.to)
      draft.add({
        ...same,
        b,
        far: consultation.person,
        start: consultation.to,
        answer: consultation.to,
        end: endAt,
        disposition: 'ANSWERED',
      })
      return
    }
    case 'blonde': {
      const { consultation, answeredAt } = handling
      const b = consult(office, draft, by, phone, consultation, consultation.to)
      const { person, to } = consultation
      const disposition = answeredAt === null ? 'NO ANSWER' : 'ANSWERED'
      draft.add({ ...dialTo(person), b, far: person, start: to, answer: answeredAt, end: endAt, disposition })
      return
    }
    case 'conference': {
      const { consultation } = handling
      const b = consult(office, draft, by, phone, consultation, endAt)
      const joined = {
        b,
        far: consultation.person,
        start: consultation.to,
        answer: consultation.to,
        end: endAt,
        disposition: 'ANSWERED',
      } as const
      draft.add({ ...same, ...joined })
      const who = personCaller(by)
      draft.add({ ...dialTo(consultation.person), ...joined, a: phone, src: who.src, clid: who.clid })
      return
    }
  }
}

/** The row of a consultation: `own` is the channel of the telephone that asks. Returns the channel of the one asked. */
function consult(
  { tech }: Office,
  draft: CallDraft,
  by: Person,
  own: Channel,
  { person, from, answeredAt, to }: Consultation,
  writtenAt: number,
): Channel {
  const who = personCaller(by)
  const b = draft.phone(from, person)
  draft.add({
    a: own,
    b,
    // A telephone that refers makes a call of its own, which no id ties to the caller's.
    linked: own.at === from ? own : draft.main,
    far: person,
    src: who.src,
    clid: who.clid,
    dst: person.extension,
    context: 'from-internal',
    app: 'Dial',
    data: `${tech}/${person.extension},30,tT`,
    start: from,
    answer: answeredAt,
    end: to,
    disposition: answeredAt === null ? 'NO ANSWER' : 'ANSWERED',
    account: '',
    userfield: '',
    writtenAt,
  })
  return b
}

/** A consultation after which the telephone comes back to the caller: nothing ties its record to the caller's. */
function ownConsultation(office: Office, by: Person, { person, from, answeredAt, to }: Consultation): AsteriskCall {
  const who = personCaller(by)
  const draft = new CallDraft(office.tech, from, by, to, {
    src: who.src,
    clid: who.clid,
    dst: person.extension,
    context: 'from-internal',
    app: 'Dial',
    data: `${office.tech}/${person.extension},30,tT`,
    account: '',
    userfield: '',
  })
  const answered = answeredAt !== null
  draft.add({
    b: draft.phone(from, person),
    far: person,
    start: from,
    answer: answeredAt,
    end: to,
    disposition: answered ? 'ANSWERED' : 'NO ANSWER',
  })
  return draft.done({
    scenario: answered ? 'internal-answered' : 'internal-missed',
    handling: answered ? 'plain' : null,
    kind: 'call',
    direction: 'internal',
    outcome: answered ? 'answered' : 'missed',
    from: by.extension,
    fromName: who.name,
    conference: null,
  })
}
