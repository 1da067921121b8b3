/* SPDX-License-Identifier: BSD-2-Clause */
/* datadir - where the data files lie: rules, providers, advice, SQL */
#ifndef CAROM_DATADIR_H
#define CAROM_DATADIR_H

/* $CAROM_DATADIR, the build folder's data/, or the installed folder. Borrowed. */
const char *carom_config_datadir(void);

#endif
