/**
 * Every error that Smena raises on purpose: a code, a message and a **remedy**, which is what the program does about it.
 * `retry`: the world will heal, try again. `quarantine`: this record is bad, keep its bytes and go on. `refuse`: the request
 * is wrong, say so and change nothing. `stop`: an invariant broke, end the process.
 * A message says what was found, what was expected and what the reader can do. Held equal to docs/errors.md by a test.
 */
export type Remedy = 'retry' | 'quarantine' | 'refuse' | 'stop'

interface Entry {
  readonly remedy: Remedy
  readonly message: string
}

const entry = <const M extends string>(remedy: Remedy, message: M) => ({ remedy, message })

export const errorCatalogue = {
  'config-unreadable': entry(
    'refuse',
    'Cannot read the configuration file {{file}}: {{cause}}. Give a readable YAML file with --config.',
  ),
  'config-invalid': entry(
    'refuse',
    '{{file}}: {{key}} is {{found}}, expected {{expected}}. Correct it and run `smena config check`.',
  ),
  'config-unknown-key': entry(
    'refuse',
    '{{file}}: unknown key {{key}}; known keys here: {{known}}. Correct or remove it.',
  ),
  'config-unavailable': entry('refuse', '{{file}}: {{key}} is not available in this release. Remove it.'),
  'config-taken': entry(
    'refuse',
    '{{file}}: {{key}} takes {{found}}, which {{other}} has already. Change one of the two.',
  ),
  'config-duplicate-key': entry('refuse', '{{file}}: the key {{key}} stands there twice. Remove one of the two.'),
  'config-secret-unreadable': entry(
    'refuse',
    'Cannot read {{file}}, named by {{variable}}: {{cause}}. Name a readable file with the value in it.',
  ),
  'config-set-twice': entry('refuse', '{{variable}} and {{other}} are both set. Unset one of the two.'),
  usage: entry('refuse', '{{problem}} Run `smena help {{command}}` for what it takes.'),
  'sqlite-too-old': entry(
    'stop',
    'This Node carries SQLite {{found}}, expected {{expected}} or newer: older ones can corrupt a database in WAL mode. Run Smena with a newer Node.',
  ),
  'journal-foreign': entry(
    'refuse',
    '{{file}} has the application id {{found}}, expected {{expected}}: it is no journal of Smena and was left alone. Move it away or name another data directory.',
  ),
  'journal-newer': entry(
    'refuse',
    '{{file}} has version {{found}}, this program knows {{expected}}. Run the Smena that wrote it or a newer one.',
  ),
  'journal-damaged': entry(
    'stop',
    '{{file}} is damaged: {{found}}. Check the disk, keep a copy of the file, then restore a backup or move the file away: a new journal is begun and what the old one still held shows as pending.',
  ),
  'journal-failed': entry(
    'stop',
    'Reading or writing {{file}} failed: {{found}}. Nothing was tried again. Check the disk, its rights and its mount, then start again.',
  ),
  'journal-disk-full': entry(
    'stop',
    'The disk of {{file}} is full and {{records}} records still waited when the journal had to close: they are not kept. Free space and have them sent again.',
  ),
  'journal-closed': entry('refuse', '{{file}} is closed and takes nothing more. Open it again.'),
  'delivery-taken': entry(
    'refuse',
    'Delivery {{uid}} belongs to source {{expected}}; records of source {{found}} came under the same id and were not taken. Use a new random id for each delivery.',
  ),
  'data-directory-owned': entry(
    'refuse',
    'Another process owns the data directory {{directory}}. Stop it, hand the work to it, or name another directory with SMENA_DATA_DIR.',
  ),
  'data-directory-busy': entry(
    'retry',
    'Another process has worked in {{directory}} for {{seconds}} s and is not done; of this command nothing was done. Wait for it, or see what it is (fuser {{directory}}/lock.db), and repeat the command.',
  ),
  'data-directory-network': entry(
    'refuse',
    'The data directory {{directory}} lies on {{found}}, where locks and shared memory cannot be relied on. Name a directory on a local disk with SMENA_DATA_DIR.',
  ),
  'data-directory-unusable': entry(
    'refuse',
    'Cannot use {{directory}} as data directory: {{found}}. Name a directory that this user can write to with SMENA_DATA_DIR.',
  ),
  'listen-failed': entry(
    'refuse',
    'Cannot listen on {{address}}: {{cause}}. Free the port or give the listener another address.',
  ),
  'socket-path-too-long': entry(
    'refuse',
    'The local socket {{path}} would be longer than {{limit}} bytes, the most that the system takes. Set XDG_RUNTIME_DIR to a shorter directory.',
  ),
  'request-too-long': entry(
    'refuse',
    'A command hands over at most {{limit}} MiB to the process that owns the data directory, and this is more. Nothing was done. Give it in parts.',
  ),
  'owner-gone': entry(
    'refuse',
    'The process that owns the data directory went away before it answered: {{cause}}. Look at its log, start it again, and repeat the command: what was done stays done.',
  ),
  'no-owner': entry(
    'refuse',
    'No process owns the data directory {{directory}}. Start `smena serve` or `smena collect` first; nothing was read.',
  ),
  'cluster-incomplete': entry(
    'refuse',
    '`smena {{role}}` is a role of a cluster and needs {{missing}}. Set it, or run `smena serve`, which is every role in one process.',
  ),
  'reading-differs': entry(
    'refuse',
    'The configuration of source {{source}} differs from its newest reading in the store in: {{keys}}. Use the file that the other roles use, or make a new reading of this one with `smena config apply`.',
  ),
  'kafka-away': entry(
    'retry',
    'Kafka does not answer as it should: {{cause}}. Tried again until it does; nothing is lost meanwhile.',
  ),
  'kafka-refused': entry(
    'retry',
    'Kafka refuses: {{cause}}. Trying again will not mend this: check the brokers, the rights and the password of the account, and the topic. Nothing is lost meanwhile.',
  ),
  'kafka-too-few': entry(
    'retry',
    'Topic {{topic}} is to have {{expected}} replicas, and {{found}} brokers are up. Start the others; where the cluster has fewer, set `kafka.replicas`. Tried again until it can be made; nothing is lost meanwhile.',
  ),
  'forward-not-kept': entry(
    'refuse',
    'The journal in {{directory}} keeps records {{first}} to {{last}} of source {{source}}, but {{from}} to {{to}} were asked for. Ask for numbers that it keeps, on the host of the collector whose journal is {{journal}}.',
  ),
  'forward-stopped': entry(
    'refuse',
    'Sending records of source {{source}} again was stopped after {{sent}} of them. Start the collector if it has ended, and give the command again: what arrives twice is dropped.',
  ),
  'owner-collects': entry(
    'refuse',
    'The process that owns {{directory}} is a collector of a cluster and has no store. Give this command the configuration of the cluster too: its brokers and its database.',
  ),
  'serve-with-kafka': entry(
    'refuse',
    'Kafka brokers are set, and `smena serve` runs without Kafka. Unset SMENA_KAFKA_BROKERS and the brokers in the file, or run the roles `collect`, `record`, `attribute` and `web`.',
  ),
  'http-not-loopback': entry(
    'refuse',
    'The HTTP address {{address}} is not on loopback; until there are accounts nothing else is served. Set SMENA_HTTP to 127.0.0.1 and a port.',
  ),
  'archive-unreadable': entry(
    'refuse',
    'Cannot read {{file}}: {{cause}}. Give a readable file of records, plain or .gz; what was stored of it before stays.',
  ),
  'file-unwritable': entry(
    'refuse',
    'Cannot write {{file}}: {{cause}}. Name a file in a directory that is there and that this user can write to.',
  ),
  'time-unreadable': entry(
    'refuse',
    '{{option}} is "{{found}}", expected a date such as 2026-11-24 or an instant such as 2026-11-24T09:00:00+03:00.',
  ),
  'id-unreadable': entry(
    'refuse',
    '"{{found}}" is no id, expected digits as `smena calls` and `smena quarantine list` print them.',
  ),
  'employee-unknown': entry(
    'refuse',
    'Nobody is {{employee}}: expected an id, a personnel number or a full name. `smena employee list` shows who there is.',
  ),
  'employee-other': entry(
    'refuse',
    'Personnel number {{number}} is that of {{holder}}, and the line names {{found}}. Correct the number; where it is the same person, change the name first: `smena employee set {{number}} --name "{{found}}"`.',
  ),
  'employee-ambiguous': entry(
    'refuse',
    'Several people are called {{employee}}: their ids are {{ids}}. Give an id or a personnel number.',
  ),
  'employee-unclear': entry(
    'refuse',
    '{{employee}} is the id of {{byId}} and the personnel number of {{byNumber}}, whose id is {{id}}. Say which of them: by full name, by that id, or by the other one’s personnel number.',
  ),
  'call-unknown': entry('refuse', 'No call has the id {{id}}. `smena calls` shows the ids there are.'),
  'send-failed': entry(
    'refuse',
    'Cannot send to {{address}}: {{cause}}. Start what listens there, or name another address.',
  ),
  'source-exists': entry('refuse', 'There is a source {{source}} already. Give the renamed one a name that is free.'),
  'rename-while-running': entry(
    'refuse',
    'The process that owns the data directory is running and would go on collecting as {{old}}. Stop it, run the command again, and start it with the file that says {{new}}.',
  ),
  'schema-newer': entry(
    'refuse',
    'The store has schema version {{found}}, this program knows {{expected}}. Run the Smena that made it or a newer one.',
  ),
  'not-a-store': entry(
    'refuse',
    '{{file}} is no store of Smena and was left alone. Move it away or name another data directory.',
  ),
  'postgres-too-old': entry(
    'refuse',
    'PostgreSQL {{found}} answers, expected {{expected}} or newer. Name another server in SMENA_DATABASE_URL.',
  ),
  'too-many-sources': entry(
    'refuse',
    'The store holds {{limit}} sources already, which is the most it can. Use one of them.',
  ),
  'source-unknown': entry('refuse', 'There is no source {{source}}. Name one of: {{known}}.'),
  'name-unknown': entry(
    'refuse',
    'There is no {{what}} {{found}}; there is: {{known}}. Name one of these or add it first.',
  ),
  'quarantine-unknown': entry(
    'refuse',
    'No record {{id}} stands in quarantine. `smena quarantine list` shows those that do.',
  ),
  'not-readable': entry(
    'refuse',
    'Record {{id}} cannot be read as a record: {{reason}}, {{detail}}. It stays in quarantine as it is.',
  ),
  'people-raced': entry(
    'retry',
    'Somebody else wrote the same at this moment: {{cause}}. Repeat the request: it is judged anew.',
  ),
  'value-unreadable': entry('refuse', '{{what}} is {{found}}, expected {{expected}}. Correct it and repeat.'),
  'name-taken': entry('refuse', '{{what}} {{found}} is taken by {{holder}}. Choose another or use that one.'),
  'extension-held': entry(
    'refuse',
    'Extension {{extension}} of plan {{plan}} is held by {{holder}} from {{from}} until {{to}}. Choose a time in which nobody has it, or release it first: `smena employee release`.',
  ),
  'extension-not-held': entry(
    'refuse',
    '{{employee}} does not hold extension {{extension}} at {{at}}; held then: {{held}}. Nothing was changed.',
  ),
  'plan-unclear': entry(
    'refuse',
    'Extension {{extension}} may belong to several plans, {{plans}}; {{seen}} had calls of it. Name the plan {{how}}.',
  ),
  'time-impossible': entry(
    'refuse',
    '{{employee}}: {{why}} at {{at}}; the state then was {{state}} since {{since}}. Possible at that time: {{possible}}.',
  ),
  'time-ahead': entry(
    'refuse',
    '{{at}} is too far ahead: now it is {{now}}, and people’s time can be told up to {{latest}}. Tell it when it has come; a telephone can be planned ahead with `smena employee assign`.',
  ),
  'mark-counted': entry(
    'refuse',
    'Marks of the kind {{found}} are counted by the program, from calls; nobody sets them. Kinds to be set: {{known}}. Name one of these or another one.',
  ),
  'employee-away': entry(
    'refuse',
    '{{employee}} is not employed at {{at}}, only from {{from}} until {{to}}, both days included. Correct the time, or these days with `smena employee set`.',
  ),
  'employee-inactive': entry(
    'refuse',
    '{{employee}} is no longer active and nothing begins at {{at}}. Say with `smena employee set` on which day the person left, to tell what was before it, or that the person is active again.',
  ),
  'correction-impossible': entry('refuse', 'The correction cannot be made: {{why}} ({{of}}). Change what it asks for.'),
  'unit-within': entry(
    'refuse',
    'Unit {{unit}} cannot be a part of {{parent}}, which is that unit or lies within it. Name another one, or move {{parent}} out first: `smena unit set`.',
  ),
  'correction-empty': entry(
    'refuse',
    'The correction would leave everything as it is. Name what is to become different, or request none.',
  ),
  'correction-changed': entry(
    'refuse',
    'Correction {{id}} would now do something else than was shown when it was requested: {{what}}. Look at it, `smena correction show {{id}}`, then approve it with --as-now or refuse it.',
  ),
  'correction-decided': entry(
    'refuse',
    'Correction {{id}} is {{state}} already, by {{who}}. Request another one where something is still wrong.',
  ),
  'correction-own-time': entry(
    'refuse',
    'Correction {{id}} changes the time of {{employee}}, who cannot decide on it. Have somebody else do it.',
  ),
  'correction-own': entry(
    'refuse',
    'Correction {{id}} was requested by {{who}}, who cannot decide on it. Have somebody else do it.',
  ),
  'period-locked': entry(
    'refuse',
    'Period {{id}}, {{from}} until {{to}}, is locked and this would change it. Request a correction: `smena correction request`.',
  ),
  'period-locked-ahead': entry(
    'refuse',
    'Period {{id}}, {{from}} until {{to}}, is locked: a telephone cannot be given for that time. Give it until then with `--to {{until}}`, have the period unlocked, or request a correction for all of it: `smena correction request --edit`.',
  ),
  'break-limits-crossed': entry(
    'refuse',
    'Breaks of the kind {{type}} would have to last {{minimum}} min at least and {{maximum}} min at most. Give a minimum that is not above the maximum; 0 takes either away.',
  ),
  'break-type-kept': entry(
    'refuse',
    'Breaks of the kind {{type}} lie in period {{id}}, {{from}} until {{to}}, which is locked: whether they are paid decides its figures. Make a new kind for those to come: `smena break types NAME`.',
  ),
  'period-not-locked': entry('refuse', 'Period {{id}} is not locked: {{who}} unlocked it. Nothing was changed.'),
  'thing-unknown': entry(
    'refuse',
    'There is no {{what}} with the id {{id}}. The list of them shows the ids there are.',
  ),
  'call-no-event': entry(
    'refuse',
    'Call {{id}} is no event of {{employee}}: it is one of whoever dialled, answered or took it over on shift; here: {{people}}. `smena shift show` lists the calls of a shift.',
  ),
  'call-person-unclear': entry(
    'refuse',
    'Call {{id}} is an event of several people: {{people}}. Name one of them with --employee.',
  ),
  'number-not-missed': entry(
    'refuse',
    'No call of {{number}} was missed up to {{at}} there. `smena report missed` lists the numbers; name the place with --site and the time with --at.',
  ),
  'number-not-done': entry(
    'refuse',
    'The number {{number}} is not ticked off there. `smena missed list` shows those that are.',
  ),
  'site-unclear': entry(
    'refuse',
    'Calls of {{number}} were missed at several sites: {{sites}}. Name one of them with --site.',
  ),
  'client-key-taken': entry(
    'refuse',
    'The key {{key}} was given with another request before. Give every request a key of its own.',
  ),
  'list-unreadable': entry('refuse', 'Cannot read the list {{file}}: {{cause}}. Give a readable CSV file.'),
  'list-unheaded': entry(
    'refuse',
    'The list {{file}} {{found}}: its first line names the columns, {{columns}}. Needed is {{needed}}; the others may be left out.',
  ),
  'list-unusable': entry(
    'refuse',
    '{{lines}} lines of the list cannot be used; nothing was changed. The first is line {{line}}: {{why}}. Correct them and repeat.',
  ),
  'issue-decided': entry(
    'refuse',
    'Issue {{id}} is decided already, by {{who}}. Nothing was changed; `smena legacy issues --all` shows it.',
  ),
  'legacy-unreachable': entry(
    'refuse',
    'Cannot read the old database {{place}}: {{cause}}. Check the address, the name and the rights of the account; it needs to read only.',
  ),
  'legacy-no-tables': entry(
    'refuse',
    '{{place}} has none of the tables of the old system (auth_user, working_working_time …) in its schema public. Name its database, or a dump of it.',
  ),
  'legacy-dump-packed': entry(
    'refuse',
    '{{file}} is a dump in the {{format}} format of pg_dump, and pg_restore, which reads it, is not installed here. Install the PostgreSQL client, or import what `pg_restore -f dump.sql {{file}}` makes of it elsewhere.',
  ),
  'legacy-dump-damaged': entry('refuse', '{{file}} is damaged or cut: {{cause}}. Make the dump again.'),
  'legacy-dump-cut': entry(
    'refuse',
    '{{file}} is cut: it ends at table {{table}}. Make the dump again; what was imported stays, and the whole one adds the rest.',
  ),
  'legacy-not-as-written': entry(
    'refuse',
    'Of {{written}} rows of {{table}} that were new or had changed, {{found}} stand in the store as they were written, when read back. Please report it, and restore the store from before the import.',
  ),
  'legacy-dump-encoding': entry(
    'refuse',
    '{{file}} is written in {{found}}, which is not known here. Make the dump with `pg_dump --encoding=UTF8`.',
  ),
  'store-refused': entry('quarantine', 'The store refuses this record: {{cause}}.'),
  'store-away': entry(
    'retry',
    'The store does not answer: {{cause}}. Tried again until it does; nothing is lost meanwhile.',
  ),
  'store-broken': entry('stop', 'The store does not work: {{cause}}. Nothing was tried again. {{mend}}'),
  'position-moved': entry(
    'retry',
    'Somebody else has moved the position of this source on from {{expected}}. Read again from where it stands.',
  ),
  'reading-changed': entry(
    'retry',
    'The reading of source {{source}} has a new version. The batch is read again with it.',
  ),
  'journal-behind-store': entry(
    'stop',
    'The store has passed record {{passed}} of source {{source}}, but the journal {{file}} has given only {{given}}: it was rolled back or swapped. Put the newer journal back; or move this one away, and a new one is begun.',
  ),
} satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errorCatalogue

type Holes<M extends string> = M extends `${string}{{${infer Name}}}${infer Rest}` ? Name | Holes<Rest> : never
export type ErrorDetails<C extends ErrorCode> = {
  readonly [Name in Holes<(typeof errorCatalogue)[C]['message']>]: string | number
}

/** Fills `{{name}}` in a template; a name that is not given stays as it is, so that a mistake shows. */
export function fillTemplate(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{\{(\w+)\}\}/gu, (hole, name: string) => String(details[name] ?? hole))
}

export class SmenaError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'SmenaError'
  readonly code: C
  readonly details: Readonly<Record<string, string | number>>

  constructor(code: C, details: ErrorDetails<C>, options?: { cause?: unknown }) {
    super(fillTemplate(errorCatalogue[code].message, details), options)
    this.code = code
    this.details = details
  }

  get remedy(): Remedy {
    return errorCatalogue[this.code].remedy
  }
}
