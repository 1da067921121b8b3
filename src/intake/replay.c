/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "intake/replay.h"
#include "base/log.h"
#include "intake/intake.h"
#include "mail/date.h"
#include "mail/mailbox.h"
#include "report/report_json.h"
#include "report/report_key.h"
#include "rules/classify.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 100                      /* reports that are compared at once */
#define BATCH_OCTETS (8 * 1024 * 1024) /* that it may hold whole */
#define MAX_GROUPS 10000
#define MAX_SAMPLE 160

/* Events that were judged alike, and are judged alike now. */
typedef struct {
	char *was, *was_rule, *is, *is_rule; /* NULL: none */
	char *sample;
	guint64 n;
} Group;

typedef struct {
	CaromRecordItem item;
	char *json, *raw;
	char *sample; /* of each outcome that has none of its own */
	GPtrArray *said;
} Waiting;

struct CaromReplay {
	const CaromKnown *known;
	CaromStore *store;
	gboolean apply;
	const char *note;
	GPtrArray *waiting; /* of Waiting * */
	gsize octets;       /* that they hold */
	GHashTable *groups; /* of their names -> Group * */
	CaromReplayTotals totals;
	CaromStatus status; /* of a walk that was stopped */
	GError **err;
};

static void
group_free(gpointer data)
{
	Group *group = data;

	g_free(group->was);
	g_free(group->was_rule);
	g_free(group->is);
	g_free(group->is_rule);
	g_free(group->sample);
	g_free(group);
}

static void
waiting_free(gpointer data)
{
	Waiting *waiting = data;

	g_free(waiting->json);
	g_free(waiting->raw);
	g_free(waiting->sample);
	g_ptr_array_free(waiting->said, TRUE);
	g_clear_error(&waiting->item.error);
	g_free(waiting);
}

CaromReplay *
carom_replay_new(const CaromKnown *known, CaromStore *store, gboolean apply, const char *note)
{
	CaromReplay *replay = g_new0(CaromReplay, 1);

	replay->known = known;
	replay->store = store;
	replay->apply = apply;
	replay->note = note;
	replay->waiting = g_ptr_array_new_with_free_func(waiting_free);
	replay->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, group_free);
	return replay;
}

void
carom_replay_free(CaromReplay *replay)
{
	if (replay == NULL)
		return;
	g_ptr_array_free(replay->waiting, TRUE);
	g_hash_table_destroy(replay->groups);
	g_free(replay);
}

const CaromReplayTotals *
carom_replay_totals(const CaromReplay *replay)
{
	return &replay->totals;
}

/* The category of an event, or its kind where it has none; and its rule. */
static void
read_judged(const json_t *event, const char **what, const char **rule)
{
	const char *category = json_string_value(json_object_get(event, "category"));

	*what = category ? category : json_string_value(json_object_get(event, "kind"));
	*rule = json_string_value(json_object_get(event, "rule"));
}

static void
count_pair(CaromReplay *replay, const json_t *before, const json_t *after, const char *sample)
{
	const char *was, *was_rule, *is, *is_rule;
	g_autofree char *name = NULL;
	Group *group;

	read_judged(before, &was, &was_rule);
	read_judged(after, &is, &is_rule);
	name = g_strjoin("\n", was ? was : "", was_rule ? was_rule : "", is ? is : "",
			 is_rule ? is_rule : "", NULL);
	group = g_hash_table_lookup(replay->groups, name);
	if (group == NULL) {
		if (g_hash_table_size(replay->groups) >= MAX_GROUPS)
			return;
		group = g_new0(Group, 1);
		group->was = g_strdup(was);
		group->was_rule = g_strdup(was_rule);
		group->is = g_strdup(is);
		group->is_rule = g_strdup(is_rule);
		g_hash_table_insert(replay->groups, g_steal_pointer(&name), group);
	}
	if (group->sample == NULL)
		group->sample = g_strdup(sample);
	group->n++;
}

static guint64
number_in(const CaromTable *table, guint row, guint column)
{
	const char *cell = carom_table_cell(table, row, column);

	return cell ? g_ascii_strtoull(cell, NULL, 10) : 0;
}

