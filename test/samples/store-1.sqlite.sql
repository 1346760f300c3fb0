PRAGMA application_id = 1399681908;
CREATE TABLE "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
CREATE TABLE installation (
      id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
      uid TEXT NOT NULL,
      hash_key BLOB NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
CREATE TABLE schema_version (
      version INTEGER NOT NULL PRIMARY KEY,
      oldest_role INTEGER NOT NULL,
      applied_at INTEGER NOT NULL
    ) STRICT;
CREATE TABLE source (
      id INTEGER NOT NULL PRIMARY KEY CHECK (id BETWEEN 1 AND 1023),
      name TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL DEFAULT 0,
      last_record INTEGER NOT NULL DEFAULT 0,
      last_received_at INTEGER,
      clock_samples TEXT NOT NULL DEFAULT '[]',
      reading_version INTEGER NOT NULL DEFAULT 0,
      horizon INTEGER
    ) STRICT;
CREATE TABLE reading (
      id INTEGER PRIMARY KEY,
      source_id INTEGER NOT NULL,
      version INTEGER NOT NULL,
      valid_from INTEGER,
      body TEXT NOT NULL,
      made_at INTEGER NOT NULL,
      UNIQUE (source_id, version)
    ) STRICT;
CREATE TABLE journal (
      id INTEGER PRIMARY KEY,
      uid TEXT NOT NULL,
      generation INTEGER NOT NULL DEFAULT 1,
      kind TEXT NOT NULL CHECK (kind IN ('journal', 'import')),
      UNIQUE (uid, generation)
    ) STRICT;
CREATE TABLE position (
      source_id INTEGER NOT NULL,
      journal_id INTEGER NOT NULL,
      part INTEGER NOT NULL,
      next INTEGER NOT NULL,
      PRIMARY KEY (source_id, journal_id, part)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE passed (
      source_id INTEGER NOT NULL,
      journal_id INTEGER NOT NULL,
      from_number INTEGER NOT NULL,
      to_number INTEGER NOT NULL,
      since INTEGER NOT NULL,
      PRIMARY KEY (source_id, journal_id, from_number)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE delivery (
      id INTEGER PRIMARY KEY,
      uid TEXT NOT NULL UNIQUE,
      source_id INTEGER NOT NULL,
      format TEXT NOT NULL,
      how TEXT NOT NULL,
      peer TEXT NOT NULL,
      opened_at INTEGER NOT NULL,
      closed_at INTEGER
    ) STRICT;
CREATE INDEX delivery_open ON delivery (source_id) WHERE closed_at IS NULL;
CREATE TABLE delivery_line (
      delivery_id INTEGER NOT NULL,
      from_line INTEGER NOT NULL,
      to_line INTEGER NOT NULL,
      PRIMARY KEY (delivery_id, from_line)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE record (
      id INTEGER PRIMARY KEY,
      source_id INTEGER NOT NULL,
      content_at INTEGER NOT NULL,
      hash BLOB NOT NULL,
      k INTEGER NOT NULL,
      state INTEGER NOT NULL,
      journal_id INTEGER NOT NULL,
      delivery_id INTEGER NOT NULL,
      line INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      fragment INTEGER NOT NULL,
      erased INTEGER NOT NULL DEFAULT 0,
      bytes BLOB
    ) STRICT;
CREATE UNIQUE INDEX record_identity ON record (source_id, content_at, hash, k);
CREATE TABLE duplicate (
      record_id INTEGER NOT NULL,
      delivery_id INTEGER NOT NULL,
      line INTEGER NOT NULL,
      source_id INTEGER NOT NULL,
      journal_id INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      PRIMARY KEY (record_id, delivery_id, line)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE quarantine (
      record_id INTEGER NOT NULL PRIMARY KEY,
      source_id INTEGER NOT NULL,
      content_at INTEGER NOT NULL,
      hash BLOB NOT NULL,
      k INTEGER NOT NULL,
      reason TEXT NOT NULL,
      detail TEXT NOT NULL,
      delivery_id INTEGER NOT NULL,
      line INTEGER NOT NULL,
      received_at INTEGER NOT NULL
    ) STRICT;
CREATE TABLE segment (
      id INTEGER NOT NULL PRIMARY KEY,
      source_id INTEGER NOT NULL,
      call_id INTEGER NOT NULL,
      start_wall INTEGER NOT NULL,
      end_wall INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      delivery_id INTEGER NOT NULL,
      line INTEGER NOT NULL,
      reading_id INTEGER NOT NULL,
      rules INTEGER NOT NULL,
      fields TEXT NOT NULL
    ) STRICT;
CREATE INDEX segment_call ON segment (call_id);
CREATE TABLE join_key (
      source_id INTEGER NOT NULL,
      key INTEGER NOT NULL,
      segment_id INTEGER NOT NULL,
      PRIMARY KEY (source_id, key, segment_id)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE call (
      id INTEGER NOT NULL PRIMARY KEY,
      source_id INTEGER NOT NULL,
      reading_id INTEGER NOT NULL,
      rules INTEGER NOT NULL,
      plan TEXT NOT NULL,
      start_wall INTEGER NOT NULL,
      exchange_call_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      direction TEXT NOT NULL,
      outcome TEXT NOT NULL,
      from_number TEXT,
      from_name TEXT,
      to_number TEXT,
      targets TEXT NOT NULL,
      answered_by TEXT,
      answered_outside INTEGER NOT NULL,
      extensions TEXT NOT NULL,
      started_at INTEGER NOT NULL,
      answered_at INTEGER,
      ended_at INTEGER NOT NULL,
      ring_seconds INTEGER NOT NULL,
      wait_seconds INTEGER NOT NULL,
      talk_seconds INTEGER NOT NULL,
      hold_seconds INTEGER NOT NULL,
      park_seconds INTEGER NOT NULL,
      machine_seconds INTEGER NOT NULL,
      conference TEXT,
      segments INTEGER NOT NULL,
      doubtful TEXT NOT NULL,
      complete_at INTEGER,
      same_as INTEGER
    ) STRICT;
CREATE INDEX call_started ON call (started_at, id);
CREATE TABLE call_party (
      call_id INTEGER NOT NULL,
      position INTEGER NOT NULL,
      role TEXT NOT NULL,
      plan TEXT,
      number TEXT NOT NULL,
      number_key TEXT NOT NULL,
      month INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      PRIMARY KEY (call_id, position)
    ) WITHOUT ROWID, STRICT;
CREATE INDEX call_party_number ON call_party (month, number_key, call_id);
CREATE TABLE call_quarter (
      source_id INTEGER NOT NULL,
      quarter INTEGER NOT NULL,
      direction TEXT NOT NULL,
      outcome TEXT NOT NULL,
      calls INTEGER NOT NULL,
      talk INTEGER NOT NULL,
      ring INTEGER NOT NULL,
      wait INTEGER NOT NULL,
      hold INTEGER NOT NULL,
      park INTEGER NOT NULL,
      machine INTEGER NOT NULL,
      PRIMARY KEY (source_id, quarter, direction, outcome)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE call_made (
      source_id INTEGER NOT NULL,
      reading_id INTEGER NOT NULL,
      rules INTEGER NOT NULL,
      day INTEGER NOT NULL,
      calls INTEGER NOT NULL,
      PRIMARY KEY (source_id, reading_id, rules, day)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE ledger (
      source_id INTEGER NOT NULL,
      journal_id INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      stored INTEGER NOT NULL,
      duplicate INTEGER NOT NULL,
      quarantined INTEGER NOT NULL,
      PRIMARY KEY (source_id, journal_id, hour)
    ) WITHOUT ROWID, STRICT;
CREATE TABLE attribution_due (
      call_id INTEGER NOT NULL PRIMARY KEY,
      source_id INTEGER NOT NULL
    ) STRICT;
CREATE TABLE attribution_due_range (
      id INTEGER PRIMARY KEY,
      plan TEXT NOT NULL,
      extension TEXT NOT NULL,
      from_at INTEGER NOT NULL,
      to_at INTEGER
    ) STRICT;
CREATE TABLE change (
      seq INTEGER NOT NULL PRIMARY KEY,
      at INTEGER NOT NULL,
      source_id INTEGER NOT NULL,
      records TEXT NOT NULL
    ) STRICT;
CREATE TABLE change_counter (
      id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
      seq INTEGER NOT NULL
    ) STRICT;
INSERT INTO kysely_migration (name, timestamp) VALUES ('0001-spine', '2026-11-28T07:23:02.094Z');
INSERT INTO kysely_migration_lock (id, is_locked) VALUES ('migration_lock', 0);
INSERT INTO installation (id, uid, hash_key, created_at) VALUES (1, 'bc267c8d1b3768cc4a0c8621b0865a76', X'b5fea67a9e756767e71251e07a1249e22d504c896d6c06646580eb34b622b63c', 1795850582094);
INSERT INTO schema_version (version, oldest_role, applied_at) VALUES (1, 1, 1795850582093);
INSERT INTO source (id, name, version, last_record, last_received_at, clock_samples, reading_version, horizon) VALUES (1, 'avaya', 3, 8, 1795176000000, '[]', 1, NULL);
INSERT INTO source (id, name, version, last_record, last_received_at, clock_samples, reading_version, horizon) VALUES (2, 'asterisk', 3, 8, 1795176000000, '[]', 1, NULL);
INSERT INTO reading (id, source_id, version, valid_from, body, made_at) VALUES (1, 1, 1, NULL, '{"format":"avaya-ip-office","timezone":"Europe/Moscow","encoding":"windows-1251","internal":"^\\d{2,6}$","groups":"^300$","attendants":"^706$","trunks":[],"plan":"avaya","rewrite":[],"clockOffset":0}', 1795850582120);
INSERT INTO reading (id, source_id, version, valid_from, body, made_at) VALUES (2, 2, 1, NULL, '{"format":"asterisk-csv","timezone":"Europe/Moscow","encoding":"windows-1251","internal":"^\\d{2,6}$","groups":null,"attendants":null,"trunks":["trunk-msk","trunk-bk"],"plan":"asterisk","rewrite":[],"clockOffset":0}', 1795850582146);
INSERT INTO journal (id, uid, generation, kind) VALUES (1, '8d95702384392d7dbaf3154301096d38', 1, 'import');
INSERT INTO journal (id, uid, generation, kind) VALUES (2, 'f6c34b2a684feacb6652fe2eb9a1ada8', 1, 'import');
INSERT INTO position (source_id, journal_id, part, next) VALUES (1, 1, 0, 8);
INSERT INTO position (source_id, journal_id, part, next) VALUES (2, 2, 0, 8);
INSERT INTO passed (source_id, journal_id, from_number, to_number, since) VALUES (1, 1, 1, 8, 1795176000000);
INSERT INTO passed (source_id, journal_id, from_number, to_number, since) VALUES (2, 2, 1, 8, 1795176000000);
INSERT INTO delivery (id, uid, source_id, format, how, peer, opened_at, closed_at) VALUES (1, '8d95702384392d7dbaf3154301096d38', 1, 'avaya-ip-office', 'import', 'archive', 1795176000000, 1795176000000);
INSERT INTO delivery (id, uid, source_id, format, how, peer, opened_at, closed_at) VALUES (2, 'f6c34b2a684feacb6652fe2eb9a1ada8', 2, 'asterisk-csv', 'import', 'archive', 1795176000000, 1795176000000);
INSERT INTO delivery_line (delivery_id, from_line, to_line) VALUES (1, 1, 8);
INSERT INTO delivery_line (delivery_id, from_line, to_line) VALUES (2, 1, 8);
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (1025, 1, 1709542805000, X'3c23b3e4e5eeb8f1ac9d71b75c2d7346', 1, 0, 1, 1, 1, 1795176000000, 0, 0, X'323032342f30332f30342030393a30303a30352c30303a30323a33352c372c37343935353535373030312c492c3230312c353535303130312c2c302c313030303234312c302c453230312cd098d0b2d0b0d0bdd0bed0b220d0982c54393030312c4c696e6520312e312c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (1026, 2, 1710147605000, X'7ab2281ae79bfd95a138294c03e1110b', 1, 0, 2, 2, 1, 1795176000000, 0, 0, X'22222c223734393535353537303031222c2235353530313031222c2266726f6d2d7472756e6b222c22222237343935353535373030312222203c37343935353535373030313e222c225349502f7472756e6b2d6d736b2d3030303030316131222c225349502f3230312d3030303030316132222c224469616c222c225349502f3230312c33302c7454222c22323032342d30332d31312030393a30303a3035222c22323032342d30332d31312030393a30303a3132222c22323032342d30332d31312030393a30323a3437222c3136322c3135352c22414e535745524544222c22444f43554d454e544154494f4e222c22313731303133363830352e313031222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (2049, 1, 1709542990000, X'91508ae29a81ee50eb9cf24751c80eb4', 1, 0, 1, 1, 2, 1795176000000, 0, 0, X'323032342f30332f30342030393a30333a31302c30303a30303a30302c31342c37343935353535373030322c492c3230322c353535303130322c2c302c313030303234322c302c453230322cd09fd0b5d182d180d0bed0b2d0b020d0902c54393030312c4c696e6520312e322c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (2050, 2, 1710147780000, X'97861c38c4995881c3d71cb05cb91a00', 1, 0, 2, 2, 2, 1795176000000, 0, 0, X'22222c223734393535353537303032222c2235353530313032222c2266726f6d2d7472756e6b222c22222237343935353535373030322222203c37343935353535373030323e222c225349502f7472756e6b2d6d736b2d3030303030316133222c225349502f3230322d3030303030316134222c224469616c222c225349502f3230322c33302c7454222c22323032342d30332d31312030393a30333a3030222c2c22323032342d30332d31312030393a30333a3232222c32322c302c224e4f20414e53574552222c22444f43554d454e544154494f4e222c22313731303133363938302e313033222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (3073, 1, 1709543100000, X'25c631c2928312d0e5e795e63fa6a403', 1, 0, 1, 1, 3, 1795176000000, 0, 0, X'323032342f30332f30342030393a30353a30302c30303a30313a30332c352c2c492c3230332c353535303130332c2c302c313030303234332c302c453230332cd0a1d0b8d0b4d0bed180d0bed0b220d09f2c54393030312c4c696e6520312e312c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (3074, 2, 1710147900000, X'27b52d71241fa39087d5c70492a2d71b', 1, 0, 2, 2, 3, 1795176000000, 0, 0, X'22222c223734393535353537303033222c2235353530313032222c2266726f6d2d7472756e6b222c22222237343935353535373030332222203c37343935353535373030333e222c225349502f7472756e6b2d6d736b2d3030303030316135222c225349502f3230322d3030303030316136222c224469616c222c225349502f3230322c33302c7454222c22323032342d30332d31312030393a30353a3030222c2c22323032342d30332d31312030393a30353a3031222c312c302c2242555359222c22444f43554d454e544154494f4e222c22313731303133373130302e313035222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (4097, 1, 1709543340000, X'05a22320b5666d49de2b6d788c9b5ac4', 1, 0, 1, 1, 4, 1795176000000, 0, 0, X'323032342f30332f30342030393a30393a30302c30303a30303a30302c33312c37343935353535373030342c492c3330302c353535303130302c2c302c313030303234352c302c453230342cd09ad183d0b7d0bdd0b5d186d0bed0b2d0b020d09e2c54393030312c4c696e6520312e342c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (4098, 2, 1710147901000, X'a4605ca3a200619e3ec49d26af2399db', 1, 0, 2, 2, 4, 1795176000000, 0, 0, X'22222c223734393535353537303033222c2235353530313032222c2266726f6d2d7472756e6b222c22222237343935353535373030332222203c37343935353535373030333e222c225349502f7472756e6b2d6d736b2d3030303030316135222c22222c22566f6963654d61696c222c223230324064656661756c742c62222c22323032342d30332d31312030393a30353a3031222c22323032342d30332d31312030393a30353a3032222c22323032342d30332d31312030393a30353a3234222c32332c32322c22414e535745524544222c22444f43554d454e544154494f4e222c22313731303133373130302e313035222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (5121, 1, 1709543250000, X'5f5a99a498bf3ed74ef9a8ca3f7f5fe9', 1, 0, 1, 1, 5, 1795176000000, 0, 0, X'323032342f30332f30342030393a30373a33302c30303a30343a30312c31322c37343935353535373030332c492c3330302c353535303130302c2c302c313030303234342c302c453230332cd0a1d0b8d0b4d0bed180d0bed0b220d09f2c54393030312c4c696e6520312e332c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (5122, 2, 1710148020000, X'b2ae94541c9c8aaa03a02029e058441e', 1, 0, 2, 2, 5, 1795176000000, 0, 0, X'22222c223734393535353537303034222c2235353530313033222c2266726f6d2d7472756e6b222c22222237343935353535373030342222203c37343935353535373030343e222c225349502f7472756e6b2d6d736b2d3030303030316137222c225349502f3230332d3030303030316138222c224469616c222c225349502f3230332c32302c7454222c22323032342d30332d31312030393a30373a3030222c2c22323032342d30332d31312030393a30373a3230222c32302c302c224e4f20414e53574552222c22444f43554d454e544154494f4e222c22313731303133373232302e313037222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (6145, 1, 1709543520000, X'c856b245a736c2e36db4e08c693634f1', 1, 0, 1, 1, 6, 1795176000000, 0, 0, X'323032342f30332f30342030393a31323a30302c30303a30303a34342c342c3230352c4f2c3230362c3230362c2c312c313030303234362c302c453230352cd0a1d0bcd0b8d180d0bdd0bed0b220d0942c453230362cd092d0b0d181d0b8d0bbd18cd0b5d0b2d0b020d0952c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (6146, 2, 1710148040000, X'cb4fa2f3f73b9e8380d507f0adbcfc7b', 1, 0, 2, 2, 6, 1795176000000, 0, 0, X'22222c223734393535353537303034222c2235353530313033222c2266726f6d2d7472756e6b222c22222237343935353535373030342222203c37343935353535373030343e222c225349502f7472756e6b2d6d736b2d3030303030316137222c22222c22566f6963654d61696c222c223230334064656661756c742c75222c22323032342d30332d31312030393a30373a3230222c22323032342d30332d31312030393a30373a3231222c22323032342d30332d31312030393a30373a3530222c33302c32392c22414e535745524544222c22444f43554d454e544154494f4e222c22313731303133373232302e313037222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (7169, 1, 1709543640000, X'e532acfb88d7522f4293692105d7f04c', 1, 0, 1, 1, 7, 1795176000000, 0, 0, X'323032342f30332f30342030393a31343a30302c30303a30303a30302c32302c3230352c4f2c3230322c3230322c2c312c313030303234372c302c453230352cd0a1d0bcd0b8d180d0bdd0bed0b220d0942c453230322cd09fd0b5d182d180d0bed0b2d0b020d0902c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (7170, 2, 1710148140000, X'056ab34f26cde9fea80326be10cb1833', 1, 0, 2, 2, 7, 1795176000000, 0, 0, X'22222c223734393535353537303035222c2273222c226976722d6d61696e222c22222237343935353535373030352222203c37343935353535373030353e222c225349502f7472756e6b2d6d736b2d3030303030316139222c22222c224261636b47726f756e64222c226d61696e2d6d656e75222c22323032342d30332d31312030393a30393a3030222c22323032342d30332d31312030393a30393a3031222c22323032342d30332d31312030393a30393a3139222c31392c31382c22414e535745524544222c22444f43554d454e544154494f4e222c22313731303133373334302e313039222c2222');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (8193, 1, 1709543730000, X'242a3995638e956bf7cb5dc5a9a40719', 1, 0, 1, 1, 8, 1795176000000, 0, 0, X'323032342f30332f30342030393a31353a33302c30303a30303a30302c302c3230352c4f2c3230332c3230332c2c312c313030303234382c302c453230352cd0a1d0bcd0b8d180d0bdd0bed0b220d0942c56383030302c553120302e302c302c302c2c2c2c2c2c2c2c2c2c2c2c2c');
INSERT INTO record (id, source_id, content_at, hash, k, state, journal_id, delivery_id, line, received_at, fragment, erased, bytes) VALUES (8194, 2, 1710148260000, X'235b4afa1cee28f4b56f529d3c3d4821', 1, 0, 2, 2, 8, 1795176000000, 0, 0, X'22222c223734393535353537303036222c22323034222c2266726f6d2d697672222c22222237343935353535373030362222203c37343935353535373030363e222c225349502f7472756e6b2d6d736b2d3030303030316161222c225349502f3230342d3030303030316162222c224469616c222c225349502f3230342c33302c7454222c22323032342d30332d31312030393a31313a3030222c22323032342d30332d31312030393a31313a3031222c22323032342d30332d31312030393a31323a3335222c39352c39342c22414e535745524544222c22444f43554d454e544154494f4e222c22313731303133373436302e313130222c2222');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (1025, 1, 1025, 1709542805000, 1709542967000, 1795176000000, 1, 1, 1, 1, '[1000241,0,155,7,"74955557001",1,0,"201","5550101","E201","Иванов И","T9001","Line 1.1",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (1026, 2, 1026, 1710147605000, 1710147767000, 1795176000000, 2, 1, 2, 1, '["74955557001","5550101",null,"SIP/trunk-msk-000001a1","SIP/201-000001a2","Dial",null,162,0,7,155,0,"1710136805.101","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (2049, 1, 2049, 1709542990000, 1709543004000, 1795176000000, 1, 2, 1, 1, '[1000242,0,0,14,"74955557002",1,0,"202","5550102","E202","Петрова А","T9001","Line 1.2",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (2050, 2, 2050, 1710147780000, 1710147802000, 1795176000000, 2, 2, 2, 1, '["74955557002","5550102",null,"SIP/trunk-msk-000001a3","SIP/202-000001a4","Dial",null,22,0,null,0,1,"1710136980.103","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (3073, 1, 3073, 1709543100000, 1709543168000, 1795176000000, 1, 3, 1, 1, '[1000243,0,63,5,"",1,0,"203","5550103","E203","Сидоров П","T9001","Line 1.1",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (3074, 2, 3074, 1710147900000, 1710147901000, 1795176000000, 2, 3, 2, 1, '["74955557003","5550102",null,"SIP/trunk-msk-000001a5","SIP/202-000001a6","Dial",null,1,0,null,0,2,"1710137100.105","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (4097, 1, 4097, 1709543340000, 1709543371000, 1795176000000, 1, 4, 1, 1, '[1000245,0,0,31,"74955557004",1,0,"300","5550100","E204","Кузнецова О","T9001","Line 1.4",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (4098, 2, 3074, 1710147901000, 1710147924000, 1795176000000, 2, 4, 2, 1, '["74955557003","5550102",null,"SIP/trunk-msk-000001a5","","VoiceMail",null,23,0,1,22,0,"1710137100.105","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (5121, 1, 5121, 1709543250000, 1709543503000, 1795176000000, 1, 5, 1, 1, '[1000244,0,241,12,"74955557003",1,0,"300","5550100","E203","Сидоров П","T9001","Line 1.3",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (5122, 2, 5122, 1710148020000, 1710148040000, 1795176000000, 2, 5, 2, 1, '["74955557004","5550103",null,"SIP/trunk-msk-000001a7","SIP/203-000001a8","Dial",null,20,0,null,0,1,"1710137220.107","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (6145, 1, 6145, 1709543520000, 1709543568000, 1795176000000, 1, 6, 1, 1, '[1000246,0,44,4,"205",0,1,"206","206","E205","Смирнов Д","E206","Васильева Е",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (6146, 2, 5122, 1710148040000, 1710148070000, 1795176000000, 2, 6, 2, 1, '["74955557004","5550103",null,"SIP/trunk-msk-000001a7","","VoiceMail",null,30,0,1,29,0,"1710137220.107","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (7169, 1, 7169, 1709543640000, 1709543660000, 1795176000000, 1, 7, 1, 1, '[1000247,0,0,20,"205",0,1,"202","202","E205","Смирнов Д","E202","Петрова А",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (7170, 2, 7170, 1710148140000, 1710148159000, 1795176000000, 2, 7, 2, 1, '["74955557005","s",null,"SIP/trunk-msk-000001a9","","BackGround",null,19,0,1,18,0,"1710137340.109","",null]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (8193, 1, 8193, 1709543730000, 1709543730000, 1795176000000, 1, 8, 1, 1, '[1000248,0,0,0,"205",0,1,"203","203","E205","Смирнов Д","V8000","U1 0.0",0,0]');
INSERT INTO segment (id, source_id, call_id, start_wall, end_wall, received_at, delivery_id, line, reading_id, rules, fields) VALUES (8194, 2, 8194, 1710148260000, 1710148355000, 1795176000000, 2, 8, 2, 1, '["74955557006","204",null,"SIP/trunk-msk-000001aa","SIP/204-000001ab","Dial",null,95,0,1,94,0,"1710137460.110","",null]');
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000241, 1025);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000242, 2049);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000243, 3073);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000244, 5121);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000245, 4097);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000246, 6145);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000247, 7169);
INSERT INTO join_key (source_id, key, segment_id) VALUES (1, 1000248, 8193);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040272828525086, 3074);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040272828525086, 4098);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040272884441261, 2050);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040273435470875, 1026);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040274960245329, 8194);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040276067190911, 5122);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040276067190911, 6146);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040276072654120, 7170);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040285672271001, 1026);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286050302160, 8194);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286250493909, 7170);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286284049147, 5122);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286284049147, 6146);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286317604385, 3074);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286317604385, 4098);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286351159623, 2050);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040286384714861, 1026);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040288340339409, 5122);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040288363725068, 2050);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040288397280306, 3074);
INSERT INTO join_key (source_id, key, segment_id) VALUES (2, 2040289337472637, 8194);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (1025, 1, 1, 1, 'avaya', 1709542805000, '1000241', 'call', 'inbound', 'answered', '74955557001', NULL, '5550101', '["201"]', '201', 0, '[["201","answered"]]', 1709532005000, 1709532012000, 1709532167000, 7, 7, 155, 0, 0, 0, NULL, 1, '[]', 1709532167000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (1026, 2, 2, 1, 'asterisk', 1710147605000, '1710136805.101', 'call', 'inbound', 'answered', '74955557001', NULL, '5550101', '["5550101"]', '201', 0, '[["201","answered"]]', 1710136805000, 1710136812000, 1710136967000, 7, 7, 155, 0, 0, 0, NULL, 1, '[]', 1710137087000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (2049, 1, 1, 1, 'avaya', 1709542990000, '1000242', 'call', 'inbound', 'missed', '74955557002', NULL, '5550102', '["202"]', NULL, 0, '[["202","offered"]]', 1709532190000, NULL, 1709532204000, 14, 14, 0, 0, 0, 0, NULL, 1, '[]', 1709532204000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (2050, 2, 2, 1, 'asterisk', 1710147780000, '1710136980.103', 'call', 'inbound', 'missed', '74955557002', NULL, '5550102', '["5550102"]', NULL, 0, '[["202","offered"]]', 1710136980000, NULL, 1710137002000, 22, 22, 0, 0, 0, 0, NULL, 1, '[]', 1710137122000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (3073, 1, 1, 1, 'avaya', 1709543100000, '1000243', 'call', 'inbound', 'answered', NULL, NULL, '5550103', '["203"]', '203', 0, '[["203","answered"]]', 1709532300000, 1709532305000, 1709532368000, 5, 5, 63, 0, 0, 0, NULL, 1, '[]', 1709532368000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (3074, 2, 2, 1, 'asterisk', 1710147900000, '1710137100.105', 'call', 'inbound', 'voicemail', '74955557003', NULL, '5550102', '["5550102"]', NULL, 0, '[["202","offered"]]', 1710137100000, NULL, 1710137124000, 2, 24, 0, 0, 0, 22, NULL, 2, '[]', 1710137244000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (4097, 1, 1, 1, 'avaya', 1709543340000, '1000245', 'call', 'inbound', 'missed', '74955557004', NULL, '5550100', '["300"]', NULL, 0, '[["204","offered"]]', 1709532540000, NULL, 1709532571000, 31, 31, 0, 0, 0, 0, NULL, 1, '[]', 1709532571000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (5121, 1, 1, 1, 'avaya', 1709543250000, '1000244', 'call', 'inbound', 'answered', '74955557003', NULL, '5550100', '["300"]', '203', 0, '[["203","answered"]]', 1709532450000, 1709532462000, 1709532703000, 12, 12, 241, 0, 0, 0, NULL, 1, '[]', 1709532703000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (5122, 2, 2, 1, 'asterisk', 1710148020000, '1710137220.107', 'call', 'inbound', 'voicemail', '74955557004', NULL, '5550103', '["5550103"]', NULL, 0, '[["203","offered"]]', 1710137220000, NULL, 1710137270000, 21, 50, 0, 0, 0, 29, NULL, 2, '[]', 1710137390000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (6145, 1, 1, 1, 'avaya', 1709543520000, '1000246', 'call', 'internal', 'answered', '205', 'Смирнов Д', '206', '["206"]', '206', 0, '[["205","caller"],["206","answered"]]', 1709532720000, 1709532724000, 1709532768000, 4, 4, 44, 0, 0, 0, NULL, 1, '[]', 1709532768000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (7169, 1, 1, 1, 'avaya', 1709543640000, '1000247', 'call', 'internal', 'missed', '205', 'Смирнов Д', '202', '["202"]', NULL, 0, '[["205","caller"],["202","offered"]]', 1709532840000, NULL, 1709532860000, 20, 20, 0, 0, 0, 0, NULL, 1, '[]', 1709532860000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (7170, 2, 2, 1, 'asterisk', 1710148140000, '1710137340.109', 'call', 'inbound', 'automated', '74955557005', NULL, NULL, '[]', NULL, 0, '[]', 1710137340000, NULL, 1710137359000, 1, 19, 0, 0, 0, 18, NULL, 1, '[]', 1710137479000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (8193, 1, 1, 1, 'avaya', 1709543730000, '1000248', 'call', 'internal', 'busy', '205', 'Смирнов Д', '203', '["203"]', NULL, 0, '[["205","caller"]]', 1709532930000, NULL, 1709532930000, 0, 0, 0, 0, 0, 0, NULL, 1, '[]', 1709532930000, NULL);
INSERT INTO call (id, source_id, reading_id, rules, plan, start_wall, exchange_call_id, kind, direction, outcome, from_number, from_name, to_number, targets, answered_by, answered_outside, extensions, started_at, answered_at, ended_at, ring_seconds, wait_seconds, talk_seconds, hold_seconds, park_seconds, machine_seconds, conference, segments, doubtful, complete_at, same_as) VALUES (8194, 2, 2, 1, 'asterisk', 1710148260000, '1710137460.110', 'call', 'inbound', 'answered', '74955557006', NULL, '204', '["204"]', '204', 0, '[["204","answered"]]', 1710137460000, 1710137461000, 1710137555000, 1, 1, 94, 0, 0, 0, NULL, 1, '[]', 1710137675000, NULL);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1025, 0, 'from', NULL, '74955557001', '4955557001', 650, 1709532005000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1025, 1, 'to', NULL, '5550101', '5550101', 650, 1709532005000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1025, 2, 'target', 'avaya', '201', '201', 650, 1709532005000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1025, 3, 'answered', 'avaya', '201', '201', 650, 1709532005000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1026, 0, 'from', NULL, '74955557001', '4955557001', 650, 1710136805000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1026, 1, 'to', NULL, '5550101', '5550101', 650, 1710136805000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1026, 2, 'target', NULL, '5550101', '5550101', 650, 1710136805000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (1026, 3, 'answered', 'asterisk', '201', '201', 650, 1710136805000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2049, 0, 'from', NULL, '74955557002', '4955557002', 650, 1709532190000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2049, 1, 'to', NULL, '5550102', '5550102', 650, 1709532190000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2049, 2, 'target', 'avaya', '202', '202', 650, 1709532190000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2049, 3, 'offered', 'avaya', '202', '202', 650, 1709532190000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2050, 0, 'from', NULL, '74955557002', '4955557002', 650, 1710136980000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2050, 1, 'to', NULL, '5550102', '5550102', 650, 1710136980000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2050, 2, 'target', NULL, '5550102', '5550102', 650, 1710136980000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (2050, 3, 'offered', 'asterisk', '202', '202', 650, 1710136980000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3073, 0, 'to', NULL, '5550103', '5550103', 650, 1709532300000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3073, 1, 'target', 'avaya', '203', '203', 650, 1709532300000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3073, 2, 'answered', 'avaya', '203', '203', 650, 1709532300000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3074, 0, 'from', NULL, '74955557003', '4955557003', 650, 1710137100000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3074, 1, 'to', NULL, '5550102', '5550102', 650, 1710137100000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3074, 2, 'target', NULL, '5550102', '5550102', 650, 1710137100000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (3074, 3, 'offered', 'asterisk', '202', '202', 650, 1710137100000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (4097, 0, 'from', NULL, '74955557004', '4955557004', 650, 1709532540000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (4097, 1, 'to', NULL, '5550100', '5550100', 650, 1709532540000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (4097, 2, 'target', 'avaya', '300', '300', 650, 1709532540000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (4097, 3, 'offered', 'avaya', '204', '204', 650, 1709532540000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5121, 0, 'from', NULL, '74955557003', '4955557003', 650, 1709532450000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5121, 1, 'to', NULL, '5550100', '5550100', 650, 1709532450000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5121, 2, 'target', 'avaya', '300', '300', 650, 1709532450000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5121, 3, 'answered', 'avaya', '203', '203', 650, 1709532450000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5122, 0, 'from', NULL, '74955557004', '4955557004', 650, 1710137220000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5122, 1, 'to', NULL, '5550103', '5550103', 650, 1710137220000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5122, 2, 'target', NULL, '5550103', '5550103', 650, 1710137220000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (5122, 3, 'offered', 'asterisk', '203', '203', 650, 1710137220000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (6145, 0, 'from', 'avaya', '205', '205', 650, 1709532720000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (6145, 1, 'to', 'avaya', '206', '206', 650, 1709532720000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (6145, 2, 'target', 'avaya', '206', '206', 650, 1709532720000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (6145, 3, 'caller', 'avaya', '205', '205', 650, 1709532720000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (6145, 4, 'answered', 'avaya', '206', '206', 650, 1709532720000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (7169, 0, 'from', 'avaya', '205', '205', 650, 1709532840000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (7169, 1, 'to', 'avaya', '202', '202', 650, 1709532840000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (7169, 2, 'target', 'avaya', '202', '202', 650, 1709532840000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (7169, 3, 'caller', 'avaya', '205', '205', 650, 1709532840000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (7169, 4, 'offered', 'avaya', '202', '202', 650, 1709532840000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (7170, 0, 'from', NULL, '74955557005', '4955557005', 650, 1710137340000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8193, 0, 'from', 'avaya', '205', '205', 650, 1709532930000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8193, 1, 'to', 'avaya', '203', '203', 650, 1709532930000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8193, 2, 'target', 'avaya', '203', '203', 650, 1709532930000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8193, 3, 'caller', 'avaya', '205', '205', 650, 1709532930000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8194, 0, 'from', NULL, '74955557006', '4955557006', 650, 1710137460000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8194, 1, 'to', 'asterisk', '204', '204', 650, 1710137460000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8194, 2, 'target', 'asterisk', '204', '204', 650, 1710137460000);
INSERT INTO call_party (call_id, position, role, plan, number, number_key, month, started_at) VALUES (8194, 3, 'answered', 'asterisk', '204', '204', 650, 1710137460000);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (1, 1899480, 'inbound', 'answered', 3, 459, 24, 24, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (1, 1899480, 'inbound', 'missed', 2, 0, 45, 45, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (1, 1899480, 'internal', 'answered', 1, 44, 4, 4, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (1, 1899480, 'internal', 'missed', 1, 0, 20, 20, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (1, 1899481, 'internal', 'busy', 1, 0, 0, 0, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (2, 1900152, 'inbound', 'answered', 2, 249, 8, 8, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (2, 1900152, 'inbound', 'automated', 1, 0, 1, 19, 0, 0, 18);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (2, 1900152, 'inbound', 'missed', 1, 0, 22, 22, 0, 0, 0);
INSERT INTO call_quarter (source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine) VALUES (2, 1900152, 'inbound', 'voicemail', 2, 0, 23, 74, 0, 0, 51);
INSERT INTO call_made (source_id, reading_id, rules, day, calls) VALUES (1, 1, 1, 19786, 8);
INSERT INTO call_made (source_id, reading_id, rules, day, calls) VALUES (2, 2, 1, 19793, 6);
INSERT INTO ledger (source_id, journal_id, hour, stored, duplicate, quarantined) VALUES (1, 1, 498660, 8, 0, 0);
INSERT INTO ledger (source_id, journal_id, hour, stored, duplicate, quarantined) VALUES (2, 2, 498660, 8, 0, 0);
INSERT INTO attribution_due (call_id, source_id) VALUES (1025, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (1026, 2);
INSERT INTO attribution_due (call_id, source_id) VALUES (2049, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (2050, 2);
INSERT INTO attribution_due (call_id, source_id) VALUES (3073, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (3074, 2);
INSERT INTO attribution_due (call_id, source_id) VALUES (4097, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (5121, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (5122, 2);
INSERT INTO attribution_due (call_id, source_id) VALUES (6145, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (7169, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (7170, 2);
INSERT INTO attribution_due (call_id, source_id) VALUES (8193, 1);
INSERT INTO attribution_due (call_id, source_id) VALUES (8194, 2);
INSERT INTO change (seq, at, source_id, records) VALUES (1, 1795850582120, 1, '[]');
INSERT INTO change (seq, at, source_id, records) VALUES (2, 1795176000000, 1, '[1025,2049,3073,4097,5121,6145,7169,8193]');
INSERT INTO change (seq, at, source_id, records) VALUES (3, 1795176000000, 1, '[]');
INSERT INTO change (seq, at, source_id, records) VALUES (4, 1795850582146, 2, '[]');
INSERT INTO change (seq, at, source_id, records) VALUES (5, 1795176000000, 2, '[1026,2050,3074,4098,5122,6146,7170,8194]');
INSERT INTO change (seq, at, source_id, records) VALUES (6, 1795176000000, 2, '[]');
INSERT INTO change_counter (id, seq) VALUES (1, 6);
