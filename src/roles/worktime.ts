import type { Settings } from '../domain/settings.ts'
import type { WorktimeSettings } from '../pipeline/people.ts'

/** What the configuration says of people's time. */
export const worktimeOf = ({ timezone, worktime, sources }: Settings): WorktimeSettings => ({
  zone: timezone,
  shiftAtMostSeconds: worktime.shiftAtMostHours * 3600,
  sites: Object.fromEntries(sources.flatMap(({ name, site }) => (site === null ? [] : [[name, site]]))),
})
