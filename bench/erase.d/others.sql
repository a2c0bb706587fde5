-- others.sql - accounts that publish; prints a token of each.
SELECT postern.create_account('other-' || n) AS id INTO TEMPORARY other
FROM generate_series(1, :accounts) AS n;
SELECT postern.issue_token(id, '1 day', '{webhooks:write,messages:write}') FROM other;
