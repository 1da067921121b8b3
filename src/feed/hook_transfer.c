/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "feed/hook_transfer.h"

void
carom_hook_transfer_clear(CaromHookResult *result)
{
	g_clear_pointer(&result->error, g_free);
	g_clear_pointer(&result->answer, g_free);
}

#ifdef HAVE_LIBCURL

#include "feed/hook_address.h"
#include "feed/hook_answer.h"

#include <curl/curl.h>
#include <sys/socket.h>

struct CaromHookTransfers {
	const CaromHookLimits *limits;
	CURLM *multi;
	GPtrArray *under_way; /* Transfer */
};

/* One request. */
typedef struct {
	const CaromHookLimits *limits;
	CURL *easy;
	struct curl_slist *fields;
	char *body;
	gpointer user;
	CaromHookAnswer answer;
	const char *problem; /* why its address was refused; NULL: it was not */
	char message[CURL_ERROR_SIZE];
} Transfer;

static void
transfer_free(Transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->fields);
	g_free(t->body);
	g_free(t);
}

/* ---- what libcurl calls ---- */

static size_t
take_body(char *data, size_t size, size_t n, void *user)
{
	Transfer *t = user;

	return carom_hook_answer_take(&t->answer, data, size * n) ? size * n : 0;
}

static size_t
take_field(char *data, size_t size, size_t n, void *user)
{
	Transfer *t = user;

	(void) data;
	return carom_hook_answer_take_head(&t->answer, size * n) ? size * n : 0;
}

/* With the address that the kernel would connect to, after all names are resolved. */
static curl_socket_t
open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	Transfer *t = user;
	const char *problem = carom_hook_address_problem(&address->addr, t->limits->networks);

	if (purpose != CURLSOCKTYPE_IPCXN || problem != NULL) {
		t->problem = problem ? problem : "of no internet";
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- one request ---- */

static void
add_field(Transfer *t, const char *name, const char *value)
{
	g_autofree char *field = g_strdup_printf("%s: %s", name, value);

	t->fields = curl_slist_append(t->fields, field);
}

static void
set_fields(Transfer *t, const CaromHookRequest *request)
{
	g_autofree char *stamp = g_strdup_printf("%" G_GINT64_FORMAT, request->timestamp);

	add_field(t, "content-type", "application/json");
	add_field(t, "webhook-id", request->id);
	add_field(t, "webhook-timestamp", stamp);
	add_field(t, "webhook-signature", request->signature);
	/* not wait for leave to send a body of a few KiB */
	t->fields = curl_slist_append(t->fields, "Expect:");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->fields);
}

static void
set_bounds(const Transfer *t)
{
	const CaromHookLimits *limits = t->limits;

	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR,
			 limits->allow_http ? "https,http" : "https");
	curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, limits->timeout * 1000L);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	/* a name server that hangs holds up this request, and not the others */
	curl_easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(t->easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->message);
	if (limits->ca_file != NULL && *limits->ca_file != '\0')
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, limits->ca_file);
}

static void
set_calls(Transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_field);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
}

CaromStatus
carom_hook_transfers_begin(CaromHookTransfers *transfers, const CaromHookRequest *request,
			   gpointer user, GError **err)
{
	Transfer *t = g_new0(Transfer, 1);
	CURLMcode code;

	t->limits = transfers->limits;
	t->user = user;
	t->body = g_strdup(request->body);
	t->easy = curl_easy_init();
	if (t->easy == NULL) {
		transfer_free(t);
		return carom_status_fail(err, CAROM_RETRY, "libcurl gives no handle");
	}
	curl_easy_setopt(t->easy, CURLOPT_URL, request->url);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body);
	set_bounds(t);
	set_fields(t, request);
	set_calls(t);
	code = curl_multi_add_handle(transfers->multi, t->easy);
	if (code != CURLM_OK) {
		transfer_free(t);
		return carom_status_fail(err, CAROM_RETRY, "libcurl: %s",
					 curl_multi_strerror(code));
	}
	g_ptr_array_add(transfers->under_way, t);
	return CAROM_OK;
}

/* ---- what came of it ---- */

