-- message.sql - how many messages are stored whose delivery is owed.
SELECT count(*)
FROM postern.message m
JOIN postern.fresh f ON f.message_id = m.id;
