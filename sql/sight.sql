-- sight.sql - does who asks see the whole of what operators read?
--
-- A member of postern_viewer does not, unless also of postern_admin: no data of
-- events, no answers of receivers, which may repeat them, and no queries of URLs,
-- which may hold a secret. A view asks for the rights of whoever reads it.

CREATE OR REPLACE VIEW postern.sight AS
SELECT pg_has_role('postern_admin', 'USAGE')
    OR NOT EXISTS (SELECT FROM pg_roles AS r
                    WHERE r.rolname = 'postern_viewer' AND pg_has_role(r.oid, 'USAGE')) AS whole;
COMMENT ON VIEW postern.sight IS
'What whoever asks may see of the operators'' views, which are made with it.';
COMMENT ON COLUMN postern.sight.whole IS
'false: a member of postern_viewer, who sees no data, no answers and no queries of URLs';
