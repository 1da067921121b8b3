/* SPDX-License-Identifier: BSD-2-Clause */
/* queue_id - under which id our own Postfix had a message that nobody told the id of */
#ifndef CAROM_QUEUE_ID_H
#define CAROM_QUEUE_ID_H

#include <glib.h>

/*
 * The id in the Received field that Postfix puts on top of what it makes itself
 * or takes from sendmail(1): "by mx.example.com (Postfix) id 4XkT2s1; date".
 * NULL for any other field, one with a client ("from …") among them. received
 * is one unfolded value, or NULL. Caller's.
 */
char *carom_queue_id_of_received(const char *received);

#endif
