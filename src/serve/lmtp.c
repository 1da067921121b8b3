/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/lmtp.h"
#include "base/log.h"
#include "base/text.h"
#include "base/unix_socket.h"
#include "mail/xtext.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 200
#define MAX_RECIPIENTS 100 /* what RFC 5321 4.5.3.1.8 asks for */
#define MAX_LINE                                                                                   \
	(12 * 1024)      /* Postfix takes addresses of 2048; in xtext (ORCPT) that may be thrice */
#define IDLE_SECONDS 300 /* RFC 5321 4.5.3.2.7 */
#define MAX_SPARE 16     /* threads kept for the next connection: most bring one message */
#define MAX_UNSENT 8192
#define LARGE (256 * 1024) /* a block that goes back to the system as soon as it is freed */

struct CaromLmtp {
	const CaromDaemonIntake *intake;
	char *path;
	int fd;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t gone;  /* a session or a thread ended */
	GPtrArray *sessions;  /* of Session * */
	guint threads, spare; /* all that have not ended; those that wait for a connection */
	gboolean stopping;
};

typedef struct {
	char *address, *original;
} Recipient;

typedef struct {
	CaromLmtp *lmtp;
	int fd;
	gboolean busy; /* between DATA and its last answer; guarded by the lock */
	char buffer[16 * 1024];
	gsize start, end; /* what is in the buffer and not yet read */
	char *sender, *client, *queue_id;
	GPtrArray *recipients; /* of Recipient * */
	gsize held;            /* of the memory budget */
	GString *unsent;       /* answers that go out together (PIPELINING) */
	gboolean failed;       /* the connection is no good any more */
} Session;

static void
recipient_free(gpointer data)
{
	Recipient *r = data;

	g_free(r->address);
	g_free(r->original);
	g_free(r);
}

static void
reset_transaction(Session *s)
{
	g_clear_pointer(&s->sender, g_free);
	g_ptr_array_set_size(s->recipients, 0);
}

