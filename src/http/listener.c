/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "http/listener.h"

#ifdef HAVE_MICROHTTPD

#include "base/deadline.h"
#include "base/log.h"
#include "http/head.h"
#include "http/overdue.h"
#include "http/problem.h"
#include "http/target.h"

#include <microhttpd.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS 200
#define HEAD_OCTETS (32 * 1024) /* of a request, before its body */
#define SILENCE_SECONDS 15      /* after which a connection is closed */
#define REQUEST_SECONDS 30      /* for the whole of a request to come in */
#define DRAIN_SECONDS 10
#define STACK_OCTETS (512 * 1024)
#define PIECE_OCTETS (64 * 1024)        /* of a stream */
#define SINK_OCTETS ((guint64) 1 << 30) /* of a body that is taken in as it comes */
#define SINK_SLOWEST (8 * 1024)         /* octets of it a second */
#define TRACE_MAX 64
#define PAGE_POLICY                                                                                \
	"default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
#define DESK_POLICY PAGE_POLICY "; style-src 'self'; img-src 'self'"

struct CaromListener {
	const CaromHttp *http;
	gsize body_max;
	struct MHD_Daemon *daemon;
	CaromOverdue *overdue;
	int fd;
	int under_way; /* atomic; requests that are being answered */
	gint traces;   /* atomic */
	guint32 started;
};

/* One request, from the first octet of its target to the last one of its answer. */
typedef struct {
	CaromListener *listener;
	CaromOverdueEntry *entry;
	char *target;
	GString *body;
	CaromHttpSink *sink;       /* takes the body instead; NULL: none */
	CaromHttpResponse refusal; /* for once the body has been read; its status is 0: none */
	guint64 received;          /* octets of it */
	gint64 began;              /* monotonic time */
	char trace[TRACE_MAX + 1];
	gboolean head_seen, too_large, counted;
} Request;

/* ---- answers ------------------------------------------------------------------------ */

/* A body that is made while it goes out. */
typedef struct {
	CaromHttpStream *stream;
	GString *piece;
	gsize sent; /* of the piece */
} Sending;

static ssize_t
send_piece(void *user, uint64_t position, char *buffer, size_t max)
{
	Sending *s = user;
	g_autoptr(GError) error = NULL;
	gsize n;

	(void) position;
	while (s->sent == s->piece->len) {
		CaromStatus status;

		g_string_truncate(s->piece, 0);
		s->sent = 0;
		status = s->stream->next(s->stream, s->piece, &error);
		if (status == CAROM_ABSENT)
			return MHD_CONTENT_READER_END_OF_STREAM;
		if (status != CAROM_OK) {
			/* the last chunk never comes, so that nobody takes it for the whole */
			carom_log(CAROM_LOG_WARNING, "api: an answer was broken off: %s",
				  error->message);
			return MHD_CONTENT_READER_END_WITH_ERROR;
		}
	}
	n = MIN(max, s->piece->len - s->sent);
	memcpy(buffer, s->piece->str + s->sent, n);
	s->sent += n;
	return (ssize_t) n;
}

static void
end_sending(void *user)
{
	Sending *s = user;

	s->stream->free(s->stream);
	g_string_free(s->piece, TRUE);
	g_free(s);
}

/* Takes the body or the stream out of response. */
static struct MHD_Response *
make_response(CaromHttpResponse *response)
{
	Sending *s;
	gsize len;
	char *text;

	if (response->stream != NULL) {
		s = g_new0(Sending, 1);
		s->stream = g_steal_pointer(&response->stream);
		s->piece = g_string_new(NULL);
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_OCTETS, send_piece,
							 s, end_sending);
	}
	len = response->body ? response->body->len : 0;
	text = response->body ? g_string_free(g_steal_pointer(&response->body), FALSE) : NULL;
	return MHD_create_response_from_buffer_with_free_callback(len, text, g_free);
}

