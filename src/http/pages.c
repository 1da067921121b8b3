/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/pages.h"
#include "base/log.h"
#include "http/unsubscribe.h"

/* Pieces of the desk's as a stream of ours. */
typedef struct {
	CaromHttpStream stream; /* first: the one is the other */
	CaromDeskPieces *pieces;
} Carried;

static CaromStatus
next_piece(CaromHttpStream *stream, GString *piece, GError **err)
{
	CaromDeskPieces *pieces = ((Carried *) stream)->pieces;

	return pieces->next(pieces, piece, err);
}

static void
free_carried(CaromHttpStream *stream)
{
	CaromDeskPieces *pieces = ((Carried *) stream)->pieces;

	pieces->free(pieces);
	g_free(stream);
}

static CaromHttpStream *
carry(CaromDeskPieces *pieces)
{
	Carried *carried = g_new0(Carried, 1);

	carried->stream = (CaromHttpStream){ next_piece, free_carried };
	carried->pieces = pieces;
	return &carried->stream;
}

void
carom_pages_answer(CaromDesk *desk, const CaromHttpRequest *request, CaromHttpResponse *out)
{
	const CaromDeskRequest asked = {
		.method = request->method,
		.target = request->target,
		.user = request->field(request, "X-Remote-User"),
		.host = request->field(request, "Host"),
		.origin = request->field(request, "Origin"),
		.fetch_site = request->field(request, "Sec-Fetch-Site"),
		.content_type = request->content_type,
		.body = request->body,
		.body_len = request->body_len,
		.trace = request->trace,
		.indonesian = carom_unsubscribe_is_indonesian(request->language),
	};
	CaromDeskAnswer answer;

	carom_desk_answer(desk, &asked, &answer);
	out->status = answer.status;
	out->content_type = answer.content_type;
	out->body = g_steal_pointer(&answer.body);
	out->location = g_steal_pointer(&answer.location);
	out->retry_after = answer.retry_after;
	out->allow = g_strdup(answer.allow);
	out->file = answer.file;
	out->is_page = TRUE;
	out->is_desk = TRUE;
	if (answer.pieces != NULL)
		out->stream = carry(g_steal_pointer(&answer.pieces));
	/* looking is not worth a line; changing is */
	if (answer.action != NULL)
		carom_log(CAROM_LOG_INFO,
			  "page: trace=%s, user=%s, screen=%s, action=%s, status=%d",
			  request->trace, asked.user, answer.screen, answer.action, answer.status);
	carom_desk_answer_clear(&answer);
}
