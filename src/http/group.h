/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * group - what is asked for under one beginning of the path, and who answers it
 *
 * http.c lists the groups. carom's own API is the last one and has all that is
 * left; what speaks another dialect or to people has a file and a line there.
 */
#ifndef CAROM_GROUP_H
#define CAROM_GROUP_H

#include "http/endpoints.h"
#include "http/http.h"
#include "http/target.h"

typedef struct {
	const char *prefix; /* of the target as it came: "/compat/sparkpost/" */
	const char *name;   /* for the numbers, where out->asked names nothing else; NULL: "none" */
	/* What is asked for there, whose names out->asked may have; NULL: rows of no table */
	const CaromEndpoint *(*endpoints)(guint *n);
	/* Answers, always. out is all zero but for that name; what was asked by whom is noted in
	 * out->asked. */
	void (*answer)(const CaromHttp *http, const CaromHttpRequest *request,
		       const CaromTarget *target, CaromHttpResponse *out);
	/* Looks at a request before its body comes, as carom_http_open() has it; NULL: nobody here
	 * wants that. */
	CaromHttpSink *(*open)(const CaromHttp *http, const CaromHttpRequest *request,
			       const CaromTarget *target, CaromHttpResponse *out);
	/* Says what went wrong before anybody looked, in the form of the group; NULL: a problem. */
	void (*fail)(CaromHttpResponse *out, int status, const char *detail, const char *trace);
} CaromHttpGroup;

#endif
