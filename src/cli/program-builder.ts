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

/** Options that several commands of people have, and the example beneath their help. */
export function sharedOptions({ words: { t }, json }: Pick<Builder, 'words' | 'json'>) {
  return {
    example: (command: Command, ...lines: readonly string[]): Command =>
      command.addHelpText('after', `\n${t('people:help.example')}\n${lines.map((it) => `  ${it}`).join('\n')}`),
    writing: (command: Command): Command =>
      json(command).option('--by <NAME>', t('people:help.option.by')).option('--key <K>', t('people:help.option.key')),
    at: (command: Command): Command => command.option('--at <T>', t('people:help.option.at')),
  }
}
