-- 0011-failing.sql - the webhooks that fail worst are found, however many there are.

\ir ../indexes/0011-failing.sql
