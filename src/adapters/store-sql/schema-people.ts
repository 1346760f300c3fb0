import type { Dialect } from './schema.ts'

/**
 * The tables of people and their time, and what is worked out from them. Primary: employees, who held which telephone, shifts,
 * breaks, marks, corrections, closed periods, the trail of who changed what. Derived: `attribution`, one row for each part that
 * an own extension had in a leg of a call, and its rollup `person_quarter` (R11, R17).
 *
 * Instants are whole milliseconds; `to_at` and `ended_at` exclusive, null: not over. A folded key column stands beside what people
 * search or sort by (R18).
 */
export function people(d: Dialect): string[] {
  const { int, small, text } = d
  return [
    `CREATE TABLE unit (
      id ${d.ownId},
      name ${text} NOT NULL,
      name_key ${text} NOT NULL UNIQUE,
      parent_id ${int}
    ) ${d.table}`,
    // The row is the person's lock: whoever writes that person's time holds it. hired_on, left_on: dates as text.
    `CREATE TABLE employee (
      id ${d.ownId},
      personnel_number ${text} UNIQUE,
      family ${text} NOT NULL,
      given ${text} NOT NULL,
      patronymic ${text} NOT NULL,
      name ${text} NOT NULL,
      name_key ${text} NOT NULL,
      position ${text},
      unit_id ${int},
      zone ${text},
      hired_on ${text},
      left_on ${text},
      active ${small} NOT NULL DEFAULT 1,
      version ${int} NOT NULL DEFAULT 0,
      created_at ${int} NOT NULL
    ) ${d.table}`,
    `CREATE INDEX employee_name ON employee (name_key)`,
    `CREATE TABLE site (
      name ${text} NOT NULL PRIMARY KEY,
      zone ${text} NOT NULL
    ) ${d.clustered}`,
    // is_group: the number itself is a hunt group.
    `CREATE TABLE directory (
      plan ${text} NOT NULL,
      number ${text} NOT NULL,
      is_group ${small} NOT NULL DEFAULT 0,
      label ${text},
      site ${text},
      PRIMARY KEY (plan, number)
    ) ${d.clustered}`,
    // Lists of numbers that somebody watches together: a number may stand in several.
    `CREATE TABLE directory_group (
      name ${text} NOT NULL,
      plan ${text} NOT NULL,
      number ${text} NOT NULL,
      PRIMARY KEY (name, plan, number)
    ) ${d.clustered}`,
    // confirmed 0: found in an older system and not yet decided by a person; such a row attributes nothing.
    `CREATE TABLE assignment (
      id ${d.ownId},
      employee_id ${int} NOT NULL,
      plan ${text} NOT NULL,
      extension ${text} NOT NULL,
      from_at ${int} NOT NULL,
      to_at ${int},
      confirmed ${small} NOT NULL DEFAULT 1,
      created_at ${int} NOT NULL,
      CHECK (to_at IS NULL OR to_at > from_at)
    ) ${d.table}`,
    `CREATE INDEX assignment_extension ON assignment (plan, extension, from_at)`,
    `CREATE INDEX assignment_employee ON assignment (employee_id, from_at)`,
    ...d.noOverlap({
      table: 'assignment',
      same: ['plan', 'extension'],
      from: 'from_at',
      to: 'to_at',
      when: 'confirmed = 1',
      among: ['confirmed', 'plan', 'extension', 'from_at', 'to_at'],
    }),
    // paid null: not known (kinds of breaks of an older system). Seconds; null: no limit.
    `CREATE TABLE break_type (
      name ${text} NOT NULL PRIMARY KEY,
      paid ${small},
      minimum_seconds ${int},
      maximum_seconds ${int},
      position ${small} NOT NULL,
      active ${small} NOT NULL DEFAULT 1
    ) ${d.clustered}`,
    `INSERT INTO break_type (name, paid, minimum_seconds, maximum_seconds, position) VALUES
      ('meal', 0, 1800, 7200, 1), ('rest', 1, NULL, 1200, 2), ('training', 1, NULL, NULL, 3), ('meeting', 1, NULL, NULL, 4)`,
    `CREATE TABLE shift (
      id ${d.ownId},
      employee_id ${int} NOT NULL,
      started_at ${int} NOT NULL,
      ended_at ${int},
      zone ${text} NOT NULL,
      started_how ${text} NOT NULL,
      ended_how ${text},
      flags ${text} NOT NULL DEFAULT '[]',
      created_at ${int} NOT NULL,
      CHECK (ended_at IS NULL OR ended_at > started_at)
    ) ${d.table}`,
    `CREATE INDEX shift_employee ON shift (employee_id, started_at)`,
    `CREATE INDEX shift_started ON shift (started_at)`,
    `CREATE INDEX shift_open ON shift (id) WHERE ended_at IS NULL`,
    ...d.noOverlap({
      table: 'shift',
      same: ['employee_id'],
      from: 'started_at',
      to: 'ended_at',
      among: ['employee_id', 'started_at', 'ended_at'],
    }),
    `CREATE TABLE shift_break (
      id ${d.ownId},
      shift_id ${int} NOT NULL,
      employee_id ${int} NOT NULL,
      type ${text} NOT NULL,
      started_at ${int} NOT NULL,
      ended_at ${int},
      flags ${text} NOT NULL DEFAULT '[]',
      CHECK (ended_at IS NULL OR ended_at > started_at)
    ) ${d.table}`,
    `CREATE INDEX shift_break_shift ON shift_break (shift_id, started_at)`,
    ...d.noOverlap({
      table: 'shift_break',
      same: ['shift_id'],
      from: 'started_at',
      to: 'ended_at',
      among: ['shift_id', 'started_at', 'ended_at'],
    }),
    // reserved: what an older system counted automatically under it. wrap_up: its seconds are work after a call.
    `CREATE TABLE mark_type (
      id ${d.ownId},
      name ${text} NOT NULL,
      name_key ${text} NOT NULL UNIQUE,
      position ${small} NOT NULL,
      active ${small} NOT NULL DEFAULT 1,
      wrap_up ${small} NOT NULL DEFAULT 0,
      reserved ${text}
    ) ${d.table}`,
    `CREATE TABLE mark (
      id ${d.ownId},
      employee_id ${int} NOT NULL,
      shift_id ${int},
      type_id ${int} NOT NULL,
      at ${int} NOT NULL,
      count ${int} NOT NULL DEFAULT 1,
      seconds ${int},
      comment ${text},
      excluded ${small} NOT NULL DEFAULT 0,
      how ${text} NOT NULL,
      flags ${text} NOT NULL DEFAULT '[]'
    ) ${d.table}`,
    `CREATE INDEX mark_shift ON mark (shift_id)`,
    `CREATE INDEX mark_at ON mark (at)`,
    // A press that is told again has its first answer again.
    `CREATE TABLE client_key (
      key ${text} NOT NULL PRIMARY KEY,
      employee_id ${int} NOT NULL,
      request ${text} NOT NULL,
      answer ${text} NOT NULL,
      at ${int} NOT NULL
    ) ${d.clustered}`,
    // edits, effect: JSON. state: requested, approved, refused.
    `CREATE TABLE correction (
      id ${d.ownId},
      employee_id ${int} NOT NULL,
      state ${text} NOT NULL,
      reason ${text} NOT NULL,
      author ${text} NOT NULL,
      requested_at ${int} NOT NULL,
      edits ${text} NOT NULL,
      effect ${text} NOT NULL,
      decided_by ${text},
      decided_at ${int},
      decision ${text}
    ) ${d.table}`,
    `CREATE INDEX correction_employee ON correction (employee_id, requested_at)`,
    // unit_id null: everybody. Locked: unlocked_at is null.
    `CREATE TABLE period (
      id ${d.ownId},
      unit_id ${int},
      from_at ${int} NOT NULL,
      to_at ${int} NOT NULL,
      locked_by ${text} NOT NULL,
      locked_at ${int} NOT NULL,
      unlocked_by ${text},
      unlocked_at ${int},
      CHECK (to_at > from_at)
    ) ${d.table}`,
    // figures: JSON, as they stood when the version was made; difference: JSON, from the version before.
    `CREATE TABLE period_version (
      period_id ${int} NOT NULL,
      version ${small} NOT NULL,
      made_at ${int} NOT NULL,
      made_by ${text} NOT NULL,
      reason ${text} NOT NULL,
      figures ${text} NOT NULL,
      difference ${text} NOT NULL,
      PRIMARY KEY (period_id, version)
    ) ${d.clustered}`,
    // Append only: the engine refuses to change or delete a row.
    `CREATE TABLE audit (
      id ${d.ownId},
      at ${int} NOT NULL,
      who ${text} NOT NULL,
      what ${text} NOT NULL,
      employee_id ${int},
      before ${text},
      after ${text}
    ) ${d.table}`,
    `CREATE INDEX audit_employee ON audit (employee_id, id)`,
    ...d.appendOnly('audit'),
    `CREATE TABLE saved_report (
      id ${d.ownId},
      name ${text} NOT NULL,
      report ${text} NOT NULL,
      filter ${text} NOT NULL,
      author ${text} NOT NULL,
      made_at ${int} NOT NULL,
      frozen ${small} NOT NULL,
      rows ${text},
      shifts ${text}
    ) ${d.table}`,
    // What the older system's rows made here. fingerprint: of what was written, so that a change here is told from one there.
    `CREATE TABLE legacy_id (
      old_table ${text} NOT NULL,
      kind ${text} NOT NULL,
      old_id ${text} NOT NULL,
      id ${int} NOT NULL,
      fingerprint ${text} NOT NULL,
      PRIMARY KEY (old_table, kind, old_id)
    ) ${d.clustered}`,
    // Calls that the older system bound to people. at: about, told_at less seconds. ring_only: seconds of ringing.
    `CREATE TABLE legacy_call (
      id ${d.ownId},
      employee_id ${int} NOT NULL,
      shift_id ${int},
      at ${int} NOT NULL,
      told_at ${int} NOT NULL,
      direction ${text} NOT NULL,
      extension ${text},
      other_number ${text},
      other_key ${text},
      seconds ${int} NOT NULL,
      ring_only ${small} NOT NULL,
      excluded ${small} NOT NULL,
      comment ${text},
      flags ${text} NOT NULL
    ) ${d.table}`,
    `CREATE INDEX legacy_call_shift ON legacy_call (shift_id)`,
    `CREATE INDEX legacy_call_at ON legacy_call (at)`,
    // Records as the older statistics counted them: for its figures of old periods, never put together with calls.
    `CREATE TABLE legacy_digest (
      origin ${text} NOT NULL,
      old_id ${text} NOT NULL,
      source ${text} NOT NULL,
      at ${int} NOT NULL,
      seconds ${int} NOT NULL,
      direction ${text} NOT NULL,
      a ${text} NOT NULL,
      b ${text} NOT NULL,
      c ${text} NOT NULL,
      internal ${small} NOT NULL,
      ring_only ${small} NOT NULL,
      PRIMARY KEY (origin, old_id)
    ) ${d.clustered}`,
    `CREATE INDEX legacy_digest_at ON legacy_digest (at)`,
    `CREATE TABLE legacy_account (
      user_id ${int} NOT NULL PRIMARY KEY,
      employee_id ${int} NOT NULL,
      username ${text} NOT NULL,
      email ${text} NOT NULL,
      role ${text} NOT NULL,
      active ${small} NOT NULL
    ) ${d.clustered}`,
    // What an import left for a person to decide. old_ids, people: JSON. decided_at null: open.
    `CREATE TABLE legacy_issue (
      key ${text} NOT NULL PRIMARY KEY,
      kind ${text} NOT NULL,
      old_table ${text} NOT NULL,
      old_ids ${text} NOT NULL,
      people ${text} NOT NULL,
      from_at ${int},
      to_at ${int},
      detail ${text} NOT NULL,
      found_at ${int} NOT NULL,
      decided_at ${int},
      decided_by ${text}
    ) ${d.clustered}`,
    /*
     * A call that is no more keeps its rows until attribute has taken what they add to the rollup away: readers come by the call.
     * position: place among the parts of the call. employee_id null: nobody held the extension. at: the instant by which the holder
     * and the state were judged. record_id: the leg's. busy: talk and hold of the part, as instants; null: the leg was not answered.
     * counted: the call is of kind `call`. offer: what became of the ringing, once for each extension of the call (`talked`,
     * `elsewhere`, `missed`); null: it was not rung, or another part of the same extension says so.
     */
    `CREATE TABLE attribution (
      call_id ${int} NOT NULL,
      position ${small} NOT NULL,
      source_id ${small} NOT NULL,
      started_at ${int} NOT NULL,
      direction ${text} NOT NULL,
      counted ${small} NOT NULL,
      employee_id ${int},
      plan ${text} NOT NULL,
      extension ${text} NOT NULL,
      role ${text} NOT NULL,
      state ${text} NOT NULL,
      at ${int} NOT NULL,
      record_id ${int},
      ring_seconds ${int} NOT NULL,
      talk_seconds ${int} NOT NULL,
      hold_seconds ${int} NOT NULL,
      busy_from ${int},
      busy_to ${int},
      offer ${text},
      PRIMARY KEY (call_id, position)
    ) ${d.clustered}`,
    `CREATE INDEX attribution_employee ON attribution (employee_id, started_at)`,
    // calls … missed: in the quarter hour in which the call starts; talk, hold: seconds that lie in the quarter hour.
    `CREATE TABLE person_quarter (
      employee_id ${int} NOT NULL,
      quarter ${int} NOT NULL,
      direction ${text} NOT NULL,
      state ${text} NOT NULL,
      calls ${int} NOT NULL,
      handled ${int} NOT NULL,
      answered ${int} NOT NULL,
      offered ${int} NOT NULL,
      missed ${int} NOT NULL,
      talk ${int} NOT NULL,
      hold ${int} NOT NULL,
      PRIMARY KEY (employee_id, quarter, direction, state)
    ) ${d.clustered}`,
    `DROP TABLE unattributed`,
    // What was attributed before there were people is attributed anew.
    `INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call
      WHERE true ON CONFLICT DO NOTHING`,
  ]
}
