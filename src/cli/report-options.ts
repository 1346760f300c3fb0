import { type Command, Option } from 'commander'
import { directions } from '../domain/call.ts'
import type { Words } from './words/words.ts'

export const reportNames = [
  'employee',
  'phone',
  'group',
  'interval',
  'missed',
  'unattributed',
  'shift',
  'activity',
] as const
export type ReportName = (typeof reportNames)[number]

/** How a report is printed; `--json` is `--format json`. */
export const printed = (command: Command, { t }: Words): Command =>
  command
    .addOption(new Option('--format <F>', t('help:option.format')).choices(['table', 'json', 'csv']))
    .option('--json', t('help:option.json'))

/** The filters that every report takes, and what only some of them do. */
export function reportOptions(command: Command, name: ReportName | 'save', words: Words): Command {
  const { t } = words
  const choice = (flags: string, description: string, values: readonly string[]) =>
    new Option(flags, description).choices([...values])
  command
    .requiredOption('--from <T>', t('help:option.from'))
    .requiredOption('--to <T>', t('help:option.to'))
    .option('--employee <E>', t('help:option.employee'))
    .option('--unit <U>', t('help:option.unit'))
    .option('--extension <N,…>', t('help:option.extensions'))
    .option('--plan <P>', t('help:option.plan'))
    .option('--group <G>', t('help:option.group'))
    .option('--source <NAME>', t('help:option.source'))
    .addOption(choice('--direction <D>', t('help:option.direction'), directions))
    .option('--site <S>', t('help:option.site'))
  if (name !== 'save') printed(command, words)
  switch (name) {
    case 'save':
      return service(command)
        .addOption(choice('--minutes <N>', t('help:option.minutes'), ['15', '30', '60']))
        .option('--staff <N>', t('help:option.staff'))
        .option('--window <H>', t('help:option.window'))
        .option('--by-call', t('help:option.byCall'))
        .addOption(choice('--by-step <STEP>', t('help:option.step'), ['hour', 'day']))
        .option('--old', t('help:option.old'))
        .option('--number <N>', t('help:option.otherNumber'))
        .option('--old-rows', t('help:option.oldRows'))
        .option('--frozen', t('help:option.frozen'))
    case 'group':
      return service(command)
    case 'interval':
      return service(command.addOption(choice('--minutes <N>', t('help:option.minutes'), ['15', '30', '60']))).option(
        '--staff <N>',
        t('help:option.staff'),
      )
    case 'missed':
      return command.option('--window <H>', t('help:option.window')).option('--by-call', t('help:option.byCall'))
    case 'activity':
      return command
        .addOption(choice('--by-step <STEP>', t('help:option.step'), ['hour', 'day']))
        .option('--old', t('help:option.oldActivity'))
    case 'phone':
      return command
        .option('--number <N>', t('help:option.otherNumber'))
        .option('--old', t('help:option.old'))
        .option('--old-rows', t('help:option.oldRows'))
        .addOption(choice('--by-step <STEP>', t('help:option.stepOfOldRows'), ['day']))
    case 'shift':
      return command.option('--old', t('help:option.old'))
    case 'employee':
    case 'unattributed':
      return command
  }

  function service(it: Command): Command {
    return it.option('--service-level <S>', t('help:option.serviceLevel')).option('--short <S>', t('help:option.short'))
  }
}