static void
add_fields(struct MHD_Response *made, const CaromHttpResponse *response, const char *trace)
{
	g_autofree char *seconds = g_strdup_printf("%u", response->retry_after);
	g_autofree char *file = g_strdup_printf("attachment; filename=\"%s\"",
						response->file ? response->file : "");

	if (response->content_type != NULL)
		MHD_add_response_header(made, "Content-Type", response->content_type);
	MHD_add_response_header(made, "Cache-Control", "no-store");
	MHD_add_response_header(made, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(made, "X-Request-Id", trace);
	if (response->is_page)
		MHD_add_response_header(made, "Content-Security-Policy",
					response->is_desk ? DESK_POLICY : PAGE_POLICY);
	/* of the page for staff, the origin is what its own forms are known by */
	if (response->is_page)
		MHD_add_response_header(made, "Referrer-Policy",
					response->is_desk ? "same-origin" : "no-referrer");
	if (response->file != NULL)
		MHD_add_response_header(made, "Content-Disposition", file);
	if (response->retry_after > 0)
		MHD_add_response_header(made, "Retry-After", seconds);
	if (response->allow != NULL)
		MHD_add_response_header(made, "Allow", response->allow);
	if (response->location != NULL)
		MHD_add_response_header(made, "Location", response->location);
	if (response->asks_for_key)
		MHD_add_response_header(made, "WWW-Authenticate", "Bearer realm=\"carom\"");
	if (response->close)
		MHD_add_response_header(made, "Connection", "close");
}

/* Hands the response over, and clears it. */
static enum MHD_Result
queue(struct MHD_Connection *connection, CaromHttpResponse *response, const char *trace)
{
	struct MHD_Response *made = make_response(response);
	enum MHD_Result result = MHD_NO;

	if (made != NULL) {
		add_fields(made, response, trace);
		result = MHD_queue_response(connection, (unsigned) response->status, made);
		MHD_destroy_response(made);
	}
	carom_http_response_clear(response);
	return result;
}

static enum MHD_Result
refuse(struct MHD_Connection *connection, const Request *request, int status, const char *why)
{
	CaromHttpResponse response = { 0 };

	carom_http_fail(&response, status, why, NULL, request->trace);
	response.close = TRUE; /* where the next request would begin is not known */
	return queue(connection, &response, request->trace);
}

/* ---- requests -------------------------------------------------------------------------- */

static enum MHD_Result
take_field(void *user, enum MHD_ValueKind kind, const char *name, size_t name_len,
	   const char *value, size_t value_len)
{
	(void) kind;
	carom_head_add(user, name, name_len, value ? value : "", value ? value_len : 0);
	return MHD_YES;
}

/* The word that a proxy gave the request, if it is one; else one of ours. */
static void
set_trace(Request *request, struct MHD_Connection *connection)
{
	const char *given =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Request-Id");
	const gsize len = given ? strlen(given) : 0;
	CaromListener *listener = request->listener;

	for (gsize i = 0; given != NULL && i < len; i++)
		if (!g_ascii_isalnum(given[i]) && given[i] != '-')
			given = NULL;
	if (given != NULL && len > 0 && len <= TRACE_MAX)
		g_strlcpy(request->trace, given, sizeof request->trace);
	else
		g_snprintf(request->trace, sizeof request->trace, "%08x-%x", listener->started,
			   (guint) g_atomic_int_add(&listener->traces, 1));
}

static const char *
find_field(const CaromHttpRequest *request, const char *name)
{
	return MHD_lookup_connection_value(request->carrier, MHD_HEADER_KIND, name);
}

/* What is known of the request, borrowed of it. */
static CaromHttpRequest
describe(const Request *request, struct MHD_Connection *connection, const char *method)
{
	return (CaromHttpRequest){
		.method = method,
		.target = request->target,
		.authorization =
			MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
		.content_type =
			MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type"),
		.language =
			MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Language"),
		.body = request->body->str,
		.body_len = request->body->len,
		.trace = request->trace,
		.field = find_field,
		.carrier = connection,
	};
}

/* Whether somebody wants the body as it comes, or wants none of it: then it is answered. */
static enum MHD_Result
open_body(Request *request, struct MHD_Connection *connection, const char *method,
	  const CaromHead *head)
{
	const CaromHttpRequest asked = describe(request, connection, method);
	const gsize body_max = request->listener->body_max;
	CaromHttpResponse response;

	request->began = g_get_monotonic_time();
	request->sink = carom_http_open(request->listener->http, &asked, &response);
	request->refusal = response;
	if (head->n_lengths > 0 && head->length > (request->sink ? SINK_OCTETS : body_max))
		return refuse(connection, request, 413, "the body is too large");
	/* who sends a short body may not look before it is sent */
	if (response.status == 0 || (head->n_lengths > 0 && head->length <= body_max))
		return MHD_YES;
	request->refusal.close = TRUE;
	return queue(connection, &request->refusal, request->trace);
}

/* MHD_YES: it may go on, or was answered. */
static enum MHD_Result
take_head(Request *request, struct MHD_Connection *connection, const char *method,
	  const char *version)
{
	CaromHead head = { 0 };
	const char *problem;

	set_trace(request, connection);
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_field, &head);
	problem = carom_head_problem(&head);
	if (problem == NULL && strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		problem = "the version is not that of HTTP/1.1";
	if (problem == NULL && strlen(request->target) > CAROM_TARGET_MAX)
		problem = "the target is too long";
	if (problem != NULL)
		return refuse(connection, request, 400, problem);
	if (head.n_encodings > 0 || head.length > 0)
		return open_body(request, connection, method, &head);
	return MHD_YES;
}

static enum MHD_Result
answer_request(Request *request, struct MHD_Connection *connection, const char *method)
{
	const CaromHttpRequest asked = describe(request, connection, method);
	CaromHttpResponse response = { 0 };

	carom_overdue_pause(request->listener->overdue, request->entry);
	if (request->too_large)
		return refuse(connection, request, 413, "the body is too large");
	__atomic_add_fetch(&request->listener->under_way, 1, __ATOMIC_RELAXED);
	request->counted = TRUE;
	if (request->refusal.status != 0)
		return queue(connection, &request->refusal, request->trace);
	if (request->sink != NULL)
		carom_http_end(request->listener->http, &asked, request->sink, &response);
	else
		carom_http_answer(request->listener->http, &asked, &response);
	return queue(connection, &response, request->trace);
}

/* A piece of the body for the sink. It may come as long as it comes fast enough. */
static enum MHD_Result
take_piece(Request *request, const char *data, gsize len)
{
	CaromOverdue *overdue = request->listener->overdue;
	const gint64 seconds = (g_get_monotonic_time() - request->began) / G_USEC_PER_SEC;

	request->received += len;
	if (request->received > SINK_OCTETS)
		request->too_large = TRUE;
	if (request->too_large ||
	    seconds > REQUEST_SECONDS + (gint64) (request->received / SINK_SLOWEST))
		return request->too_large ? MHD_YES : MHD_NO;
	carom_overdue_pause(overdue, request->entry);
	request->sink->push(request->sink, data, len);
	carom_overdue_resume(overdue, request->entry);
	return MHD_YES;
}

/* What the library calls for the head, for each piece of the body, and at its end. */
static enum MHD_Result
handle(void *user, struct MHD_Connection *connection, const char *url, const char *method,
       const char *version, const char *data, size_t *data_len, void **context)
{
	const CaromListener *listener = user;
	Request *request = *context;

	(void) url; /* decoded, after a fashion: the target is read from what came */
	if (!request->head_seen) {
		request->head_seen = TRUE;
		return take_head(request, connection, method, version);
	}
	if (*data_len == 0)
		return answer_request(request, connection, method);
	if (request->sink != NULL) {
		const gsize len = *data_len;

		*data_len = 0;
		return take_piece(request, data, len);
	}
	if (request->body->len + *data_len > listener->body_max)
		request->too_large = TRUE;
	else
		g_string_append_len(request->body, data, (gssize) *data_len);
	*data_len = 0;
	return MHD_YES;
}

/* Called with the target as it came, before anything else. What it returns is the context. */
static void *
begin_request(void *user, const char *target, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	Request *request = g_new0(Request, 1);

	request->listener = user;
	request->entry = info->socket_context;
	request->target = g_strdup(target);
	request->body = g_string_new(NULL);
	return request;
}

static void
end_request(void *user, struct MHD_Connection *connection, void **context,
	    enum MHD_RequestTerminationCode code)
{
	CaromListener *listener = user;
	Request *request = *context;

	(void) connection;
	(void) code;
	if (request == NULL)
		return;
	carom_overdue_resume(listener->overdue, request->entry);
	if (request->counted)
		__atomic_sub_fetch(&listener->under_way, 1, __ATOMIC_RELAXED);
	if (request->sink != NULL)
		request->sink->free(request->sink);
	carom_http_response_clear(&request->refusal);
	g_free(request->target);
	g_string_free(request->body, TRUE);
	g_free(request);
	*context = NULL;
}

static void
watch_connection(void *user, struct MHD_Connection *connection, void **context,
		 enum MHD_ConnectionNotificationCode code)
{
	CaromListener *listener = user;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

		*context = carom_overdue_add(listener->overdue, info->connect_fd);
	} else if (*context != NULL) {
		carom_overdue_remove(listener->overdue, *context);
		*context = NULL;
	}
}

