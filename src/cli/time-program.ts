import { type Command, Option } from 'commander'
import { type Builder, example, repeated, sharedOptions } from './program-builder.ts'

/** The commands of people's time. */
export function addTimeCommands({ program, words, add, group, json, range }: Builder): void {
  const { t } = words
  const { writing, at } = sharedOptions({ words, json })
  const active = (command: Command) =>
    command.option('--active', t('people:help.option.used')).option('--no-active', t('people:help.option.unused'))

  const shift = group('shift', t('people:help.shift'))
  const shifts = () => import('./commands/shift.ts')
  add(
    shift,
    'start <EMPLOYEE>',
    t('people:help.shiftStart'),
    async (...given) => (await shifts()).shiftStartCommand(...given),
    (it) => example(at(writing(it)), 'smena shift start "Петрова Анна" --at 2026-11-24T09:00'),
  )
  add(
    shift,
    'end <EMPLOYEE>',
    t('people:help.shiftEnd'),
    async (...given) => (await shifts()).shiftEndCommand(...given),
    (it) => example(at(writing(it)), 'smena shift end "Петрова Анна"'),
  )
  add(
    shift,
    'list',
    t('people:help.shiftList'),
    async (...given) => (await shifts()).shiftListCommand(...given),
    (it) =>
      example(
        range(json(it)).option('--employee <E>', t('help:option.employee')),
        'smena shift list --employee 1017 --from 2026-11-01 --to 2026-12-01',
      ),
  )
  add(
    shift,
    'show <ID>',
    t('people:help.shiftShow'),
    async (...given) => (await shifts()).shiftShowCommand(...given),
    (it) => example(json(it), 'smena shift show 12'),
  )

  const ticking = (it: Command) => writing(it).option('--employee <E>', t('people:help.option.whose'))
  add(
    shift,
    'exclude <CALL>',
    t('people:help.shiftExclude'),
    async (...given) => (await shifts()).shiftExcludeCommand(...given),
    (it) => example(ticking(it), 'smena shift exclude 4097'),
  )
  add(
    shift,
    'include <CALL>',
    t('people:help.shiftInclude'),
    async (...given) => (await shifts()).shiftIncludeCommand(...given),
    (it) => example(ticking(it), 'smena shift include 4097'),
  )

  const pause = group('break', t('people:help.break'))
  const breaks = () => import('./commands/break.ts')
  add(
    pause,
    'start <EMPLOYEE>',
    t('people:help.breakStart'),
    async (...given) => (await breaks()).breakStartCommand(...given),
    (it) =>
      example(
        at(writing(it)).requiredOption('--type <TYPE>', t('people:help.option.type')),
        'smena break start "Петрова Анна" --type meal',
      ),
  )
  add(
    pause,
    'end <EMPLOYEE>',
    t('people:help.breakEnd'),
    async (...given) => (await breaks()).breakEndCommand(...given),
    (it) => example(at(writing(it)), 'smena break end "Петрова Анна"'),
  )
  add(
    pause,
    'types [NAME]',
    t('people:help.breakTypes'),
    async (...given) => (await breaks()).breakTypesCommand(...given),
    (it) =>
      example(
        active(
          writing(it)
            .option('--paid', t('people:help.option.paid'))
            .option('--unpaid', t('people:help.option.unpaid'))
            .option('--minimum <MIN>', t('people:help.option.minimum'))
            .option('--maximum <MIN>', t('people:help.option.maximum')),
        ),
        'smena break types smoke --unpaid --maximum 15',
      ),
  )

  const mark = group('mark', t('people:help.mark'))
  const marks = () => import('./commands/mark.ts')
  add(
    mark,
    'add <EMPLOYEE>',
    t('people:help.markAdd'),
    async (...given) => (await marks()).markAddCommand(...given),
    (it) =>
      example(
        at(writing(it))
          .requiredOption('--type <NAME>', t('people:help.option.type'))
          .option('--comment <C>', t('people:help.option.comment'))
          .option('--count <N>', t('people:help.option.count'))
          .option('--seconds <N>', t('people:help.option.seconds')),
        'smena mark add "Петрова Анна" --type Почта --comment "ответ клиенту"',
      ),
  )
  add(
    mark,
    'types [NAME]',
    t('people:help.markTypes'),
    async (...given) => (await marks()).markTypesCommand(...given),
    (it) =>
      example(
        active(
          writing(it)
            .option('--wrap-up', t('people:help.option.wrapUp'))
            .option('--no-wrap-up', t('people:help.option.noWrapUp'))
            .option('--name <NEW>', t('people:help.option.newName'))
            .option('--position <N>', t('people:help.option.place')),
        ),
        'smena mark types "Запись в карточку" --wrap-up',
        'smena mark types Почта --name "Письма" --position 1',
      ),
  )
  add(
    mark,
    'exclude <ID>',
    t('people:help.markExclude'),
    async (...given) => (await marks()).markExcludeCommand(...given),
    (it) => example(writing(it), 'smena mark exclude 7'),
  )
  add(
    mark,
    'include <ID>',
    t('people:help.markInclude'),
    async (...given) => (await marks()).markIncludeCommand(...given),
    (it) => example(writing(it), 'smena mark include 7'),
  )

  const missed = group('missed', t('people:help.missed'))
  const numbers = () => import('./commands/missed.ts')
  const atSite = (it: Command) => writing(it).option('--site <S>', t('people:help.option.missedSite'))
  add(
    missed,
    'done <NUMBER>',
    t('people:help.missedDone'),
    async (...given) => (await numbers()).missedDoneCommand(...given),
    (it) =>
      example(
        atSite(it)
          .option('--at <T>', t('people:help.option.missedAt'))
          .option('--how <HOW>', t('people:help.option.how')),
        'smena missed done +74955550101 --how spam --by "Петрова Анна"',
        'smena missed done 84955550101 --at 2026-11-24T12:00 --how "написали письмом"',
      ),
  )
  add(
    missed,
    'undo <NUMBER>',
    t('people:help.missedUndo'),
    async (...given) => (await numbers()).missedUndoCommand(...given),
    (it) => example(atSite(it), 'smena missed undo +74955550101'),
  )
  add(
    missed,
    'list [NUMBER]',
    t('people:help.missedList'),
    async (...given) => (await numbers()).missedListCommand(...given),
    (it) => example(json(it).option('--limit <N>', t('people:help.option.limit')), 'smena missed list'),
  )

  const correction = group('correction', t('people:help.correction'))
  const corrections = () => import('./commands/correction.ts')
  add(
    correction,
    'request <EMPLOYEE>',
    t('people:help.correctionRequest'),
    async (...given) => (await corrections()).correctionRequestCommand(...given),
    (it) =>
      example(
        writing(it)
          .requiredOption('--reason <TEXT>', t('people:help.option.reason'))
          .option('--shift <ID>', t('people:help.option.shift'))
          .option('--break <ID>', t('people:help.option.break'))
          .option('--mark <ID>', t('people:help.option.mark'))
          .option('--assignment <ID>', t('people:help.option.assignment'))
          .option('--start <T>', t('people:help.option.start'))
          .option('--end <T>', t('people:help.option.end'))
          .option('--type <TYPE>', t('people:help.option.type'))
          .option('--remove', t('people:help.option.remove'))
          .option('--add-shift', t('people:help.option.addShift'))
          .option('--add-break <TYPE>', t('people:help.option.addBreak'))
          .option('--edit <JSON>', t('people:help.option.edit'), repeated),
        'smena correction request "Петрова Анна" --shift 12 --end 2026-11-24T18:30 --reason "забыла закончить смену"',
      ),
  )
  add(
    correction,
    'list',
    t('people:help.correctionList'),
    async (...given) => (await corrections()).correctionListCommand(...given),
    (it) =>
      example(
        json(it)
          .option('--employee <E>', t('help:option.employee'))
          .addOption(
            new Option('--state <S>', t('people:help.option.state')).choices(['requested', 'approved', 'refused']),
          ),
        'smena correction list --state requested',
      ),
  )
  add(
    correction,
    'show <ID>',
    t('people:help.correctionShow'),
    async (...given) => (await corrections()).correctionShowCommand(...given),
    (it) => example(json(it), 'smena correction show 3'),
  )
  const deciding = (it: Command) => writing(it).option('--comment <C>', t('people:help.option.comment'))
  add(
    correction,
    'approve <ID>',
    t('people:help.correctionApprove'),
    async (...given) => (await corrections()).correctionApproveCommand(...given),
    (it) =>
      example(
        deciding(it).option('--as-now', t('people:help.option.asNow')),
        'smena correction approve 3 --by "Сидоров Олег"',
      ),
  )
  add(
    correction,
    'refuse <ID>',
    t('people:help.correctionRefuse'),
    async (...given) => (await corrections()).correctionRefuseCommand(...given),
    (it) => example(deciding(it), 'smena correction refuse 3 --comment "смена верна"'),
  )

  const period = group('period', t('people:help.period'))
  const periods = () => import('./commands/period.ts')
  add(
    period,
    'lock',
    t('people:help.periodLock'),
    async (...given) => (await periods()).periodLockCommand(...given),
    (it) =>
      example(
        writing(it)
          .requiredOption('--from <T>', t('help:option.from'))
          .requiredOption('--to <T>', t('help:option.to'))
          .option('--unit <U>', t('people:help.option.onlyUnit')),
        'smena period lock --from 2026-10-01 --to 2026-11-01',
      ),
  )
  add(
    period,
    'unlock <ID>',
    t('people:help.periodUnlock'),
    async (...given) => (await periods()).periodUnlockCommand(...given),
    (it) => example(writing(it), 'smena period unlock 1'),
  )
  add(
    period,
    'list',
    t('people:help.periodList'),
    async (...given) => (await periods()).periodListCommand(...given),
    (it) => example(json(it), 'smena period list'),
  )
  add(
    period,
    'show <ID>',
    t('people:help.periodShow'),
    async (...given) => (await periods()).periodShowCommand(...given),
    (it) => example(json(it), 'smena period show 1'),
  )

  add(
    program,
    'worked',
    t('people:help.worked'),
    async (...given) => (await import('./commands/worked.ts')).workedCommand(...given),
    (it) =>
      example(
        range(json(it))
          .option('--employee <E>', t('help:option.employee'))
          .option('--old', t('people:help.option.old')),
        'smena worked --from 2026-11-01 --to 2026-12-01 --old',
      ),
  )
}
