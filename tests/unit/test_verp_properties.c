/* SPDX-License-Identifier: BSD-2-Clause */
/* Return addresses: what holds for any address, however odd, and for whatever is done to it on the
 * way. */
#include "unit.h"

#include "mail/address.h"
#include "verp/verp.h"

#define TODAY 2500
#define ROUNDS 20000
#define SENDER "bounces@b.example.com"

static CaromKeyring *keys;
static char *const domains[] = { (char *) "b.example.com", NULL };

static CaromVerpSettings
settings_with(const CaromKeyring *ring)
{
	return (CaromVerpSettings){
		.keys = ring, .delimiters = "+-", .domains = domains, .lifetime = 30
	};
}

/* Some of these letters, n of them. */
static void
append_random(GString *out, GRand *rand, const char *letters, gint n)
{
	while (n-- > 0)
		g_string_append_c(out,
				  letters[g_rand_int_range(rand, 0, (gint32) strlen(letters))]);
}

/* Addresses as people have them, and as people have them who want to see what happens. */
static char *
random_recipient(GRand *rand)
{
	static const char *const letters[] = {
		"abcdefghijklmnopqrstuvwxyz", "ABCxyz0123456789",       "a+=-.", "=+",
		"a!#$%&'*/?^_`{|}~",          "a234567bcdefghijklmnopq"
	};
	static const char *const heads[] = { "",
					     "",
					     "",
					     "prvs=0123456789=",
					     "SRS0=ab=CD=e.example=",
					     "btv1==1==",
					     "SRS1=abc=f.example==",
					     "x+",
					     "a=b.example+" };
	static const char *const tails[] = { "@example.org",           "@EXAMPLE.Org",
					     "@example.org.",          "@x.y-z.example",
					     "@b\303\274cher.example", "@nodot",
					     "@[192.0.2.1]",           "@b.example.com" };
	GString *out = g_string_new(heads[g_rand_int_range(rand, 0, G_N_ELEMENTS(heads))]);
	gboolean quoted = g_rand_int_range(rand, 0, 8) == 0;

	if (quoted)
		g_string_assign(out, "\"");
	append_random(out, rand, letters[g_rand_int_range(rand, 0, G_N_ELEMENTS(letters))],
		      g_rand_int_range(rand, 1, g_rand_boolean(rand) ? 12 : 66));
	if (quoted)
		g_string_append(out, " @\"");
	g_string_append(out, tails[g_rand_int_range(rand, 0, G_N_ELEMENTS(tails))]);
	return g_string_free(out, FALSE);
}

/* What hosts on the way do to a return address. */
static char *
travel(GRand *rand, const char *address)
{
	const char *at = strrchr(address, '@');
	char *local = g_strndup(address, (gsize) (at - address)), *out;

	switch (g_rand_int_range(rand, 0, 9)) {
	case 0:
		out = g_ascii_strup(address, -1);
		break;
	case 1:
		out = g_ascii_strdown(address, -1);
		break;
	case 2:
		out = g_strdup_printf("%s.", address);
		break;
	case 3:
		out = g_strdup_printf("prvs=4123abcdef=%s", address);
		break;
	case 4:
		out = g_strdup_printf("btv1==4123abcdef==%s", address);
		break;
	case 5:
		out = g_strdup_printf("SRS0=HhHh=TT=%s=%s@fwd.example", at + 1, local);
		break;
	case 6:
		out = g_strdup_printf("SRS1=HhHh=fwd.example==HhHh=TT=%s=%s@fwd2.example", at + 1,
				      local);
		break;
	case 7: /* signed by the forwarder, besides */
		out = g_strdup_printf("prvs=4123abcdef=SRS0+HhHh=TT=%s=%s@fwd.example", at + 1,
				      local);
		break;
	default:
		out = g_strdup(address);
	}
	g_free(local);
	return out;
}

