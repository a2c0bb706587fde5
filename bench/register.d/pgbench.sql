-- pgbench.sql - one registration by postern.register, as pgbench sends it.
-- prefix and run make each URL and each id new; key is the sealing key's id.
\set a random(1, :accounts)
\set c 1000 + :client_id
\set n :n + 1
SELECT outcome
FROM postern.register(
    ARRAY[(:run::text || :c::text || '7000a000' || :n::text)::uuid],
    ARRAY[decode(lpad(to_hex(:a::int), 64, '0'), 'hex')],
    ARRAY[:prefix::text || :c::text || '-' || :n::text],
    ARRAY[:prefix::text || :c::text || '-' || :n::text],
    ARRAY[1],
    ARRAY['payment.settled'],
    ARRAY[decode(:key, 'hex')],
    ARRAY[decode(repeat('11', 32), 'hex')],
    ARRAY[decode(repeat('22', 24), 'hex')],
    ARRAY[decode(repeat('33', 48), 'hex')]);