/* One report that reads otherwise, event by event: those that are alike are not told. */
static void
count_row(CaromReplay *replay, const CaromTable *table, guint row)
{
	const char *texts[] = { carom_table_cell(table, row, CAROM_REPLAYED_BEFORE),
				carom_table_cell(table, row, CAROM_REPLAYED_AFTER) };
	json_t *before = texts[0] ? json_loads(texts[0], 0, NULL) : NULL;
	json_t *after = texts[1] ? json_loads(texts[1], 0, NULL) : NULL;
	guint64 number = number_in(table, row, CAROM_REPLAYED_N);
	const Waiting *waiting = number >= 1 && number <= replay->waiting->len
					 ? replay->waiting->pdata[number - 1]
					 : NULL;

	for (gsize i = 0; i < MAX(json_array_size(before), json_array_size(after)); i++) {
		const json_t *was = json_array_get(before, i), *is = json_array_get(after, i);
		const char *said =
			waiting && i < waiting->said->len ? waiting->said->pdata[i] : NULL;

		if (before == NULL || !json_equal(was, is))
			count_pair(replay, was, is,
				   said || waiting == NULL ? said : waiting->sample);
	}
	json_decref(before);
	json_decref(after);
	if (texts[0] != NULL)
		replay->totals.changed++;
	else
		replay->totals.fresh++;
	replay->totals.added += number_in(table, row, CAROM_REPLAYED_ADDED);
	replay->totals.released += number_in(table, row, CAROM_REPLAYED_RELEASED);
}

/* Hands items in. One that can't be recorded must not stop the others: then each goes alone. */
static CaromStatus
put(CaromReplay *replay, CaromRecordItem *const *items, guint n, guint first, GError **err)
{
	g_autoptr(CaromTable) table = NULL;
	g_autoptr(GError) error = NULL;
	CaromStatus status = replay->apply
				     ? carom_replays_look(replay->store, items, n, &table, &error)
				     : carom_replays_try(replay->store, items, n, &table, &error);

	if (status == CAROM_MALFORMED && n > 1) {
		status = CAROM_OK;
		for (guint i = 0; i < n && status == CAROM_OK; i++)
			status = put(replay, items + i, 1, i, err);
		return status;
	}
	if (status == CAROM_MALFORMED) {
		carom_log(CAROM_LOG_WARNING, "replay: left as it is: %s", error->message);
		replay->totals.refused++;
		return CAROM_OK;
	}
	if (status != CAROM_OK) {
		g_propagate_error(err, g_steal_pointer(&error));
		return status;
	}
	for (guint row = 0; row < table->n_rows; row++) {
		if (n == 1 && first > 0) { /* numbered from 1 there, from first here */
			g_autofree char *number = g_strdup_printf("%u", first + 1);

			carom_table_set_cell(table, row, CAROM_REPLAYED_N,
					     g_steal_pointer(&number));
		}
		count_row(replay, table, row);
	}
	return CAROM_OK;
}

static CaromStatus
flush(CaromReplay *replay, GError **err)
{
	g_autoptr(GPtrArray) items = g_ptr_array_new();
	CaromStatus status = CAROM_OK;

	for (guint i = 0; i < replay->waiting->len; i++)
		g_ptr_array_add(items, &((Waiting *) replay->waiting->pdata[i])->item);
	if (items->len > 0)
		status = put(replay, (CaromRecordItem *const *) items->pdata, items->len, 0, err);
	g_ptr_array_set_size(replay->waiting, 0);
	replay->octets = 0;
	return status;
}

static char *
sample_of(const char *text)
{
	return text ? g_utf8_substring(text, 0, MIN(MAX_SAMPLE, g_utf8_strlen(text, -1))) : NULL;
}

/* Takes json, and raw (may be NULL) of raw_len bytes. sample: what is shown of an event that says
 * nothing. */
static Waiting *
add_waiting(CaromReplay *replay, char *json, char *raw, gsize raw_len, const char *sample)
{
	Waiting *waiting = g_new0(Waiting, 1);

	waiting->json = json;
	waiting->raw = raw;
	waiting->sample = sample_of(sample);
	waiting->said = g_ptr_array_new_with_free_func(g_free);
	waiting->item.json = json;
	waiting->item.raw = raw;
	waiting->item.raw_len = raw_len;
	replay->octets += strlen(json) + raw_len;
	g_ptr_array_add(replay->waiting, waiting);
	replay->totals.read++;
	return waiting;
}

