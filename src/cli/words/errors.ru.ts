import type { ErrorCode } from '../../domain/errors.ts'
import { storeMends } from '../../domain/store-mends.ts'

/** Russian wording of the catalogue in domain/errors.ts, where the English stands. */
export const errorsRu = {
  'config-unreadable':
    'Не удалось прочитать файл настроек {{file}}: {{cause}}. Укажите доступный файл YAML параметром --config.',
  'config-invalid':
    '{{file}}: {{key}} — {{found}}, а ожидается {{expected}}. Исправьте и запустите `smena config check`.',
  'config-unknown-key': '{{file}}: неизвестный ключ {{key}}; здесь известны: {{known}}. Исправьте или уберите его.',
  'config-unavailable': '{{file}}: {{key}} в этом выпуске ещё нет. Уберите этот ключ.',
  'config-taken': '{{file}}: {{key}} занимает {{found}}, а его уже занимает {{other}}. Измените один из двух.',
  'config-duplicate-key': '{{file}}: ключ {{key}} стоит там дважды. Уберите один из двух.',
  'config-secret-unreadable':
    'Не удалось прочитать {{file}}, названный в {{variable}}: {{cause}}. Назовите доступный файл со значением.',
  'config-set-twice': 'Заданы и {{variable}}, и {{other}}. Уберите одну из двух.',
  usage: '{{problem}} Что принимает команда, покажет `smena help {{command}}`.',
  'sqlite-too-old':
    'В этом Node SQLite {{found}}, а нужен {{expected}} или новее: более старый может повредить базу в режиме WAL. Запустите Smena с более новым Node.',
  'journal-foreign':
    'У {{file}} идентификатор программы {{found}}, а ожидается {{expected}}: это не журнал Smena, файл не тронут. Уберите его оттуда или назовите другой каталог данных.',
  'journal-newer':
    '{{file}} имеет версию {{found}}, эта программа знает {{expected}}. Запустите ту Smena, что его записала, или более новую.',
  'journal-damaged':
    '{{file}} повреждён: {{found}}. Проверьте диск, сохраните копию файла, затем восстановите резервную копию или уберите файл: начнётся новый журнал, а что оставалось в старом, будет числиться «в работе».',
  'journal-failed':
    'Чтение или запись {{file}} не удались: {{found}}. Повтора не было. Проверьте диск, права и подключение, затем запустите снова.',
  'journal-disk-full':
    'Диск с {{file}} полон, и при закрытии журнала записей ещё ждало: {{records}}; они не сохранены. Освободите место и пошлите их снова.',
  'journal-closed': '{{file}} закрыт и больше ничего не принимает. Откройте его снова.',
  'delivery-taken':
    'Доставка {{uid}} принадлежит источнику {{expected}}; под тем же id пришли записи источника {{found}}, они не взяты. Для каждой доставки нужен новый случайный id.',
  'data-directory-owned':
    'Каталог данных {{directory}} занят другим процессом. Остановите его, передайте работу ему или назовите другой каталог в SMENA_DATA_DIR.',
  'data-directory-busy':
    'В {{directory}} другой процесс работает дольше {{seconds}} с и ещё не закончил; эта команда ничего не сделала. Дождитесь его или посмотрите, что это (fuser {{directory}}/lock.db), и повторите команду.',
  'data-directory-network':
    'Каталог данных {{directory}} лежит на {{found}}, где на блокировки и общую память нельзя положиться. Назовите каталог на местном диске в SMENA_DATA_DIR.',
  'data-directory-unusable':
    'Каталог {{directory}} не годится для данных: {{found}}. Назовите в SMENA_DATA_DIR каталог, куда этот пользователь может писать.',
  'listen-failed': 'Не удалось открыть порт {{address}}: {{cause}}. Освободите порт или задайте другой адрес.',
  'socket-path-too-long':
    'Путь местного сокета {{path}} вышел бы длиннее {{limit}} байт, больше система не берёт. Задайте в XDG_RUNTIME_DIR каталог покороче.',
  'request-too-long':
    'Команда передаёт процессу, который держит каталог данных, не больше {{limit}} МиБ, а здесь больше. Ничего не сделано. Передайте по частям.',
  'owner-gone':
    'Процесс, который держит каталог данных, пропал до ответа: {{cause}}. Посмотрите его журнал, запустите его снова и повторите команду: сделанное остаётся.',
  'no-owner':
    'Каталог данных {{directory}} не держит ни один процесс. Сначала запустите `smena serve` или `smena collect`; ничего не прочитано.',
  'cluster-incomplete':
    '`smena {{role}}` — роль кластера, ей нужно: {{missing}}. Задайте это или запустите `smena serve`: в нём все роли одним процессом.',
  'reading-differs':
    'Настройка источника {{source}} расходится с его новейшей версией чтения в хранилище: {{keys}}. Возьмите тот же файл, что у других ролей, или сделайте из этого новую версию: `smena config apply`.',
  'kafka-away':
    'Kafka не отвечает как должна: {{cause}}. Попытки повторяются, пока не ответит; тем временем ничего не теряется.',
  'kafka-refused':
    'Kafka отказывает: {{cause}}. Повторы этого не исправят: проверьте брокеров, права и пароль учётной записи и топик. Тем временем ничего не теряется.',
  'kafka-too-few':
    'У топика {{topic}} должно быть реплик: {{expected}}, а брокеров работает {{found}}. Запустите остальные; если в кластере их меньше, задайте `kafka.replicas`. Попытки создать его повторяются; тем временем ничего не теряется.',
  'forward-not-kept':
    'Журнал в {{directory}} хранит записи с {{first}} по {{last}} источника {{source}}, а запрошены с {{from}} по {{to}}. Запросите номера, которые в нём есть, на машине того сборщика, чей журнал {{journal}}.',
  'forward-stopped':
    'Повторная отправка записей источника {{source}} остановлена, отправлено {{sent}}. Запустите сборщик, если он остановлен, и повторите команду: пришедшее дважды отбрасывается.',
  'owner-collects':
    'Каталогом {{directory}} владеет сборщик кластера, у него нет хранилища. Дайте этой команде настройки кластера: его брокеры и базу данных.',
  'serve-with-kafka':
    'Заданы брокеры Kafka, а `smena serve` работает без Kafka. Уберите SMENA_KAFKA_BROKERS и брокеров из файла или запустите роли `collect`, `record`, `attribute` и `web`.',
  'http-not-loopback':
    'Адрес HTTP {{address}} открыт не только этой машине; пока нет учётных записей, другие не обслуживаются. Задайте в SMENA_HTTP 127.0.0.1 и порт.',
  'archive-unreadable':
    'Не удалось прочитать {{file}}: {{cause}}. Дайте доступный файл записей, обычный или .gz; что из него уже сохранено, остаётся.',
  'file-unwritable':
    'Не удалось записать {{file}}: {{cause}}. Назовите файл в каталоге, который есть и в который этот пользователь может писать.',
  'time-unreadable':
    '{{option}} — «{{found}}», а ожидается дата, например 2026-11-24, или момент, например 2026-11-24T09:00:00+03:00.',
  'id-unreadable': '«{{found}}» — не id, ожидаются цифры, как их печатают `smena calls` и `smena quarantine list`.',
  'employee-unknown':
    'Сотрудника {{employee}} нет: нужен id, табельный номер или полное имя. Какие есть, покажет `smena employee list`.',
  'employee-other':
    'Табельный номер {{number}} у человека {{holder}}, а в строке {{found}}. Исправьте номер; если это тот же человек, сначала смените имя: `smena employee set {{number}} --name "{{found}}"`.',
  'employee-ambiguous': 'Имя {{employee}} носят несколько человек, их id: {{ids}}. Укажите id или табельный номер.',
  'employee-unclear':
    '{{employee}} — это id сотрудника {{byId}} и табельный номер сотрудника {{byNumber}}, чей id {{id}}. Укажите, кто из них: полным именем, этим id или табельным номером другого.',
  'call-unknown': 'Звонка с id {{id}} нет. Какие есть, покажет `smena calls`.',
  'send-failed':
    'Не удалось послать на {{address}}: {{cause}}. Запустите то, что там слушает, или назовите другой адрес.',
  'source-exists': 'Источник {{source}} уже есть. Дайте переименованному свободное имя.',
  'rename-while-running':
    'Процесс, который держит каталог данных, работает и продолжал бы собирать под именем {{old}}. Остановите его, повторите команду и запустите с файлом, где стоит {{new}}.',
  'schema-newer':
    'Версия схемы хранилища {{found}}, эта программа знает {{expected}}. Запустите ту Smena, что его создала, или более новую.',
  'not-a-store':
    '{{file}} — не хранилище Smena, файл не тронут. Уберите его оттуда или назовите другой каталог данных.',
  'postgres-too-old':
    'Отвечает PostgreSQL {{found}}, а нужен {{expected}} или новее. Назовите другой сервер в SMENA_DATABASE_URL.',
  'too-many-sources': 'В хранилище уже {{limit}} источников, больше оно не вмещает. Возьмите один из них.',
  'source-unknown': 'Источника {{source}} нет. Назовите один из: {{known}}.',
  'name-unknown': '{{what}} {{found}}: такого нет; есть: {{known}}. Назовите одно из них или сначала добавьте.',
  'quarantine-unknown': 'Записи {{id}} в карантине нет. Какие есть, покажет `smena quarantine list`.',
  'not-readable': 'Запись {{id}} не читается как запись: {{reason}}, {{detail}}. Она остаётся в карантине как есть.',
  'people-raced':
    'В эту же минуту то же самое записал кто-то другой: {{cause}}. Повторите: запрос будет рассмотрен заново.',
  'value-unreadable': '{{what}} — {{found}}, а ожидается {{expected}}. Исправьте и повторите.',
  'name-taken': '{{what}} {{found}} уже занято: {{holder}}. Возьмите другое или пользуйтесь этим.',
  'extension-held':
    'Номер {{extension}} плана {{plan}} занят: {{holder}} с {{from}} до {{to}}. Выберите время, когда он свободен, или сначала освободите его: `smena employee release`.',
  'extension-not-held':
    '{{employee}} не занимает номер {{extension}} на {{at}}; занято тогда: {{held}}. Ничего не изменено.',
  'plan-unclear':
    'Номер {{extension}} может быть из нескольких планов, {{plans}}; звонки с ним были в: {{seen}}. Назовите план {{how}}.',
  'time-impossible':
    '{{employee}}: {{why}} на {{at}}; состояние тогда: {{state}} с {{since}}. В то время возможно: {{possible}}.',
  'time-ahead':
    '{{at}} — слишком далеко вперёд: сейчас {{now}}, а о времени людей можно сказать до {{latest}}. Скажите, когда наступит; номер назначают и вперёд: `smena employee assign`.',
  'mark-counted':
    'Отметки вида {{found}} программа считает сама, по звонкам; их никто не ставит. Ставить можно: {{known}}. Назовите один из этих видов или другой.',
  'employee-away':
    '{{employee}}: на {{at}} не работает, по данным — с {{from}} до {{to}} включительно. Исправьте время или эти дни: `smena employee set`.',
  'employee-inactive':
    '{{employee}} больше не работает, на {{at}} ничего не начинается. Укажите через `smena employee set` последний день работы, чтобы сказать о том, что было до него, или то, что человек снова работает.',
  'correction-impossible': 'Так исправить нельзя: {{why}} ({{of}}). Измените то, о чём она просит.',
  'unit-within':
    'Подразделение {{unit}} не может входить в {{parent}}: это оно само или его часть. Назовите другое или сначала выведите {{parent}}: `smena unit set`.',
  'correction-empty': 'Исправление ничего не изменит. Назовите, что должно стать другим, или не запрашивайте его.',
  'correction-changed':
    'Исправление {{id}} теперь сделает не то, что было показано при запросе: {{what}}. Посмотрите на него, `smena correction show {{id}}`, и одобрите с --as-now или отклоните.',
  'correction-decided':
    'По исправлению {{id}} уже решено: {{state}}, решил {{who}}. Если что-то ещё не так, запросите новое.',
  'correction-own-time':
    'Исправление {{id}} меняет время сотрудника {{employee}}, решать по нему он не может. Пусть решит кто-то другой.',
  'correction-own': 'Исправление {{id}} запросил {{who}}, решать по нему он не может. Пусть решит кто-то другой.',
  'period-locked':
    'Период {{id}}, с {{from}} до {{to}}, закрыт, а это его изменило бы. Запросите исправление: `smena correction request`.',
  'period-locked-ahead':
    'Период {{id}}, с {{from}} до {{to}}, закрыт: на это время номер не закрепить. Закрепите его до тех пор, `--to {{until}}`, попросите открыть период или запросите исправление на всё время: `smena correction request --edit`.',
  'break-limits-crossed':
    'Самый короткий перерыв вида {{type}} вышел бы длиннее самого длинного: {{minimum}} против {{maximum}} мин. Назовите наименьшую длительность не больше наибольшей; 0 снимает любую из двух.',
  'break-type-kept':
    'В периоде {{id}}, с {{from}} до {{to}}, есть перерывы вида {{type}}, а он закрыт: от того, оплачены ли они, зависят его цифры. Для будущих заведите новый вид: `smena break types ИМЯ`.',
  'period-not-locked': 'Период {{id}} не закрыт: его открыл {{who}}. Ничего не изменено.',
  'thing-unknown': '{{what}} с id {{id}} нет. Какие id есть, показывает список.',
  'call-no-event':
    'Звонок {{id}} событием не считается: {{employee}}. Событие он у тех, кто на смене набрал, ответил или принял перевод; здесь: {{people}}. Звонки смены показывает `smena shift show`.',
  'call-person-unclear': 'Звонок {{id}} — событие нескольких людей: {{people}}. Назовите одного параметром --employee.',
  'number-not-missed':
    'Пропущенных с номера {{number}} до {{at}} там нет. Номера перечисляет `smena report missed`; площадку задаёт --site, время --at.',
  'number-not-done': 'Номер {{number}} там не отмечен закрытым. Отмеченные показывает `smena missed list`.',
  'site-unclear':
    'Звонки с номера {{number}} пропущены на нескольких площадках: {{sites}}. Назовите одну параметром --site.',
  'client-key-taken': 'Ключ {{key}} уже был дан с другим запросом. Каждому запросу нужен свой ключ.',
  'list-unreadable': 'Не удалось прочитать список {{file}}: {{cause}}. Укажите доступный файл CSV.',
  'list-unheaded':
    'Список {{file}} {{found}}: в первой строке стоят названия столбцов, {{columns}}. Нужен {{needed}}; остальных может не быть.',
  'list-unusable':
    'Негодных строк в списке: {{lines}}; ничего не изменено. Первая — строка {{line}}: {{why}}. Исправьте их и повторите.',
  'issue-decided':
    'Вопрос {{id}} уже решён, это сделал {{who}}. Ничего не изменено; показать: `smena legacy issues --all`.',
  'legacy-unreachable':
    'Не удаётся прочитать старую базу {{place}}: {{cause}}. Проверьте адрес, имя и права учётной записи; нужно только чтение.',
  'legacy-no-tables':
    'В {{place}} нет таблиц старой системы (auth_user, working_working_time …) в схеме public. Укажите её базу или её дамп.',
  'legacy-dump-packed':
    '{{file}} — дамп pg_dump в формате {{format}}, а программы pg_restore, которая его читает, здесь нет. Установите клиент PostgreSQL или получите на другой машине текстовый дамп командой `pg_restore -f dump.sql {{file}}` и загрузите его.',
  'legacy-dump-damaged': '{{file}} повреждён или обрезан: {{cause}}. Сделайте дамп заново.',
  'legacy-dump-cut':
    '{{file}} обрезан: он кончается на таблице {{table}}. Сделайте дамп заново; загруженное остаётся, полный дамп добавит остальное.',
  'legacy-not-as-written':
    'Новых и изменённых строк таблицы {{table}}: {{written}}; при чтении из хранилища такими, как записаны, оказались {{found}}. Сообщите об этом и восстановите хранилище из копии до загрузки.',
  'legacy-dump-encoding':
    '{{file}} записан в кодировке {{found}}, которая здесь неизвестна. Сделайте дамп командой `pg_dump --encoding=UTF8`.',
  'store-refused': 'Хранилище не берёт эту запись: {{cause}}.',
  'store-away':
    'Хранилище не отвечает: {{cause}}. Попытки повторяются, пока оно не ответит; за это время ничего не теряется.',
  'store-broken': 'Хранилище не работает: {{cause}}. Повтора не было. {{mend}}',
  'position-moved':
    'Кто-то другой сдвинул позицию этого источника с {{expected}}. Читайте снова с того места, где она стоит.',
  'reading-changed': 'У чтения источника {{source}} новая версия. Пачка читается снова, по ней.',
  'journal-behind-store':
    'Хранилище приняло запись {{passed}} источника {{source}}, а журнал {{file}} выдал только {{given}}: его откатили или подменили. Верните более новый журнал; или уберите этот, и начнётся новый.',
} satisfies Partial<Record<ErrorCode, string>>