static void
check_signed(const char *row, const CaromVerpSettings *settings, const char *address,
	     const char *recipient, guint64 id)
{
	CaromVerp found;

	row_int(row, carom_verp_read(address, settings, TODAY, &found), CAROM_VERP_SIGNED);
	row_int(row, found.address_id, id);
	row_int(row, found.stream, 7);
	row_true(row, recipient == NULL ? found.recipient == NULL
					: found.recipient && g_ascii_strcasecmp(found.recipient,
										recipient) == 0);
	row_true(row, found.sender && g_ascii_strcasecmp(found.sender, SENDER) == 0);
	carom_verp_clear(&found);
}

/* Nobody but the recipient that was signed can be read out of it, and nothing but what we signed is
 * proof. */
static void
check_forged(const CaromVerpSettings *settings, GRand *rand, const char *address)
{
	g_autofree char *changed = g_strdup(address);
	const char *at = strrchr(changed, '@');
	gint i = g_rand_int_range(rand, (gint32) strlen("bounces+"), (gint32) (at - changed));
	CaromVerp found;
	CaromVerpState state;

	changed[i] = g_ascii_tolower(changed[i]) == 'm' ? 'n' : 'm';
	state = carom_verp_read(changed, settings, TODAY, &found);
	row_true(changed, state != CAROM_VERP_SIGNED && state != CAROM_VERP_EXPIRED);
	carom_verp_clear(&found);
	row_int(address, carom_verp_read(address, settings, TODAY + 31, &found),
		CAROM_VERP_EXPIRED);
	carom_verp_clear(&found);
	row_int(address, carom_verp_read(address, settings, TODAY - 2, &found), CAROM_VERP_EXPIRED);
	carom_verp_clear(&found);
}

static void
address_form(void **state)
{
	const CaromVerpSettings settings = settings_with(keys);
	GRand *rand = g_rand_new_with_seed(20261122);
	guint written = 0;

	(void) state;
	for (int i = 0; i < ROUNDS; i++) {
		g_autofree char *recipient = random_recipient(rand),
				*parsed = carom_address_parse(recipient, -1), *address = NULL,
				*came = NULL, *text = NULL;
		CaromStatus status =
			carom_verp_write(&settings, SENDER, recipient, 7, TODAY, &address, NULL);
		CaromVerp found;

		row_true(recipient, status == CAROM_OK || status == CAROM_MALFORMED);
		row_true(recipient, (status == CAROM_OK) == (address != NULL));
		if (status != CAROM_OK) {
			/* too long, or of characters that have to be quoted */
			row_true(recipient, parsed == NULL || strpbrk(parsed, "\" [") != NULL ||
						    strchr(parsed, '@') != strrchr(parsed, '@') ||
						    strlen(parsed) + 27 > CAROM_VERP_LOCAL_MAX ||
						    strstr(parsed, "=@") != NULL ||
						    strchr(strrchr(parsed, '@'), '.') == NULL);
			continue;
		}
		written++;
		row_true(address, strrchr(address, '@') - address <= CAROM_VERP_LOCAL_MAX);
		row_true(address, strpbrk(address, " \"\\<>(),:;[]") == NULL);
		came = travel(rand, address);
		check_signed(came, &settings, came, parsed, 0);
		check_forged(&settings, rand, address);
		text = g_strdup_printf("<https://example.com/u>, <mailto:%s?subject=out>", address);
		row_int(text, carom_verp_find(text, &settings, TODAY, &found), CAROM_VERP_SIGNED);
		row_string(text, found.recipient, parsed);
		carom_verp_clear(&found);
	}
	assert_true(written > ROUNDS / 10);
	g_rand_free(rand);
}

