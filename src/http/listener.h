/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listener - HTTP/1.1 on a socket, by libmicrohttpd, which only this module knows
 *
 * A thread a connection, of which there is a bounded number. What can be read in
 * two ways, is too large or comes too slowly is answered or ended before anybody
 * else sees it.
 */
#ifndef CAROM_LISTENER_H
#define CAROM_LISTENER_H

#include "http/http.h"

typedef struct CaromListener CaromListener;

/* Whether this carom was built with libmicrohttpd; *err says what to do if not (CAROM_MISUSE). */
CAROM_MUST_CHECK CaromStatus carom_listener_available(GError **err);

/*
 * Answers at fd, a listening socket that it takes. http is borrowed. body_max:
 * octets of the largest body. *out is the caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_listener_start(const CaromHttp *http, int fd, gsize body_max,
						  CaromListener **out, GError **err);

/* Takes no new connection; what is under way has some seconds to end. NULL is fine. */
void carom_listener_stop(CaromListener *listener);

#endif
