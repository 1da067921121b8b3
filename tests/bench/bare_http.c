/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bare_http - what the HTTP API is measured against
 *
 * libmicrohttpd at a unix socket, a thread a connection as carom has it, that
 * answers each request with the same text once its body has come.
 *
 *   bare_http SOCKET
 */
#include "config.h"

#ifdef HAVE_MICROHTTPD

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char answer[] =
	"{\"results\" : [{\"address\" : \"user0@free.example\", \"allowed\" : true}]}\n";

static enum MHD_Result
handle(void *user, struct MHD_Connection *connection, const char *url, const char *method,
       const char *version, const char *data, size_t *len, void **context)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	(void) user;
	(void) url;
	(void) method;
	(void) version;
	(void) data;
	if (*context == NULL) {
		*context = answer;
		return MHD_YES;
	}
	if (*len > 0) {
		*len = 0;
		return MHD_YES;
	}
	response = MHD_create_response_from_buffer(strlen(answer), answer, MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(response, "Content-Type", "application/json");
	result = MHD_queue_response(connection, 200, response);
	MHD_destroy_response(response);
	return result;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct MHD_Daemon *daemon;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
		return 64;
	strcpy(address.sun_path, argv[1]);
	unlink(argv[1]);
	if (bind(fd, (struct sockaddr *) &address, sizeof address) != 0 || listen(fd, 128) != 0) {
		perror(argv[1]);
		return 1;
	}
	daemon = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0,
		NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
	if (daemon == NULL)
		return 1;
	pause();
	return 0;
}

#else

int
main(void)
{
	return 69; /* as carom, which has no API then */
}

#endif
