# Copyright (c) 2026 baremetal.mlops contributors
# BSD-2-Clause license (see LICENSES/BSD-2-Clause.txt or https://opensource.org/license/bsd-2-clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the client asks of PostgreSQL's catalogs. Names come as parameters; ``everything`` asks for all there is.

PRIVATE to the collection: no stability promise to other collections.
"""

from __future__ import annotations

SERVER = """
SELECT current_setting('server_version_num')::int, current_user::text, current_database()::text,
  pg_get_userbyid(10)::text, has_table_privilege('pg_catalog.pg_authid', 'SELECT'),
  coalesce(current_setting('scram_iterations', true), '4096')::int
"""

# The catalog with the verifiers, or the view that everybody may read.
ROLES = """
SELECT r.rolname::text, r.rolcanlogin, r.rolcreatedb, r.rolcreaterole, r.rolconnlimit, {has_password},
  CASE WHEN r.rolname = ANY(%(verifiers)s::text[]) THEN {verifier} END,
  (SELECT coalesce(json_agg(json_build_array(pg_get_userbyid(m.roleid), pg_get_userbyid(m.grantor))), '[]')
     FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid)
FROM pg_catalog.{source} r
WHERE %(everything)s OR r.rolname = ANY(%(names)s::text[])
"""
WITH_VERIFIERS = {"source": "pg_authid", "has_password": "r.rolpassword IS NOT NULL", "verifier": "r.rolpassword"}
WITHOUT_VERIFIERS = {"source": "pg_roles", "has_password": "NULL::boolean", "verifier": "NULL::text"}

ACL = """
(SELECT coalesce(json_agg(json_build_array(
    CASE a.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
    pg_get_userbyid(a.grantor))), '[]')
 FROM aclexplode(coalesce({acl}, acldefault('{kind}', {owner}))) a)
"""

DATABASES = f"""
SELECT d.datname::text, pg_get_userbyid(d.datdba)::text, pg_encoding_to_char(d.encoding)::text, d.datconnlimit,
  d.datistemplate, d.datallowconn, {ACL.format(acl="d.datacl", kind="d", owner="d.datdba")}
FROM pg_catalog.pg_database d
WHERE %(everything)s OR d.datname = ANY(%(names)s::text[])
"""

ENCODINGS = """
SELECT given, nullif(pg_encoding_to_char(pg_char_to_encoding(given)), '')::text FROM unnest(%(names)s::text[]) AS given
"""

SESSIONS = """
SELECT datname::text, count(*) FROM pg_catalog.pg_stat_activity WHERE datname = ANY(%(names)s::text[]) GROUP BY datname
"""

EXTENSIONS = """
SELECT e.extname::text, e.extversion, n.nspname::text
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
"""

SCHEMAS = f"""
SELECT n.nspname::text, pg_get_userbyid(n.nspowner)::text, {ACL.format(acl="n.nspacl", kind="n", owner="n.nspowner")}
FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_(toast|temp)'
"""

AVAILABLE = """
SELECT a.name::text, a.default_version, array_agg(v.version)
FROM pg_catalog.pg_available_extensions a JOIN pg_catalog.pg_available_extension_versions v USING (name)
WHERE a.name = ANY(%(names)s::text[]) GROUP BY a.name, a.default_version
"""

# Shared objects have no database; of those only databases are told by name.
DEPENDENTS = """
SELECT r.rolname::text, coalesce(d.datname, w.datname, '')::text, s.deptype = 'o', w.oid IS NOT NULL, count(*)::int
FROM pg_catalog.pg_shdepend s
JOIN pg_catalog.pg_roles r ON s.refclassid = 'pg_catalog.pg_authid'::regclass AND r.oid = s.refobjid
LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
LEFT JOIN pg_catalog.pg_database w ON s.dbid = 0 AND s.classid = 'pg_catalog.pg_database'::regclass AND w.oid = s.objid
WHERE r.rolname = ANY(%(names)s::text[]) GROUP BY 1, 2, 3, 4
"""
