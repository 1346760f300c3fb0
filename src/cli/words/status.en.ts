/** Words of the state of sources, ledger and roles. */
export const status = {
  none: 'No exchange is configured.',
  noRecord: 'no record yet',
  lastRecord: '{{age}} ago',
  ledger:
    'received {{received}} = stored {{stored}} + duplicates {{duplicate}} + quarantine {{quarantined}} + pending {{pending}}',
  imbalance: 'does not balance: {{difference}}',
  records_one: '{{count, number}} record',
  records_other: '{{count, number}} records',
  olderRules_one: '{{count, number}} call made by older rules: smena replay --source {{source}}',
  olderRules_other: '{{count, number}} calls made by older rules: smena replay --source {{source}}',
  gap: 'gap in {{source}}: records {{from}}–{{to}} of journal {{journal}} are missing since {{since}}',
  gapOfOffsets:
    'gap in {{source}}: offsets {{from}}–{{to}} of partition {{partition}} are missing since {{since}}, of another producer or of a journal that was rolled back',
  gaps: 'no gaps',
  lag: 'lag: record {{record}}, attribute {{attribute}}',
  unknown: 'unknown',
  unread:
    'Kafka could not be read, and so it is not known which collectors there are, what they took in that is not passed yet (received may be more), who is connected, the lag of record, and whether a journal lacks something at its end',
  collector: 'collector on {{host}} (journal {{journal}}): {{unforwarded}} not in Kafka yet, said {{age}} ago',
  collectorEnded:
    'collector on {{host}} (journal {{journal}}): ended as it was asked to {{age}} ago, everything it took is in Kafka',
  noCollector: 'no collector has published its numbers: smena collect starts one',
  forwarding: 'records of {{source}} are sent again',
  forwarded_one: '{{count, number}} record of {{source}} was sent again.',
  forwarded_other: '{{count, number}} records of {{source}} were sent again.',
  column: {
    source: 'Exchange',
    received: 'Received',
    stored: 'Stored',
    duplicate: 'Duplicates',
    quarantined: 'Quarantine',
    pending: 'Pending',
    lastRecordAt: 'Last record',
    connections: 'Conn.',
    clockError: 'Clock',
    olderRules: 'Older rules',
  },
  alarm: {
    'kafka-away':
      'Kafka does not answer as it should: {{cause}}. Records are taken and wait in the journal until it does',
    'kafka-refused':
      'Kafka refuses: {{cause}}. Waiting will not mend this: check the rights and the password of the account, and the topic. Records are taken and wait in the journal meanwhile',
    'kafka-too-few':
      'topic {{topic}} is to have {{expected}} replicas, and {{found}} brokers are up: start the others; where the cluster has fewer, set kafka.replicas. Its records wait in the journal until it can be made',
    'numbers-unpublished':
      'the collector of this machine cannot publish its numbers, and other machines do not see what waits here: {{cause}} Look at topic smena-collectors',
    'topic-unsafe': 'topic {{topic}} is less safe than it could be: {{key}} is {{found}}, expected {{expected}}',
    'collector-silent': 'the collector on {{host}} has said nothing for {{age}}: see whether it runs and reaches Kafka',
    'rolled-back':
      'journal {{journal}} was rolled back: it gave numbers of {{source}} from {{from}} on again. Nothing was taken twice; what stood only in the lost part is gone',
    'reading-differs':
      'this machine’s file reads {{source}} otherwise than the newest version in the store does: {{keys}}. Records are taken on; put the file right and start again, or it will not start',
    clockBehind: 'the clock of {{source}} is {{difference}} behind ours: set the exchange’s clock right',
    clockAhead: 'the clock of {{source}} is {{difference}} ahead of ours: set the exchange’s clock right',
    'source-unknown':
      'the journal holds records of {{source}}, which is in no configuration: they wait. Put {{source}} back into the configuration and start again',
    'disk-full':
      'the journal takes nothing: only {{free}} are free on its disk; the exchanges wait. Free space, and it goes on by itself',
    'listener-shut':
      'the listener of {{source}} on {{address}} stays shut: name in sources.{{source}}.allow whom it may let in',
    'listener-loopback-only':
      'the listener of {{source}} on {{address}} is open to this container only: name in sources.{{source}}.allow whom it may let in',
    'store-away': 'the store does not answer: {{cause}}. Records are taken and wait in the journal until it does',
  },
  notRunning: 'nothing is being collected: no process owns the data directory {{directory}}; smena serve starts one',
  ago: {
    minutes: '{{minutes, number}} min',
    hours: '{{hours, number}} h {{minutes, number}} min',
    days: '{{days, number}} d {{hours, number}} h',
  },
} as const
