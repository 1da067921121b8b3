/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * empty_milter - what carom's milters are measured against
 *
 * It negotiates the callbacks that carom negotiates, and each does nothing.
 *
 *   empty_milter inbound|outbound SOCKET
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <string.h>

static int outbound;

static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	(void) ctx;
	(void) name;
	(void) address;
	return SMFIS_CONTINUE;
}

static sfsistat
on_arguments(SMFICTX *ctx, char **argv)
{
	(void) ctx;
	(void) argv;
	return SMFIS_CONTINUE;
}

static sfsistat
on_event(SMFICTX *ctx)
{
	(void) ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void) ctx;
	(void) name;
	(void) value;
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	(void) ctx;
	(void) chunk;
	(void) len;
	return SMFIS_CONTINUE;
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2, unsigned long f3,
	     unsigned long *pf0, unsigned long *pf1, unsigned long *pf2, unsigned long *pf3)
{
	const unsigned long inbound_steps = SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_CONN |
					    SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY |
					    SMFIP_HDR_LEADSPC;
	const unsigned long outbound_steps = SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOHDRS |
					     SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NODATA |
					     SMFIP_NR_CONN;

	(void) ctx;
	(void) f2;
	(void) f3;
	*pf0 = f0 & (SMFIF_ADDHDRS | SMFIF_DELRCPT | SMFIF_CHGFROM);
	*pf1 = f1 & (outbound ? outbound_steps : inbound_steps);
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	struct smfiDesc description = {
		.xxfi_name = (char *) "empty",
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_DELRCPT | SMFIF_CHGFROM,
		.xxfi_connect = on_connect,
		.xxfi_envfrom = on_arguments,
		.xxfi_envrcpt = on_arguments,
		.xxfi_data = on_event,
		.xxfi_header = on_header,
		.xxfi_eoh = on_event,
		.xxfi_body = on_body,
		.xxfi_eom = on_event,
		.xxfi_abort = on_event,
		.xxfi_close = on_event,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc != 3) {
		fputs("usage: empty_milter inbound|outbound SOCKET\n", stderr);
		return 64;
	}
	outbound = strcmp(argv[1], "outbound") == 0;
	if (smfi_setconn(argv[2]) != MI_SUCCESS || smfi_register(description) != MI_SUCCESS ||
	    smfi_opensocket(1) != MI_SUCCESS)
		return 75;
	return smfi_main() == MI_SUCCESS ? 0 : 75;
}
