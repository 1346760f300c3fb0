/** Words of an import and of progress. */
export const importing = {
  reading: 'Reading {{file}}',
  attributing: 'Whose calls they were',
  bar: '{{label}} {{bar}} {{percent}}  {{done}} of {{total}}, {{rate}}, {{remaining}} left',
  line: '{{label}}: {{percent}}, {{done}} of {{total}}, {{rate}}, {{remaining}} left',
  openEnded: '{{label}}: {{done}}, {{rate}}',
  bytesRate: '{{size}}/s',
  countRate: '{{records}}/s',
  result: '{{file}}: received {{received}} = stored {{stored}} + duplicates {{duplicate}} + quarantine {{quarantined}}',
  outside_one: '{{count, number}} record lay before the horizon and was left out',
  outside_other: '{{count, number}} records lay before the horizon and were left out',
  files_one: '{{count, number}} file',
  files_other: '{{count, number}} files',
  interrupted: 'Interrupted; what was stored stays. Run the same command again: what is there already changes nothing.',
  retryHint: 'What could not be read: smena quarantine list --source {{source}}',
  unit: { B: 'B', KiB: 'KiB', MiB: 'MiB', GiB: 'GiB', TiB: 'TiB' },
} as const
