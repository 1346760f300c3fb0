import { Command, CommanderError, Help, Option } from 'commander'
import { SmenaError } from '../domain/errors.ts'
import { callKinds, directions, outcomes } from '../domain/call.ts'
import { quarantineReasons } from '../domain/record.ts'
import { type Context, type GlobalOptions, openContext, programVersion, type Surroundings } from './context.ts'
import { addPeopleCommands } from './people-program.ts'
import { example, exampleText, sharedOptions } from './program-builder.ts'
import { neutralise, wrap } from './present/neutral.ts'
import { watch } from './present/output.ts'
import { addReportCommands } from './report-program.ts'
import { addTimeCommands } from './time-program.ts'
import { errorLines } from './words/errors.ts'
import { chooseLanguage } from './words/language.ts'
import { openWords, type Words } from './words/words.ts'

/** Runs what the arguments ask for; the number is the process's exit code. */
export async function runCommandLine(surroundings: Surroundings): Promise<number> {
  const { argv, environment, stderr } = surroundings
  const language = chooseLanguage({ flag: languageFlag(argv), environment })
  watch(surroundings.stdout)
  const words = openWords(language, 'UTC')
  try {
    await buildProgram(surroundings, words).parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      // A name of several commands without one of them: its help has been shown.
      if (error.code !== 'commander.help') stderr.write(`smena: ${neutralise(usageProblem(error, words))}\n`)
      return 2
    }
    for (const line of errorLines(error, language)) stderr.write(`smena: ${neutralise(line)}\n`)
    if (!(error instanceof SmenaError) && !(error instanceof AggregateError) && error instanceof Error)
      stderr.write(`${error.stack ?? ''}\n`)
    return isWrongUsage(error) ? 2 : 1
  }
}

/** What was typed is at fault: its form, not what it names. */
function isWrongUsage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isWrongUsage)
  if (!(error instanceof SmenaError)) return false
  switch (error.code) {
    case 'usage':
    case 'time-unreadable':
    case 'id-unreadable':
    case 'value-unreadable':
    case 'list-unheaded':
    case 'break-limits-crossed':
      return true
    default:
      // A setting given by a flag is known by the name of that flag.
      return error.code.startsWith('config-') && String(error.details['file']).startsWith('--')
  }
}

/** The language of help and of complaints about the arguments themselves, which come before everything else. */
function languageFlag(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((it) => it === '--lang' || it.startsWith('--lang='))
  if (at < 0) return undefined
  return argv[at] === '--lang' ? argv[at + 1] : argv[at]?.slice('--lang='.length)
}

function usageProblem(error: CommanderError, { t }: Words): string {
  const named = /'([^']*)'/u.exec(error.message)?.[1] ?? ''
  switch (error.code) {
    case 'commander.unknownCommand':
      return t('help:problem.unknownCommand', { named })
    case 'commander.unknownOption':
      return t('help:problem.unknownOption', { named })
    case 'commander.missingArgument':
      return t('help:problem.missingArgument', { named })
    case 'commander.missingMandatoryOptionValue':
      return t('help:problem.missingOption', { named })
    case 'commander.optionMissingArgument':
      return t('help:problem.missingValue', { named })
    case 'commander.excessArguments':
      return t('help:problem.excessArguments')
    case 'commander.invalidArgument': {
      const [, option = '', found = '', values = ''] =
        /option '([^']*)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/su.exec(error.message) ?? []
      return t('help:problem.notAChoice', { option, found: found.slice(0, 40), values })
    }
    default:
      return error.message.replace(/^error: /u, '')
  }
}

