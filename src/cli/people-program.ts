import { type Command, Option } from 'commander'
import type { Context } from './context.ts'
import type { Words } from './words/words.ts'

/** How a command is added: its usage, what it does, who runs it, its options. */
type Add = (
  parent: Command,
  usage: string,
  description: string,
  run: (context: Context, args: readonly string[], options: never) => Promise<void>,
  build?: (command: Command) => Command,
) => Command

interface Builder {
  readonly program: Command
  readonly words: Words
  readonly add: Add
  readonly group: (name: string, description: string) => Command
  readonly json: (command: Command) => Command
  readonly range: (command: Command) => Command
}

const repeated = (it: string, all?: string[]): string[] => [...(all ?? []), it]

/** The commands of people, their telephones and their time. */
export function addPeopleCommands({ program, words, add, group, json, range }: Builder): void {
  const { t } = words
  const example = (command: Command, ...lines: readonly string[]) =>
    command.addHelpText('after', `\n${t('people:help.example')}\n${lines.map((it) => `  ${it}`).join('\n')}`)
  const writing = (command: Command) =>
    json(command).option('--by <NAME>', t('people:help.option.by')).option('--key <K>', t('people:help.option.key'))
  const at = (command: Command) => command.option('--at <T>', t('people:help.option.at'))
  const facts = (command: Command) =>
    writing(command)
      .option('--personnel-number <N>', t('people:help.option.personnelNumber'))
      .option('--unit <U>', t('people:help.option.unit'))
      .option('--position <P>', t('people:help.option.position'))
      .option('--zone <ZONE>', t('people:help.option.zone'))
      .option('--hired <DATE>', t('people:help.option.hired'))
      .option('--left <DATE>', t('people:help.option.left'))
  const telephone = (command: Command) =>
    writing(command)
      .requiredOption('--extension <N>', t('people:help.option.extension'))
      .option('--plan <P>', t('people:help.option.plan'))
  const active = (command: Command) =>
    command.option('--active', t('people:help.option.used')).option('--no-active', t('people:help.option.unused'))

  const employee = group('employee', t('people:help.employee'))
  const employees = () => import('./commands/employee.ts')
  add(
    employee,
    'add <NAME>',
    t('people:help.employeeAdd'),
    async (...given) => (await employees()).employeeAddCommand(...given),
    (it) => example(facts(it), `smena employee add "Петрова Анна" --personnel-number 1017 --unit Поддержка`),
  )
  add(
    employee,
    'list',
    t('people:help.employeeList'),
    async (...given) => (await employees()).employeeListCommand(...given),
    (it) =>
      example(
        json(it)
          .option('--search <TEXT>', t('people:help.option.search'))
          .option('--unit <U>', t('people:help.option.onlyUnit'))
          .option('--all', t('people:help.option.all')),
        'smena employee list --search петр',
      ),
  )
  add(
    employee,
    'show <EMPLOYEE>',
    t('people:help.employeeShow'),
    async (...given) => (await employees()).employeeShowCommand(...given),
    (it) => example(json(it), 'smena employee show "Петрова Анна"'),
  )
  add(
    employee,
    'set <EMPLOYEE>',
    t('people:help.employeeSet'),
    async (...given) => (await employees()).employeeSetCommand(...given),
    (it) =>
      example(
        facts(it)
          .option('--name <NAME>', t('people:help.option.name'))
          .option('--active', t('people:help.option.activeAgain'))
          .option('--no-active', t('people:help.option.active')),
        'smena employee set 1017 --position "Старший оператор"',
      ),
  )
  add(
    employee,
    'assign <EMPLOYEE>',
    t('people:help.employeeAssign'),
    async (...given) => (await employees()).employeeAssignCommand(...given),
    (it) =>
      example(
        telephone(it).option('--from <T>', t('people:help.option.from')).option('--to <T>', t('people:help.option.to')),
        'smena employee assign "Петрова Анна" --extension 4731',
        'smena employee assign 1017 --extension 4731 --from 2026-12-01 --to 2026-12-15',
      ),
  )
  add(
    employee,
    'release <EMPLOYEE>',
    t('people:help.employeeRelease'),
    async (...given) => (await employees()).employeeReleaseCommand(...given),
    (it) => example(at(telephone(it)), 'smena employee release 1017 --extension 4731 --at 2026-11-24T18:00'),
  )
  add(
    employee,
    'import <FILE>',
    t('people:help.employeeImport'),
    async (...given) => (await employees()).employeeImportCommand(...given),
    (it) =>
      example(
        writing(it).option('--dry-run', t('people:help.option.dryRun')),
        'smena employee import people.csv --dry-run',
        'name,personnel number,position,unit,extension,plan,from,to',
      ),
  )
  add(
    employee,
    'history <EMPLOYEE>',
    t('people:help.employeeHistory'),
    async (...given) => (await import('./commands/history.ts')).employeeHistoryCommand(...given),
    (it) =>
      example(json(it).option('--limit <N>', t('people:help.option.limit')), 'smena employee history "Петрова Анна"'),
  )

  const unit = group('unit', t('people:help.unit'))
  add(
    unit,
    'add <NAME>',
    t('people:help.unitAdd'),
    async (...given) => (await import('./commands/unit.ts')).unitAddCommand(...given),
    (it) => example(writing(it).option('--parent <U>', t('people:help.option.parent')), 'smena unit add Поддержка'),
  )
  add(
    unit,
    'list',
    t('people:help.unitList'),
    async (...given) => (await import('./commands/unit.ts')).unitListCommand(...given),
    (it) => example(json(it), 'smena unit list'),
  )

  const site = group('site', t('people:help.site'))
  add(
    site,
    'set <NAME>',
    t('people:help.siteSet'),
    async (...given) => (await import('./commands/site.ts')).siteSetCommand(...given),
    (it) =>
      example(
        writing(it).requiredOption('--zone <ZONE>', t('people:help.option.siteZone')),
        'smena site set Чита --zone Asia/Chita',
      ),
  )
  add(
    site,
    'list',
    t('people:help.siteList'),
    async (...given) => (await import('./commands/site.ts')).siteListCommand(...given),
    (it) => example(json(it), 'smena site list'),
  )

  const directory = group('directory', t('people:help.directory'))
  const numbers = () => import('./commands/directory.ts')
  add(
    directory,
    'set <EXTENSION>',
    t('people:help.directorySet'),
    async (...given) => (await numbers()).directorySetCommand(...given),
    (it) =>
      example(
        writing(it)
          .option('--plan <P>', t('people:help.option.plan'))
          .option('--label <TEXT>', t('people:help.option.label'))
          .option('--site <S>', t('people:help.option.site'))
          .option('--is-group', t('people:help.option.isGroup'))
          .option('--no-is-group', t('people:help.option.notGroup'))
          .option('--group <G>', t('people:help.option.group'), repeated),
        'smena directory set 300 --is-group --label "Отдел продаж"',
      ),
  )
  add(
    directory,
    'list',
    t('people:help.directoryList'),
    async (...given) => (await numbers()).directoryListCommand(...given),
    (it) => example(json(it), 'smena directory list'),
  )
  add(
    directory,
    'import <FILE>',
    t('people:help.directoryImport'),
    async (...given) => (await numbers()).directoryImportCommand(...given),
    (it) =>
      example(
        writing(it).option('--dry-run', t('people:help.option.dryRun')),
        'smena directory import numbers.csv --dry-run',
        'extension,plan,label,site,is group,groups',
      ),
  )

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
    'types',
    t('people:help.breakTypes'),
    async (...given) => (await breaks()).breakTypesCommand(...given),
    (it) =>
      example(
        active(
          writing(it)
            .option('--set <NAME>', t('people:help.option.setType'))
            .option('--paid', t('people:help.option.paid'))
            .option('--unpaid', t('people:help.option.unpaid'))
            .option('--minimum <MIN>', t('people:help.option.minimum'))
            .option('--maximum <MIN>', t('people:help.option.maximum')),
        ),
        'smena break types --set smoke --unpaid --maximum 15',
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
    'types',
    t('people:help.markTypes'),
    async (...given) => (await marks()).markTypesCommand(...given),
    (it) =>
      example(
        active(
          writing(it)
            .option('--set <NAME>', t('people:help.option.setType'))
            .option('--wrap-up', t('people:help.option.wrapUp'))
            .option('--no-wrap-up', t('people:help.option.noWrapUp')),
        ),
        'smena mark types --set "Запись в карточку" --wrap-up',
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
    (it) => example(deciding(it), 'smena correction approve 3 --by "Сидоров Олег"'),
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
        'smena period lock --from 2026-11-01 --to 2026-12-01',
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
