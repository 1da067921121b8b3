/* SPDX-License-Identifier: BSD-2-Clause */
/* problem - what went wrong, as application/problem+json (RFC 9457) */
#ifndef CAROM_PROBLEM_H
#define CAROM_PROBLEM_H

#include <glib.h>

#define CAROM_PROBLEM_TYPE "application/problem+json"

typedef struct {
	int status;         /* of HTTP, from 400 on */
	const char *detail; /* a sentence; NULL: none */
	const char *field;  /* that it is about; NULL: none of them */
	const char *errors; /* instead of field: an array of JSON with an object for each */
	const char *trace;  /* the word under which the log has it; NULL: none */
} CaromProblem;

/* Writes it after what is in out. */
void carom_problem_write(const CaromProblem *problem, GString *out);

#endif
