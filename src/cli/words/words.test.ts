import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileCauses } from '../../adapters/config-file/read-text.ts'
import { callKinds, directions, outcomes } from '../../domain/call.ts'
import { errorCatalogue, SmenaError } from '../../domain/errors.ts'
import { quarantineReasons } from '../../domain/record.ts'
import { expectations } from '../../domain/setting-fields.ts'
import { storeMends } from '../../domain/store-mends.ts'
import { errorLines } from './errors.ts'
import { errorsRu, phrasesRu } from './errors.ru.ts'
import { chooseLanguage } from './language.ts'
import { formatTime, formatZone } from './quantities.ts'
import { catalogues, openWords } from './words.ts'

/** Dotted key → text. */
function flatten(tree: object, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') texts.set(prefix + key, value)
    else for (const [below, text] of flatten(value as object, `${prefix}${key}.`)) texts.set(below, text)
  }
  return texts
}

const holesOf = (text: string) =>
  [...new Set([...text.matchAll(/\{\{(\w+)/gu)].map(([, name]) => name ?? ''))].toSorted()
const pluralOf = (key: string) => /^(.*)_(zero|one|two|few|many|other)$/u.exec(key)
/** Keys without the endings of their plurals, each with the endings that it has. */
function stems(texts: Map<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const key of texts.keys()) {
    const [, stem = key, ending] = pluralOf(key) ?? []
    found.set(stem, [...(found.get(stem) ?? []), ...(ending === undefined ? [] : [ending])])
  }
  return found
}

const english = flatten(catalogues.en)
const russian = flatten(catalogues.ru)

test('both languages have the same keys', () => {
  assert.deepEqual([...stems(russian).keys()].toSorted(), [...stems(english).keys()].toSorted())
})

test('each plural has the forms of its language', () => {
  for (const [language, texts] of [
    ['en', english],
    ['ru', russian],
  ] as const) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted()
    for (const [stem, endings] of stems(texts)) {
      if (endings.length > 0) assert.deepEqual(endings.toSorted(), forms, `${language} ${stem}`)
    }
  }
})

test('both languages have the same placeholders, in every form', () => {
  for (const [key, text] of russian) {
    const [, stem = key] = pluralOf(key) ?? []
    const same = english.get(key) ?? english.get(`${stem}_other`)
    assert.ok(same !== undefined, key)
    assert.deepEqual(holesOf(text), holesOf(same), key)
  }
})

test('every error of the catalogue has Russian wording with the same placeholders', () => {
  assert.deepEqual(Object.keys(errorsRu).toSorted(), Object.keys(errorCatalogue).toSorted())
  for (const [code, { message }] of Object.entries(errorCatalogue)) {
    assert.deepEqual(holesOf((errorsRu as Record<string, string>)[code] ?? ''), holesOf(message), code)
  }
})

test('every phrase that an error of the configuration or of the store can hold has Russian wording', () => {
  for (const phrase of [...Object.values(expectations), ...Object.values(fileCauses), ...Object.values(storeMends)])
    assert.ok(Object.hasOwn(phrasesRu, phrase), phrase)
})

/** What the program fills a refusal with, as it stands in the source: texts, and templates with their holes. */
function phrasesOfSource(): Set<string> {
  const root = join(import.meta.dirname, '../..')
  const found = new Set<string>()
  const text = String.raw`('[^'\n]+'|\x60[^\x60\n]+\x60)`
  const patterns = [
    // Made here and there, or by way of one of these; the last word of some is what was expected.
    String.raw`\bexpected(?::| =) ${text}`,
    String.raw`new SmenaError\(\s*'[\w-]+',\s*\{\s*what: ${text}`,
    String.raw`\b(?:unreadable|counted|cleanText|cleanOrNull|knownDate|limit|date|secondsOf)\(\s*${text}`,
    String.raw`\b(?:unreadable|requireOrder)\([^;]*?, ${text}\)`,
  ].map((pattern) => new RegExp(pattern, 'gu'))
  for (const file of globSync('{cli,pipeline,roles,domain/worktime}/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts') || file.startsWith('cli/words/')) continue
    const source = readFileSync(join(root, file), 'utf8')
    for (const pattern of patterns)
      for (const [, quoted = ''] of source.matchAll(pattern)) found.add(quoted.slice(1, -1))
  }
  return found
}

