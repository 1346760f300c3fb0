import { openChoice } from './random.ts'

/**
 * How a support desk of some forty people telephones: the one place with every share and duration of the simulation.
 * Shares stand for believable, not for measured: no public statistics of one desk were at hand. `[median, sigma]` is a
 * lognormal duration in seconds; its mean is median × e^(sigma²/2).
 */

/** Calls that begin of their own accord; calls that follow from a missed one (below) come on top. */
export const directionShares = openChoice({ inbound: 0.62, outbound: 0.23, internal: 0.15 })

/** What an outside caller has dialled while the site is open. */
export const entryShares = openChoice({ menu: 0.3, support: 0.28, orders: 0.1, reception: 0.14, direct: 0.18 })

/** Where the menu leads. */
export const menuShares = openChoice({ support: 0.62, orders: 0.18, direct: 0.1, 'hang-up': 0.1 })

/** What becomes of a caller while the site is closed. */
export const closedShares = openChoice({ message: 0.34, mailbox: 0.18, forwarded: 0.18, duty: 0.3 })

/** A call to one telephone, from outside, that is not busy anyway. */
export const directShares = openChoice({
  answered: 0.68,
  missed: 0.1,
  mailbox: 0.09,
  busy: 0.04,
  'picked-up': 0.04,
  forwarded: 0.05,
})

/** What happens to an answered call before it ends, by who answered. */
export const handlingShares = {
  support: openChoice({
    plain: 0.775,
    held: 0.08,
    consulted: 0.03,
    supervised: 0.04,
    blind: 0.03,
    blonde: 0.012,
    parked: 0.013,
    'parked-away': 0.008,
    conference: 0.012,
  }),
  reception: openChoice({
    plain: 0.3,
    held: 0.02,
    consulted: 0.03,
    supervised: 0.24,
    blind: 0.29,
    blonde: 0.06,
    parked: 0.01,
    'parked-away': 0.04,
    conference: 0.01,
  }),
  internal: openChoice({
    plain: 0.9,
    held: 0.03,
    consulted: 0.005,
    supervised: 0.01,
    blind: 0.01,
    blonde: 0.005,
    parked: 0.005,
    'parked-away': 0.01,
    conference: 0.025,
  }),
} as const

export const outboundShares = openChoice({
  answered: 0.66,
  unanswered: 0.17,
  busy: 0.05,
  failed: 0.035,
  'second-trunk': 0.03,
  roundabout: 0.025,
  'handed-over': 0.01,
  barred: 0.01,
  conference: 0.01,
})

export const internalShares = openChoice({
  answered: 0.6,
  missed: 0.14,
  busy: 0.05,
  mailbox: 0.06,
  'picked-up': 0.03,
  messages: 0.1,
  meeting: 0.02,
})

export const chances = {
  /** Caller's number withheld. */
  withheld: 0.03,
  /** The carrier delivers a name with the number, and such a name is awkward. */
  callerName: 0.15,
  awkwardName: 0.2,
  /** A missed caller calls again; somebody calls a missed caller back. */
  callsAgain: 0.34,
  calledBack: 0.38,
  /** A member of a queue whose telephone rings answers it; of several that ring at once each one. */
  memberAnswers: 0.84,
  memberAnswersAmongMany: 0.45,
  memberIsBusy: 0.02,
  /** Somebody at work is away from the telephone, looked at in slots of twenty minutes. */
  awayFromPhone: 0.38,
  /** A conversation far longer than the others. */
  longTalk: 0.004,
  /** A blind transfer whose target does not answer; then the caller is sent to the mailbox instead of waiting. */
  transferMissed: 0.16,
  transferToMailbox: 0.4,
  blondeMissed: 0.2,
  consultationMissed: 0.2,
  /** A queue that nobody answers ends in its mailbox instead of the caller's hanging up. */
  queueMailbox: 0.35,
  forwardedAnswered: 0.75,
} as const

export const durations = {
  talkSupport: [150, 0.85],
  talkOrders: [110, 0.8],
  talkReception: [22, 0.5],
  talkOffice: [95, 0.9],
  talkInternal: [42, 0.9],
  talkOutbound: [85, 0.95],
  talkMeeting: [900, 0.6],
  answer: [6, 0.5],
  answerOutside: [11, 0.5],
  /** Patience of a caller who is not answered; how long a telephone rings before the mailbox takes over is fixed. */
  patience: [48, 0.75],
  patienceDirect: [21, 0.4],
  menu: [17, 0.45],
  message: [19, 0.4],
  mailbox: [22, 0.5],
  messages: [34, 0.6],
  hold: [32, 0.7],
  park: [34, 0.6],
  consultation: [14, 0.6],
  longTalk: [4200, 0.3],
} as const satisfies Record<string, readonly [number, number]>

/** Seconds: how long a telephone rings before the mailbox, or the next member of a queue, takes over. */
export const mailboxAfterSeconds = 20
export const memberRingSeconds = [15, 20] as const
/** Seconds between two members of a linear queue, and how long a queue tries before it gives up. */
export const memberGapSeconds = [3, 5] as const
export const queueLimitSeconds = 240
/** Work after a call, in which nobody is offered another one. */
export const wrapUpSeconds = [8, 45] as const
/** Mean seconds until a missed caller calls again or is called back. */
export const againAfterSeconds = 700
export const backAfterSeconds = 1500

/**
 * Weights of the hours of a day: night nearly empty, morning peak, lunch dip, evening tail. `rest` is for Saturdays,
 * Sundays.
 */
export const hourWeights = {
  work: [3, 2, 1, 1, 1, 2, 5, 15, 50, 96, 124, 116, 86, 60, 84, 96, 88, 74, 50, 32, 20, 12, 8, 6],
  rest: [5, 3, 2, 1, 1, 2, 4, 12, 40, 80, 110, 105, 90, 80, 78, 74, 68, 56, 40, 28, 20, 14, 10, 7],
} as const

/** Of an ordinary working day's calls, Monday first. */
export const weekdayFactors = [1.14, 1.05, 1, 0.98, 0.92, 0.34, 0.21] as const
/** A day has so many times its expected calls, at least and at most. */
export const dayNoise = [0.93, 1.07] as const
/** Calls of their own accord among all calls of a day; the others follow from missed ones. */
export const ownAccordShare = 0.93

/** What the people of a site do besides telephoning. */
export const peopleChances = {
  /** Somebody does not come; then a colleague takes over the telephone. */
  absent: 0.04,
  takenOver: 0.6,
  late: 0.07,
  /** The start, or whatever comes next, is told later: by up to so many minutes. */
  startToldLate: 0.05,
  toldLate: 0.02,
  toldLateMinutes: [10, 90],
  /** A break lasts longer than it should. */
  backLate: 0.08,
  breakNotEnded: 0.01,
  trained: 0.05,
  /** Nobody ends the shift; the end is told afterwards, or never. */
  shiftNotEnded: 0.03,
  endToldLater: 0.6,
  /** A telephone of the meeting room is taken for an hour, as was planned in the morning. */
  takesRoom: 0.04,
  /** Two people swap desks in the middle of a call that one of them answered, or at any time of a person's day. */
  swapInCall: 0.003,
  swapInDay: 0.03,
  /** Who held a telephone when the simulation begins is told days later. */
  holderToldLate: 0.08,
} as const

/** Hours after which a shift that nobody ended is taken for ended. */
export const shiftLimitHours = 12