static CaromStatus
flush_if_full(CaromReplay *replay, GError **err)
{
	return replay->waiting->len >= BATCH || replay->octets >= BATCH_OCTETS ? flush(replay, err)
									       : CAROM_OK;
}

/* Reads one message. key: under which it was recorded; NULL: it is a file, and may be kept whole.
 */
static CaromStatus
take(CaromReplay *replay, const CaromEnvelope *envelope, const CaromBytes *message, const char *key,
     GError **err)
{
	g_autoptr(CaromReport) report = carom_intake_read(replay->known, envelope, message);
	g_autofree char *made =
		key ? NULL : carom_report_key(message->data, message->len, envelope->recipient);
	gboolean keep =
		key == NULL && !report->never_kept &&
		(replay->known->config->raw.keep_all || report->kind == CAROM_KIND_UNRECOGNISED);
	Waiting *waiting;

	report->key = carom_report_keep(report, key ? key : made, -1, 64);
	waiting = add_waiting(replay, carom_report_json_write(report, CAROM_JSON_RECORD),
			      keep ? g_memdup2(message->data, message->len) : NULL,
			      keep ? message->len : 0, report->subject);
	for (guint i = 0; i < report->outcomes->len; i++)
		g_ptr_array_add(
			waiting->said,
			sample_of(((CaromOutcome *) report->outcomes->pdata[i])->diagnostic));
	return flush_if_full(replay, err);
}

static const char *
keep_member(CaromReport *report, const json_t *object, const char *name, gsize max)
{
	return carom_report_keep(report, json_string_value(json_object_get(object, name)), -1, max);
}

static void
set_member(json_t *object, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(object, name, json_string(value));
	else
		json_object_del(object, name);
}

/* One outcome by itself, for recipients that are named twice are one in a report. */
static void
judge_again(const CaromKnown *known, const json_t *recorded, json_t *outcome)
{
	g_autoptr(CaromReport) report = carom_report_new();
	const json_t *returned = json_object_get(recorded, "returned");
	const char *action = json_string_value(json_object_get(outcome, "action"));
	CaromOutcome *o = carom_report_add(
		report, json_string_value(json_object_get(outcome, "recipient")),
		action ? carom_report_action_from_text(action) : CAROM_ACTION_NONE);

	report->format = keep_member(report, recorded, "format", 64);
	report->to = keep_member(report, recorded, "to", CAROM_MAX_TEXT);
	report->returned.from = keep_member(report, returned, "from", CAROM_MAX_TEXT);
	report->returned.return_path = keep_member(report, returned, "return_path", CAROM_MAX_TEXT);
	o->final_recipient = keep_member(report, outcome, "final_recipient", CAROM_MAX_TEXT);
	o->original_recipient = keep_member(report, outcome, "original_recipient", CAROM_MAX_TEXT);
	o->status = keep_member(report, outcome, "status", 16);
	o->reply = keep_member(report, outcome, "reply", 16);
	o->stage = keep_member(report, outcome, "stage", 16);
	o->remote_mta = keep_member(report, outcome, "remote_mta", CAROM_MAX_TEXT);
	o->diagnostic = keep_member(report, outcome, "diagnostic", CAROM_MAX_DIAGNOSTIC);
	carom_classify_again(known->knowledge, report);
	if (o->category == CAROM_CATEGORY_NONE)
		return; /* a delivery, or nobody knows what */
	set_member(outcome, "category", carom_report_category_name(o->category));
	set_member(outcome, "class", carom_report_class_name(o->class));
	set_member(outcome, "rule", o->rule);
	set_member(outcome, "blocklist", o->blocklist);
}

