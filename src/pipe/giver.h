/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * giver - whether the process that gives us the message is still there
 *
 * Postfix's pipe(8) says that a message has ended by closing our standard
 * input. The kernel closes it too when pipe(8) dies in the middle, so the end
 * of the input alone is no proof that the message is whole.
 *
 * libc alone, for carom-pipe links nothing else. One thread.
 */
#ifndef CAROM_GIVER_H
#define CAROM_GIVER_H

/* Remembers the parent as the giver. To be called first in main(). */
void carom_giver_remember(void);

/*
 * To be asked after the end of standard input, before anything is confirmed:
 * 1 if the giver has died or is dying, so that the message may be cut; 0 if it
 * closed the input itself, so that the message is whole.
 *
 * Exact on Linux where /proc shows the giver. Where it does not, a giver that
 * dies is seen by our standard output, whose other end it holds.
 */
int carom_giver_is_gone(void);

#endif
