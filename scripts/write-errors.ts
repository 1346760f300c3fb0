/** Writes docs/errors.md from the catalogue; a test holds the two equal. */
import { writeFileSync } from 'node:fs'
import { errorCatalogue } from '../src/domain/errors.ts'

const rows = Object.entries(errorCatalogue)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([code, { remedy, message }]) => `| \`${code}\` | ${remedy} | ${message.replaceAll('|', '\\|')} |`)

writeFileSync(
  new URL('../docs/errors.md', import.meta.url),
  `# Errors

Every error that Smena raises on purpose. The remedy says what the program does about it: **retry**: the world will heal, it
tries again; **quarantine**: this record is bad, its bytes are kept and the rest goes on; **refuse**: the request is wrong,
nothing was changed; **stop**: an invariant broke, the process ends with a code other than 0. \`{{…}}\` is filled in. Russian
wordings stand beside the command line's other words. Made by \`node scripts/write-errors.ts\`; a test holds it equal to the
catalogue in \`src/domain/errors.ts\`.

| code | remedy | message |
|---|---|---|
${rows.join('\n')}
`,
)