/** Phrases that stand in the details of an error: what was expected, why a file could not be read. */
export const phrasesRu: Readonly<Record<string, string>> = {
  [storeMends.disk]: 'Проверьте его диск, затем запустите снова.',
  [storeMends.account]:
    'Исправьте учётную запись и её пароль в SMENA_DATABASE_URL или впустите её на сервере (pg_hba.conf), затем повторите.',
  [storeMends.database]: 'Создайте эту базу на сервере или назовите другую в SMENA_DATABASE_URL, затем повторите.',
  [storeMends.rights]:
    'Сделайте учётную запись владельцем базы и всего, что в ней есть: таблицы Smena создаёт сама; или назовите другую в SMENA_DATABASE_URL, затем повторите.',
  nothing: 'ничего',
  'a whole number from 1 to 24': 'целое число от 1 до 24',
  'a whole number from 0 to 3600': 'целое число от 0 до 3600',
  'further notice': 'отмены',
  'none of them': 'ни в одном из них',
  'the beginning': 'самого начала',
  'what is to be added': 'добавляемое',
  anybody: 'ни у кого',
  number: 'номер',
  from: 'начало',
  startedAt: 'начало',
  endedAt: 'конец',
  'a time from 1970 to 2099': 'время с 1970 по 2099 год',
  'a whole number from 0 to 1000000': 'целое число от 0 до 1000000',
  'a whole number from 1 to 1000000': 'целое число от 1 до 1000000',
  at: 'время',
  'hired on': 'дата приёма',
  'left on': 'последний день работы',
  'a time': 'время',
  'a whole number': 'целое число',
  'a text': 'текст',
  'true or false, or a list of breaks': 'true, false или список перерывов',
  JSON: 'JSON',
  edit: 'правка',
  'at least one change': 'хотя бы одно изменение',
  'service level': 'порог уровня сервиса',
  short: 'порог короткого ожидания',
  'a time not before --from': 'время не раньше --from',
  'a number not below --from': 'номер не меньше --from',
  'a time after the beginning': 'время позже начала',
  'a time that is not to come': 'время, которое уже наступило',
  'whole seconds from 0 to 86400': 'целые секунды от 0 до 86400',
  'on shift': 'на смене',
  'on a break': 'на перерыве',
  'off shift': 'не на смене',
  'is on shift already': 'уже на смене',
  'is on a break already': 'уже на перерыве',
  'is on a break': 'на перерыве',
  'is not on shift': 'не на смене',
  'is on no break': 'не на перерыве',
  'has told that end already': 'об этом окончании уже сказано',
  'has a break that begins or ends later': 'есть перерыв, который начинается или кончается позже',
  'would have worked longer than a person’s own end may say': 'вышло бы дольше, чем человек может указать сам',
  'the person has no such shift': 'такой смены у человека нет',
  'the person has no such break': 'такого перерыва у человека нет',
  'the person has no such assignment': 'такого назначения у человека нет',
  'the person has no such mark': 'такой отметки у человека нет',
  'an end lies before its start': 'конец оказался бы раньше начала',
  'two shifts would overlap': 'две смены наложились бы',
  'two breaks would overlap': 'два перерыва наложились бы',
  'a break would lie outside its shift': 'перерыв оказался бы вне своей смены',
  'two assignments would overlap': 'два назначения наложились бы',
  'there is no such kind of break': 'такого вида перерыва нет',
  'there is no such time zone': 'такого часового пояса нет',
  'is empty': 'пуст',
  'lacks a column': 'без нужного столбца',
  'with --plan': 'параметром --plan',
  'in the column plan': 'в столбце «план»',
  'a day not before that of hiring': 'день не раньше дня приёма',
  shift: 'смены',
  'shift start': 'начать смену',
  'shift end': 'закончить смену',
  'break start': 'начать перерыв',
  'break end': 'закончить перерыв',
  'mark add': 'поставить отметку',
  break: 'перерыв',
  assignment: 'номер',
  'worked time': 'отработанное время',
  marks: 'отметки',
  calls: 'звонки',
  'locked periods': 'закрытые периоды',
  'kind of break': 'вид перерыва',
  'kind of mark': 'вид отметки',
  'kind of mark in use': 'вид отметки, которым пользуются',
  unit: 'подразделение',
  site: 'площадка',
  plan: 'план номеров',
  'personnel number': 'табельный номер',
  name: 'имя',
  position: 'должность',
  zone: 'часовой пояс',
  extension: 'внутренний номер',
  label: 'подпись',
  group: 'группа',
  comment: 'комментарий',
  count: 'количество',
  seconds: 'секунды',
  minimum: 'минимум',
  maximum: 'максимум',
  key: 'ключ',
  who: 'кто',
  reason: 'причина',
  mark: 'отметки',
  correction: 'исправления',
  period: 'периода',
  issue: 'вопрос',
  report: 'отчёт',
  'saved report': 'сохранённого отчёта',
  'name of a report': 'название отчёта',
  how: 'решение',
  'issue of the import': 'вопроса загрузки',
  'bound call': 'привязанного звонка',
  'list of numbers': 'список номеров',
  'more of its id: several begin so': 'больше знаков его id: так начинаются несколько',
  to: 'конец',
  requested: 'запрошено',
  approved: 'одобрено',
  refused: 'отклонено',
  'a date such as 2026-11-24': 'дата, например 2026-11-24',
  'a text of 1 to 64 readable characters': 'текст от 1 до 64 видимых знаков',
  'a text of 1 to 200 readable characters': 'текст от 1 до 200 видимых знаков',
  'a text of 1 to 2000 readable characters': 'текст от 1 до 2000 видимых знаков',
  'keys with values': 'ключи со значениями',
  'a text of 1 to 200 characters (put quotes around a number)': 'текст от 1 до 200 знаков (число возьмите в кавычки)',
  'a list of texts': 'список текстов',
  'a name of 1 to 64 characters: a–z, 0–9, _ and -, the first a letter or digit':
    'имя от 1 до 64 знаков: a–z, 0–9, _ и -, первым буква или цифра',
  'avaya-ip-office or asterisk-csv': 'avaya-ip-office или asterisk-csv',
  'host:port, [IPv6 address]:port or :port': 'host:port, [адрес IPv6]:port или :port',
  'an address on loopback such as 127.0.0.1:8080 (others are refused until there are accounts)':
    'адрес этой машины, например 127.0.0.1:8080 (другие не принимаются, пока нет учётных записей)',
  'a list of at least one network or address': 'список, в котором есть хотя бы одна сеть или адрес',
  'an IPv4 or IPv6 network such as 10.6.0.0/16, or one address':
    'сеть IPv4 или IPv6, например 10.6.0.0/16, или один адрес',
  'an IANA time zone such as Asia/Krasnoyarsk': 'часовой пояс IANA, например Asia/Krasnoyarsk',
  'a regular expression that compiles with the flag u': 'регулярное выражение, верное с флагом u',
  'a known encoding such as windows-1251': 'известная кодировка, например windows-1251',
  'a Kafka topic: 1 to 249 of a–z, A–Z, 0–9, dot, _ and -':
    'топик Kafka: от 1 до 249 знаков a–z, A–Z, 0–9, точка, _ и -',
  'a list of host:port': 'список host:port',
  'host:port': 'host:port',
  'true, false or keys with values': 'true, false или ключи со значениями',
  'the name of a host, which an address is not': 'имя узла, а адрес — не имя',
  'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512': 'PLAIN, SCRAM-SHA-256 или SCRAM-SHA-512',
  'zstd or none': 'zstd или none',
  'one number without spaces': 'один номер без пробелов',
  'an address that begins with postgres://': 'адрес, который начинается с postgres://',
  'ru or en': 'ru или en',
  'a size such as 512MiB (B, KiB, MiB, GiB, TiB)': 'размер, например 512MiB (B, KiB, MiB, GiB, TiB)',
  'a whole number from 0 to 3650': 'целое число от 0 до 3650',
  'a whole number from 1 to 65535': 'целое число от 1 до 65535',
  'a whole number from 1 to 3': 'целое число от 1 до 3',
  'a list': 'список',
  'a whole number of seconds': 'целое число секунд',
  'KEY=VALUE with a value in YAML': 'КЛЮЧ=ЗНАЧЕНИЕ, значение в YAML',
  'there is no such file': 'такого файла нет',
  'this account may not read it': 'этой учётной записи нельзя его читать',
  'it is a directory': 'это каталог',
  'it is not UTF-8': 'это не UTF-8',
  'it is larger than 1 MiB': 'он больше 1 МиБ',
  'it is empty': 'он пуст',
  'the tar ends before its end': 'tar обрывается',
  'a header of the tar is not as it was written': 'заголовок в tar не такой, каким был записан',
  'a row has another number of values than columns': 'в строке значений не столько, сколько столбцов',
  'it holds more than one document': 'в нём больше одного документа',
}
