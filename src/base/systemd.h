/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd - tells the service manager how the daemon does */
#ifndef CAROM_SYSTEMD_H
#define CAROM_SYSTEMD_H

/* sd_notify(3) without its library: one datagram to $NOTIFY_SOCKET, if there is one. */
void carom_systemd_tell(const char *state);

#endif
