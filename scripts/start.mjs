import { ensureInstalled, runPinned } from './installed.mjs'

ensureInstalled()
runPinned(['bin/smena.js', 'serve', ...process.argv.slice(2)])
