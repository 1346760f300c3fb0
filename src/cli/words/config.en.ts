/** Words of the configuration and of the start. */
export const config = {
  waiting: 'Another command works with {{directory}}, waiting for it: {{waited}}',
  waitingOnce: 'Another command works with {{directory}}, waiting for it.',
  valid: '{{file}} is in order.',
  noFile: 'There is no configuration file; these are the defaults and what variables and flags set.',
  effective: 'In force (passwords masked), each value with where it comes from:',
  listening: '{{source}} ({{format}}) listens on {{address}}',
  notListening: '{{source}} ({{format}}) has no listener',
  loopbackOnly:
    '{{source}} is open to this container only: nobody else is named who may connect; set sources.{{source}}.allow',
  shut: '{{source}} stays shut: it is not on loopback and names nobody who may connect; set sources.{{source}}.allow',
  data: 'data: {{directory}}',
  app: 'app: {{address}}',
  newReading:
    '{{source}}: the configuration says otherwise than before; a new version of its reading holds from {{from}} of the exchange’s clock. Older calls stay as they are until smena replay --source {{source}}.',
  storeAway: 'The store does not answer; records are taken and wait in the journal. {{message}}',
  ready: 'Ready. Ctrl-C ends it.',
  stopping: 'Stopping: what was received is put on the disk.',
  ended: 'Ended.',
  applied: '{{source}}: the reading changed, version {{version}} holds from {{from}}: {{changes}}',
  renamed: '{{from}} is now {{to}}',
  unchanged: 'Nothing to apply.',
  every: 'every address',
} as const
