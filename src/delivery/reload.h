/* reload.h - reads log level, keys and certificates again on SIGHUP. */
#ifndef POSTERN_RELOAD_H
#define POSTERN_RELOAD_H

#include "delivery/platform_signer.h"
#include "delivery/secret_cache.h"
#include "delivery/sender.h"

/* What cannot be read stays as it was; the log says what was and what not. */
void reload_files(struct secret_cache *keys, struct platform_signer *signers,
    struct sender *sender);

#endif
