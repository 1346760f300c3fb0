/** What is to be done about a store that does not work: the last sentence of `store-broken`. */
export const storeMends = {
  disk: 'Check its disk, then start again.',
  account:
    'Correct the account and its password in SMENA_DATABASE_URL, or let the account in on the server (pg_hba.conf), then try again.',
  database: 'Create this database on the server, or name another one in SMENA_DATABASE_URL, then try again.',
  rights:
    'Make the account the owner of the database and of what is in it, for Smena makes its tables itself, or name another account in SMENA_DATABASE_URL, then try again.',
} as const
