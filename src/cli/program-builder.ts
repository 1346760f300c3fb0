import type { Command } from 'commander'
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

export interface Builder {
  readonly program: Command
  readonly words: Words
  readonly add: Add
  readonly group: (name: string, description: string) => Command
  readonly json: (command: Command) => Command
  readonly range: (command: Command) => Command
}

export const repeated = (it: string, all?: string[]): string[] => [...(all ?? []), it]

const examples = new WeakMap<Command, readonly string[]>()

/** How the command is typed, beneath its help: each line as it stands, the first of them also beneath the help of its group. */
export function example(command: Command, ...lines: readonly string[]): Command {
  examples.set(command, lines)
  return command
}

/** Beneath the help of a command its own examples, beneath that of a group the first of each of its commands. */
export function exampleText(command: Command, { t }: Words): string {
  const firstOf = (it: Command): readonly string[] => examples.get(it)?.slice(0, 1) ?? it.commands.flatMap(firstOf)
  const lines = examples.get(command) ?? firstOf(command)
  return lines.length === 0 ? '' : `\n${t('help:example')}\n${lines.map((it) => `  ${it}`).join('\n')}`
}

/** Options that several commands of people have. */
export function sharedOptions({ words: { t }, json }: Pick<Builder, 'words' | 'json'>) {
  return {
    writing: (command: Command): Command =>
      json(command).option('--by <NAME>', t('people:help.option.by')).option('--key <K>', t('people:help.option.key')),
    at: (command: Command): Command => command.option('--at <T>', t('people:help.option.at')),
  }
}
