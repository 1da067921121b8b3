/* SPDX-License-Identifier: BSD-2-Clause */
/* config_change - may a running daemon take a changed configuration over? */
#ifndef CAROM_CONFIG_CHANGE_H
#define CAROM_CONFIG_CHANGE_H

#include "config/settings.h"

/*
 * Why fresh must not replace held by a reload, in a sentence that names file and
 * key; NULL if it may. A file that is empty, for an editor was writing it, or
 * that no longer names the keys or the domains, would make the daemon believe
 * more than it did, and nobody would notice. Whoever means it restarts the
 * daemon. The result is the caller's.
 */
char *carom_config_change_problem(const CaromConfig *held, const CaromConfig *fresh);

#endif
