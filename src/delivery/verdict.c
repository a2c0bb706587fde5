/* verdict.c - what an attempt's end means for its delivery and its webhook. */
#include "delivery/verdict.h"

#include <stddef.h>

#include "common/compiler.h"

/*
 * The first row whose range has the status: name, fate, is it hard, does it
 * honour Retry-After.
 */
static const struct {
	int low, high;
	struct verdict verdict;
} answers[] = {
	{ 200, 299, { "delivered", FATE_SENT, false, false } },
	{ 300, 399, { "redirect", FATE_RETRY, false, false } },
	{ 410, 410, { "gone", FATE_FAILED, false, false } },
	{ 429, 429, { "busy", FATE_RETRY, true, true } },
	{ 502, 504, { "busy", FATE_RETRY, true, true } },
	{ 0, 999, { "rejected", FATE_RETRY, false, false } },
};

static const struct verdict endings[ENDING_COUNT] = {
	[ENDING_ANSWERED] = { "garbage", FATE_RETRY, true, false },
	[ENDING_TIMEOUT] = { "timeout", FATE_RETRY, true, false },
	[ENDING_TLS] = { "tls", FATE_RETRY, true, false },
	[ENDING_NETWORK] = { "network", FATE_RETRY, true, false },
	[ENDING_GARBAGE] = { "garbage", FATE_RETRY, true, false },
	[ENDING_REFUSED] = { "refused", FATE_RETRY, true, false },
	[ENDING_UNSIGNED] = { "unsigned", FATE_RETRY, true, false },
	[ENDING_EXPIRED] = { "expired", FATE_FAILED, false, false },
	[ENDING_RETURNED] = { "returned", FATE_RETURNED, false, false },
};

const struct verdict *
verdict_of(enum ending ending, int status)
{
	if (ending == ENDING_ANSWERED)
		for (size_t i = 0; i < COUNT(answers); i++)
			if (status >= answers[i].low &&
			    status <= answers[i].high)
				return &answers[i].verdict;
	return &endings[ending];
}
