/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http - a request in, a response out, whatever carries them
 *
 * Only listener.c knows the HTTP library; the groups (group.h) know what can be
 * asked. What is between them is here.
 */
#ifndef CAROM_HTTP_H
#define CAROM_HTTP_H

#include "base/status.h"
#include "desk/desk.h"
#include "http/limiter.h"
#include "http/metrics.h"
#include "store/pool.h"

typedef struct CaromChecks CaromChecks; /* checks.h */

/* What all answers need. Any thread. */
typedef struct {
	CaromPool *pool;
	CaromLimiter *limiter;
	CaromChecks *checks;
	CaromMetrics *metrics;
	GHashTable *streams; /* number in a token -> "account/stream"; borrowed, of carom.conf */
	const int *ending;   /* atomic: not 0 once nobody is to wait any more */
	gboolean is_local;   /* nobody but who may open the unix socket asks */
	CaromDesk *desk; /* the page for staff, and nothing else, is what this answers; or NULL */
} CaromHttp;

typedef struct CaromHttpRequest CaromHttpRequest;

/* All of it is borrowed. */
struct CaromHttpRequest {
	const char *method;
	const char *target;        /* as it came */
	const char *authorization; /* the field; NULL: none */
	const char *content_type;  /* likewise */
	const char *language;      /* likewise: Accept-Language */
	const char *body;
	gsize body_len;
	const char *trace; /* a word of its own for the log and the answer */
	/* The value of any field of the head, the first of that name; NULL: none. */
	const char *(*field)(const CaromHttpRequest *request, const char *name);
	void *carrier; /* of who carries the request */
};

typedef struct CaromHttpResponse CaromHttpResponse;
typedef struct CaromHttpStream CaromHttpStream; /* a body that is made while it goes out */

/* Makes the next piece. CAROM_ABSENT: there is none, it is whole. On any other status it is broken
 * off. */
typedef CaromStatus (*CaromHttpNext)(CaromHttpStream *stream, GString *piece, GError **err);

struct CaromHttpStream {
	CaromHttpNext next;
	void (*free)(CaromHttpStream *stream);
};

/* What takes a body in as it comes, of whatever length. */
typedef struct CaromHttpSink CaromHttpSink;

struct CaromHttpSink {
	void (*push)(CaromHttpSink *sink, const char *bytes, gsize len);
	void (*end)(CaromHttpSink *sink, CaromHttpResponse *out); /* answers, always */
	void (*free)(CaromHttpSink *sink);
};

/* What was asked, for numbers and logs. */
typedef struct {
	const char *name; /* a constant, one of carom_http_names(); NULL: nothing that there is */
	char who[64];     /* a key's id, or the name of a person; "" not known */
	gboolean is_person, is_change;
} CaromHttpAsked;

struct CaromHttpResponse {
	CaromHttpAsked asked;
	int status;
	const char *content_type; /* a constant; NULL: no body */
	GString *body;
	CaromHttpStream *stream; /* instead of body; NULL: none */
	guint retry_after;       /* seconds; 0: no such field */
	char *allow;             /* the methods that there are; NULL: no such field */
	char *location;          /* that somebody is sent to; NULL: no such field */
	gboolean asks_for_key;   /* WWW-Authenticate */
	gboolean is_page;        /* for people, in a browser */
	gboolean is_desk;        /* the page for staff: it has a style sheet, and forms */
	const char *file;        /* a constant: the name to save it under; NULL: it is looked at */
	gboolean close;          /* the connection, after it */
};

/* An answer to the request, never none. Clear *out. */
void carom_http_answer(const CaromHttp *http, const CaromHttpRequest *request,
		       CaromHttpResponse *out);

/*
 * Looks at a request whose body has not come yet. A sink, the caller's: its body
 * goes there, and then carom_http_end() answers. NULL: out->status says whether
 * it is answered already, or wants carom_http_answer() once its body is there.
 */
CaromHttpSink *carom_http_open(const CaromHttp *http, const CaromHttpRequest *request,
			       CaromHttpResponse *out);
void carom_http_end(const CaromHttp *http, const CaromHttpRequest *request, CaromHttpSink *sink,
		    CaromHttpResponse *out);

/* All names that an answer may note, *n constants, for the numbers. The array is the caller's. */
const char **carom_http_names(guint *n);

/* Makes a problem of it. detail and field may be NULL. */
void carom_http_fail(CaromHttpResponse *out, int status, const char *detail, const char *field,
		     const char *trace);

void carom_http_response_clear(CaromHttpResponse *response);

#endif
