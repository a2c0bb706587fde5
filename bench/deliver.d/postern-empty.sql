-- postern-empty.sql - nothing owed but what cools for ever, no attempt.
TRUNCATE postern.fresh, postern.in_flight, postern.attempt;
DELETE FROM postern.backlog AS b
WHERE NOT EXISTS (
    SELECT FROM postern.lane AS l
    WHERE l.account_id = b.account_id AND l.webhook_id = b.webhook_id
      AND l.cool_until = 'infinity');
DELETE FROM postern.lane WHERE cool_until IS DISTINCT FROM 'infinity';
DELETE FROM postern.message
WHERE id NOT IN (SELECT message_id FROM postern.backlog LIMIT 1);
VACUUM postern.fresh, postern.in_flight, postern.backlog, postern.lane,
    postern.message;
CHECKPOINT;
