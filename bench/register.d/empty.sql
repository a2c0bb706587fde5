-- empty.sql - no webhooks, as before the first run.
BEGIN;
TRUNCATE postern.secret, postern.subscription, postern.webhook;
UPDATE postern.account SET webhook_count = 0;
COMMIT;
VACUUM postern.account;
