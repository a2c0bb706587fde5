-- 0004-shares.sql - what is scarce is shared by account: how much of it one may
-- have, which webhooks take what they are sent, and what waits for whom.

ALTER TABLE postern.account
    ADD COLUMN share real NOT NULL DEFAULT 1
        CONSTRAINT account_share_check
            CHECK (share >= 0.01::real AND share <= 100);

-- Of two accounts no webhook has the same id, so that what is found by it is
-- nobody else's.
ALTER TABLE postern.webhook
    ADD COLUMN proven boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT webhook_id_key UNIQUE (id);

CREATE INDEX fresh_account ON postern.fresh (account_id, id);
CREATE INDEX lane_account ON postern.lane (account_id, next_at);
CREATE INDEX attempt_started
    ON postern.attempt USING brin (started_at)
  WITH (pages_per_range = 32, autosummarize = on);

-- They are told the account as well.
DROP FUNCTION IF EXISTS postern.set_webhook_state(uuid, text, text, text);
DROP FUNCTION IF EXISTS postern.open_lane(uuid);
DROP FUNCTION IF EXISTS postern.reorder(uuid, boolean, integer);
DROP FUNCTION IF EXISTS postern.redeliver(uuid, bigint);
