/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_load - one-address checks over a unix socket, as fast as they are answered
 *
 *   http_load SOCKET KEY CONNECTIONS REQUESTS
 *
 * Each connection is kept and asks one address after the other, another one each
 * time; every tenth is on the list that tests/bench/api.py makes. Prints requests a
 * second, the median and the 99th percentile in microseconds, and how many were
 * answered with anything but 200.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char *path, *key;
static int requests;

typedef struct {
	pthread_t thread;
	int number, failed;
	double *times; /* microseconds, one a request */
} Client;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static int
dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *) &address, sizeof address) == 0)
		return fd;
	perror(path);
	exit(1);
}

/* Reads one answer to its end; its status, 0: the connection is lost. */
static int
read_answer(int fd)
{
	char text[16384];
	size_t have = 0, want = 0;

	while (want == 0 || have < want) {
		ssize_t n = read(fd, text + have, sizeof text - 1 - have);
		char *end, *length;

		if (n <= 0)
			return 0;
		have += (size_t) n;
		text[have] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strstr(text, "Content-Length: ");
		if (want == 0 && end != NULL && length != NULL)
			want = (size_t) (end + 4 - text) + strtoul(length + 16, NULL, 10);
	}
	return atoi(text + 9);
}

static void *
run(void *user)
{
	Client *client = user;
	int fd = dial();

	for (int i = 0; i < requests; i++) {
		char body[256], text[1024];
		unsigned n = (unsigned) (client->number * requests + i) * 2654435761u % 1000000;
		int len = snprintf(body, sizeof body, "{\"addresses\":[\"user%u@%s.example\"]}", n,
				   i % 10 == 0 ? "held" : "free");
		double begin = now();

		len = snprintf(
			text, sizeof text,
			"POST /v1/check HTTP/1.1\r\nHost: carom\r\nAuthorization: Bearer %s\r\n"
			"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			key, len, body);
		if (write(fd, text, (size_t) len) != len || read_answer(fd) != 200)
			client->failed++;
		client->times[i] = now() - begin;
	}
	close(fd);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	int n, failed = 0;
	size_t all;
	Client *clients;
	double *times, begin, seconds;

	if (argc != 5)
		return 64;
	path = argv[1];
	key = argv[2];
	n = atoi(argv[3]);
	requests = atoi(argv[4]) / n;
	all = (size_t) n * (size_t) requests;
	clients = calloc((size_t) n, sizeof *clients);
	times = calloc(all, sizeof *times);
	begin = now();
	for (int i = 0; i < n; i++) {
		clients[i].number = i;
		clients[i].times = times + (size_t) i * (size_t) requests;
		pthread_create(&clients[i].thread, NULL, run, &clients[i]);
	}
	for (int i = 0; i < n; i++) {
		pthread_join(clients[i].thread, NULL);
		failed += clients[i].failed;
	}
	seconds = (now() - begin) / 1e6;
	qsort(times, all, sizeof *times, compare);
	printf("%.0f %.0f %.0f %d\n", (double) all / seconds, times[all / 2], times[all * 99 / 100],
	       failed);
	return 0;
}
