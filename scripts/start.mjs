import { ensureBuilt, ensureInstalled, runPinned } from './installed.mjs'

ensureInstalled()
ensureBuilt()
runPinned(['bin/smena.js', 'serve', ...process.argv.slice(2)])
