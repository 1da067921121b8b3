/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stats/render.h"

#include <string.h>

#define WRITE_AT 65536 /* bytes */

static const CaromRenderer *const renderers[] = { &carom_render_text, &carom_render_csv,
						  &carom_render_json, &carom_render_html,
						  &carom_render_prometheus };

const CaromRenderer *
carom_render_find(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(renderers); i++)
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
	return NULL;
}

/* Writes what there is but for the last keep bytes. */
static void
write_out(CaromRenderOut *out, gsize keep)
{
	gsize n = out->text->len > keep ? out->text->len - keep : 0;

	if (out->write == NULL || n == 0)
		return;
	out->write(out->text->str, n, out->user);
	g_string_erase(out->text, 0, (gssize) n);
}

void
carom_render_row_done(CaromRenderOut *out)
{
	/* by what stands last JSON knows whether a comma comes next */
	if (out->text->len >= WRITE_AT)
		write_out(out, 1);
}

void
carom_render(const CaromRenderer *renderer, const CaromDocument *document, CaromRenderOut *out)
{
	renderer->render(document, out);
	write_out(out, 0);
}