static void
token_form(void **state)
{
	const CaromVerpSettings settings = settings_with(keys);
	GRand *rand = g_rand_new_with_seed(20261123);

	(void) state;
	for (int i = 0; i < ROUNDS; i++) {
		guint64 id = 1 + (((guint64) g_rand_int(rand) << 32 | g_rand_int(rand)) &
				  (CAROM_VERP_MAX_ID - 1)) %
					 CAROM_VERP_MAX_ID;
		g_autofree char *token = NULL, *address = NULL, *came = NULL, *text = NULL;
		CaromVerp found;

		assert_int_equal(carom_verp_token(&settings, id, 7, TODAY, &token, NULL), CAROM_OK);
		row_int(token, strlen(token), CAROM_VERP_TOKEN);
		assert_int_equal(carom_verp_write_token(&settings, SENDER, token, &address, NULL),
				 CAROM_OK);
		row_true(address, strrchr(address, '@') - address <= CAROM_VERP_TOKEN_LOCAL_MAX);
		came = travel(rand, address);
		check_signed(came, &settings, came, NULL, id);
		check_forged(&settings, rand, address);
		text = g_strdup_printf("<%d.%s.0@mail.example.com>", i, token);
		row_int(text, carom_verp_find(text, &settings, TODAY, &found), CAROM_VERP_SIGNED);
		row_int(text, found.address_id, id);
		carom_verp_clear(&found);
	}
	g_rand_free(rand);
}

/* Nothing that we never signed is ever taken for proof. */
static void
strangers(void **state)
{
	const CaromVerpSettings settings = settings_with(keys), keyless = settings_with(NULL);
	GRand *rand = g_rand_new_with_seed(20261124);

	(void) state;
	for (int i = 0; i < ROUNDS; i++) {
		GString *text = g_string_new(NULL);
		g_autofree char *came = NULL, *reading = NULL;
		CaromVerp found;
		CaromVerpState read;

		append_random(text, rand, "ab27+-=.@", g_rand_int_range(rand, 0, 20));
		if (g_rand_boolean(rand))
			g_string_append(text, "+alice=example.org");
		if (g_rand_boolean(rand))
			g_string_append_c(text, '+');
		append_random(text, rand, CAROM_BASE32,
			      g_rand_boolean(rand) ? CAROM_VERP_TAG : CAROM_VERP_TOKEN);
		g_string_append(text, "@b.example.com");
		reading = g_string_free(text, FALSE);
		came = travel(rand, reading);
		read = carom_verp_read(came, &settings, TODAY, &found);
		row_true(came, read != CAROM_VERP_SIGNED && read != CAROM_VERP_EXPIRED);
		row_true(came, read != CAROM_VERP_CLASSIC ||
				       (found.recipient != NULL && found.sender != NULL));
		carom_verp_clear(&found);
		row_int(came, carom_verp_find(came, &settings, TODAY, &found), CAROM_VERP_NONE);
		read = carom_verp_read(came, &keyless, TODAY, &found);
		row_true(came, read == CAROM_VERP_NONE || read == CAROM_VERP_CLASSIC);
		carom_verp_clear(&found);
	}
	g_rand_free(rand);
}

/* RFC 5321 lets a local part have 64 octets; what is left for others to add. */
static void
lengths(void **state)
{
	const CaromVerpSettings settings = settings_with(keys);
	g_autofree char *token = NULL, *address = NULL;
	gsize longest = 0;

	(void) state;
	assert_int_equal(carom_verp_token(&settings, CAROM_VERP_MAX_ID, CAROM_VERP_SHORT_STREAM,
					  32767, &token, NULL),
			 CAROM_OK);
	assert_int_equal(carom_verp_write_token(&settings, "thirteenchars@b.example.com", token,
						&address, NULL),
			 CAROM_OK);
	assert_int_equal(strcspn(address, "@"), 40);
	assert_true(40 + strlen("SRS0=HHHH=TT=") + strlen("b.test.org=") <=
		    64); /* 13, and our domain if it has 10 octets at most */
	assert_true(40 + strlen("prvs=4123abcdef=") <= 64);
	assert_true(strlen("bounces+") + CAROM_VERP_TOKEN + strlen("SRS0=HHHH=TT=b.example.com=") <=
		    64);
	g_clear_pointer(&address, g_free);
	assert_int_equal(carom_verp_write_token(&settings, "fourteen.chars@b.example.com", token,
						&address, NULL),
			 CAROM_MALFORMED);
	for (gint n = 1; n <= 64; n++) {
		g_autofree char *local = g_strnfill((gsize) n, 'x'),
				*recipient = g_strconcat(local, "@example.org", NULL), *made = NULL;
		CaromStatus status =
			carom_verp_write(&settings, SENDER, recipient, 0, TODAY, &made, NULL);

		row_int(recipient, status,
			n + strlen("bounces+=example.org+") + CAROM_VERP_TAG <= 64
				? CAROM_OK
				: CAROM_MALFORMED);
		if (status == CAROM_OK)
			longest = MAX(longest, strcspn(made, "@"));
	}
	assert_int_equal(longest, 64);
}