static CaromStatus
take_recorded(CaromReplay *replay, const char *text, GError **err)
{
	json_error_t error;
	json_t *recorded = json_loads(text, 0, &error);
	json_t *outcomes = json_object_get(recorded, "outcomes");
	char *json;
	Waiting *waiting;

	for (gsize i = 0; i < json_array_size(outcomes); i++)
		judge_again(replay->known, recorded, json_array_get(outcomes, i));
	set_member(recorded, "rules", carom_rules_version(replay->known->knowledge->rules));
	json = json_dumps(recorded, JSON_COMPACT);
	if (json == NULL) {
		json_decref(recorded);
		return carom_status_fail(err, CAROM_MISUSE,
					 "database: carom.replay_events answered no report: %s",
					 error.text);
	}
	waiting = add_waiting(replay, g_strdup(json), NULL, 0,
			      json_string_value(json_object_get(recorded, "subject")));
	for (gsize i = 0; i < json_array_size(outcomes); i++)
		g_ptr_array_add(waiting->said,
				sample_of(json_string_value(json_object_get(
					json_array_get(outcomes, i), "diagnostic"))));
	free(json);
	json_decref(recorded);
	return flush_if_full(replay, err);
}

CaromStatus
carom_replay_events(CaromReplay *replay, const CaromStoredWhich *which, GError **err)
{
	g_autofree char *after = g_strdup("");

	for (;;) {
		g_autoptr(CaromTable) table = NULL;
		CaromStatus status = carom_replays_events(replay->store, which, after, &table, err);

		for (guint row = 0; status == CAROM_OK && row < table->n_rows; row++)
			status = take_recorded(
				replay, carom_table_cell(table, row, CAROM_REPLAYS_JSON), err);
		if (status == CAROM_OK && table->n_rows == 0)
			return flush(replay, err);
		if (status != CAROM_OK)
			return status;
		g_free(after);
		after = g_strdup(carom_table_cell(table, table->n_rows - 1, CAROM_REPLAYS_KEY));
	}
}

CaromStatus
carom_replay_stored(CaromReplay *replay, const CaromStoredWhich *which, GError **err)
{
	g_autofree char *after = g_strdup("");

	for (;;) {
		g_autoptr(GPtrArray) stored = NULL;
		CaromStatus status = carom_replays_next(replay->store, which, after, &stored, err);

		for (guint i = 0; status == CAROM_OK && i < stored->len; i++) {
			const CaromStored *s = stored->pdata[i];
			const CaromEnvelope envelope = {
				.recipient = s->recipient,
				.sender = s->sender,
				.queue_id = s->queue_id,
				.client_address = s->client_address,
				.arrived = s->arrived,
			};
			const CaromBytes message = { s->data, s->len, s->size };

			status = take(replay, &envelope, &message, s->key, err);
		}
		if (status == CAROM_OK && stored->len == 0)
			return flush(replay, err);
		if (status != CAROM_OK)
			return status;
		g_free(after);
		after = g_strdup(((CaromStored *) stored->pdata[stored->len - 1])->key);
	}
}