test('every phrase that fills a refusal has Russian wording', () => {
  const found = [...phrasesOfSource()].filter((phrase) => !phrase.startsWith('--'))
  for (const seen of ['a time not before --from', 'a number not below --from', 'a text', 'name of a report', 'unit'])
    assert.ok(found.includes(seen), seen)
  const known = Object.keys(phrasesRu)
  const missing = found.filter((phrase) => {
    const [first = '', ...rest] = phrase.split(/\$\{[^}]*\}/u).map((part) => RegExp.escape(part))
    const shape = new RegExp(`^${[first, ...rest].join('.+')}$`, 'u')
    return !known.some((it) => shape.test(it))
  })
  assert.deepEqual(missing, [])
})

test('Russian is written in Russian letters, without exclamation marks', () => {
  for (const [key, text] of [...russian, ...Object.entries(errorsRu)]) {
    assert.doesNotMatch(text, /!/u, key)
    const isName = /^(?:[\w{}/, –.:«»-]|Id)*$/u.test(text)
    if (!isName) assert.match(text, /[а-яё]/iu, key)
    assert.doesNotMatch(text, /[а-яё][a-z]|[a-z][а-яё]/iu, key)
  }
})

test('every word of the domain has its wording, and every reason its explanation of one sentence', () => {
  for (const texts of [english, russian]) {
    const has = (key: string) => assert.ok(texts.has(key), key)
    for (const kind of callKinds) has(`calls.kind.${kind}`)
    for (const kind of callKinds) has(`calls.kindExplained.${kind}`)
    for (const direction of directions) has(`calls.direction.${direction}`)
    for (const outcome of outcomes) has(`calls.outcome.${outcome}`)
    for (const reason of quarantineReasons) {
      has(`quarantine.reason.${reason}`)
      assert.match(texts.get(`quarantine.reasonExplained.${reason}`) ?? '', /^[A-ZА-ЯЁ][^.]*\.$/u)
    }
  }
})

const ru = openWords('ru', 'Asia/Krasnoyarsk')
const en = openWords('en', 'Europe/Moscow')

test('plurals hold for 1, 2, 5, 11, 21 and beyond', () => {
  const records = (count: number) => ru.t('status:records', { count })
  assert.deepEqual([0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111, 1001, 1_234_567].map(records), [
    '0 записей',
    '1 запись',
    '2 записи',
    '4 записи',
    '5 записей',
    '11 записей',
    '12 записей',
    '14 записей',
    '21 запись',
    '22 записи',
    '25 записей',
    '101 запись',
    '111 записей',
    '1\u00A0001 запись',
    '1\u00A0234\u00A0567 записей',
  ])
  assert.deepEqual(
    [1, 3, 5].map((count) => ru.t('calls:total', { count })),
    ['1 звонок', '3 звонка', '5 звонков'],
  )
  assert.deepEqual(
    [1, 2, 1234].map((count) => en.t('status:records', { count })),
    ['1 record', '2 records', '1,234 records'],
  )
})

test('what is filled in is never looked up, filled in again or escaped', () => {
  const hostile = '$t(calls:empty) {{source}} <b> & "\''
  assert.equal(en.t('config:data', { directory: hostile }), `data: ${hostile}`)
})

test('the outcome of an outbound call speaks of the far party', () => {
  assert.deepEqual(
    outcomes.map((it) => ru.outcome(it, 'outbound')),
    ['Дозвонились', 'Не дозвонились', 'Занято', 'Сбой', 'Голосовая почта', 'Только меню'],
  )
  assert.deepEqual(
    outcomes.map((it) => en.outcome(it, 'inbound')),
    ['Answered', 'Missed', 'Busy', 'Failed', 'Voicemail', 'Menu only'],
  )
  assert.equal(ru.outcome('missed', 'internal'), 'Пропущен')
})

test('durations are minutes and seconds, from an hour on hours too', () => {
  assert.deepEqual([0, 5, 59, 60, 155, 3599, 3600, 5400, 36_000, null, -3, -0.2].map(ru.duration), [
    '0:00',
    '0:05',
    '0:59',
    '1:00',
    '2:35',
    '59:59',
    '1:00:00',
    '1:30:00',
    '10:00:00',
    '–',
    '−0:03',
    '0:00',
  ])
})

test('ages are seconds, then minutes, hours and minutes, days and hours', () => {
  assert.deepEqual([-1, 0, 40, 60, 3599, 3600, 7800, 172_799, 172_800, 86_001_721].map(ru.age), [
    '0:00',
    '0:00',
    '0:40',
    '1 мин',
    '59 мин',
    '1 ч 0 мин',
    '2 ч 10 мин',
    '47 ч 59 мин',
    '2 д 0 ч',
    '995 д 9 ч',
  ])
  assert.equal(en.age(7800), '2 h 10 min')
})

