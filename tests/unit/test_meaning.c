/* SPDX-License-Identifier: BSD-2-Clause */
/* Words and what they mean together, by words of our own and by the shipped ones. */
#include "unit.h"

#include "base/data_file.h"
#include "config/datadir.h"
#include "rules/meaning.h"

static CaromWords *
read_words(const char *text)
{
	g_autofree char *folder = unit_folder();
	g_autofree char *path = unit_file(folder, "test.words", text);
	g_autoptr(GError) error = NULL;
	CaromWords *words = carom_words_new();

	if (carom_words_read(words, path, NULL, &error) != CAROM_OK ||
	    carom_words_prepare(words, &error) != CAROM_OK)
		fail_msg("words: %s", error->message);
	unit_remove(folder);
	return words;
}

static CaromWords *
shipped_words(void)
{
	g_autofree char *folder = g_build_filename(carom_config_datadir(), "rules", NULL);
	g_autoptr(GPtrArray) paths = NULL;
	g_autoptr(GError) error = NULL;
	CaromWords *words = carom_words_new();

	assert_int_equal(carom_data_file_list(folder, ".words", &paths, &error), CAROM_OK);
	for (guint i = 0; i < paths->len; i++)
		if (carom_words_read(words, paths->pdata[i], NULL, &error) != CAROM_OK)
			fail_msg("words: %s", error->message);
	return words;
}

/* "recipient unknown, mailbox+system full" */
static char *
describe(const CaromMeaning *meaning)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < meaning->n; i++) {
		const char *separator = "";

		if (i > 0)
			g_string_append(out, ", ");
		for (CaromWord word = 0; word < CAROM_N_WORDS; word++)
			if (meaning->meant[i].subjects & CAROM_WORD_BIT(word)) {
				g_string_append_printf(out, "%s%s", separator,
						       carom_words_name(word));
				separator = "+";
			}
		g_string_append_printf(out, "%s%s", *separator ? " " : "none ",
				       carom_words_name(meaning->meant[i].predicate));
	}
	return g_string_free(out, FALSE);
}

static void
hold(const CaromWords *words, const char *text, const char *want)
{
	CaromMeaning meaning;
	g_autofree char *got = NULL;

	carom_meaning_read(words, text, strlen(text), &meaning);
	got = describe(&meaning);
	row_string(text, got, want);
}

static void
finds_the_longest_word(void **state)
{
	static const char file[] = "xx  Test\n"
				   "\tclient  IP, IP address\n"
				   "\taddress  address, @\n"
				   "\trecipient  Empfänger*, ชื่อ, 用户\n"
				   "\tunknown  unknown, не найден*\n"
				   "\tfull  quota, l'eau\n";
	static const struct {
		const char *text;
		guint n;
		CaromWord first;
	} rows[] = {
		{ "IP address", 1, CAROM_WORD_CLIENT },
		{ "ip, address", 2, CAROM_WORD_CLIENT },
		{ "IP-Address", 1, CAROM_WORD_CLIENT },
		{ "zip addresses", 0, 0 },
		{ "EMPFÄNGERADRESSE", 1, CAROM_WORD_RECIPIENT },
		{ "empfanger", 1, CAROM_WORD_RECIPIENT },
		{ "empfang", 0, 0 },
		{ "НЕ НАЙДЕНО", 1, CAROM_WORD_UNKNOWN },
		{ "该用户不", 1, CAROM_WORD_RECIPIENT },
		{ "该IP用户", 2, CAROM_WORD_CLIENT },
		{ "l'eau L EAU", 2, CAROM_WORD_FULL },
		{ "x@x", 1, CAROM_WORD_ADDRESS },
		{ "", 0, 0 },
		{ "!", 0, 0 },
	};
	g_autoptr(CaromWords) words = read_words(file);

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromWordHit hits[8];
		guint n = carom_words_find(words, rows[i].text, strlen(rows[i].text), hits, 8);

		row_int(rows[i].text, n, rows[i].n);
		if (n > 0)
			row_int(rows[i].text, hits[0].word, rows[i].first);
	}
}

static void
tells_what_is_wrong_with_a_file(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "xx\n\tnonsense  a\n", "none of the classes of words" },
		{ "xx\n\tfull  a,,b\n", "\"\" is too short" },
		{ "xx\n\tfull  ab*\n", "\"ab*\" is too short" },
		{ "xx\n\tfull  --\n", "\"--\" is too short" },
		{ "xx\n\tfull\n", "full has no word" },
	};

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *folder = unit_folder();
		g_autofree char *path = unit_file(folder, "test.words", rows[i].text);
		g_autoptr(CaromWords) words = carom_words_new();
		GError *error = NULL;

		row_int(rows[i].text, carom_words_read(words, path, NULL, NULL), CAROM_OK);
		row_int(rows[i].text, carom_words_prepare(words, &error), CAROM_MISUSE);
		row_error(rows[i].text, error, rows[i].error);
		unit_remove(folder);
	}
}

static void
count(const char *where, const char *problem, void *user)
{
	assert_non_null(strstr(where, "test.words:"));
	assert_non_null(strstr(problem, "already"));
	++*(guint *) user;
}

static void
a_word_belongs_to_one_class(void **state)
{
	g_autoptr(CaromWords) words =
		read_words("xx\n\tfull  voll, pleno\n\tunknown  VOLL\nyy\n\tfull  voll\n");
	guint n = 0;

	(void) state;
	assert_int_equal(carom_words_check(words, count, &n), 1);
	assert_int_equal(n, 1);
}

