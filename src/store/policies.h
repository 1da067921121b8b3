/* SPDX-License-Identifier: BSD-2-Clause */
/* policies - which events suppress an address: the rows, their log, and what they would have done
 */
#ifndef CAROM_POLICIES_H
#define CAROM_POLICIES_H

#include "store/connection.h"

/* A row. Texts are borrowed; NULL: all of them, and for scope: as it is. */
typedef struct {
	const char *category; /* or complaint:TYPE */
	const char *account, *stream, *provider, *status, *reply;
	int after;        /* days that are needed; 1: at once; 0: never */
	int within_days;  /* 0: it does not matter */
	int expires_days; /* 0: for good */
	const char *scope;
	/* whether it stops transactional streams as well: "true", "false"; NULL: as it is */
	const char *transactional;
	const char *note; /* why */
} CaromPolicy;

/* Columns of carom_policies_list(). */
enum {
	CAROM_POLICY_CATEGORY,
	CAROM_POLICY_ACCOUNT, /* "": all, as the next four */
	CAROM_POLICY_STREAM,
	CAROM_POLICY_PROVIDER,
	CAROM_POLICY_STATUS,
	CAROM_POLICY_REPLY,
	CAROM_POLICY_AFTER, /* NULL: never */
	CAROM_POLICY_WITHIN_DAYS,
	CAROM_POLICY_EXPIRES_DAYS, /* NULL: for good */
	CAROM_POLICY_SCOPE,
	CAROM_POLICY_TRANSACTIONAL, /* a flag */
	CAROM_POLICY_NOTE
};

/* The rows, of one category or of all (NULL). */
CAROM_MUST_CHECK CaromStatus carom_policies_list(CaromStore *store, const char *category,
						 CaromTable **out, GError **err);

/* Sets a row; its note is needed. *done (the caller's): added, replaced, kept. */
CAROM_MUST_CHECK CaromStatus carom_policies_set(CaromStore *store, const CaromPolicy *policy,
						char **done, GError **err);

/* Takes away the row of exactly that key. CAROM_ABSENT: there is none. */
CAROM_MUST_CHECK CaromStatus carom_policies_unset(CaromStore *store, const CaromPolicy *policy,
						  GError **err);

/* The streams that are transactional, one a row. */
CAROM_MUST_CHECK CaromStatus carom_policies_streams(CaromStore *store, CaromTable **out,
						    GError **err);

/* Names all of them (n strings, of ACCOUNT/STREAM or STREAM). *done (the caller's): replaced, kept.
 */
CAROM_MUST_CHECK CaromStatus carom_policies_set_streams(CaromStore *store,
							const char *const *streams, guint n,
							const char *note, char **done,
							GError **err);

/* Columns of carom_policies_log(): the row's, as it was made, after these. */
enum {
	CAROM_POLICY_LOG_AT,
	CAROM_POLICY_LOG_CHANGE, /* add, replace, remove, apply, streams */
	CAROM_POLICY_LOG_AUTHOR,
	CAROM_POLICY_LOG_LOGIN,
	CAROM_POLICY_LOG_NOTE,
	CAROM_POLICY_LOG_ADDED, /* apply: suppressions */
	CAROM_POLICY_LOG_RELEASED,
	CAROM_POLICY_LOG_CHANGED,
	CAROM_POLICY_LOG_WAS_AFTER, /* replace: the row before */
	CAROM_POLICY_LOG_WAS_WITHIN_DAYS,
	CAROM_POLICY_LOG_WAS_EXPIRES_DAYS,
	CAROM_POLICY_LOG_WAS_SCOPE,
	CAROM_POLICY_LOG_WAS_TRANSACTIONAL,
	CAROM_POLICY_LOG_STREAMS, /* streams: those that are transactional now */
	CAROM_POLICY_LOG_ROW
};

/* What was done to the policy, newest first, 100 at most. */
CAROM_MUST_CHECK CaromStatus carom_policies_log(CaromStore *store, CaromTable **out, GError **err);

typedef struct {
	const CaromPolicy *policy; /* a row more; NULL: those that there are */
	const char *since;         /* day of the first event that is looked at; NULL: all */
	gboolean apply;            /* and make the list so */
	const char *note;          /* why; needed to apply */
} CaromPolicyTrial;

/* Columns of carom_policies_try_counted(). */
enum {
	CAROM_TRIAL_CHANGE, /* add, release, longer, shorter */
	CAROM_TRIAL_REASON,
	CAROM_TRIAL_PROVIDER,
	CAROM_TRIAL_SUPPRESSIONS,
	CAROM_TRIAL_SAMPLES
};

/* How the list would change, or was changed: counted, or an entry a row. */
CAROM_MUST_CHECK CaromStatus carom_policies_try_counted(CaromStore *store,
							const CaromPolicyTrial *trial,
							CaromTable **out, GError **err);
CAROM_MUST_CHECK CaromStatus carom_policies_try(CaromStore *store, const CaromPolicyTrial *trial,
						CaromTable **out, GError **err);

#endif
