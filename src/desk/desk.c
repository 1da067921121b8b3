/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "desk/desk.h"
#include "base/log.h"
#include "config/datadir.h"
#include "desk/desk_private.h"
#include "desk/style.h"
#include "desk/values.h"

#include <string.h>
#include <time.h>

#define AWAY_SECONDS 10 /* after which a browser may ask again */
#define USER_MAX 100

/* An envelope that comes back. */
static const char icon[] =
	"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><path fill=\"#fff\" "
	"stroke=\"#0550ae\" stroke-width=\"3\" d=\"M3 7h26v18H3z\"/><path fill=\"none\" "
	"stroke=\"#0550ae\" stroke-width=\"3\" d=\"M3 8l13 10L29 8\"/></svg>\n";

static const char *const langs[CAROM_DESK_LANGS] = { "en", "id" };

CaromStatus
carom_desk_new(CaromStore *store, const CaromConfig *config, CaromDesk **out, GError **err)
{
	g_autoptr(CaromDesk) desk = g_new0(CaromDesk, 1);
	CaromStatus status = carom_token_key_make(&desk->key, err);

	*out = NULL;
	desk->store = store;
	desk->allow_http = config->webhooks.allow_http;
	for (guint i = 0; status == CAROM_OK && i < CAROM_DESK_LANGS; i++)
		status = carom_advice_load(carom_config_datadir(), langs[i], &desk->advice[i], err);
	if (status == CAROM_OK)
		status = carom_knowledge_load(config, &desk->knowledge, err);
	if (status == CAROM_OK)
		*out = g_steal_pointer(&desk);
	return status;
}

void
carom_desk_free(CaromDesk *desk)
{
	if (desk == NULL)
		return;
	for (guint i = 0; i < CAROM_DESK_LANGS; i++)
		carom_advice_free(desk->advice[i]);
	carom_knowledge_free(desk->knowledge);
	g_free(desk);
}

void
carom_desk_answer_clear(CaromDeskAnswer *answer)
{
	if (answer->body != NULL)
		g_string_free(answer->body, TRUE);
	if (answer->pieces != NULL)
		answer->pieces->free(answer->pieces);
	g_free(answer->location);
	memset(answer, 0, sizeof *answer);
}

/* ---- the screens --------------------------------------------------------------------- */

static const CaromDeskScreen *const screens[] = {
#define CAROM_DESK_SCREEN(name) &carom_screen_##name,
#include "desk/screens.def"
#undef CAROM_DESK_SCREEN
};

const CaromDeskScreen *const *
carom_desk_screens(guint *n)
{
	*n = G_N_ELEMENTS(screens);
	return screens;
}

/* The screen of a path of len bytes below the root; NULL: there is none. */
static const CaromDeskScreen *
find_screen(const char *path, gsize len)
{
	for (guint i = 0; i < G_N_ELEMENTS(screens); i++)
		if (strlen(screens[i]->path) == len && strncmp(screens[i]->path, path, len) == 0)
			return screens[i];
	return NULL;
}

static const CaromDeskAction *
find_action(const CaromDeskScreen *screen, const char *name)
{
	for (guint i = 0; name != NULL && i < screen->n_actions; i++)
		if (strcmp(screen->actions[i].name, name) == 0)
			return &screen->actions[i];
	return NULL;
}

/* ---- what went wrong ------------------------------------------------------------------- */

/* A page that says only that, and a link to the first one. */
static void
say(CaromDeskPage *page, int status, CaromDeskWord what, const char *more, CaromDeskAnswer *out)
{
	g_clear_pointer(&page->markup, carom_markup_free);
	carom_desk_begin(page, carom_desk_say(page, what));
	if (more != NULL)
		carom_markup_element(page->markup, "p", more, NULL);
	carom_desk_end(page, out);
	out->status = status;
}

const char *
carom_desk_fault(CaromDeskPage *page, const GError *error)
{
	static const char prefix[] = "database: ";
	const char *said = strstr(error->message, prefix);

	g_free(page->fault);
	page->fault = said != NULL ? carom_values_fault(page->lang, said + strlen(prefix))
				   : g_strdup(error->message);
	return page->fault;
}

/* What is wrong with a URL or a form that is broken. */
static const char *
form_fault(CaromDeskPage *page, const GError *error)
{
	g_free(page->fault);
	page->fault = carom_values_fault(page->lang, error->message);
	return page->fault;
}

/* What the database could not answer. */
static void
say_failure(CaromDeskPage *page, CaromStatus status, const GError *error, CaromDeskAnswer *out)
{
	if (status == CAROM_ABSENT) {
		say(page, 404, CAROM_DESK_WORD_NOTHING_HERE, error->message, out);
		return;
	}
	if (status == CAROM_MALFORMED) {
		say(page, 422, CAROM_DESK_WORD_WRONG, carom_desk_fault(page, error), out);
		return;
	}
	carom_log(status == CAROM_RETRY ? CAROM_LOG_WARNING : CAROM_LOG_ERROR,
		  "page: trace=%s, screen=%s: %s", page->request->trace,
		  page->screen ? page->screen->path : "", error->message);
	if (status == CAROM_RETRY) {
		say(page, 503, CAROM_DESK_WORD_AWAY, NULL, out);
		out->retry_after = AWAY_SECONDS;
	} else {
		g_autofree char *more =
			carom_desk_word_fill(page->lang, CAROM_DESK_WORD_FAILED_MORE, "trace",
					     page->request->trace, NULL);

		say(page, 500, CAROM_DESK_WORD_FAILED, more, out);
	}
}

