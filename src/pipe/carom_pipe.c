/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * carom-pipe - hands a message from Postfix's pipe(8) to the daemon
 *
 * libc only: linking GMime and libpq alone would cost more than all this does.
 * It streams standard input over the daemon's LMTP socket (RFC 2033) and turns
 * the answer into an exit code: 0 after "250", which the daemon gives only
 * after its commit, 75 for everything else. Where no daemon answers, or an
 * address can't be told in LMTP, it becomes `carom pipe`, which does the same
 * by itself.
 *
 *   carom-pipe [--socket=PATH] [--carom=PATH] OPTIONS-OF-CAROM-PIPE
 */
#include "pipe/giver.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define DEADLINE                                                                                   \
	240 /* seconds; below the carom_time_limit of contrib/main.cf, whose end is a bounce */

static const char *socket_path = CAROM_LMTP_SOCKET;
static const char *carom_path = CAROM_BINARY;
static const char *recipient, *original, *sender = "", *client, *queue_id;

/* Exit 75 and a line that can't be taken for a status code. */
static void __attribute__((noreturn, format(printf, 1, 2))) defer(const char *format, ...)
{
	va_list args;

	fputs("carom: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EX_TEMPFAIL);
}

static void
on_alarm(int number)
{
	static const char text[] =
		"carom: the daemon gave no answer in time; the message stays in the queue\n";

	(void) number;
	(void) !write(STDERR_FILENO, text, sizeof text - 1);
	_exit(EX_TEMPFAIL);
}

/* The value of --NAME=VALUE, or NULL. */
static const char *
option(const char *argument, const char *name)
{
	size_t n = strlen(name);

	return strncmp(argument, name, n) == 0 && argument[n] == '=' ? argument + n + 1 : NULL;
}

static void
read_options(char **argv)
{
	static const struct {
		const char *name, **value;
	} options[] = {
		{ "--socket", &socket_path },  { "--carom", &carom_path },
		{ "--recipient", &recipient }, { "--original-recipient", &original },
		{ "--sender", &sender },       { "--client-address", &client },
		{ "--queue-id", &queue_id },
	};

	for (argv++; *argv; argv++)
		for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
			const char *value = option(*argv, options[i].name);

			if (value != NULL)
				*options[i].value = value;
		}
}

/*
 * Will the daemon read the address between angle brackets as it is? Postfix
 * gives it without the quotes of its local part, which may hold anything.
 */
static int
is_path(const char *text)
{
	int quoted = 0;

	if (strpbrk(text, "\r\n") != NULL)
		return 0;
	for (; *text; text++) {
		if (*text == '\\') {
			if (*++text == '\0')
				return 0;
		} else if (*text == '"') {
			quoted = !quoted;
		} else if (*text == '>' && !quoted) {
			return 0;
		}
	}
	return !quoted;
}

/* No daemon, or nothing for it: do it in this process, with the same arguments but our own two. */
static void __attribute__((noreturn)) become_carom(char **argv)
{
	char **kept = argv + 1;

	argv[0] = (char *) carom_path;
	for (char **p = argv + 1; *p; p++)
		if (option(*p, "--socket") == NULL && option(*p, "--carom") == NULL)
			*kept++ = *p;
	*kept = NULL;
	{
		size_t n = (size_t) (kept - argv);
		char **with_verb = malloc((n + 2) * sizeof *with_verb);

		if (with_verb == NULL)
			defer("no memory");
		with_verb[0] = argv[0];
		with_verb[1] = (char *) "pipe";
		memcpy(with_verb + 2, argv + 1, n * sizeof *argv);
		execv(carom_path, with_verb);
	}
	defer("%s: %s", carom_path, strerror(errno));
}

static int
open_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(socket_path) >= sizeof address.sun_path)
		defer("%s: the name is too long", socket_path);
	strcpy(address.sun_path, socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *) &address, sizeof address) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* What goes out, in few writes. */
static char out[64 * 1024];
static size_t out_len;

