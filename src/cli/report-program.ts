import { type Builder, example, sharedOptions } from './program-builder.ts'
import { printed, reportNames, type ReportName, reportOptions } from './report-options.ts'

const examples: Readonly<Record<ReportName, string>> = {
  employee: 'smena report employee --from 2026-11-01 --to 2026-12-01 --unit Support',
  phone: 'smena report phone --from 2026-11-24 --to 2026-11-25 --extension 201,202 --old',
  group: 'smena report group --from 2026-11-01 --to 2026-12-01 --service-level 30',
  interval: 'smena report interval --from 2026-11-24 --to 2026-11-25 --minutes 30 --group 300 --staff 6',
  missed: 'smena report missed --from 2026-11-24 --to 2026-11-25 --format csv',
  unattributed: 'smena report unattributed --from 2026-11-01 --to 2026-12-01',
  shift: 'smena report shift --from 2026-11-24 --to 2026-11-25 --employee 1017',
  activity: 'smena report activity --from 2026-11-01 --to 2026-12-01 --by-step day',
}

/** The reports, and those that are kept. */
export function addReportCommands({ words, add, group, json }: Builder): void {
  const { t } = words
  const { writing } = sharedOptions({ words, json })
  const report = group('report', t('help:command.report'))
  for (const name of reportNames)
    add(
      report,
      name,
      t(`help:report.${name}`),
      async (context, _, options) => (await import('./commands/report.ts')).reportCommand(context, name, options),
      (it) => example(reportOptions(it, name, words), examples[name]),
    )
  const saved = () => import('./commands/report-saved.ts')
  add(
    report,
    'save <NAME> <REPORT>',
    t('help:report.save'),
    async (...given) => (await saved()).reportSaveCommand(...given),
    (it) =>
      example(
        writing(reportOptions(it, 'save', words)),
        'smena report save November employee --from 2026-11-01 --to 2026-12-01 --frozen',
      ),
  )
  add(
    report,
    'saved',
    t('help:report.saved'),
    async (...given) => (await saved()).reportSavedCommand(...given),
    (it) => example(json(it), 'smena report saved'),
  )
  add(
    report,
    'show <NAME>',
    t('help:report.show'),
    async (...given) => (await saved()).reportShowCommand(...given),
    (it) => example(printed(it, words), 'smena report show November --format csv'),
  )
  add(
    report,
    'delete <NAME>',
    t('help:report.delete'),
    async (...given) => (await saved()).reportDeleteCommand(...given),
    (it) => example(writing(it), 'smena report delete November'),
  )
}