/* Nothing is decoded but by target.h. */
static size_t
decode_nothing(void *user, struct MHD_Connection *connection, char *text)
{
	(void) user;
	(void) connection;
	return strlen(text);
}

/* ---- the daemon ------------------------------------------------------------------------ */

CaromStatus
carom_listener_available(GError **err)
{
	(void) err;
	return CAROM_OK;
}

CaromStatus
carom_listener_start(const CaromHttp *http, int fd, gsize body_max, CaromListener **out,
		     GError **err)
{
	CaromListener *listener = g_new0(CaromListener, 1);
	CaromStatus status = carom_overdue_start(REQUEST_SECONDS, &listener->overdue, err);

	*out = NULL;
	listener->http = http;
	listener->body_max = body_max;
	listener->fd = fd;
	listener->started = (guint32) g_get_real_time();
	if (status == CAROM_OK) {
		listener->daemon = MHD_start_daemon(
			MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
				MHD_USE_POLL | MHD_USE_ITC,
			0, NULL, NULL, handle, listener, MHD_OPTION_LISTEN_SOCKET, fd,
			MHD_OPTION_CONNECTION_LIMIT, (unsigned) CONNECTIONS,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) HEAD_OCTETS,
			MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) SILENCE_SECONDS,
			MHD_OPTION_THREAD_STACK_SIZE, (size_t) STACK_OCTETS,
			MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK,
			decode_nothing, NULL, MHD_OPTION_URI_LOG_CALLBACK, begin_request, listener,
			MHD_OPTION_NOTIFY_COMPLETED, end_request, listener,
			MHD_OPTION_NOTIFY_CONNECTION, watch_connection, listener, MHD_OPTION_END);
		if (listener->daemon == NULL)
			status =
				carom_status_fail(err, CAROM_RETRY, "libmicrohttpd does not start");
	}
	if (status == CAROM_OK) {
		*out = listener;
		return CAROM_OK;
	}
	close(fd);
	carom_overdue_stop(listener->overdue);
	g_free(listener);
	return status;
}

void
carom_listener_stop(CaromListener *listener)
{
	CaromDeadline end = carom_deadline_in_s(DRAIN_SECONDS);

	if (listener == NULL)
		return;
	/* the socket stays open until it is all over */
	(void) MHD_quiesce_daemon(listener->daemon);
	while (__atomic_load_n(&listener->under_way, __ATOMIC_RELAXED) > 0 &&
	       !carom_deadline_passed(end))
		g_usleep(20 * 1000);
	MHD_stop_daemon(listener->daemon);
	close(listener->fd);
	carom_overdue_stop(listener->overdue);
	g_free(listener);
}

#else

CaromStatus
carom_listener_available(GError **err)
{
	return carom_status_fail(err, CAROM_MISUSE,
				 "this carom was built without libmicrohttpd, and has no role api: "
				 "install libmicrohttpd-dev and build it again");
}

CaromStatus
carom_listener_start(const CaromHttp *http, int fd, gsize body_max, CaromListener **out,
		     GError **err)
{
	(void) http;
	(void) fd;
	(void) body_max;
	*out = NULL;
	return carom_listener_available(err);
}

void
carom_listener_stop(CaromListener *listener)
{
	(void) listener;
}

#endif