/* NULL: nothing went wrong. Caller's. */
static char *
error_of(const Transfer *t, CURLcode code, long status)
{
	if (code == CURLE_OK)
		return NULL;
	/* it had said all that counts */
	if (code == CURLE_WRITE_ERROR && t->answer.body > CAROM_HOOK_ANSWER_READ)
		return status >= 200 && status < 300
			       ? NULL
			       : g_strdup("its answer was too long, and was not read to the end");
	if (code == CURLE_WRITE_ERROR)
		return g_strdup("the header of its answer was too long");
	if (code == CURLE_UNSUPPORTED_PROTOCOL)
		return g_strdup("it wants http, which allow-http in [webhooks] does not allow");
	if (code == CURLE_COULDNT_CONNECT && t->problem != NULL)
		return g_strdup_printf("its address is %s, and allow-networks in [webhooks] does "
				       "not have it",
				       t->problem);
	return g_strdup(t->message[0] != '\0' ? t->message : curl_easy_strerror(code));
}

gboolean
carom_hook_transfers_next(CaromHookTransfers *transfers, CaromHookResult *out)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(transfers->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		curl_off_t took = 0, wait = 0;
		Transfer *t;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		*out = (CaromHookResult){ .user = t->user };
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &out->status);
		curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait);
		curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took);
		out->error = error_of(t, code, out->status);
		/* who did not say it to the end may not have taken it */
		if (out->error != NULL || out->status < 200)
			out->status = out->status >= 400 ? out->status : 0;
		out->retry_after = wait;
		out->took = took / 1000;
		out->answer = carom_hook_answer_text(&t->answer);
		curl_multi_remove_handle(transfers->multi, t->easy);
		g_ptr_array_remove_fast(transfers->under_way, t);
		transfer_free(t);
		return TRUE;
	}
	return FALSE;
}

/* ---- all of them ---- */

CaromStatus
carom_hook_transfers_available(GError **err)
{
	static gboolean ready;

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return carom_status_fail(err, CAROM_MISUSE, "libcurl does not start");
	ready = TRUE;
	return CAROM_OK;
}

CaromStatus
carom_hook_transfers_new(const CaromHookLimits *limits, CaromHookTransfers **out, GError **err)
{
	CURLM *multi = curl_multi_init();

	*out = NULL;
	if (multi == NULL)
		return carom_status_fail(err, CAROM_RETRY, "libcurl does not start");
	*out = g_new0(CaromHookTransfers, 1);
	(*out)->limits = limits;
	(*out)->multi = multi;
	(*out)->under_way = g_ptr_array_new();
	return CAROM_OK;
}

void
carom_hook_transfers_free(CaromHookTransfers *transfers)
{
	if (transfers == NULL)
		return;
	for (guint i = 0; i < transfers->under_way->len; i++) {
		Transfer *t = transfers->under_way->pdata[i];

		curl_multi_remove_handle(transfers->multi, t->easy);
		transfer_free(t);
	}
	g_ptr_array_unref(transfers->under_way);
	curl_multi_cleanup(transfers->multi);
	g_free(transfers);
}

void
carom_hook_transfers_work(CaromHookTransfers *transfers, int milliseconds)
{
	int running = 0;

	curl_multi_perform(transfers->multi, &running);
	if ((guint) running < transfers->under_way->len)
		return; /* one has ended */
	curl_multi_poll(transfers->multi, NULL, 0, milliseconds, NULL);
	curl_multi_perform(transfers->multi, &running);
}

guint
carom_hook_transfers_count(const CaromHookTransfers *transfers)
{
	return transfers->under_way->len;
}

#else

CaromStatus
carom_hook_transfers_available(GError **err)
{
	return carom_status_fail(err, CAROM_MISUSE,
				 "this carom was built without libcurl, and has no role webhooks: "
				 "install libcurl4-openssl-dev and build it again");
}

CaromStatus
carom_hook_transfers_new(const CaromHookLimits *limits, CaromHookTransfers **out, GError **err)
{
	(void) limits;
	*out = NULL;
	return carom_hook_transfers_available(err);
}

void
carom_hook_transfers_free(CaromHookTransfers *transfers)
{
	(void) transfers;
}

CaromStatus
carom_hook_transfers_begin(CaromHookTransfers *transfers, const CaromHookRequest *request,
			   gpointer user, GError **err)
{
	(void) transfers;
	(void) request;
	(void) user;
	return carom_hook_transfers_available(err);
}

void
carom_hook_transfers_work(CaromHookTransfers *transfers, int milliseconds)
{
	(void) transfers;
	(void) milliseconds;
}

gboolean
carom_hook_transfers_next(CaromHookTransfers *transfers, CaromHookResult *out)
{
	(void) transfers;
	(void) out;
	return FALSE;
}

guint
carom_hook_transfers_count(const CaromHookTransfers *transfers)
{
	(void) transfers;
	return 0;
}

#endif
