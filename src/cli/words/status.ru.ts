/** The same in Russian. */
export const status = {
  none: 'Ни одна станция не настроена.',
  noRecord: 'записей ещё не было',
  lastRecord: '{{age}} назад',
  ledger:
    'получено {{received}} = сохранено {{stored}} + повторы {{duplicate}} + карантин {{quarantined}} + в работе {{pending}}',
  imbalance: 'не сходится: {{difference}}',
  records_one: '{{count, number}} запись',
  records_few: '{{count, number}} записи',
  records_many: '{{count, number}} записей',
  records_other: '{{count, number}} записи',
  olderRules_one: '{{count, number}} звонок собран по прежним правилам: smena replay --source {{source}}',
  olderRules_few: '{{count, number}} звонка собраны по прежним правилам: smena replay --source {{source}}',
  olderRules_many: '{{count, number}} звонков собраны по прежним правилам: smena replay --source {{source}}',
  olderRules_other: '{{count, number}} звонка собраны по прежним правилам: smena replay --source {{source}}',
  gap: 'пропуск в {{source}}: записей {{from}}–{{to}} журнала {{journal}} нет с {{since}}',
  gapOfOffsets:
    'пропуск в {{source}}: смещений {{from}}–{{to}} раздела {{partition}} нет с {{since}}: они другого источника записей в топик или журнала, возвращённого в прошлое',
  gaps: 'пропусков нет',
  lag: 'отставание: запись {{record}}, привязка {{attribute}}',
  unknown: 'неизвестно',
  unread:
    'Kafka прочитать не удалось, поэтому неизвестно, какие есть сборщики, что они приняли сверх учтённого (получено может быть больше), кто подключён, каково отставание записи и не пропало ли что-то в конце журналов',
  collector: 'сборщик на {{host}} (журнал {{journal}}): ещё не в Kafka {{unforwarded}}, сказано {{age}} назад',
  collectorEnded:
    'сборщик на {{host}} (журнал {{journal}}): завершён, как его попросили, {{age}} назад, всё принятое в Kafka',
  noCollector: 'ни один сборщик не сообщил своих чисел: его запускает smena collect',
  forwarding: 'записи {{source}} отправляются снова',
  forwarded_one: 'Снова отправлена {{count, number}} запись {{source}}.',
  forwarded_few: 'Снова отправлены {{count, number}} записи {{source}}.',
  forwarded_many: 'Снова отправлено {{count, number}} записей {{source}}.',
  forwarded_other: 'Снова отправлено {{count, number}} записи {{source}}.',
  column: {
    source: 'Станция',
    received: 'Получено',
    stored: 'Сохранено',
    duplicate: 'Повторы',
    quarantined: 'Карантин',
    pending: 'В работе',
    lastRecordAt: 'Последняя запись',
    connections: 'Соед.',
    clockError: 'Часы',
    olderRules: 'Прежние правила',
  },
  alarm: {
    'kafka-away': 'Kafka не отвечает как должна: {{cause}}. Записи принимаются и ждут в журнале',
    'kafka-refused':
      'Kafka отказывает: {{cause}}. Само это не пройдёт: проверьте права и пароль учётной записи и топик. Записи тем временем принимаются и ждут в журнале',
    'kafka-too-few':
      'у топика {{topic}} должно быть реплик: {{expected}}, а брокеров работает {{found}}: запустите остальные; если в кластере их меньше, задайте kafka.replicas. Его записи ждут в журнале, пока он не создан',
    'numbers-unpublished':
      'сборщик этой машины не может сообщить свои числа, и другим машинам не видно, что здесь ждёт: {{cause}} Проверьте топик smena-collectors',
    'topic-unsafe': 'топик {{topic}} менее надёжен, чем мог бы быть: {{key}} – {{found}}, ожидается {{expected}}',
    'collector-silent': 'сборщик на {{host}} молчит уже {{age}}: проверьте, работает ли он и видит ли Kafka',
    'rolled-back':
      'журнал {{journal}} откатили назад: номера {{source}} с {{from}} он выдал ещё раз. Дважды ничего не учтено; что было только в потерянной части, пропало',
    'reading-differs':
      'настройки этой машины читают {{source}} иначе, чем новейшая версия в хранилище: {{keys}}. Записи принимаются; исправьте файл и перезапустите, иначе следующий запуск не состоится',
    clockBehind: 'часы {{source}} отстают от наших на {{difference}}: поставьте часы станции верно',
    clockAhead: 'часы {{source}} спешат против наших на {{difference}}: поставьте часы станции верно',
    'source-unknown':
      'в журнале лежат записи {{source}}, которого нет в настройках: они ждут. Верните {{source}} в настройки и запустите снова',
    'disk-full':
      'журнал ничего не принимает: на его диске свободно только {{free}}; станции ждут. Освободите место, и приём продолжится сам',
    'listener-shut':
      'порт {{source}} на {{address}} закрыт: назовите в sources.{{source}}.allow, кому можно подключаться',
    'listener-loopback-only':
      'порт {{source}} на {{address}} открыт только внутри этого контейнера: назовите в sources.{{source}}.allow, кому можно подключаться',
    'store-away': 'хранилище не отвечает: {{cause}}. Записи принимаются и ждут в журнале, пока оно не ответит',
  },
  notRunning: 'сбор не идёт: каталог данных {{directory}} не держит ни один процесс; его запускает smena serve',
  ago: {
    minutes: '{{minutes, number}} мин',
    hours: '{{hours, number}} ч {{minutes, number}} мин',
    days: '{{days, number}} д {{hours, number}} ч',
  },
} as const
