/** The same in Russian. */
export const config = {
  waiting: 'С {{directory}} работает другая команда, ждём её: {{waited}}',
  waitingOnce: 'С {{directory}} работает другая команда, ждём её.',
  valid: '{{file}} в порядке.',
  noFile: 'Файла настроек нет; действуют значения по умолчанию и то, что задано переменными и параметрами.',
  effective: 'Действует (пароли скрыты), у каждого значения указано, откуда оно:',
  listening: '{{source}} ({{format}}) слушает {{address}}',
  notListening: 'у {{source}} ({{format}}) нет порта',
  loopbackOnly:
    '{{source}} открыт только внутри этого контейнера: кому ещё можно подключаться, не сказано; задайте sources.{{source}}.allow',
  shut: '{{source}} закрыт: порт открыт не только этой машине, а кому можно подключаться, не сказано; задайте sources.{{source}}.allow',
  data: 'данные: {{directory}}',
  app: 'приложение: {{address}}',
  newReading:
    '{{source}}: настройки стали другими; новая версия чтения действует с {{from}} по часам станции. Прежние звонки останутся как есть до smena replay --source {{source}}.',
  storeAway: 'Хранилище не отвечает; записи принимаются и ждут в журнале. {{message}}',
  ready: 'Готово. Завершить: Ctrl-C.',
  stopping: 'Завершаюсь: принятое записывается на диск.',
  ended: 'Работа завершена.',
  applied: '{{source}}: чтение изменилось, версия {{version}} действует с {{from}}: {{changes}}',
  renamed: '{{from}} теперь называется {{to}}',
  unchanged: 'Применять нечего.',
  every: 'все адреса',
} as const
