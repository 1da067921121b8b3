/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "serve/lmtp.h"
#include "base/deadline.h"
#include "base/unix_socket.h"
#include "serve/lmtp_protocol.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 200
#define IDLE_SECONDS 300 /* RFC 5321 4.5.3.2.7 */
#define MAX_SPARE 16     /* threads kept for the next connection: most bring one message */
#define LOOK_AGAIN_MS 100
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
	CaromLmtp *lmtp;
	int fd;
	CaromLmtpProtocol *protocol;
} Session;

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
		s = g_new0(Session, 1);
		s->lmtp = lmtp;
		s->fd = fd;
		s->protocol = carom_lmtp_protocol_new(lmtp->intake, fd);
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
	carom_lmtp_protocol_free(s->protocol);
	g_free(s);
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
		carom_lmtp_protocol_serve(s->protocol);
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

		if (busy_too || !carom_lmtp_protocol_is_busy(s->protocol))
			shutdown(s->fd, busy_too ? SHUT_RDWR : SHUT_RD);
	}
}

void
carom_lmtp_drain(CaromLmtp *lmtp, CaromDeadline until)
{
	if (lmtp == NULL)
		return;
	pthread_mutex_lock(&lmtp->lock);
	lmtp->stopping = TRUE;
	shutdown(lmtp->fd, SHUT_RDWR); /* wakes all that wait in accept() */
	unlink(lmtp->path);
	while (lmtp->sessions->len > 0 && !carom_deadline_passed(until)) {
		/* one that was busy has ended its message meanwhile, perhaps */
		CaromDeadline look =
			carom_deadline_earlier(until, carom_deadline_in_ms(LOOK_AGAIN_MS));

		shut_sessions(lmtp, FALSE);
		carom_deadline_wait(look, &lmtp->gone, &lmtp->lock);
	}
	pthread_mutex_unlock(&lmtp->lock);
}

void
carom_lmtp_stop(CaromLmtp *lmtp)
{
	if (lmtp == NULL)
		return;
	carom_lmtp_drain(lmtp, CAROM_DEADLINE_PASSED);
	pthread_mutex_lock(&lmtp->lock);
	shut_sessions(lmtp, TRUE);
	while (lmtp->threads > 0)
		pthread_cond_wait(&lmtp->gone, &lmtp->lock);
	pthread_mutex_unlock(&lmtp->lock);
	lmtp_free(lmtp);
}
