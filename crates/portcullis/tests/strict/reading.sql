-- Everything a statement could have changed, in one digest: rows, sequences, definitions, roles,
-- settings, files. What belongs to sessions (temporary schemas) and to no one (statistics) is out.
SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
  SELECT c.oid::regclass || ' ' || coalesce(query_to_xml(format(CASE c.relkind WHEN 'S' THEN 'SELECT last_value, is_called FROM %s' ELSE 'SELECT t::text FROM %s AS t ORDER BY 1' END, c.oid::regclass), true, true, '')::text, '') AS line
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'S', 'm') AND n.nspname IN ('public', 'app', 'reports')
  UNION ALL SELECT 'class ' || concat_ws(' ', c.oid, c.relname, c.relnamespace, c.relowner, c.relacl, c.relfilenode, c.relkind, c.relpersistence, c.relreplident, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.reltablespace, c.relchecks, c.relhasrules, c.relhastriggers)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_(toast_)?temp' AND n.nspname <> 'pg_toast'
  UNION ALL SELECT 'attribute ' || a::text FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'app', 'reports')
  UNION ALL SELECT 'proc ' || p::text FROM pg_proc AS p WHERE p.oid >= 16384
  UNION ALL SELECT 'counts ' || concat_ws(' ', (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_description), (SELECT count(*) FROM pg_collation), (SELECT count(*) FROM pg_cast), (SELECT count(*) FROM pg_operator), (SELECT count(*) FROM pg_language), (SELECT count(*) FROM pg_opclass), (SELECT count(*) FROM pg_conversion), (SELECT count(*) FROM pg_ts_config), (SELECT count(*) FROM pg_statistic_ext), (SELECT count(*) FROM pg_seclabel), (SELECT count(*) FROM pg_shdescription), (SELECT count(*) FROM pg_transform), (SELECT count(*) FROM pg_am))
  UNION ALL SELECT 'type ' || concat_ws(' ', t.oid, t.typname, t.typowner, t.typacl, t.typdefault) FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace WHERE n.nspname !~ '^pg_(toast_)?temp'
  UNION ALL SELECT 'authid ' || a::text FROM pg_authid AS a
  UNION ALL SELECT 'member ' || m::text FROM pg_auth_members AS m
  UNION ALL SELECT 'role setting ' || s::text FROM pg_db_role_setting AS s
  UNION ALL SELECT 'setting ' || name || ' ' || coalesce(reset_val, '') FROM pg_settings WHERE source NOT IN ('client', 'session')
  UNION ALL SELECT 'namespace ' || n::text FROM pg_namespace AS n WHERE n.nspname !~ '^pg_(toast_)?temp'
  UNION ALL SELECT 'database ' || concat_ws(' ', datname, datdba, datacl, datconnlimit, datallowconn) FROM pg_database
  UNION ALL SELECT 'tablespace ' || t::text FROM pg_tablespace AS t
  UNION ALL SELECT 'trigger ' || t::text FROM pg_trigger AS t WHERE tgrelid NOT IN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg_(toast_)?temp')
  UNION ALL SELECT 'rule ' || concat_ws(' ', oid, rulename, ev_class, ev_enabled) FROM pg_rewrite WHERE ev_class NOT IN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg_(toast_)?temp')
  UNION ALL SELECT 'constraint ' || concat_ws(' ', oid, conname, conrelid, convalidated) FROM pg_constraint WHERE conrelid NOT IN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg_(toast_)?temp')
  UNION ALL SELECT 'index ' || concat_ws(' ', indexrelid, indisvalid, indisclustered, indisreplident) FROM pg_index WHERE indrelid NOT IN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname ~ '^pg_(toast_)?temp')
  UNION ALL SELECT 'policy ' || p::text FROM pg_policy AS p
  UNION ALL SELECT 'extension ' || e::text FROM pg_extension AS e
  UNION ALL SELECT 'event trigger ' || e::text FROM pg_event_trigger AS e
  UNION ALL SELECT 'publication ' || p::text FROM pg_publication AS p
  UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
  UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
  UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
  UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts
  UNION ALL SELECT 'large ' || m::text FROM pg_largeobject_metadata AS m
  UNION ALL SELECT 'page ' || concat_ws(' ', loid, pageno, md5(data)) FROM pg_largeobject
  UNION ALL SELECT 'server ' || s::text FROM pg_foreign_server AS s
  UNION ALL SELECT 'mapping ' || m::text FROM pg_user_mapping AS m
  UNION ALL SELECT 'default acl ' || d::text FROM pg_default_acl AS d
  UNION ALL SELECT 'file ' || f FROM pg_ls_dir('.') AS f
  UNION ALL SELECT 'file ' || f FROM pg_ls_dir('..') AS f
) AS lines