export function buildProgram(surroundings: Surroundings, words: Words): Command {
  const { t } = words
  const width = surroundings.stdout.columns || 80
  const titles: Readonly<Record<string, string>> = {
    'Usage:': t('help:usage'),
    'Arguments:': t('help:arguments'),
    'Options:': t('help:options'),
    'Global Options:': t('help:globalOptions'),
    'Commands:': t('help:commands'),
  }
  const configure = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => surroundings.stdout.write(text),
        writeErr: (text) => surroundings.stderr.write(text),
        // Told by `runCommandLine`, in the reader's language.
        outputError: () => undefined,
      })
      .configureHelp({
        showGlobalOptions: true,
        styleTitle: (title) => titles[title] ?? title,
        optionDescription: (option) => describeOption(option, words),
      })
      .helpOption('-h, --help', t('help:option.help'))
      .helpCommand(false)
      .addHelpText('after', ({ command: it }) => (it.parent === null ? '' : exampleText(it, words)))

  const program = configure(new Command('smena'))
    .description(t('help:program'))
    .usage(`${t('help:commandPlaceholder')} ${t('help:optionsPlaceholder')}`)
    .version(programVersion(), '-V, --version', t('help:option.version'))
    .option('--config <FILE>', t('help:option.config'))
    .option('--data-dir <DIR>', t('help:option.dataDir'))
    .option('--database-url <URL>', t('help:option.databaseUrl'))
    .option('--http <HOST:PORT>', t('help:option.http'))
    .option('--kafka-brokers <LIST>', t('help:option.kafkaBrokers'))
    .option('--timezone <ZONE>', t('help:option.timezone'))
    .addOption(new Option('--lang <LANG>', t('help:option.lang')).choices(['ru', 'en']))
    .option('--set <KEY=VALUE>', t('help:option.set'), (it: string, all?: string[]) => [...(all ?? []), it])
    .addHelpText('after', ({ command: it }) => exampleText(it, words))
    .addHelpText('after', `\n${wrap(t('help:time'), width)}\n${wrap(t('help:more'), width)}`)
  example(program, 'smena serve --timezone Asia/Krasnoyarsk', 'smena status', 'smena help shift start')

  /** A command with its context: settings are read when it runs, not before. */
  const add = (
    parent: Command,
    usage: string,
    description: string,
    run: (context: Context, args: readonly string[], options: never) => Promise<void>,
    build: (command: Command) => Command = (it) => it,
    own: readonly (keyof GlobalOptions)[] = [],
  ): Command => {
    const [name = '', ...args] = usage.split(' ')
    const command = configure(parent.command(name))
      .description(description)
      .usage(`${t('help:optionsPlaceholder')} ${args.join(' ')}`.trim())
    for (const argument of args) command.argument(argument)
    build(command).action(async (...given: unknown[]) => {
      const globals = program.opts()
      // An option that the command means in a way of its own is none of the installation's settings.
      const options = { ...command.opts(), ...Object.fromEntries(own.map((it) => [it, globals[it]])) }
      for (const name of own) {
        if (globals[name] === undefined)
          throw new CommanderError(2, 'commander.missingMandatoryOptionValue', `error: option '--${name}' is missing`)
        delete globals[name]
      }
      const context = await openContext(surroundings, globals as GlobalOptions)
      const values = given.slice(0, args.length).flatMap((it) => (it === undefined ? [] : it)) as string[]
      await run(context, values, options as never)
    })
    return command
  }
  const json = (command: Command) => command.option('--json', t('help:option.json'))
  const source = (command: Command) => command.option('--source <NAME>', t('help:option.source'))
  const neededSource = (command: Command) => command.requiredOption('--source <NAME>', t('help:option.source'))
  const range = (command: Command) =>
    command.option('--from <T>', t('help:option.from')).option('--to <T>', t('help:option.to'))
  const choice = (flags: string, description: string, values: readonly string[]) =>
    new Option(flags, description).choices([...values])

  const role = (name: 'serve' | 'record' | 'attribute' | 'web', ...lines: readonly string[]) =>
    add(
      program,
      name,
      t(`help:command.${name}`),
      async (context) => (await import('./commands/roles.ts')).roleCommand(context, name),
      (it) => example(it, ...lines),
    )
  role(
    'serve',
    'smena serve',
    'smena serve --data-dir /var/lib/smena --http 127.0.0.1:8080 --timezone Asia/Krasnoyarsk',
  )
  add(
    program,
    'collect',
    t('help:command.collect'),
    async (...given) => (await import('./commands/collect.ts')).collectCommand(...given),
    (it) =>
      example(
        source(it).option('--stdin', t('help:option.stdin')),
        'smena collect --config /etc/smena/smena.yaml',
        'tail -F /var/log/asterisk/cdr-csv/Master.csv | smena collect --stdin --source asterisk',
      ),
  )
  role('record', 'smena record --config /etc/smena/smena.yaml')
  role('attribute', 'smena attribute --config /etc/smena/smena.yaml')
  role('web', 'smena web --config /etc/smena/smena.yaml --http 127.0.0.1:8080')
  add(
    program,
    'forward',
    t('help:command.forward'),
    async (...given) => (await import('./commands/forward.ts')).forwardCommand(...given),
    (it) =>
      example(
        json(neededSource(it))
          .requiredOption('--from <N>', t('help:option.fromNumber'))
          .option('--to <N>', t('help:option.toNumber')),
        'smena forward --source avaya --from 101 --to 104',
      ),
  )
  add(
    program,
    'import <FILE...>',
    t('help:command.import'),
    async (...given) => (await import('./commands/import.ts')).importCommand(...given),
    (it) => example(json(neededSource(it)), 'smena import Master.csv Master.csv.1.gz --source asterisk'),
  )
  add(
    program,
    'calls',
    t('help:command.calls'),
    async (...given) => (await import('./commands/calls.ts')).callsCommand(...given),
    (it) =>
      example(
        json(range(source(it)))
          .option('--extension <N>', t('help:option.extension'))
          .option('--employee <E>', t('help:option.employee'))
          .option('--number <N>', t('help:option.number'))
          .addOption(choice('--kind <K>', t('help:option.kind'), [...callKinds, 'all']))
          .addOption(choice('--direction <D>', t('help:option.direction'), directions))
          .addOption(choice('--outcome <O>', t('help:option.outcome'), outcomes))
          .option('--csv', t('help:option.csv')),
        'smena calls --from 2026-11-24 --to 2026-11-25 --direction inbound --outcome missed',
        'smena calls --number +74955550101 --csv',
      ),
  )
  add(
    program,
    'call <ID>',
    t('help:command.call'),
    async (...given) => (await import('./commands/call.ts')).callCommand(...given),
    (it) => example(json(it).option('--raw', t('help:option.raw')), 'smena call 1099511627777 --raw'),
  )
  add(
    program,
    'status',
    t('help:command.status'),
    async (...given) => (await import('./commands/status.ts')).statusCommand(...given),
    (it) => example(json(it), 'smena status'),
  )
  const group = (name: string, description: string): Command =>
    configure(program.command(name))
      .description(description)
      .usage(`${t('help:commandPlaceholder')} ${t('help:optionsPlaceholder')}`)
  const quarantine = group('quarantine', t('help:command.quarantine'))
  const reason = (command: Command) =>
    command.addOption(choice('--reason <R>', t('help:option.reason'), quarantineReasons))
  const list = add(
    quarantine,
    'list',
    t('help:command.quarantineList'),
    async (...given) => (await import('./commands/quarantine.ts')).quarantineListCommand(...given),
    (it) => example(reason(json(source(it))), 'smena quarantine list --source avaya --reason too-few-fields'),
  )
  quarantine.action(async () => {
    await list.parseAsync([], { from: 'user' })
  })
  add(
    quarantine,
    'show <ID>',
    t('help:command.quarantineShow'),
    async (...given) => (await import('./commands/quarantine.ts')).quarantineShowCommand(...given),
    (it) => example(json(it), 'smena quarantine show 1099511627778'),
  )
  add(
    quarantine,
    'retry [ID...]',
    t('help:command.quarantineRetry'),
    async (...given) => (await import('./commands/quarantine.ts')).quarantineRetryCommand(...given),
    (it) =>
      example(
        reason(json(source(it))).option('--as-record <ID>', t('help:option.asRecord')),
        'smena quarantine retry --source avaya --reason bad-field',
        'smena quarantine retry --as-record 1099511627778',
      ),
  )
  add(
    program,
    'replay',
    t('help:command.replay'),
    async (...given) => (await import('./commands/replay.ts')).replayCommand(...given),
    (it) => example(json(range(neededSource(it))), 'smena replay --source avaya --from 2026-11-01 --to 2026-12-01'),
  )
  const legacy = group('legacy', t('help:command.legacy'))
  add(
    legacy,
    'import <DSN|DUMP>',
    t('help:command.legacyImport'),
    async (...given) => (await import('./commands/legacy-import.ts')).legacyImportCommand(...given),
    (it) =>
      example(
        json(it)
          .requiredOption('--extension-source <NAME>', t('help:option.extensionSource'))
          .addOption(choice('--breaks <KIND>', t('help:option.breaks'), ['paid', 'unpaid']))
          .option('--phone-log <FILE>', t('help:option.phoneLog'))
          .option('--dry-run', t('help:option.dryRun'))
          .addHelpText('after', `\n${wrap(t('help:legacyImport'), width)}`),
        'smena legacy import postgres://reader@db/iss --timezone Asia/Krasnoyarsk --extension-source avaya --dry-run',
      ),
    ['timezone'],
  )
  const { writing } = sharedOptions({ words, json })
  const issues = () => import('./commands/legacy-issues.ts')
  add(
    legacy,
    'issues',
    t('help:command.legacyIssues'),
    async (...given) => (await issues()).legacyIssuesCommand(...given),
    (it) => example(json(it).option('--all', t('help:option.allIssues')), 'smena legacy issues'),
  )
  add(
    legacy,
    'decide <ISSUE>',
    t('help:command.legacyDecide'),
    async (...given) => (await issues()).legacyDecideCommand(...given),
    (it) =>
      example(
        writing(it).option('--how <TEXT>', t('help:option.how')),
        'smena legacy decide 5f3a91c0 --by "Petrova Anna" --how "4114 was hers until May"',
      ),
  )
  for (const [name, excluded] of [
    ['exclude', true],
    ['include', false],
  ] as const)
    add(
      legacy,
      `${name} <ID>`,
      t(excluded ? 'help:command.legacyExclude' : 'help:command.legacyInclude'),
      async (context, args, options) =>
        (await import('./commands/legacy-exclude.ts')).legacyExcludeCommand(context, excluded, args, options),
      (it) => example(writing(it), `smena legacy ${name} 4097`),
    )
  const builder = { program, words, add, group, json, range }
  addPeopleCommands(builder)
  addTimeCommands(builder)
  addReportCommands(builder)
  const config = group('config', t('help:command.config'))
  add(
    config,
    'check',
    t('help:command.configCheck'),
    async (...given) => (await import('./commands/config.ts')).configCheckCommand(...given),
    (it) => example(json(it), 'smena config check --config /etc/smena/smena.yaml'),
  )
  add(
    config,
    'apply',
    t('help:command.configApply'),
    async (...given) => (await import('./commands/config.ts')).configApplyCommand(...given),
    (it) =>
      example(
        json(it).option('--from <T>', t('help:option.at')).option('--rename <OLD=NEW>', t('help:option.rename')),
        'smena config apply --from 2026-12-01',
        'smena config apply --rename avaya=krs-avaya',
      ),
  )
  add(
    program,
    'simulate',
    t('help:command.simulate'),
    async (...given) => (await import('./commands/simulate.ts')).simulateCommand(...given),
    (it) =>
      example(
        neededSource(it)
          .option('--to <HOST:PORT>', t('help:option.target'))
          .option('--rate <R>', t('help:option.rate'))
          .option('--seed <N>', t('help:option.seed'))
          .option('--days <N>', t('help:option.days'))
          .option('--from <DATE>', t('help:option.firstDay'))
          .option('--calls-a-day <N>', t('help:option.callsADay'))
          .option('--records <N>', t('help:option.records'))
          .option('--fields <N>', t('help:option.fields'))
          .option('--dirty', t('help:option.dirty'))
          .option('--truth <FILE>', t('help:option.truth'))
          .addHelpText('after', `\n${t('help:truth')}`),
        'smena simulate --source avaya --to 127.0.0.1:11111 --rate 5',
        'smena simulate --source avaya --days 7 --seed 5 --truth truth.jsonl > avaya.csv',
      ),
  )
  // Without settings: whoever cannot have them read asks for help.
  configure(program.command('help'))
    .description(t('help:command.help'))
    .usage(`${t('help:optionsPlaceholder')} [COMMAND...]`)
    .argument('[COMMAND...]')
    .action((path: readonly string[]) => {
      let command = program
      for (const name of path) {
        const next = command.commands.find((it) => it.name() === name)
        if (!next) throw new CommanderError(2, 'commander.unknownCommand', `error: unknown command '${name}'`)
        command = next
      }
      command.outputHelp()
    })
  return program
}

function describeOption(option: Option, { t }: Words): string {
  const base = new Help().optionDescription(new Option(option.flags, option.description))
  if (!option.argChoices) return base
  return `${base} (${t('help:choices', { values: option.argChoices.join(', ') })})`
}
