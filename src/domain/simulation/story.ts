import type { Person, Queue } from './site.ts'

/**
 * What happened at the site, told without regard to how an exchange writes it down. Instants are UTC milliseconds. One
 * story is one call and whatever calls it brings with it: consultations, twin legs, legs of a conference.
 */
export type Story = TalkStory | OutboundStory | MessagesStory | MeetingStory

/** Where the calls of a simulation come from; `Scenario` and the kind of handling together name every case. */
export type Scenario =
  | 'menu'
  | 'closed-message'
  | 'closed-mailbox'
  | 'closed-forwarded'
  | 'queue-answered'
  | 'queue-abandoned'
  | 'queue-mailbox'
  | 'direct-answered'
  | 'direct-missed'
  | 'direct-busy'
  | 'direct-mailbox'
  | 'direct-picked-up'
  | 'direct-forwarded'
  | 'reception'
  | 'outbound-answered'
  | 'outbound-unanswered'
  | 'outbound-busy'
  | 'outbound-failed'
  | 'outbound-second-trunk'
  | 'outbound-roundabout'
  | 'outbound-handed-over'
  | 'outbound-barred'
  | 'outbound-conference'
  | 'internal-answered'
  | 'internal-missed'
  | 'internal-busy'
  | 'internal-mailbox'
  | 'internal-picked-up'
  | 'messages'
  | 'meeting'

export interface Customer {
  /** Null: withheld. */
  readonly number: string | null
  /** Caller name that the carrier delivers; may be empty. */
  readonly name: string
}

/** One telephone that rang: [from, to]. `busy`: it was offered the call and refused it at once. */
export interface Ring {
  readonly person: Person
  readonly from: number
  readonly to: number
  readonly result: 'answered' | 'unanswered' | 'busy'
}

export interface Answer {
  readonly by: Person
  readonly at: number
  /** `pulled-back`: taken on the twinned mobile, then, at `pulledAt`, at the desk. */
  readonly on: 'desk' | 'softphone' | 'mobile' | 'pulled-back' | 'another-desk'
  readonly pulledAt: number
}

/** A call between the one who has the caller on hold and somebody else, from `from` on. */
export interface Consultation {
  readonly person: Person
  readonly from: number
  /** Null: nobody answered. */
  readonly answeredAt: number | null
  readonly to: number
  /** The telephone makes a call of its own (`refer`), or the exchange does it for a code that was dialled (`code`). */
  readonly by: 'code' | 'refer'
}

/** What happened to an answered call before it ended. */
export type Handling =
  | { readonly kind: 'plain' }
  | { readonly kind: 'held'; readonly from: number; readonly to: number }
  /** Parked, and taken back by `by`: at the same telephone, or elsewhere. */
  | { readonly kind: 'parked'; readonly from: number; readonly to: number; readonly by: Person }
  /** Asked somebody and came back to the caller. */
  | { readonly kind: 'consulted'; readonly consultation: Consultation }
  /** Handed over at the end of the consultation. */
  | { readonly kind: 'supervised'; readonly consultation: Consultation }
  /** Handed over without asking; the target's telephone rings from the hand-over on. */
  | { readonly kind: 'blind'; readonly ring: Ring; readonly mailboxFrom: number | null }
  /** Handed over while the consulted telephone was still ringing. */
  | { readonly kind: 'blonde'; readonly consultation: Consultation; readonly answeredAt: number | null }
  | { readonly kind: 'conference'; readonly consultation: Consultation }

export type HandlingKind = Handling['kind']

/** A call from outside or from a telephone of the site to a person or a queue. */
export interface TalkStory {
  readonly kind: 'talk'
  readonly scenario: Scenario
  readonly at: number
  readonly caller:
    | { readonly kind: 'outside'; readonly customer: Customer }
    | { readonly kind: 'person'; readonly person: Person }
  /** DID or extension. */
  readonly dialled: string
  /** End of the menu; null: none. A call can end there. */
  readonly menuUntil: number | null
  /** What the call was for after the menu; neither: it ended in the menu. */
  readonly queue: Queue | null
  readonly person: Person | null
  /** The queue's announcement, from the arrival in the queue to the first ringing or the end. */
  readonly announcedUntil: number | null
  /** In the order in which they began; of a queue as many as rang. */
  readonly rings: readonly Ring[]
  readonly answer: Answer | null
  readonly handling: Handling
  readonly ending:
    | { readonly kind: 'hung-up' }
    | { readonly kind: 'busy' }
    | { readonly kind: 'mailbox'; readonly from: number }
    /** `by` null: the route of the closed site did it. `answeredAt` null: nobody answered outside either. */
    | {
        readonly kind: 'forwarded'
        readonly from: number
        readonly by: Person | null
        readonly to: string
        readonly answeredAt: number | null
      }
  readonly endAt: number
}

export interface OutboundStory {
  readonly kind: 'outbound'
  readonly scenario: Scenario
  /** When the call to outside begins: later than the call inside that asks for it, where there is one. */
  readonly at: number
  readonly person: Person
  readonly dialled: string
  readonly result: 'answered' | 'unanswered' | 'busy' | 'failed' | 'barred'
  /** When the far party answered; null unless it did. */
  readonly answeredAt: number | null
  readonly held: { readonly from: number; readonly to: number } | null
  /** Until when the first trunk was tried in vain; null: the first one took the call. */
  readonly firstTrunkUntil: number | null
  /** Over an analogue line (Avaya) or through a Local channel that was optimised away (Asterisk). */
  readonly roundabout: boolean
  /** Somebody inside had asked `person` to make the call, waited on hold from `from` on and took it over at `to`. */
  readonly handedOver: {
    readonly to: Person
    readonly calledAt: number
    readonly answeredAt: number
    readonly at: number
  } | null
  /** Somebody inside was in a call with `person` first; at `joinedAt` all three talk. */
  readonly conference: {
    readonly with: Person
    readonly calledAt: number
    readonly answeredAt: number
    readonly joinedAt: number
  } | null
  readonly endAt: number
}

/** Somebody listens to the messages in the own mailbox. */
export interface MessagesStory {
  readonly kind: 'messages'
  readonly scenario: 'messages'
  readonly at: number
  readonly person: Person
  readonly answeredAt: number
  readonly endAt: number
}

/** People dial into a conference room (Asterisk). The first to come is the last to leave. */
export interface MeetingStory {
  readonly kind: 'meeting'
  readonly scenario: 'meeting'
  readonly at: number
  /** By time of coming; at least two. */
  readonly people: readonly {
    readonly person: Person
    readonly from: number
    readonly answeredAt: number
    readonly to: number
  }[]
}
