-- stored.sql - how many webhooks under :prefix are whole.
SELECT count(*)
FROM postern.webhook w
WHERE starts_with(w.url, :'prefix')
  AND EXISTS (SELECT FROM postern.subscription s
              WHERE s.account_id = w.account_id AND s.webhook_id = w.id)
  AND EXISTS (SELECT FROM postern.secret s
              WHERE s.account_id = w.account_id AND s.webhook_id = w.id
                AND s.expires_at IS NULL);
