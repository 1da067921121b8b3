/* SPDX-License-Identifier: BSD-2-Clause */
/* report_key - what makes two deliveries the same report */
#ifndef CAROM_REPORT_KEY_H
#define CAROM_REPORT_KEY_H

#include <glib.h>

/*
 * SHA-256, as 64 hex digits, over the parts of a message that stay the same
 * when it is delivered again, by the same or another MX host: the body, and
 * the header without what each host on the way adds (trace fields, results of
 * its filters). The envelope recipient (may be NULL) is in it, for one message
 * to two return addresses is two reports. Line ends and trailing white space
 * don't matter. Caller's.
 */
char *carom_report_key(const char *data, gsize len, const char *recipient);

#endif