/* ---- one request ---------------------------------------------------------------------------- */

/* A name that may be an author, and cannot break a line of a log. */
static gboolean
is_name(const char *user)
{
	if (user == NULL || *user == '\0' || strlen(user) > USER_MAX * 4 ||
	    !g_utf8_validate(user, -1, NULL) || g_utf8_strlen(user, -1) > USER_MAX)
		return FALSE;
	for (const char *p = user; *p != '\0'; p = g_utf8_next_char(p))
		if (!g_unichar_isprint(g_utf8_get_char(p)))
			return FALSE;
	return TRUE;
}

static void
choose_language(CaromDeskPage *page)
{
	const char *asked = carom_form_get(&page->query, "lang");
	guint chosen = page->request->indonesian ? 1 : 0;

	for (guint i = 0; asked != NULL && i < CAROM_DESK_LANGS; i++) {
		if (strcmp(asked, langs[i]) != 0)
			continue;
		page->lang_asked = langs[i];
		chosen = i;
	}
	page->lang = langs[chosen];
	page->advice = page->desk->advice[chosen];
}

/* Who asks, and what for. FALSE: it is answered. */
static gboolean
enter(CaromDeskPage *page, CaromDeskAnswer *out)
{
	static const char *const roles[] = { "reader", "editor", "admin" };
	const char *user = page->request->user, *role;
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	if (!is_name(user)) {
		say(page, 401, CAROM_DESK_WORD_NO_NAME,
		    carom_desk_say(page, CAROM_DESK_WORD_NO_NAME_MORE), out);
		return FALSE;
	}
	status = carom_page_ask(page->store, CAROM_PAGE_ENTER, user, NULL, 0, &page->entered,
				&error);
	if (status != CAROM_OK) {
		say_failure(page, status, error, out);
		return FALSE;
	}
	role = carom_desk_cell(page->entered, 0, "role");
	if (role == NULL) {
		g_autofree char *more = carom_desk_word_fill(
			page->lang, CAROM_DESK_WORD_NOT_STAFF_MORE, "name", user, NULL);

		say(page, 403, CAROM_DESK_WORD_NOT_STAFF, more, out);
		return FALSE;
	}
	for (guint i = 0; i < G_N_ELEMENTS(roles); i++)
		if (strcmp(role, roles[i]) == 0)
			page->role = (CaromDeskRole) i;
	return TRUE;
}

/* Whether the form was sent from a page of ours: browsers say where it is from. */
static gboolean
is_from_here(const CaromDeskRequest *request)
{
	const char *host = request->origin ? strstr(request->origin, "://") : NULL;

	if (request->fetch_site != NULL && strcmp(request->fetch_site, "same-origin") != 0)
		return FALSE;
	return host != NULL && request->host != NULL &&
	       g_ascii_strcasecmp(host + strlen("://"), request->host) == 0;
}

/* What a view can be filtered by, and whether there is what this one is: a name that is written
 * wrong finds nothing too. */
static CaromStatus
ask_known(CaromDeskPage *page, GError **err)
{
	const char *const args[] = { carom_desk_get(page, "account"),
				     carom_desk_get(page, "stream"),
				     carom_desk_get(page, "provider") };

	CaromStatus status = CAROM_OK;

	g_clear_pointer(&page->known, carom_table_free);
	if (page->screen->filters && page->scopes == NULL)
		status = carom_desk_ask(page, CAROM_PAGE_SCOPES, NULL, 0, &page->scopes, err);
	if (status != CAROM_OK)
		return status;
	if (args[0] == NULL && args[1] == NULL && args[2] == NULL)
		return CAROM_OK;
	return carom_desk_ask(page, CAROM_PAGE_KNOWN, args, G_N_ELEMENTS(args), &page->known, err);
}

static void
show(CaromDeskPage *page, int http_status, CaromDeskAnswer *out)
{
	g_autoptr(GError) error = NULL;
	CaromStatus status = CAROM_OK;

	if (page->screen->send != NULL) {
		status = page->screen->send(page, out, &error);
	} else {
		status = ask_known(page, &error);
		if (status == CAROM_OK)
			status = page->screen->show(page, &error);
	}

	if (status != CAROM_OK) {
		say_failure(page, status, error, out);
		return;
	}
	if (page->screen->send != NULL)
		return;
	carom_desk_end(page, out);
	out->status = http_status;
}

