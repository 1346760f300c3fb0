import type { Command } from 'commander'
import { type Builder, example, repeated, sharedOptions } from './program-builder.ts'

/** The commands of people and their telephones. */
export function addPeopleCommands({ words, add, group, json }: Builder): void {
  const { t } = words
  const { writing, at } = sharedOptions({ words, json })
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
        'smena employee assign "Петрова Анна" --extension 4731 --plan avaya',
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
        'name,personnel number,position,unit,zone,hired,left,extension,plan,from,to',
      ),
  )
  add(
    employee,
    'history [EMPLOYEE]',
    t('people:help.employeeHistory'),
    async (...given) => (await import('./commands/history.ts')).employeeHistoryCommand(...given),
    (it) =>
      example(
        json(it).option('--limit <N>', t('people:help.option.limit')),
        'smena employee history "Петрова Анна"',
        'smena employee history --limit 20',
      ),
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
    'set <NAME>',
    t('people:help.unitSet'),
    async (...given) => (await import('./commands/unit.ts')).unitSetCommand(...given),
    (it) =>
      example(
        writing(it)
          .option('--name <NEW>', t('people:help.option.newName'))
          .option('--parent <U>', t('people:help.option.parent'))
          .option('--no-parent', t('people:help.option.noParent')),
        'smena unit set Suport --name Поддержка --parent Офис',
      ),
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
          .option('--service-level <S>', t('people:help.option.serviceLevel'))
          .option('--short <S>', t('people:help.option.short'))
          .option('--group <G>', t('people:help.option.group'), repeated),
        'smena directory set 300 --is-group --label "Отдел продаж" --service-level 30 --short 5',
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
        'extension,plan,label,site,is group,service level,short,groups',
      ),
  )
}
