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
	CAROM_ENDPOINT_IMPORT, /* a body of any length, taken in as it comes */
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

/* Those of carom's own API. */
const CaromEndpoint *carom_endpoints_all(guint *n);

/* The one of n rows that method and target ask for. NULL: there is none, and *allow is the methods
 * that there are at that path ("GET, PUT"), the caller's, or NULL. */
const CaromEndpoint *carom_endpoints_find(const CaromEndpoint *rows, guint n, const char *method,
					  const CaromTarget *target, char **allow);

/* Reads the fields that stand in the path of target, which the endpoint was found by. */
CAROM_MUST_CHECK CaromStatus carom_endpoints_path(const CaromEndpoint *endpoint,
						  const CaromTarget *target, CaromInputValues *out,
						  GError **err);

/*
 * Reads all fields: those of the path, of the query and of the body. content_type
 * may be NULL. 0: all that is needed is there. Else the status of HTTP for what
 * is wrong, and *err says what. Clear *out in either case.
 */
CAROM_MUST_CHECK int carom_endpoints_read(const CaromEndpoint *endpoint, const CaromTarget *target,
					  const char *content_type, const char *body, gsize len,
					  CaromInputValues *out, GError **err);

#endif
