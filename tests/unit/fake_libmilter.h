/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_libmilter - libmilter as the tests of the milter's roles play it: one
 * connection, whose callbacks the test calls itself. Included once a program.
 */
#ifndef CAROM_FAKE_LIBMILTER_H
#define CAROM_FAKE_LIBMILTER_H

#include "serve/milter_session.h"

static struct {
	gpointer session; /* smfi_setpriv() */
	char reply[200];  /* of the last refusal */
	const char *login, *rewritten;
	GString *changes; /* what the role did to the message, a line each */
} libmilter;

static SMFICTX *const context = (SMFICTX *) &libmilter;
static struct smfiDesc milter;

int
smfi_setpriv(SMFICTX *ctx, void *data)
{
	(void) ctx;
	libmilter.session = data;
	return MI_SUCCESS;
}

void *
smfi_getpriv(SMFICTX *ctx)
{
	(void) ctx;
	return libmilter.session;
}

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
	(void) ctx;
	if (strcmp(name, "i") == 0)
		return (char *) "4XkT2s1";
	if (strcmp(name, "{auth_authen}") == 0)
		return (char *) libmilter.login;
	return strcmp(name, "{rcpt_addr}") == 0 ? (char *) libmilter.rewritten : NULL;
}

int
smfi_setreply(SMFICTX *ctx, char *code, char *status, char *text)
{
	(void) ctx;
	g_snprintf(libmilter.reply, sizeof libmilter.reply, "%s %s %s", code, status, text);
	return MI_SUCCESS;
}

static int
change(const char *what, const char *name, const char *value)
{
	g_string_append_printf(libmilter.changes, "%s %s%s%s\n", what, name, value ? " " : "",
			       value ? value : "");
	return MI_SUCCESS;
}

int
smfi_delrcpt(SMFICTX *ctx, char *recipient)
{
	(void) ctx;
	return change("delrcpt", recipient, NULL);
}

int
smfi_addheader(SMFICTX *ctx, char *name, char *value)
{
	(void) ctx;
	return change("addheader", name, value);
}

int
smfi_chgheader(SMFICTX *ctx, char *name, int index, char *value)
{
	(void) ctx;
	(void) index;
	return change("chgheader", name, value);
}

int
smfi_chgfrom(SMFICTX *ctx, char *sender, char *args)
{
	(void) ctx;
	return change("chgfrom", sender, args);
}

/* Begins a connection; the steps (SMFIP_) that the role negotiated. */
static inline unsigned long
fake_libmilter_begin(const CaromMilterRole *role, gpointer daemon)
{
	unsigned long out[4];

	memset(&libmilter, 0, sizeof libmilter);
	libmilter.changes = g_string_new(NULL);
	milter = carom_milter_session_describe(role, daemon, NULL);
	assert_int_equal(milter.xxfi_negotiate(context, ~0UL, ~0UL, 0, 0, &out[0], &out[1], &out[2],
					       &out[3]),
			 SMFIS_CONTINUE);
	return out[1];
}

static inline void
fake_libmilter_end(void)
{
	milter.xxfi_close(context);
	assert_null(libmilter.session);
	g_string_free(libmilter.changes, TRUE);
}

static inline sfsistat
mail(const char *sender)
{
	const char *args[] = { sender, NULL };

	return milter.xxfi_envfrom(context, (char **) args);
}

static inline sfsistat
rcpt(const char *recipient)
{
	g_autofree char *path = g_strdup_printf("<%s>", recipient);
	const char *args[] = { path, NULL };

	libmilter.reply[0] = '\0';
	return milter.xxfi_envrcpt(context, (char **) args);
}

#endif
