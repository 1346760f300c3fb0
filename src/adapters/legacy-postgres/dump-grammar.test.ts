import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyValues, insertedRows, statementEnds, tableColumns } from './dump-grammar.ts'

test('values of COPY: NULL, empty, and everything that is written with a backslash', () => {
  assert.deepEqual(copyValues('1\t\\N\t\ta\\tb\\nc\\\\N\t\\101\\x42'), ['1', null, '', 'a\tb\nc\\N', 'AB'])
})

test('values of INSERT: quotes, brackets and commas in text, numbers, NULL, casts', () => {
  const { table, columns, rows } = insertedRows(
    `INSERT INTO public.working_marks (id, name, "order") VALUES (1, 'О''Генри, (вечер); да', -2), (2, NULL, 3::integer);`,
  )
  assert.deepEqual([table, columns], ['working_marks', ['id', 'name', 'order']])
  assert.deepEqual(rows[0], ['1', "О'Генри, (вечер); да", '-2'])
  assert.equal(rows[1]?.[1], null)
  assert.deepEqual(insertedRows(`INSERT INTO t VALUES (true, E'a\\nb\\'c', '2018-01-01'::date);`).rows, [
    ['true', "a\nb'c", '2018-01-01'],
  ])
})

test('a statement ends at a semicolon that is not in text', () => {
  assert.equal(statementEnds([`INSERT INTO t VALUES (1, 'a;`]), false)
  assert.equal(statementEnds([`INSERT INTO t VALUES (1, 'a;`, `b');`]), true)
  assert.equal(statementEnds([`INSERT INTO t VALUES (1, E'it\\'s;`]), false)
})

test('columns of a table stand in the order of its making', () => {
  const statement = `CREATE TABLE public.working_marks (
    id integer NOT NULL,
    name character varying(30),
    "order" integer DEFAULT 0,
    CONSTRAINT positive CHECK (("order" >= 0))
);`
  assert.deepEqual(tableColumns(statement), { table: 'working_marks', columns: ['id', 'name', 'order'] })
})
