import { haveDone, type RequestOptions } from '../roles/request.ts'
import type { Context } from './context.ts'
import { appliedLine } from './present/applied.ts'
import { showWaiting } from './present/waiting.ts'

/** Has a request done for whoever typed the command, who is told what is waited for and what is done beside it. */
export const ask = (
  { surroundings, loaded: { settings }, words, say }: Context,
  options: Omit<RequestOptions, 'settings' | 'applied' | 'waits'>,
): Promise<unknown> =>
  haveDone({
    settings,
    applied: (it) => say(appliedLine(it, words)),
    waits: showWaiting(surroundings.stderr, words, settings.dataDir),
    ...options,
  })
