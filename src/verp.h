/*
 * verp - return addresses that carry the recipient
 *
 * Classic, unsigned forms: they say whom a bounce is about but prove nothing,
 * for anybody can write one.
 */
#ifndef CAROM_VERP_H
#define CAROM_VERP_H

#include "report.h"

typedef struct {
	char *sender;     /* the return address without its recipient: "news@b.example.com" */
	char *recipient;  /* the address that was mailed */
} CaromVerp;

/*
 * Reads a classic VERP address: sender, delimiter, user=domain @ bounce domain
 * (Postfix XVERP, qmail, ezmlm; "==" as Sympa writes it). delimiters holds the
 * characters that may part the two. BATV (prvs=) and SRS0/SRS1 wrappers are
 * taken off first. domains (may be NULL or empty: any) are those whose
 * addresses are ours. FALSE if it is none; *out is then untouched.
 */
gboolean carom_verp_read(const char *address, const char *delimiters, char *const *domains, CaromVerp *out);

void carom_verp_clear(CaromVerp *verp);

#endif
