-- 0004-shares.sql - what is scarce is shared by account: how much of it one may
-- have, which webhooks take what they are sent, and what waits for whom.

ALTER TABLE postern.account
    ADD COLUMN share real NOT NULL DEFAULT 1
        CONSTRAINT account_share_check
            CHECK (share >= 0.01::real AND share <= 100);

\ir ../indexes/0004-shares.sql

-- Of two accounts no webhook has the same id, so that what is found by it is
-- nobody else's.
ALTER TABLE postern.webhook
    ADD COLUMN proven boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT webhook_id_key UNIQUE USING INDEX webhook_id_key;

-- Whether a webhook is ordered is looked up by who moves its deliveries from
-- here, so that publish need not.
ALTER TABLE postern.fresh DROP COLUMN ordered;

CREATE INDEX fresh_account ON postern.fresh (account_id, id);
-- Of some rows, with the account as an expression: see webhook_live.
CREATE INDEX lane_account ON postern.lane
    ((CASE WHEN next_at < 'infinity' THEN account_id END), next_at)
    WHERE next_at < 'infinity';
CREATE INDEX attempt_started
    ON postern.attempt USING brin (started_at)
  WITH (autosummarize = on);

CREATE TYPE postern.rooms AS (
    webhooks     jsonb,
    webhook      integer,
    accounts     jsonb,
    account      integer,
    suspects     jsonb,
    suspect      integer,
    failings     jsonb,
    failing      integer,
    all_suspects integer,
    all_failings integer
);

-- A fresh delivery that a claim looks at: of the tail (0) or of which visit, the
-- nth of its account, and, unless it was not looked up, what its webhook is.
CREATE TYPE postern.candidate AS (
    visit      integer,
    place      tid,
    id         bigint,
    account_id uuid,
    webhook_id uuid,
    room       integer,
    nth        integer,
    standing   integer,
    may_fly    boolean
);

-- A deleted webhook counts for its account's limit until it is removed, and no
-- list passes through it. Indexes of some rows have a key's columns only as
-- expressions: so none is taken for a look-up by the key, as good as that seems
-- while a table is empty, nor the key for what the index is for.
ALTER TABLE postern.account
    ADD COLUMN deleted_count integer NOT NULL DEFAULT 0;
UPDATE postern.account AS a SET deleted_count = d.count
  FROM (SELECT w.account_id, count(*) FROM postern.webhook AS w
         WHERE w.state = 'deleted' GROUP BY w.account_id) AS d
 WHERE a.id = d.account_id;

-- What takes long is done in steps, each of which finds its rows at once.
CREATE TABLE postern.task (
    account_id uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    id         uuid        NOT NULL,
    kind       text        NOT NULL
        CONSTRAINT task_kind_check
            CHECK (kind IN ('replay', 'cancel', 'reorder', 'drop')),
    low        uuid        NOT NULL,
    high       uuid        NOT NULL,
    low_fresh  bigint,
    sent_too   boolean     NOT NULL DEFAULT false,
    deliveries bigint      NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    worked_at  timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    CONSTRAINT task_pkey PRIMARY KEY (account_id, webhook_id, id)
) WITH (fillfactor = 50);
CREATE INDEX task_open ON postern.task
    ((CASE WHEN ended_at IS NULL THEN account_id END), worked_at)
    WHERE ended_at IS NULL;
CREATE INDEX task_ended ON postern.task (ended_at)
    WHERE ended_at IS NOT NULL;

-- They are told the account as well.
DROP FUNCTION IF EXISTS postern.set_webhook_state(uuid, text, text, text);
DROP FUNCTION IF EXISTS postern.open_lane(uuid);
DROP FUNCTION IF EXISTS postern.reorder(uuid, boolean, integer);
DROP FUNCTION IF EXISTS postern.redeliver(uuid, bigint);
DROP FUNCTION IF EXISTS postern.open_lost_lanes();

-- Their arguments are others, so that a worker of the version before cannot
-- call claim with the old meaning.
DROP FUNCTION IF EXISTS postern.claim(
    bigint, integer, interval, integer, uuid[], integer[]);
DROP FUNCTION IF EXISTS postern.take_fresh(
    bigint, integer, interval, integer, uuid[], integer[]);
DROP FUNCTION IF EXISTS postern.take_lanes(
    timestamptz, integer, interval, integer, uuid[], integer[], uuid[]);
DROP FUNCTION IF EXISTS postern.take_ordered(postern.lane, boolean, interval);
DROP FUNCTION IF EXISTS postern.take_due(
    postern.lane, boolean, integer, interval);
DROP FUNCTION IF EXISTS postern.record(
    bigint[], integer[], text[], text[], integer[], integer[], integer[], integer[], integer[],
    integer[], integer[], integer[], integer[], integer[], text[], text[], bytea[], text[]);
