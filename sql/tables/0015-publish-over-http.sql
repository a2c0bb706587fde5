-- 0015-publish-over-http.sql - events are published over HTTP, too: by clients
-- of accounts, or by those of the platform itself, which have no account.

-- Those that are there fulfil the constraints of before, and so these.
ALTER TABLE postern.client
    DROP CONSTRAINT client_scopes_check,
    ADD CONSTRAINT client_scopes_check
        CHECK (scopes <@ '{webhooks:read,webhooks:write,messages:write}'
           AND cardinality(scopes) > 0
           AND array_position(scopes, NULL) IS NULL) NOT VALID;
ALTER TABLE postern.access_token
    DROP CONSTRAINT access_token_scopes_check,
    ADD CONSTRAINT access_token_scopes_check
        CHECK (scopes <@ '{webhooks:read,webhooks:write,messages:write}'
           AND cardinality(scopes) > 0
           AND array_position(scopes, NULL) IS NULL) NOT VALID;

CREATE TABLE postern.platform_client (
    id          uuid        CONSTRAINT platform_client_pkey PRIMARY KEY,
    name        text        NOT NULL,
    scopes      text[]      NOT NULL
        CONSTRAINT platform_client_scopes_check CHECK (scopes = '{messages:write}'),
    secret_hash bytea       NOT NULL
        CONSTRAINT platform_client_secret_hash_key UNIQUE
        CONSTRAINT platform_client_secret_hash_check CHECK (octet_length(secret_hash) = 32),
    share       real        NOT NULL DEFAULT 1
        CONSTRAINT platform_client_share_check
            CHECK (share >= 0.01::real AND share <= 100),
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz
);

CREATE TABLE postern.platform_token (
    id         uuid        CONSTRAINT platform_token_pkey PRIMARY KEY,
    client_id  uuid        NOT NULL
        CONSTRAINT platform_token_client_fkey REFERENCES postern.platform_client,
    hash       bytea       NOT NULL
        CONSTRAINT platform_token_hash_key UNIQUE
        CONSTRAINT platform_token_hash_check CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
        CONSTRAINT platform_token_expires_check CHECK (expires_at > created_at),
    revoked_at timestamptz,
    scopes     text[]      NOT NULL
        CONSTRAINT platform_token_scopes_check CHECK (scopes = '{messages:write}')
);
CREATE INDEX platform_token_client ON postern.platform_token (client_id, expires_at);
CREATE INDEX platform_token_end ON postern.platform_token (least(expires_at, revoked_at));

-- What a request with an Idempotency-Key was answered. It has no foreign key: its
-- owner is an account or a client of the platform.
CREATE TABLE postern.idempotency_key (
    owner_id    uuid        NOT NULL,
    key         text        COLLATE "C" NOT NULL
        CONSTRAINT idempotency_key_key_check CHECK (octet_length(key) BETWEEN 1 AND 256),
    fingerprint bytea       NOT NULL
        CONSTRAINT idempotency_key_fingerprint_check CHECK (octet_length(fingerprint) = 32),
    message_ids uuid[]      NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (owner_id, key)
);
CREATE INDEX idempotency_key_made ON postern.idempotency_key (made_at);