/* Reads what was sent, and whether it may be done. NULL: it is answered. */
static const CaromDeskAction *
read_change(CaromDeskPage *page, CaromDeskAnswer *out)
{
	const CaromDeskRequest *request = page->request;
	const CaromDeskAction *action;
	g_autoptr(GError) error = NULL;

	if (!is_from_here(request)) {
		say(page, 403, CAROM_DESK_WORD_ELSEWHERE, NULL, out);
		return NULL;
	}
	if (carom_form_body(&page->sent, request->content_type, request->body, request->body_len,
			    &error) != CAROM_OK) {
		say(page, 400, CAROM_DESK_WORD_WRONG, form_fault(page, error), out);
		return NULL;
	}
	action = find_action(page->screen, carom_desk_sent(page, "do"));
	if (action == NULL) {
		say(page, 400, CAROM_DESK_WORD_WRONG, NULL, out);
		return NULL;
	}
	out->action = action->name;
	if (!carom_token_is_good(&page->desk->key, CAROM_TOKEN_FORM, request->user,
				 carom_desk_sent(page, "token"), time(NULL))) {
		page->problem = carom_desk_say(page, CAROM_DESK_WORD_OLD_FORM);
		show(page, 403, out);
		return NULL;
	}
	if (page->role < action->role) {
		say(page, 403, CAROM_DESK_WORD_MAY_NOT, NULL, out);
		return NULL;
	}
	if (action->wants_note && carom_desk_sent(page, "note") == NULL) {
		page->problem = carom_desk_say(page, CAROM_DESK_WORD_NOTE_NEEDED);
		show(page, 422, out);
		return NULL;
	}
	return action;
}

static void
change(CaromDeskPage *page, CaromDeskAnswer *out)
{
	const CaromDeskAction *action = read_change(page, out);
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	if (action == NULL)
		return;
	status = action->act(page, &out->location, &error);
	if (status == CAROM_MALFORMED) {
		page->problem = carom_desk_fault(page, error);
		show(page, 422, out);
	} else if (status != CAROM_OK) {
		say_failure(page, status, error, out);
	} else if (out->location != NULL) {
		out->status = 303;
	} else {
		show(page, 200, out);
	}
}

static void
answer(CaromDeskPage *page, CaromDeskAnswer *out)
{
	const char *method = page->request->method, *target = page->request->target;
	const gsize path = strcspn(target, "?"), root = strlen(CAROM_DESK_ROOT);
	const gboolean looks = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	g_autoptr(GError) error = NULL;
	CaromStatus status = CAROM_OK;

	if (target[path] == '?')
		status = carom_form_read(&page->query, target + path + 1, strlen(target + path + 1),
					 &error);
	choose_language(page);
	if (!enter(page, out))
		return;
	if (status != CAROM_OK) {
		say(page, 400, CAROM_DESK_WORD_WRONG, form_fault(page, error), out);
		return;
	}
	if (path >= root && strncmp(target, CAROM_DESK_ROOT, root) == 0)
		page->screen = find_screen(target + root, path - root);
	if (page->screen == NULL) {
		say(page, 404, CAROM_DESK_WORD_NOTHING_HERE, NULL, out);
		return;
	}
	if (looks) {
		show(page, 200, out);
	} else if (strcmp(method, "POST") == 0 && page->screen->n_actions > 0) {
		change(page, out);
	} else {
		say(page, 405, CAROM_DESK_WORD_NOTHING_HERE, NULL, out);
		out->allow = page->screen->n_actions > 0 ? "GET, HEAD, POST" : "GET, HEAD";
	}
}

/* What needs no name: the style sheet, the icon, and the way from the root. FALSE: it was neither.
 */
static gboolean
answer_plain(const CaromDeskRequest *request, CaromDeskAnswer *out)
{
	if (strcmp(request->target, CAROM_DESK_ROOT "style.css") == 0) {
		out->status = 200;
		out->content_type = "text/css; charset=utf-8";
		out->body = g_string_new(NULL);
		carom_style_append(out->body);
		return TRUE;
	}
	if (strcmp(request->target, CAROM_DESK_ROOT "icon.svg") == 0) {
		out->status = 200;
		out->content_type = "image/svg+xml";
		out->body = g_string_new(icon);
		return TRUE;
	}
	if (strcmp(request->target, "/") == 0 || strcmp(request->target, "/ui") == 0) {
		out->status = 303;
		out->location = g_strdup(CAROM_DESK_ROOT);
		return TRUE;
	}
	return FALSE;
}

void
carom_desk_answer(CaromDesk *desk, const CaromDeskRequest *request, CaromDeskAnswer *out)
{
	CaromDeskPage page = { .desk = desk,
			       .store = desk->store,
			       .request = request,
			       .knowledge = desk->knowledge,
			       .allow_http = desk->allow_http };

	memset(out, 0, sizeof *out);
	if (answer_plain(request, out))
		return;
	answer(&page, out);
	if (page.screen != NULL)
		out->screen = *page.screen->path != '\0' ? page.screen->path : "morning";
	carom_form_clear(&page.query);
	carom_form_clear(&page.sent);
	carom_table_free(page.entered);
	g_free(page.told);
	g_free(page.fault);
	carom_table_free(page.came);
	carom_table_free(page.known);
	carom_table_free(page.scopes);
	carom_markup_free(page.markup);
}
