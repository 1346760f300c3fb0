/** The command line: arguments and environment → what is asked for. Exit codes: 0 done, 1 failed, 2 wrong usage. */
import { runCommandLine } from './cli/program.ts'

process.exitCode = await runCommandLine({
  argv: process.argv.slice(2),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
})
