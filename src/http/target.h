/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target - what a request asks for: "/v1/suppressions/a%40b.example?account=acme"
 *
 * Read once, here, out of what came over the wire: whoever else decodes it, a
 * library or a proxy, may understand another path. A "+" stays a plus, in the path
 * and in the query, for it is one in addresses. Refused is what two programs may
 * read differently: %00, %2F, controls, what is no UTF-8, empty, "." and ".."
 * segments, a fragment, a parameter that is given twice.
 */
#ifndef CAROM_TARGET_H
#define CAROM_TARGET_H

#include "base/status.h"

#define CAROM_TARGET_MAX 8192 /* octets */
#define CAROM_TARGET_SEGMENTS 8
#define CAROM_TARGET_PARAMETERS 32

typedef struct {
	char *name, *value;
} CaromParameter;

typedef struct {
	guint n_segments, n_parameters;
	char *segments[CAROM_TARGET_SEGMENTS]; /* decoded; none is empty */
	CaromParameter parameters[CAROM_TARGET_PARAMETERS];
} CaromTarget;

/* Reads raw, in origin form (RFC 9112 3.2.1). CAROM_MALFORMED says what is wrong with it, without
 * showing it. Clear *out in either case. */
CAROM_MUST_CHECK CaromStatus carom_target_read(const char *raw, CaromTarget *out, GError **err);

void carom_target_clear(CaromTarget *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CaromTarget, carom_target_clear)

#endif