/* Headers are as long as strangers make them; reading them must not take their square. */
static void
endless(void **state)
{
	static const char *const pieces[] = {
		"+",      "=",      "+a=b.c", "-aaaaaaaaaaaaaaaaaa+", "abcdefghijklmnopqrstuvwxyz.",
		"SRS0==", "a@b+c ", "prvs="
	};
	const CaromVerpSettings settings = settings_with(keys);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
		GString *text = g_string_new("x");
		gint64 start = g_get_monotonic_time();
		CaromVerp found;

		while (text->len < 1 << 20)
			g_string_append(text, pieces[i]);
		g_string_append(text, "@b.example.com");
		row_int(pieces[i], carom_verp_find(text->str, &settings, TODAY, &found),
			CAROM_VERP_NONE);
		carom_verp_read(text->str, &settings, TODAY, &found);
		carom_verp_clear(&found);
		row_true(pieces[i], g_get_monotonic_time() - start < 20 * G_USEC_PER_SEC);
		g_string_free(text, TRUE);
	}
}

static void
classic(void **state)
{
	static const struct {
		const char *address, *recipient;
	} rows[] = {
		{ "news+lang=en@b.example.com", NULL }, /* no domain: the dot is our own */
		{ "news+alice=example.org@b.example.com", "alice@example.org" },
		{ "news+alice=example.org@b.example.com.", "alice@example.org" },
		{ "news-alice==example.org@b.example.com", "alice@example.org" },
		{ "prvs=4123abcdef=news+a=b=example.org@b.example.com", "a=b@example.org" },
		{ "prvs=4123abcdef=SRS0=HH=TT=b.example.com=news+alice=example.org@f.example",
		  "alice@example.org" },
		{ "SRS0=HH=TT=other.example=news+alice=example.org@b.example.com", NULL },
		{ "SRS0@b.example.com", NULL },
		{ "SRS1@b.example.com", NULL },
		{ "prvs=@b.example.com", NULL },
	};
	const CaromVerpSettings settings = settings_with(keys);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromVerp found;

		row_int(rows[i].address, carom_verp_read(rows[i].address, &settings, TODAY, &found),
			rows[i].recipient ? CAROM_VERP_CLASSIC : CAROM_VERP_NONE);
		row_string(rows[i].address, found.recipient, rows[i].recipient);
		carom_verp_clear(&found);
	}
}

static int
with_keys(void **state)
{
	g_autofree char *folder = unit_folder(), *path = NULL;

	(void) state;
	path = unit_file(folder, "keys",
			 "a 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
	g_chmod(path, 0600);
	if (carom_keyring_load(path, &keys, NULL) != CAROM_OK)
		return -1;
	unit_remove(folder);
	return 0;
}

static int
without_keys(void **state)
{
	(void) state;
	g_clear_pointer(&keys, carom_keyring_free);
	return 0;
}

#define WITH_KEYS(test) cmocka_unit_test_setup_teardown(test, with_keys, without_keys)

UNIT_MAIN(WITH_KEYS(address_form), WITH_KEYS(token_form), WITH_KEYS(strangers), WITH_KEYS(lengths),
	  WITH_KEYS(endless), WITH_KEYS(classic))
