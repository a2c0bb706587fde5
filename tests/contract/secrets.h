/* secrets.h - nothing secret is in a log or in a dump. */
#ifndef CONTRACT_SECRETS_H
#define CONTRACT_SECRETS_H

/* Search the logs and a fresh pg_dump for every secret noted so far. */
void expect_no_secret_leaked(const char *name);

#endif
