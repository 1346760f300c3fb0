/** Words of a replay. */
export const replay = {
  working: 'Making the calls of {{source}} anew',
  range: '{{from}} – {{to}}',
  always: 'all time',
  done_one: '{{source}}: {{count, number}} record read anew',
  done_other: '{{source}}: {{count, number}} records read anew',
  calls_one: '{{count, number}} call changed',
  calls_other: '{{count, number}} calls changed',
  interrupted: 'Interrupted; what was done stays. Run the same command again to go on.',
} as const
