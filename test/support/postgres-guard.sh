# Ends the PostgreSQL whose files lie in DIRECTORY/data, and removes the directory, when standard input ends: at the wish of
# whoever started it, or when that process is gone, however it went.
directory=$1
trap '' HUP INT TERM
cat >/dev/null
pid=$(head -n 1 "$directory/data/postmaster.pid" 2>/dev/null)
# A number alone proves nothing, numbers come again: the command line has to be that of our server.
if grep -qsF -- "$directory/data" "/proc/$pid/cmdline"; then
  # shellcheck disable=SC2046
  kill -CONT "$pid" $(cat "/proc/$pid/task/$pid/children") 2>/dev/null
  # At once. It ends its own processes, after five seconds with force.
  kill -QUIT "$pid"
  n=0
  while kill -0 "$pid" 2>/dev/null && [ "$((n += 1))" -le 200 ]; do sleep 0.05; done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf -- "$directory"
