-- account.sql - the account that is erased; prints a token of it.
SELECT postern.create_account('large') AS id \gset
SELECT postern.set_webhook_limit(:'id', 100000) \g /dev/null
SELECT postern.issue_token(:'id', '1 day');
