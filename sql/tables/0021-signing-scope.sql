-- 0021-signing-scope.sql - whose keys deliveries are signed with: the accounts'
-- own, or the platform's.

CREATE TABLE postern.signing_scope (
    scope   text        CONSTRAINT signing_scope_pkey PRIMARY KEY
        CONSTRAINT signing_scope_check CHECK (scope IN ('account', 'platform')),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
INSERT INTO postern.signing_scope (scope)
SELECT 'platform'
 WHERE EXISTS (SELECT FROM postern.signing_key AS k WHERE k.retired_at IS NULL);

-- A worker of the version before says nothing, and signs with the platform's.
ALTER TABLE postern.worker
    ADD COLUMN signs text DEFAULT 'platform'
        CONSTRAINT worker_signs_check CHECK (signs IN ('account', 'platform'));
DROP FUNCTION IF EXISTS postern.sign_on(integer);
