/* reload.c - reads log level, keys and certificates again on SIGHUP. */
#include "delivery/reload.h"

#include "common/log.h"
#include "common/option_table.h"

void
reload_files(struct secret_cache *keys, struct platform_signer *signers,
    struct sender *sender)
{
	char why[OPTION_WHY_MAX];

	log_reload();
	if (!secret_cache_reload(keys, why, sizeof why))
		log_line(LOG_ERR,
		    "keys not reloaded, the old ones stay in use: %s", why);
	else if (!platform_signer_reload(signers, why, sizeof why))
		log_line(LOG_ERR,
		    "signing keys not reloaded, the old ones stay in use: %s",
		    why);
	else
		log_line(LOG_NOTICE, "keys reloaded");
	sender_reload(sender);
}