static void
ties_what_is_said_to_whom_it_is_about(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "user unknown", "recipient unknown" },
		{ "unknown user", "recipient unknown" },
		{ "no such user", "recipient unknown" },
		{ "user not found", "recipient unknown" },
		{ "user was found", "" },
		{ "user is not blocked", "" },
		{ "message not accepted", "message refused" },
		{ "the sender's domain is blocked", "domain+sender blocked" },
		{ "message refused: mailbox full", "message refused, mailbox full" },
		{ "your IP is blocked. The mailbox exists.", "client blocked" },
		{ "quota exceeded", "none full" },
		{ "quota exceeded for user", "recipient full" },
		{ "x@x is disabled", "address disabled" },
		{ "unknown address error 550 refused", "none refused" },
		{ "550 5.7.1 hello", "" },
		/* who declines is named before, whatever stands nearer */
		{ "l'utilisateur n'accepte pas de courrier de cet expéditeur",
		  "recipient declines" },
		{ "el destinatario no acepta correo externo", "recipient declines" },
		{ "la IP tiene mala reputación", "client reputation" },
		/* whose it is */
		{ "your mailbox was not found", "sender unknown" },
		{ "ваш адрес не существует", "sender unknown" },
		{ "alamat anda tidak terdaftar", "sender unknown" },
		{ "your recipient is unknown", "recipient unknown" },
		{ "su buzón está lleno", "mailbox full" },
		/* a place is nobody */
		{ "Der Empfänger ist auf diesem Server nicht bekannt", "recipient unknown" },
		{ "Limite d'envoi quotidienne dépassée", "traffic exceeds" },
	};
	g_autoptr(CaromWords) words = shipped_words();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		hold(words, rows[i].text, rows[i].want);
}

/* A dead address in every language that we ship. */
static void
reads_many_languages(void **state)
{
	static const char *const unknown[] = {
		"Empfänger unbekannt",
		"utilisateur inconnu",
		"usuario desconocido",
		"utente sconosciuto",
		"utilizador desconhecido",
		"destinatar necunoscut",
		"usuari desconegut",
		"gebruiker onbekend",
		"okänd mottagare",
		"ukendt modtager",
		"ukjent mottaker",
		"notandi fannst ekki",
		"użytkownik nieznany",
		"uživatel neexistuje",
		"používateľ neexistuje",
		"пользователь не найден",
		"користувача не знайдено",
		"невядомы карыстальнік",
		"няма такъв потребител",
		"корисник непознат",
		"korisnik ne postoji",
		"primatelj nepoznat",
		"uporabnik ne obstaja",
		"címzett ismeretlen",
		"vastaanottajaa ei löydy",
		"kasutajat ei leitud",
		"lietotājs nav atrasts",
		"vartotojas nerastas",
		"άγνωστος χρήστης",
		"alıcı bulunamadı",
		"istifadəçi tapılmadı",
		"përdoruesi nuk ekziston",
		"pengguna tidak ditemukan",
		"penerima tidak wujud",
		"hindi kilala ang tatanggap",
		"người nhận không tồn tại",
		"ไม่พบผู้ใช้",
		"宛先が存在しません",
		"收件人不存在",
		"查無此使用者",
		"존재하지 않는 사용자",
		"المستخدم غير موجود",
		"کاربر یافت نشد",
		"המשתמש לא קיים",
		"प्राप्तकर्ता मौजूद नहीं",
	};
	const guint64 whom = CAROM_WORD_BIT(CAROM_WORD_RECIPIENT) |
			     CAROM_WORD_BIT(CAROM_WORD_ADDRESS) |
			     CAROM_WORD_BIT(CAROM_WORD_MAILBOX);
	g_autoptr(CaromWords) words = shipped_words();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++) {
		CaromMeaning meaning;

		carom_meaning_read(words, unknown[i], strlen(unknown[i]), &meaning);
		row_true(unknown[i],
			 carom_meaning_has(&meaning, whom, CAROM_WORD_BIT(CAROM_WORD_UNKNOWN)));
	}
}

static void
knows_what_is_ours(void **state)
{
	static const struct {
		const char *text;
		gboolean ours;
	} rows[] = {
		{ "sender unknown", TRUE },
		{ "sender rejected: no such user", TRUE },
		{ "sender unknown: mailbox full", FALSE },
		{ "your account does not exist", TRUE },
		{ "message refused", TRUE },
		{ "message refused, user unknown", FALSE },
		{ "user unknown", FALSE },
		{ "hello", FALSE },
		{ "recipient address of the sender unknown", TRUE },
	};
	const guint64 ours = CAROM_WORD_BIT(CAROM_WORD_SENDER) | CAROM_WORD_BIT(CAROM_WORD_MESSAGE);
	g_autoptr(CaromWords) words = shipped_words();

	(void) state;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		CaromMeaning meaning;

		carom_meaning_read(words, rows[i].text, strlen(rows[i].text), &meaning);
		row_int(rows[i].text, carom_meaning_is_ours(&meaning, ours), rows[i].ours);
	}
}

static void
is_bounded(void **state)
{
	g_autoptr(CaromWords) words = shipped_words();
	g_autoptr(GString) text = g_string_new(NULL);
	CaromMeaning meaning;

	(void) state;
	for (guint i = 0; i < 20000; i++)
		g_string_append(text, i % 3 ? "user unknown " : "mailbox full, ");
	carom_meaning_read(words, text->str, text->len, &meaning);
	assert_true(meaning.n <= CAROM_MEANING_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_longest_word),
		cmocka_unit_test(tells_what_is_wrong_with_a_file),
		cmocka_unit_test(a_word_belongs_to_one_class),
		cmocka_unit_test(ties_what_is_said_to_whom_it_is_about),
		cmocka_unit_test(reads_many_languages),
		cmocka_unit_test(knows_what_is_ours),
		cmocka_unit_test(is_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
