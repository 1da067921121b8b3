/* SPDX-License-Identifier: BSD-2-Clause */
/* policy_words - a row of policy in the words of people */
#ifndef CAROM_POLICY_WORDS_H
#define CAROM_POLICY_WORDS_H

#include "store/policies.h"

/* "after 5 days within 30, for 90 days, the account". after 0 or less: "never". Caller's. */
char *carom_policy_words(const CaromPolicy *policy);

/* Whose mail it is about, where and with which code: "acme/news, gmail, 5.2.2"; "" for all.
 * Caller's. */
char *carom_policy_words_where(const CaromPolicy *policy);

/* The row of a table whose columns of a policy begin with first. Borrows from the table. */
CaromPolicy carom_policy_words_row(const CaromTable *table, guint row, guint first);

#endif