test('counts and sizes are written as the language does', () => {
  assert.equal(ru.count(1234), '1\u00A0234')
  assert.equal(en.count(1234), '1,234')
  assert.equal(en.count(-5), '−5')
  assert.equal(ru.count(null), '–')
  assert.deepEqual(
    [0, 1023, 1024, 1536, 1_048_575, 2 ** 31, 2 ** 52, null].map(ru.size),
    [
      '0\u00A0Б',
      '1\u00A0023\u00A0Б',
      '1\u00A0КиБ',
      '1,5\u00A0КиБ',
      '1\u00A0МиБ',
      '2\u00A0ГиБ',
      '4\u00A0096\u00A0ТиБ',
      '–',
    ].map((it) => it),
  )
  assert.equal(en.size(1536), '1.5\u00A0KiB')
})

test('times are on the clock of the zone, which is named', () => {
  const instant = Date.UTC(2026, 10, 23, 8, 26, 19)
  assert.equal(ru.time(instant), '23.11.2026 15:26:19')
  assert.equal(en.time(instant), '23 Nov 2026 11:26:19')
  assert.equal(ru.time(null), '–')
  assert.equal(ru.zone(instant), 'Asia/Krasnoyarsk, UTC+7')
  assert.equal(formatZone('UTC', 0), 'UTC')
  assert.equal(formatZone('America/St_Johns', instant), 'America/St_Johns, UTC−3:30')
  assert.equal(formatZone('Asia/Kathmandu', instant), 'Asia/Kathmandu, UTC+5:45')
})

test('an hour that the clock shows twice is told apart by its offset', () => {
  const first = Date.UTC(2026, 9, 25, 0, 30)
  assert.equal(formatTime(first, 'Europe/Berlin', 'ru'), '25.10.2026 02:30:00+02')
  assert.equal(formatTime(first + 3_600_000, 'Europe/Berlin', 'ru'), '25.10.2026 02:30:00+01')
  assert.equal(formatTime(first + 7_200_000, 'Europe/Berlin', 'ru'), '25.10.2026 03:30:00')
})

test('the kinds of breaks of every installation are told in words, any other by its name', () => {
  const told = (language: 'en' | 'ru', ...names: string[]) => names.map(openWords(language, 'UTC').breakType)
  assert.deepEqual(told('ru', 'meal', 'rest', 'training', 'meeting'), ['обед', 'отдых', 'обучение', 'собрание'])
  assert.deepEqual(told('en', 'meal', 'rest', 'training', 'meeting'), ['meal', 'rest', 'training', 'meeting'])
  assert.deepEqual(told('ru', 'курение', 'toString', 'meal.x'), ['курение', 'toString', 'meal.x'])
})

test('the language is that of the flag, the variable, the configuration, then of the locale', () => {
  const choose = (environment: Record<string, string>, flag?: string, configured: 'en' | 'ru' | null = null) =>
    chooseLanguage({ flag, environment, configured })
  assert.equal(choose({}), 'en')
  assert.equal(choose({ LANG: 'ru_RU.UTF-8' }), 'ru')
  assert.equal(choose({ LANG: 'ru_RU.UTF-8', LC_MESSAGES: 'en_GB' }), 'en')
  assert.equal(choose({ LANG: 'ru_RU', LC_MESSAGES: 'ru_RU', LC_ALL: 'C' }), 'en')
  assert.equal(choose({ LANG: 'ru_RU', LC_ALL: '' }), 'ru')
  assert.equal(choose({ LANG: 'ru_RU' }, undefined, 'en'), 'en')
  assert.equal(choose({ SMENA_LANG: 'ru' }, undefined, 'en'), 'ru')
  assert.equal(choose({ SMENA_LANG: 'ru', LC_ALL: 'ru_RU' }, 'en'), 'en')
  assert.equal(choose({ LANG: 'run_BI' }), 'en')
  assert.equal(choose({ LANG: 'de_DE' }), 'en')
})

test('an error is told in the reader’s language, with the phrases in it', () => {
  const one = new SmenaError('config-invalid', {
    file: 'smena.yaml:3:5',
    key: 'timezone',
    found: 'nothing',
    expected: expectations.zone,
  })
  assert.deepEqual(errorLines(one, 'en'), [one.message])
  assert.deepEqual(errorLines(one, 'ru'), [
    'smena.yaml:3:5: timezone — ничего, а ожидается часовой пояс IANA, например Asia/Krasnoyarsk. Исправьте и запустите `smena config check`.',
  ])
  const many = new AggregateError([one, new AggregateError([new Error('x')])])
  assert.equal(errorLines(many, 'ru').length, 2)
  assert.deepEqual(errorLines('text', 'ru'), ['text'])
})
