/** The same in Russian. */
export const replay = {
  working: 'Пересборка звонков {{source}}',
  range: '{{from}} – {{to}}',
  always: 'за всё время',
  done_one: '{{source}}: {{count, number}} запись прочитана заново',
  done_few: '{{source}}: {{count, number}} записи прочитаны заново',
  done_many: '{{source}}: {{count, number}} записей прочитано заново',
  done_other: '{{source}}: {{count, number}} записи прочитано заново',
  calls_one: '{{count, number}} звонок изменился',
  calls_few: '{{count, number}} звонка изменились',
  calls_many: '{{count, number}} звонков изменилось',
  calls_other: '{{count, number}} звонка изменилось',
  interrupted: 'Прервано; сделанное остаётся. Чтобы продолжить, запустите ту же команду снова.',
} as const
