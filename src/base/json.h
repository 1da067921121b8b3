/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json - writing JSON (RFC 8259), straight into the text
 *
 * A JSON library would make an object of each member first, and cost as much
 * as all the reading of a mail before it. Where a comma belongs is seen from
 * what stands before, so there is no state but the text. Each function writes
 * one value: as an element, or after carom_json_name() as a member. Texts are
 * UTF-8. Reading is jansson's.
 */
#ifndef CAROM_JSON_H
#define CAROM_JSON_H

#include <glib.h>

void carom_json_begin_object(GString *out);
void carom_json_end_object(GString *out);
void carom_json_begin_array(GString *out);
void carom_json_end_array(GString *out);

/* The next value is the member of this name: a constant, or a name that needs no escaping. */
void carom_json_name(GString *out, const char *name);

void carom_json_string(GString *out, const char *value);
void carom_json_integer(GString *out, gint64 value);
void carom_json_boolean(GString *out, gboolean value);

/* A number in decimal digits, as SQL writes it ("-0.25"); what JSON has no number for (NaN, "")
 * becomes a string. */
void carom_json_number(GString *out, const char *digits);

/* Name and value. A string that is NULL is left out: absent is unknown. */
void carom_json_member(GString *out, const char *name, const char *value);
void carom_json_member_integer(GString *out, const char *name, gint64 value);

/* A line end where whoever reads it likes one; of no meaning. */
void carom_json_line_end(GString *out);

#endif
