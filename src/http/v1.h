/* SPDX-License-Identifier: BSD-2-Clause */
/* v1 - carom's own API, row by row of endpoints.h */
#ifndef CAROM_V1_H
#define CAROM_V1_H

#include "http/group.h"

/* The group of all that endpoints.h lists, and of all that nobody serves. */
extern const CaromHttpGroup carom_v1_group;

#endif
