/* account.h - the account that a request counts for, and its share. */
#ifndef POSTERN_ACCOUNT_H
#define POSTERN_ACCOUNT_H

#include "common/id.h"

/* Zeros: who is not known; all of them are one account together. */
struct account {
	unsigned char id[ID_BYTES];
	float share; /* as postern.set_share; 1 is usual */
};

#endif
