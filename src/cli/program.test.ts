import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Command } from 'commander'
import type { Surroundings } from './context.ts'
import { buildProgram } from './program.ts'
import { openWords } from './words/words.ts'

const languages = [
  ['en', 'Example:'],
  ['ru', 'Пример:'],
] as const

/** The program, and what it prints. */
function build(language: 'en' | 'ru') {
  const printed: string[] = []
  const stream = { columns: 80, write: (text: string) => printed.push(text) }
  const surroundings = { argv: [], environment: {}, stdin: Readable.from([]), stdout: stream, stderr: stream }
  const program = buildProgram(surroundings as unknown as Surroundings, openWords(language, 'UTC'))
  return { program, printed: () => printed.splice(0).join('') }
}

const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)]

/** The arguments of a line as a shell would hand them to `smena`; null: the line is no command. */
function argumentsIn(line: string): string[] | null {
  const command = line.trim().split(' | ').at(-1)?.split(' > ')[0] ?? ''
  const [name, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  return name === 'smena' ? args : null
}

for (const [language, heading] of languages)
  test(`each command shows an example of itself that the program understands, in ${language}`, async () => {
    const { program, printed } = build(language)
    const commands = allOf(program).filter((it) => it.name() !== 'help')
    assert.ok(commands.length > 60, String(commands.length))
    const trial = build(language).program
    let ran: string | null = null
    for (const it of allOf(trial))
      if (it.commands.length === 0)
        it.action(() => {
          ran = pathOf(it)
        })
    for (const command of commands) {
      command.outputHelp()
      const [, below = ''] = printed().split(`\n${heading}\n`)
      const lines = below.split('\n\n')[0]?.split('\n') ?? []
      const given = lines.map(argumentsIn)
      assert.ok(given[0], `${pathOf(command)} has no example`)
      for (const args of given) {
        if (args === null) continue
        ran = null
        await trial.parseAsync(args, { from: 'user' }).catch((error: unknown) => {
          assert.fail(`smena ${args.join(' ')}: ${String(error)}`)
        })
        assert.ok(`${ran} `.startsWith(`${pathOf(command)} `), `smena ${args.join(' ')} is ${ran}`)
      }
    }
  })
