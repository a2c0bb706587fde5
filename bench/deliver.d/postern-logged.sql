-- postern-logged.sql - deliveries that have an attempt which was taken.
SELECT count(*) FROM postern.attempt WHERE outcome = 'sent';