static void
flush_answers(Session *s)
{
	const char *p = s->unsent->str;

	for (gsize left = s->unsent->len; left > 0 && !s->failed;) {
		gssize n = send(s->fd, p, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			s->failed = TRUE;
		else
			p += n, left -= (gsize) n;
	}
	g_string_truncate(s->unsent, 0);
}

static void answer(Session *s, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Goes out when there is nothing more to read, at the latest. */
static void
answer(Session *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_append_vprintf(s->unsent, format, args);
	va_end(args);
	if (s->unsent->len >= MAX_UNSENT)
		flush_answers(s);
}

/* Fills the buffer behind what is unread. FALSE at the end of the connection. */
static gboolean
fill(Session *s)
{
	gssize n;

	flush_answers(s);
	if (s->start > 0) {
		memmove(s->buffer, s->buffer + s->start, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
	}
	do
		n = recv(s->fd, s->buffer + s->end, sizeof s->buffer - s->end, 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		s->failed = TRUE;
		return FALSE;
	}
	s->end += (gsize) n;
	return TRUE;
}

/* One command line without its line end, lent until the next read; NULL at the end, or for a line
 * without end. */
static char *
read_line(Session *s)
{
	for (;;) {
		char *nl = memchr(s->buffer + s->start, '\n', s->end - s->start), *line;

		if (nl == NULL) {
			if (s->end - s->start >= MAX_LINE || !fill(s))
				return NULL;
			continue;
		}
		line = s->buffer + s->start;
		s->start = (gsize) (nl + 1 - s->buffer);
		if (nl > line && nl[-1] == '\r')
			nl--;
		*nl = '\0';
		return line;
	}
}

/* Keeps what of the n bytes at p is below the limit; drops all that was kept when there is no room
 * for it. */
static void
keep_data(Session *s, GByteArray **out, const char *p, gsize n, gsize max)
{
	if (*out == NULL || (*out)->len >= max)
		return;
	n = MIN(n, max - (*out)->len);
	if (!carom_memory_budget_take(s->lmtp->intake->budget, &s->held, (*out)->len + n, max)) {
		g_clear_pointer(out, g_byte_array_unref);
		carom_memory_budget_leave(s->lmtp->intake->budget, &s->held);
		return;
	}
	g_byte_array_append(*out, (const guint8 *) p, (guint) n);
}

/*
 * The message up to its final dot, dots undone, line ends LF. At most max bytes
 * are kept, all are counted in *size. *data is the caller's; NULL: there was no
 * room for it. FALSE: the connection ended first.
 */
static gboolean
read_data(Session *s, gsize max, GByteArray **data, gsize *size)
{
	g_autoptr(GByteArray) out = g_byte_array_sized_new(4096);
	gboolean line_start = TRUE;

	*size = 0;
	for (;;) {
		char *p = s->buffer + s->start, *end = s->buffer + s->end;
		char *nl = memchr(p, '\n', (gsize) (end - p));
		gsize n;

		/* a line longer than the buffer is taken in pieces */
		if (nl == NULL && s->end - s->start < sizeof s->buffer) {
			if (!fill(s))
				return FALSE;
			continue;
		}
		n = (gsize) ((nl ? nl + 1 : end) - p);
		s->start += n;
		if (line_start && *p == '.') {
			if ((n == 2 && p[1] == '\n') || (n == 3 && p[1] == '\r' && p[2] == '\n')) {
				*data = g_steal_pointer(&out);
				return TRUE;
			}
			p++, n--;
		}
		line_start = nl != NULL;
		if (n >= 2 && p[n - 1] == '\n' && p[n - 2] == '\r')
			p[--n - 1] = '\n';
		*size += n;
		keep_data(s, &out, p, n, max);
	}
}

/* The value of a " NAME=value" parameter; NULL if it isn't there. Caller's. */
static char *
parameter(const char *rest, const char *name)
{
	g_autofree char *wanted = g_strconcat(" ", name, "=", NULL);
	const char *at = carom_text_find(rest, strlen(rest), wanted);

	if (at == NULL)
		return NULL;
	at += strlen(wanted);
	return carom_xtext_decode(at, strcspn(at, " "));
}

/* The path in "FROM:<a@b> PARAM=…"; *rest is set behind it. NULL if there is none. Caller's. */
static char *
read_path(const char *argument, const char *keyword, const char **rest)
{
	const char *open, *close;
	gboolean quoted = FALSE;

	if (!carom_text_has_prefix(argument, keyword))
		return NULL;
	open = argument + strlen(keyword);
	open += strspn(open, " ");
	if (*open != '<')
		return NULL;
	for (close = open + 1; *close && (quoted || *close != '>'); close++) {
		if (*close == '\\' && close[1])
			close++;
		else if (*close == '"')
			quoted = !quoted;
	}
	if (*close != '>')
		return NULL;
	*rest = close + 1;
	return g_strndup(open + 1, (gsize) (close - open - 1));
}

static void
do_mail(Session *s, const char *argument)
{
	const char *rest;
	char *sender = read_path(argument, "FROM:", &rest);

	if (s->sender != NULL) {
		g_free(sender);
		answer(s, "503 5.5.1 There is a transaction already\r\n");
	} else if (sender == NULL) {
		answer(s, "501 5.5.4 MAIL FROM:<address> was expected\r\n");
	} else {
		s->sender = sender;
		answer(s, "250 2.1.0 Ok\r\n");
	}
}

static void
do_rcpt(Session *s, const char *argument)
{
	const char *rest = NULL;
	g_autofree char *address = read_path(argument, "TO:", &rest);
	g_autofree char *orcpt = NULL;
	const char *semicolon;
	Recipient *recipient;

	if (s->sender == NULL) {
		answer(s, "503 5.5.1 MAIL comes first\r\n");
		return;
	}
	if (address == NULL || *address == '\0') {
		answer(s, "501 5.5.4 RCPT TO:<address> was expected\r\n");
		return;
	}
	if (s->recipients->len >= MAX_RECIPIENTS) {
		answer(s, "452 4.5.3 Too many recipients\r\n");
		return;
	}
	orcpt = parameter(rest, "ORCPT");
	semicolon = orcpt ? strchr(orcpt, ';') : NULL;
	recipient = g_new0(Recipient, 1);
	recipient->address = g_steal_pointer(&address);
	recipient->original = semicolon ? g_strdup(semicolon + 1) : NULL;
	g_ptr_array_add(s->recipients, recipient);
	answer(s, "250 2.1.5 Ok\r\n");
}

static void
do_xforward(Session *s, const char *argument)
{
	g_autofree char *rest = g_strconcat(" ", argument, NULL);
	g_autofree char *source = parameter(rest, "SOURCE");
	char *client = parameter(rest, "ADDR"), *id = parameter(rest, "IDENT");

	/*
	 * For a report of its own Postfix (3.7) says SOURCE=LOCAL and no ADDR at
	 * all; for mail by SMTP always ADDR, and before SOURCE. Neither: unknown.
	 */
	if (client == NULL && s->client == NULL && source != NULL &&
	    g_ascii_strcasecmp(source, "LOCAL") == 0)
		s->client = g_strdup("");
	if (client != NULL) {
		g_free(s->client);
		s->client = strcmp(client, "[UNAVAILABLE]") == 0
				    ? g_strdup("")
				    : g_strdup(carom_text_has_prefix(client, "IPv6:") ? client + 5
										      : client);
		g_free(client);
	}
	if (id != NULL && strcmp(id, "[UNAVAILABLE]") != 0) {
		g_free(s->queue_id);
		s->queue_id = g_steal_pointer(&id);
	}
	g_free(id);
	answer(s, "250 2.0.0 Ok\r\n");
}

static void
set_busy(Session *s, gboolean busy)
{
	pthread_mutex_lock(&s->lmtp->lock);
	s->busy = busy;
	pthread_mutex_unlock(&s->lmtp->lock);
}

static void
take_for(Session *s, const Recipient *recipient, const GByteArray *data, gsize size)
{
	const CaromEnvelope envelope = { .recipient = recipient->address,
					 .original_recipient = recipient->original,
					 .sender = s->sender,
					 .queue_id = s->queue_id,
					 .client_address = s->client };
	const CaromBytes message = { (const char *) data->data, data->len, size };
	g_autoptr(GError) error = NULL;
	CaromStatus status;

	/* the answers before it are not to wait for its commit */
	flush_answers(s);
	status = carom_daemon_intake_take(s->lmtp->intake, &envelope, &message, NULL, &error);
	if (status == CAROM_OK) {
		answer(s, "250 2.0.0 Recorded\r\n");
	} else {
		g_autofree char *why = carom_text_printable(
			error ? error->message : carom_status_name(status), 300);

		answer(s, "451 4.3.0 Not recorded: %s\r\n", why);
	}
}

/* The message came to its end, but there was no room to keep it: it stays with the client. */
static void
put_off(Session *s)
{
	g_autofree char *id = carom_text_printable(s->queue_id ? s->queue_id : "NOQUEUE", 64);

	carom_log(CAROM_LOG_WARNING, "%s: put off: too much mail comes in at once", id);
	for (guint i = 0; i < s->recipients->len; i++)
		answer(s, "452 4.3.1 Too much mail comes in at once, try again\r\n");
}

static void
do_data(Session *s)
{
	g_autoptr(CaromSnapshot) snapshot = NULL;
	g_autoptr(GByteArray) data = NULL;
	gsize size;
	gboolean ended;

	if (s->recipients->len == 0) {
		answer(s, "503 5.5.1 RCPT comes first\r\n");
		return;
	}
	snapshot = carom_snapshots_get(s->lmtp->intake->snapshots);
	set_busy(s, TRUE);
	answer(s, "354 End with a dot on a line of its own\r\n");
	ended = !s->failed && read_data(s, snapshot->known->config->limits.bytes, &data, &size);
	if (ended && data == NULL)
		put_off(s);
	for (guint i = 0; data != NULL && i < s->recipients->len; i++)
		take_for(s, s->recipients->pdata[i], data, size);
	carom_memory_budget_leave(s->lmtp->intake->budget, &s->held);
	set_busy(s, FALSE);
	reset_transaction(s);
	/* XFORWARD holds for one message */
	g_clear_pointer(&s->client, g_free);
	g_clear_pointer(&s->queue_id, g_free);
}

/* FALSE when the session is over. */
static gboolean
do_command(Session *s, char *line)
{
	gsize n = strcspn(line, " ");
	const char *argument = line + n + strspn(line + n, " ");

	line[n] = '\0';
	if (g_ascii_strcasecmp(line, "LHLO") == 0) {
		reset_transaction(s);
		answer(s, "250-carom\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-"
			  "ENHANCEDSTATUSCODES\r\n250-DSN\r\n"
			  "250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\r\n250 SIZE\r\n");
	} else if (g_ascii_strcasecmp(line, "MAIL") == 0) {
		do_mail(s, argument);
	} else if (g_ascii_strcasecmp(line, "RCPT") == 0) {
		do_rcpt(s, argument);
	} else if (g_ascii_strcasecmp(line, "DATA") == 0) {
		do_data(s);
	} else if (g_ascii_strcasecmp(line, "XFORWARD") == 0) {
		do_xforward(s, argument);
	} else if (g_ascii_strcasecmp(line, "RSET") == 0) {
		reset_transaction(s);
		answer(s, "250 2.0.0 Ok\r\n");
	} else if (g_ascii_strcasecmp(line, "NOOP") == 0) {
		answer(s, "250 2.0.0 Ok\r\n");
	} else if (g_ascii_strcasecmp(line, "VRFY") == 0) {
		answer(s, "252 2.0.0 Send it and see\r\n");
	} else if (g_ascii_strcasecmp(line, "QUIT") == 0) {
		answer(s, "221 2.0.0 Bye\r\n");
		return FALSE;
	} else {
		answer(s, "500 5.5.2 Not a command of this server\r\n");
	}
	return !s->failed;
}

static Session *
session_new(CaromLmtp *lmtp, int fd)
{
	Session *s = g_new0(Session, 1);

	s->lmtp = lmtp;
	s->fd = fd;
	s->recipients = g_ptr_array_new_with_free_func(recipient_free);
	s->unsent = g_string_sized_new(512);
	return s;
}

static void
session_free(Session *s)
{
	reset_transaction(s);
	g_ptr_array_free(s->recipients, TRUE);
	g_string_free(s->unsent, TRUE);
	g_free(s->client);
	g_free(s->queue_id);
	g_free(s);
}

static void
serve_session(Session *s)
{
	char *line;

	answer(s, "220 carom LMTP\r\n");
	while ((line = read_line(s)) != NULL && do_command(s, line))
		;
	flush_answers(s);
}

static void
refuse(int fd)
{
	static const char busy[] = "421 4.3.2 Too many connections, try again\r\n";

	(void) !send(fd, busy, sizeof busy - 1, MSG_NOSIGNAL);
	close(fd);
}

static gboolean
is_stopping(CaromLmtp *lmtp)
{
	gboolean stopping;

	pthread_mutex_lock(&lmtp->lock);
	stopping = lmtp->stopping;
	pthread_mutex_unlock(&lmtp->lock);
	return stopping;
}

/* -1: it is time to stop. */
static int
next_connection(CaromLmtp *lmtp)
{
	const struct timeval idle = { .tv_sec = IDLE_SECONDS };

	for (;;) {
		int fd = accept4(lmtp->fd, NULL, NULL, SOCK_CLOEXEC), code = errno;

		if (fd >= 0) {
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle);
			setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof idle);
			return fd;
		}
		if (is_stopping(lmtp))
			return -1;
		/* no descriptor or no memory: until a session ends and gives some back */
		if (code != EINTR && code != ECONNABORTED)
			g_usleep(100 * 1000);
	}
}

static void *session_main(void *user);

/* One more thread that waits for a connection. The lock is held. */
static int
start_thread(CaromLmtp *lmtp)
{
	pthread_t thread;
	int code = pthread_create(&thread, NULL, session_main, lmtp);

	if (code == 0) {
		pthread_detach(thread);
		lmtp->threads++;
		lmtp->spare++;
	}
	return code;
}

/*
 * The session of a connection that a spare thread has taken; if it was the last
 * of them, another is started to wait for the next connection. (Where none can
 * be had, that waits until a session ends.) NULL: there are too many sessions,
 * or it is time to stop; the thread is spare still.
 */
static Session *
session_begin(CaromLmtp *lmtp, int fd)
{
	Session *s = NULL;

	pthread_mutex_lock(&lmtp->lock);
	if (!lmtp->stopping && lmtp->sessions->len < MAX_CONNECTIONS) {
		s = session_new(lmtp, fd);
		g_ptr_array_add(lmtp->sessions, s);
		if (--lmtp->spare == 0)
			(void) start_thread(lmtp);
	}
	pthread_mutex_unlock(&lmtp->lock);
	return s;
}

/* Its thread is spare again; FALSE: there are enough of them. */
static gboolean
session_end(Session *s)
{
	CaromLmtp *lmtp = s->lmtp;
	gboolean needed;

	pthread_mutex_lock(&lmtp->lock);
	g_ptr_array_remove_fast(lmtp->sessions, s);
	close(s->fd);
	needed = lmtp->spare < MAX_SPARE;
	if (needed)
		lmtp->spare++;
	else
		lmtp->threads--;
	pthread_cond_broadcast(&lmtp->gone);
	pthread_mutex_unlock(&lmtp->lock);
	session_free(s);
	return needed;
}

/* All threads are alike: each waits for a connection, serves it, and waits again. None hands
 * anything to another, for that would cost a message two changes of threads. */
static void *
session_main(void *user)
{
	CaromLmtp *lmtp = user;
	int fd;

	while ((fd = next_connection(lmtp)) >= 0) {
		Session *s = session_begin(lmtp, fd);

		if (s == NULL) {
			refuse(fd);
			continue;
		}
		serve_session(s);
		if (!session_end(s))
			return NULL;
	}
	pthread_mutex_lock(&lmtp->lock);
	lmtp->spare--;
	lmtp->threads--;
	pthread_cond_broadcast(&lmtp->gone);
	pthread_mutex_unlock(&lmtp->lock);
	return NULL;
}

static void
lmtp_free(CaromLmtp *lmtp)
{
	close(lmtp->fd);
	g_ptr_array_free(lmtp->sessions, TRUE);
	pthread_mutex_destroy(&lmtp->lock);
	pthread_cond_destroy(&lmtp->gone);
	g_free(lmtp->path);
	g_free(lmtp);
}

CaromStatus
carom_lmtp_start(const CaromDaemonIntake *intake, const char *path, const char *group,
		 CaromLmtp **out, GError **err)
{
	int fd, code;
	CaromLmtp *lmtp;
	CaromStatus status = carom_unix_socket_listen(path, group, &fd, err);

	*out = NULL;
	if (status != CAROM_OK)
		return status;
#ifdef M_MMAP_THRESHOLD
	/* glibc raises it with each large message, and then keeps as much for each thread */
	mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
	lmtp = g_new0(CaromLmtp, 1);
	lmtp->intake = intake;
	lmtp->path = g_strdup(path);
	lmtp->fd = fd;
	lmtp->sessions = g_ptr_array_new();
	pthread_mutex_init(&lmtp->lock, NULL);
	pthread_cond_init(&lmtp->gone, NULL);
	pthread_mutex_lock(&lmtp->lock);
	code = start_thread(lmtp);
	pthread_mutex_unlock(&lmtp->lock);
	if (code != 0) {
		unlink(path);
		lmtp_free(lmtp);
		return carom_status_fail(err, CAROM_RETRY, "lmtp: %s", g_strerror(code));
	}
	*out = lmtp;
	return CAROM_OK;
}

/* Ends the connections that are between two messages, or all of them. The lock is held. */
static void
shut_sessions(CaromLmtp *lmtp, gboolean busy_too)
{
	for (guint i = 0; i < lmtp->sessions->len; i++) {
		Session *s = lmtp->sessions->pdata[i];

		if (busy_too || !s->busy)
			shutdown(s->fd, busy_too ? SHUT_RDWR : SHUT_RD);
	}
}

void
carom_lmtp_stop(CaromLmtp *lmtp, int seconds)
{
	struct timespec until;

	if (lmtp == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&lmtp->lock);
	lmtp->stopping = TRUE;
	shutdown(lmtp->fd, SHUT_RDWR); /* wakes all that wait in accept() */
	unlink(lmtp->path);
	while (lmtp->sessions->len > 0) {
		shut_sessions(lmtp, FALSE);
		if (pthread_cond_timedwait(&lmtp->gone, &lmtp->lock, &until) == ETIMEDOUT)
			break;
	}
	shut_sessions(lmtp, TRUE);
	while (lmtp->threads > 0)
		pthread_cond_wait(&lmtp->gone, &lmtp->lock);
	pthread_mutex_unlock(&lmtp->lock);
	lmtp_free(lmtp);
}