static void
flush(int fd)
{
	const char *p = out;

	while (out_len > 0) {
		ssize_t n = send(fd, p, out_len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			defer("the daemon hung up: %s", strerror(errno));
		p += n;
		out_len -= (size_t) n;
	}
}

static void
put(int fd, const char *p, size_t n)
{
	while (n > 0) {
		size_t room = sizeof out - out_len, part = n < room ? n : room;

		memcpy(out + out_len, p, part);
		out_len += part;
		p += part;
		n -= part;
		if (out_len == sizeof out)
			flush(fd);
	}
}

static void
say(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

/* xtext, RFC 3461 section 4. */
static void
say_xtext(int fd, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char) *text;

		if (c > ' ' && c < 0x7f && c != '+' && c != '=') {
			put(fd, text, 1);
		} else {
			char hex[4];

			snprintf(hex, sizeof hex, "+%02X", c);
			say(fd, hex);
		}
	}
}

static void
say_path(int fd, const char *text)
{
	say(fd, "<");
	say(fd, text);
	say(fd, ">");
}

/* One reply; its code, and its last line in text. */
static int
read_reply(int fd, char text[512])
{
	static char in[4096];
	static size_t start, end;
	size_t n = 0;

	for (;;) {
		if (start == end) {
			ssize_t got = recv(fd, in, sizeof in, 0);

			if (got < 0 && errno == EINTR)
				continue;
			if (got <= 0)
				defer("the daemon hung up");
			start = 0;
			end = (size_t) got;
		}
		if (in[start] == '\n') {
			start++;
			text[n] = '\0';
			if (n < 4 || text[3] != '-')
				return atoi(text);
			n = 0;
		} else {
			if (in[start] != '\r' && n + 1 < 512)
				text[n++] = in[start];
			start++;
		}
	}
}

static void
expect(int fd, int hundreds, const char *command)
{
	char text[512];

	if (read_reply(fd, text) / 100 != hundreds)
		defer("the daemon refused %s: %s", command, text);
}

/* Standard input up to its end, dots doubled, lines ended CR LF. */
static void
send_message(int fd)
{
	static char in[64 * 1024];
	int at_start = 1;

	for (;;) {
		ssize_t n = read(STDIN_FILENO, in, sizeof in);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			defer("reading the message: %s", strerror(errno));
		if (n == 0)
			break;
		for (char *p = in, *stop = in + n; p < stop;) {
			char *nl = memchr(p, '\n', (size_t) (stop - p));

			if (at_start && *p == '.')
				put(fd, ".", 1);
			put(fd, p, (size_t) ((nl ? nl : stop) - p));
			at_start = nl != NULL;
			if (nl != NULL)
				say(fd, "\r\n");
			p = nl ? nl + 1 : stop;
		}
	}
	if (carom_giver_is_gone())
		defer("whoever gave the message is gone: it may be cut");
	/* QUIT goes along: what becomes of the connection after the answer is all one */
	say(fd, at_start ? ".\r\nQUIT\r\n" : "\r\n.\r\nQUIT\r\n");
	flush(fd);
}

int
main(int argc, char **argv)
{
	char text[512];
	int fd;

	(void) argc;
	carom_giver_remember();
	signal(SIGALRM, on_alarm);
	alarm(DEADLINE);
	read_options(argv);
	fd = recipient && is_path(recipient) && is_path(sender) ? open_socket() : -1;
	if (fd < 0)
		become_carom(argv);
	/* everything that needs no answer first goes out at once (PIPELINING, RFC 2920) */
	say(fd, "LHLO carom-pipe\r\nXFORWARD IDENT=");
	say_xtext(fd, queue_id && *queue_id ? queue_id : "[UNAVAILABLE]");
	if (client != NULL) {
		say(fd, " ADDR=");
		say_xtext(fd, *client ? client : "[UNAVAILABLE]");
	}
	say(fd, "\r\nMAIL FROM:");
	say_path(fd, sender);
	say(fd, "\r\nRCPT TO:");
	say_path(fd, recipient);
	if (original != NULL && *original) {
		say(fd, " ORCPT=rfc822;");
		say_xtext(fd, original);
	}
	say(fd, "\r\nDATA\r\n");
	flush(fd);
	expect(fd, 2, "the connection");
	expect(fd, 2, "LHLO");
	expect(fd, 2, "XFORWARD");
	expect(fd, 2, "MAIL");
	expect(fd, 2, "RCPT");
	expect(fd, 3, "DATA");
	send_message(fd);
	if (read_reply(fd, text) / 100 != 2)
		defer("%s", text);
	return EX_OK;
}
