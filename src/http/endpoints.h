/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * endpoints - what can be asked: one row each
 *
 * doc/openapi.json tells the same to people; a test holds the two together.
 */
#ifndef CAROM_ENDPOINTS_H
#define CAROM_ENDPOINTS_H

#include "http/inputs.h"
#include "store/api.h"

typedef enum {
	CAROM_ENDPOINT_JSON,   /* its function answers */
	CAROM_ENDPOINT_EXPORT, /* its function answers piece by piece */
	CAROM_ENDPOINT_FEED,   /* its function answers, and may wait until there is something */
	CAROM_ENDPOINT_UNSUBSCRIBE, /* without a key; a page for people */
	CAROM_ENDPOINT_HEALTH,      /* without a key */
	CAROM_ENDPOINT_METRICS      /* without a key, on the unix socket alone */
} CaromEndpointKind;

typedef struct {
	const char *name;   /* for numbers and logs */
	const char *method; /* GET serves HEAD too */
	const char *path;   /* of segments; {NAME} is any one, and the field of that name */
	CaromEndpointKind kind;
	CaromApiFunction function;
	/* in the order in which the function takes them; those of the path come first */
	const CaromInput *fields;
	guint n_fields;
} CaromEndpoint;

const CaromEndpoint *carom_endpoints_all(guint *n);

/* The one that method and target ask for. NULL: there is none, and *allow is the methods that
 * there are at that path ("GET, PUT"), the caller's, or NULL. */
const CaromEndpoint *carom_endpoints_find(const char *method, const CaromTarget *target,
					  char **allow);

/* Reads the fields that stand in the path of target, which the endpoint was found by. */
CAROM_MUST_CHECK CaromStatus carom_endpoints_path(const CaromEndpoint *endpoint,
						  const CaromTarget *target, CaromInputValues *out,
						  GError **err);

#endif