/* "1764324000.M123P45.mx,S=4711:2,S" in cur or new: the seconds when it was delivered. */
static char *
maildir_time(const char *name)
{
	g_autofree char *folder = g_path_get_dirname(name), *base = g_path_get_basename(name);
	g_autofree char *in = g_path_get_basename(folder);
	g_autoptr(GDateTime) then = NULL;
	char *end;
	gint64 seconds = g_ascii_strtoll(base, &end, 10);

	if ((strcmp(in, "cur") != 0 && strcmp(in, "new") != 0) || *end != '.' || seconds <= 0)
		return NULL;
	then = g_date_time_new_from_unix_utc(seconds);
	return then ? g_date_time_format(then, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

/* When mail arrived that carom_mailbox_walk() calls by this name; NULL: nothing tells. */
static char *
arrival(const char *name, const CaromMail *mail)
{
	char *when = maildir_time(name);
	const char *received = carom_mail_header(mail, "Received");
	const char *date = received ? strrchr(received, ';') : NULL;

	if (when == NULL && date != NULL)
		when = carom_date_read(date + 1);
	return when ? when : carom_date_read(carom_mail_header(mail, "Date"));
}

/* To whom it was delivered, as the mail server wrote on top of it. Caller's. */
static char *
delivered_to(const CaromMail *mail)
{
	const char *value = carom_mail_header(mail, "X-Original-To");

	if (value == NULL)
		value = carom_mail_header(mail, "Delivered-To");
	return value && strchr(value, '@') ? g_strstrip(g_strdup(value)) : NULL;
}

static gboolean
take_file(const char *name, const char *data, gsize len, gsize size, void *user)
{
	CaromReplay *replay = user;
	g_autoptr(CaromMail) mail = carom_mail_open(data, len, &replay->known->config->limits);
	g_autofree char *arrived = arrival(name, mail), *recipient = delivered_to(mail);
	const CaromEnvelope envelope = { .recipient = recipient, .arrived = arrived };
	const CaromBytes message = { data, len, size };

	replay->status = take(replay, &envelope, &message, NULL, replay->err);
	return replay->status == CAROM_OK;
}

CaromStatus
carom_replay_path(CaromReplay *replay, const char *path, GError **err)
{
	CaromStatus status;

	replay->err = err;
	replay->status = CAROM_OK;
	status = carom_mailbox_walk(path, replay->known->config->limits.bytes, take_file, replay,
				    err);
	if (replay->status != CAROM_OK)
		return replay->status;
	return status == CAROM_OK ? flush(replay, err) : status;
}

CaromStatus
carom_replay_begin(CaromReplay *replay, GError **err)
{
	return replay->apply ? carom_replays_begin(replay->store, err) : CAROM_OK;
}

CaromStatus
carom_replay_finish(CaromReplay *replay, GError **err)
{
	CaromReplayTotals *totals = &replay->totals;
	CaromReplayed done;
	CaromStatus status;

	if (!replay->apply)
		return CAROM_OK;
	status = carom_replays_apply(replay->store, replay->note, &done, err);
	if (status != CAROM_OK)
		return status;
	if (done.refused > 0)
		carom_log(CAROM_LOG_WARNING,
			  "replay: %" G_GUINT64_FORMAT " left as they are, the first: %s",
			  done.refused, done.why ? done.why : "");
	totals->changed = done.changed;
	totals->fresh = done.fresh;
	totals->refused += done.refused;
	totals->added = done.added;
	totals->released = done.released;
	g_free(done.why);
	return CAROM_OK;
}

static gint
by_count(gconstpointer a, gconstpointer b)
{
	const Group *x = *(Group *const *) a, *y = *(Group *const *) b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return g_strcmp0(x->is, y->is);
}

CaromTable *
carom_replay_table(const CaromReplay *replay)
{
	static const char *const names[] = {
		"events", "was", "was_rule", "is", "is_rule", "sample"
	};
	g_autoptr(GPtrArray) groups = g_ptr_array_new();
	GHashTableIter iter;
	gpointer group;
	CaromTable *table;

	g_hash_table_iter_init(&iter, replay->groups);
	while (g_hash_table_iter_next(&iter, NULL, &group))
		g_ptr_array_add(groups, group);
	g_ptr_array_sort(groups, by_count);
	table = carom_table_new(CAROM_REPLAY_N_COLUMNS, groups->len);
	for (guint c = 0; c < CAROM_REPLAY_N_COLUMNS; c++)
		carom_table_set_column(table, c, names[c],
				       c == CAROM_REPLAY_COUNT ? CAROM_COLUMN_COUNT
							       : CAROM_COLUMN_TEXT);
	for (guint r = 0; r < groups->len; r++) {
		const Group *g = groups->pdata[r];

		carom_table_set_cell(table, r, CAROM_REPLAY_COUNT,
				     g_strdup_printf("%" G_GUINT64_FORMAT, g->n));
		carom_table_set_cell(table, r, CAROM_REPLAY_WAS, g_strdup(g->was));
		carom_table_set_cell(table, r, CAROM_REPLAY_WAS_RULE, g_strdup(g->was_rule));
		carom_table_set_cell(table, r, CAROM_REPLAY_IS, g_strdup(g->is));
		carom_table_set_cell(table, r, CAROM_REPLAY_IS_RULE, g_strdup(g->is_rule));
		carom_table_set_cell(table, r, CAROM_REPLAY_SAMPLE, g_strdup(g->sample));
	}
	return table;
}
