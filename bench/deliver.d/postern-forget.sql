-- postern-forget.sql - nothing owed, and no webhook that cools.
DELETE FROM postern.webhook AS w USING postern.lane AS l
WHERE l.account_id = w.account_id AND l.webhook_id = w.id
  AND l.cool_until = 'infinity';
TRUNCATE postern.fresh, postern.in_flight, postern.backlog, postern.lane,
    postern.attempt, postern.message;
