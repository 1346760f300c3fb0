import { ensureInstalled, runPinned } from './installed.mjs'

ensureInstalled()
runPinned(['scripts/run-tests.ts', ...process.argv.slice(2)])
