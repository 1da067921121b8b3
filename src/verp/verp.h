/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verp - return addresses that carry the recipient
 *
 * Two signed forms of our own (carom-verp(7) has algorithm and test vectors)
 * and the classic unsigned ones:
 *
 *   address form   bounces+alice=example.org+TAG@b.example.com
 *   token form     bounces+TOKEN@b.example.com      local part of at most 40 octets
 *   classic        bounces+alice=example.org@b.example.com
 *                  bounces-42-alice=example.org@b.example.com      (ezmlm, with a tag)
 *                  bounce+alice==a==example.org==list==w@b.example.com     (Sympa)
 *
 * A signature proves that we mailed that recipient on that day; a classic
 * address proves nothing, for anybody can write one.
 */
#ifndef CAROM_VERP_H
#define CAROM_VERP_H

#include "verp/keyring.h"

/*
 * Base32 digits. TAG: key 1, day 3, stream 2, MAC 12. TOKEN: key 1, address id 8,
 * day 3, stream 2, MAC 12. A stream over CAROM_VERP_SHORT_STREAM takes 5 digits, so
 * both are 3 longer then.
 */
#define CAROM_VERP_TAG 18
#define CAROM_VERP_TOKEN 26
#define CAROM_VERP_LONG 3             /* digits more for a stream of many */
#define CAROM_VERP_LOCAL_MAX 64       /* RFC 5321 4.5.3.1.1 */
#define CAROM_VERP_TOKEN_LOCAL_MAX 40 /* leaves room for SRS and for forwarders that add a tag */
#define CAROM_VERP_SHORT_STREAM 1023  /* the last number that [streams] may name */
#define CAROM_VERP_MAX_STREAM 33554431
#define CAROM_VERP_MAX_ID ((G_GUINT64_CONSTANT(1) << 40) - 1)

typedef enum {
	CAROM_VERP_NONE,    /* no return address of ours */
	CAROM_VERP_CLASSIC, /* unsigned */
	CAROM_VERP_SIGNED,  /* the MAC holds and the day is near enough */
	CAROM_VERP_EXPIRED, /* the MAC holds, the day is too long ago */
	CAROM_VERP_FORGED,  /* it has the form of a signed one, the MAC doesn't hold */
} CaromVerpState;

typedef struct {
	char *sender;       /* the address without recipient or token: "bounces@b.example.com" */
	char *recipient;    /* the address that was mailed; NULL for a token */
	gboolean unsure;    /* it could be split for another recipient as well, and nothing tells */
	guint64 address_id; /* of a token: row of carom.address; 0 otherwise */
	guint stream;       /* 0: none said; up to CAROM_VERP_SHORT_STREAM: of [streams];
			     * above: of the table carom.stream */
	gint day;           /* days since 2020-01-01 UTC; signed ones only */
	char key;           /* id of the key; signed ones only */
} CaromVerp;

typedef struct {
	const CaromKeyring *keys; /* NULL: no key, only classic addresses are read */
	const char *delimiters;   /* characters that may part sender and recipient; the first one is
				     written */
	char *const *domains;     /* whose addresses are ours; NULL or empty: any */
	gint lifetime;            /* days */
	GHashTable *senders;      /* lower-case return addresses that are known to be ours; NULL:
				     none known */
	guint reserve; /* octets of a local part that is written to leave free, as XVERP needs */
	const GPtrArray *named; /* of const char *: whom the report names. Of several ways to split
				   an unsigned address the one that it confirms is believed. NULL:
				   nobody */
} CaromVerpSettings;

/*
 * Reads a return address in any form; BATV (prvs=) and SRS0/SRS1 wrappers are
 * taken off first, and so is the recipient that Postfix's XVERP put after a
 * signed one. Any answer but NONE fills *out, which the caller clears.
 * today: carom_verp_today(), or another day in tests.
 */
CaromVerpState carom_verp_read(const char *address, const CaromVerpSettings *settings, gint today,
			       CaromVerp *out);

/*
 * Finds a token of ours anywhere in text, as in a private header, a Message-ID
 * or a List-Unsubscribe address: signed addresses and bare tokens. Only SIGNED
 * and EXPIRED are found; everything else is somebody's text: NONE.
 */
CaromVerpState carom_verp_find(const char *text, const CaromVerpSettings *settings, gint today,
			       CaromVerp *out);

/*
 * The signed return address for recipient, on sender ("bounces@b.example.com").
 * CAROM_MALFORMED: it won't fit in 64 octets, or has characters that only a
 * token can carry. Caller's.
 */
CAROM_MUST_CHECK CaromStatus carom_verp_write(const CaromVerpSettings *settings, const char *sender,
					      const char *recipient, guint stream, gint day,
					      char **out, GError **err);

/* The bare token for a row of carom.address; for the local part after sender and delimiter, and
 * for headers. Caller's. */
CAROM_MUST_CHECK CaromStatus carom_verp_token(const CaromVerpSettings *settings, guint64 address_id,
					      guint stream, gint day, char **out, GError **err);

/* The return address that carries token. CAROM_MALFORMED: sender is too long for 40 octets. */
CAROM_MUST_CHECK CaromStatus carom_verp_write_token(const CaromVerpSettings *settings,
						    const char *sender, const char *token,
						    char **out, GError **err);

/* Days since 2020-01-01 UTC, today's and of a moment in seconds since 1970; and a day as
 * YYYY-MM-DD, caller's. */
gint carom_verp_today(void);
gint carom_verp_day(gint64 seconds);
char *carom_verp_day_text(gint day);

void carom_verp_clear(CaromVerp *verp);

#endif
