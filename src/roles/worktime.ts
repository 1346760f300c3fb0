import type { Settings } from '../domain/settings.ts'
import type { WorktimeSettings } from '../pipeline/people.ts'

/** What the configuration says of people's time. */
export const worktimeOf = ({ timezone, worktime }: Pick<Settings, 'timezone' | 'worktime'>): WorktimeSettings => {
  return { zone: timezone, shiftAtMostSeconds: worktime.shiftAtMostHours * 3600 }
}
